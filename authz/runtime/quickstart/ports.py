"""Which TCP port to use: the wanted one where it is free, else any."""

from __future__ import annotations

import contextlib
import socket


def free_port(host: str, wanted: int = 0) -> int:
    """Give `wanted` if nobody listens there, else a free port.

    The port is free now; nothing keeps it for us. Raises OSError where `host` is
    no address of this machine.
    """
    with contextlib.suppress(OSError):
        return _bind(host, wanted)
    return _bind(host, 0)


def _bind(host: str, port: int) -> int:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # one just left, in TIME_WAIT, is free
        probe.bind((host, port))
        bound: int = probe.getsockname()[1]
        return bound
