"""Servers behind a gateway under test: one for each of its clusters, so that what reaches which is known."""

from __future__ import annotations

import contextlib
import http.server
import socket
import ssl
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.pki import Pair

_HANDSHAKE = b"\x16"


@dataclass(frozen=True)
class Seen:
    """One request as it came. Header names in lower case, values in order."""

    method: str
    target: str
    headers: dict[str, list[str]]


@dataclass
class Origin:
    """A server: 200 and `x-up: 1`, or `x-want-status`, after `x-sleep` seconds. It takes plain text and TLS."""

    port: int = 0
    seen: list[Seen] = field(default_factory=list)


class Origins:
    """Servers by name, each started when it is asked for first."""

    def __init__(self, directory: Path, pair: Pair) -> None:
        pair.write(directory, "origin")
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(directory / "origin.crt", directory / "origin.key")
        self._stack = contextlib.ExitStack()
        self._known: dict[str, Origin] = {}

    def port_of(self, name: str) -> int:
        """Where the server of a name listens, on loopback."""
        if name not in self._known:
            self._known[name] = self._stack.enter_context(_serving(self._tls))
        return self._known[name].port

    def seen(self) -> dict[str, list[Seen]]:
        """What has come since the last `forget`, by the names of servers; those that nothing reached are not there."""
        return {name: list(one.seen) for name, one in self._known.items() if one.seen}

    def forget(self) -> None:
        for one in self._known.values():
            one.seen.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()


@contextlib.contextmanager
def _serving(tls: ssl.SSLContext) -> Iterator[Origin]:
    origin = Origin()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            headers: dict[str, list[str]] = defaultdict(list)
            for name, value in self.headers.items():
                headers[name.lower()].append(value)
            target = self.requestline.split()[1]  # of `path` the server has made one slash of two
            origin.seen.append(Seen(self.command, target, dict(headers)))
            time.sleep(float(self.headers.get("x-sleep", "0")))
            self.send_response(int(self.headers.get("x-want-status", "200")))
            self.send_header("x-up", "1")
            self.send_header("Content-Length", "0")
            with contextlib.suppress(ConnectionError):
                self.end_headers()

        do_GET = do_OPTIONS = do_HEAD = do_POST = answer  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Server(http.server.ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

        def finish_request(self, request: socket.socket, client: tuple[str, int]) -> None:  # type: ignore[override]
            if request.recv(1, socket.MSG_PEEK) != _HANDSHAKE:
                super().finish_request(request, client)
                return
            with tls.wrap_socket(request, server_side=True) as decrypted:
                super().finish_request(decrypted, client)

        def handle_error(self, *_: object) -> None:
            """Callers that go away are what some of the tests are about."""

    with Server(("127.0.0.1", 0), Handler) as server:
        origin.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield origin
        finally:
            server.shutdown()
            thread.join()
