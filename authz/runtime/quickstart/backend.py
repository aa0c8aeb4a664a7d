"""The sample application: it tells who answered and whom it saw.

It listens on a unix socket in a private directory, so that nobody but the Envoy
in front of it can reach it: a check that one can walk around is none.
"""

from __future__ import annotations

import json
import socketserver
import threading
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

USER_HEADER = "x-user"  # set by the authorizer, and only by it: policies/quickstart/my-app-tokens.yaml
PEER_HEADER = "x-forwarded-client-cert"


class _Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """One thread a connection; connections that are still open at the end are left to end with us."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, path: Path, version: str) -> None:
        super().__init__(str(path), _Handler)
        self.version = version


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except ConnectionError:  # Envoy has gone: nobody is left to answer
            self.close_connection = True

    def answer(self) -> None:
        self.rfile.read(int(self.headers.get("content-length") or 0))
        said = {
            "app": "my-app",
            "version": self.server.version,
            "method": self.command,
            "path": self.path,
            "peer": peer_of(self.headers.get(PEER_HEADER, "")),
            "user": self.headers.get(USER_HEADER),
        }
        body = json.dumps(said).encode() + b"\n"
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = answer  # noqa: N815  # http.server's names

    def log_message(self, *_: object) -> None:
        """Envoy's access log has it already."""


def peer_of(forwarded_client_cert: str) -> str | None:
    """Read the caller's SPIFFE id from the header that Envoy set.

    One element, since this Envoy forwards none it was sent (SANITIZE_SET);
    its URI needs no unquoting. Source: Envoy, HTTP header
    x-forwarded-client-cert.
    """
    for field in forwarded_client_cert.split(";"):
        name, _, value = field.partition("=")
        if name == "URI" and value:
            return value
    return None


class Backend:
    """One version of my-app, serving in a thread of ours."""

    def __init__(self, path: Path, version: str) -> None:
        self.path = path
        self._server = _Server(path, version)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name=f"my-app {version}")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
