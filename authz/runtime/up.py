"""`authz up`: an authorizer and a gateway on one directory, each a process of its own."""

import contextlib
import logging
import signal
import socket
import sys
import time
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from typing import TextIO

from authz.config import Settings
from authz.forwarder.supervisor import Backoff, KeptProcess, ProcessFailedError, Program
from authz.model.errors import SettingsError
from authz.runtime.forward import Forwarding, ready_line, start_forwarding
from authz.runtime.signals import end_at_once, next_signal, signals

_log = logging.getLogger(__name__)

_READY_S = 30.0
_POLL_S = 0.05
_CONNECT_S = 1.0


def up(reread: Callable[[], Settings], serve: Sequence[str], out: TextIO) -> None:
    """Run both until SIGTERM or SIGINT; one line on `out` when requests are welcome.

    `serve`: the command of the authorizer, which has the same settings. Where it ends by itself it is started again,
    and until then every request is refused. Raises as `start_forwarding`, and ProcessFailedError.
    """
    settings = reread()
    if settings.forward.authorizer is None:
        raise SettingsError("forward.authorizer: `up` runs an authorizer; to ask nobody use `authz forward`")
    told: SimpleQueue[int] = SimpleQueue()
    lines: list[str] = []
    authorizer = KeptProcess(
        Program("authz serve", tuple(serve), on_line=lambda line: _pass_on(line, lines), backoff=Backoff())
    )
    forwarding: Forwarding | None = None
    try:
        with signals((signal.SIGTERM, signal.SIGINT, signal.SIGHUP), told.put):
            authorizer.start()
            _wait_for(settings.forward.authorizer, authorizer, lines)
            forwarding = start_forwarding(reread)
            forwarding.wait_until_ready()
            out.write(ready_line(forwarding))
            out.flush()
            while next_signal(told) == signal.SIGHUP:
                forwarding.look_now()
    finally:
        with signals((signal.SIGTERM, signal.SIGINT), end_at_once):
            if forwarding is not None:
                forwarding.stop()
            authorizer.stop(grace_s=settings.drain_delay_seconds + settings.drain_seconds + _CONNECT_S)


def _pass_on(line: str, lines: list[str]) -> None:
    """What the authorizer logs is in form already; the first lines are kept, to say why it does not start."""
    if len(lines) < 100:  # noqa: PLR2004 - more than anybody reads
        lines.append(line)
    sys.stderr.write(f"{line}\n")


def _wait_for(address: str, authorizer: KeptProcess, lines: list[str]) -> None:
    """Wait until somebody listens. Raises ProcessFailedError."""
    deadline = time.monotonic() + _READY_S
    while not _listens(address):
        status = authorizer.status()
        if status.ended:
            raise ProcessFailedError(f"the authorizer {status.ended}", "\n".join(lines))
        if time.monotonic() >= deadline:
            raise ProcessFailedError(f"the authorizer did not listen on {address} within {_READY_S:g} s", "")
        time.sleep(_POLL_S)


def _listens(address: str) -> bool:
    with contextlib.suppress(OSError):
        if address.startswith("unix:"):
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
                probe.settimeout(_CONNECT_S)
                probe.connect(address.removeprefix("unix:"))
                return True
        host, _, port = address.rpartition(":")
        with socket.create_connection((host.removeprefix("[").removesuffix("]"), int(port)), _CONNECT_S):
            return True
    return False
