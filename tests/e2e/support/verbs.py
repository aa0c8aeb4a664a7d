"""`authz forward` and `authz up`, run as people run them."""

from __future__ import annotations

import contextlib
import signal
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from tests.e2e.support.http1 import NO_REPLY, Reply, request

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

LOCALHOST = "127.0.0.1"
READY_S, CHANGED_S, ENDED_S = 40.0, 10.0, 20.0
_PORTS = (80, 443, 9000)


def free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind((LOCALHOST, 0))
        return [one.getsockname()[1] for one in sockets]


def wait_for(condition: Callable[[], object], within_s: float = CHANGED_S) -> None:
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


class Running:
    """A verb of `authz` that runs an Envoy. `listening`: the port that is really listened on, by that of a Gateway."""

    def __init__(self, directory: Path, verb: str, *flags: str, ports: Sequence[int] = _PORTS) -> None:
        self.authorizer, *found = free_ports(1 + len(ports))
        self.listening = dict(zip(ports, found, strict=True))
        port_map = ",".join(f"{port}={own}" for port, own in self.listening.items())
        flags = (*flags, "--labels", "istio=ingressgateway", "--port-map", port_map, "--envoy-drain-seconds", "2")
        if verb == "up":
            flags = (*flags, "--listen", f"{LOCALHOST}:{self.authorizer}")
        self.log = directory.parent / f"{verb}.log"
        with self.log.open("wb") as log:
            command = [sys.executable, "-m", "authz", verb, "--policies", str(directory), *flags]
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            wait_for(lambda: "authz ready" in self.text() or self.process.poll() is not None, READY_S)
        except BaseException:
            self.end()
            raise

    def text(self) -> str:
        return self.log.read_text()

    def address_of(self, port: int) -> tuple[str, int]:
        return LOCALHOST, self.listening[port]

    def get(self, target: str, host: str = "web.test") -> int:
        return self.reply(target, host).status

    def reply(self, target: str, host: str = "web.test") -> Reply:
        try:
            return request(self.address_of(80), target, host=host)
        except OSError:
            return NO_REPLY

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(ENDED_S)

    def end(self) -> None:
        """Stop it, one way or the other."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.stop()
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
