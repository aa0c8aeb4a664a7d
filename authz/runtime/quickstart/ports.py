"""Which TCP port to use: the readable one where nobody listens, else any."""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING, TypeVar

from authz.forwarder.supervisor import ProcessFailedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_T = TypeVar("_T")


def port_or_any(host: str, wanted: int) -> int:
    """Give `wanted` if nobody listens there, else 0, for a server to choose. Nothing keeps the port for us."""
    try:
        return _bind(host, wanted)
    except OSError:
        return 0


def start_on(host: str, wanted: int, start: Callable[[int], _T]) -> _T:
    """Start a server on `wanted`, or on any port where somebody has that one, or was faster than we.

    Raises what `start` raises; ProcessFailedError is its way to say that the server has not come up.
    """
    port = port_or_any(host, wanted)
    try:
        return start(port)
    except ProcessFailedError:
        if port == 0 or port_or_any(host, wanted) == wanted:
            raise  # it was not for the port
        return start(0)


@contextlib.contextmanager
def claimed(host: str, wanted: int) -> Iterator[int]:
    """Give `wanted` if nobody listens there and no other quickstart means to, else a port that is free now.

    For a server that would share a port without a word, as an Envoy does with another.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as claim:
        ours = _claims(claim, wanted) and port_or_any(host, wanted) == wanted
        yield wanted if ours else free_port(host)


def _claims(claim: socket.socket, port: int) -> bool:
    try:
        claim.bind(f"\0authz-quickstart-{port}")  # a name in no directory, and gone when we are
    except OSError:
        return False
    return True


def free_port(host: str) -> int:
    """Give a port that is free now, for who has to know it before the server is there."""
    return _bind(host, 0)


def _bind(host: str, port: int) -> int:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # one just left, in TIME_WAIT, is free
        probe.bind((host, port))
        bound: int = probe.getsockname()[1]
        return bound
