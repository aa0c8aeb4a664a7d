"""login.example.com, which nobody has: the issuer's web site, and the way there.

The authorizer is told that the way is a proxy (`jwks.proxy`), and asks it for a
tunnel. So the policies name the issuer as they would name a real one, the
issuer proves its name by a certificate, and no port has to be free: the proxy
takes any. It leads nowhere else. Source: RFC 9110, section 9.3.6 (CONNECT).
"""

from __future__ import annotations

import contextlib
import socketserver
import ssl
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from authz.runtime.quickstart.certificates import KeyPair

HOST = "login.example.com"
ISSUER = f"https://{HOST}"
KEYS_PATH = "/.well-known/jwks.json"

_LOOPBACK = "127.0.0.1"
_TIMEOUT_S = 10.0


class _Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """One thread a connection; connections that are still open at the end are left to end with us."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, keys: Path, certificate: KeyPair) -> None:
        super().__init__((_LOOPBACK, 0), _Way)
        self.keys = keys
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(certificate.certificate, certificate.key)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = _TIMEOUT_S
    server: _Server

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except ConnectionError:  # nobody is left to answer
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        """The authorizer's log has what came of it."""


class _Way(_Handler):
    """The proxy."""

    def do_CONNECT(self) -> None:
        """Lead to the site, and nowhere else."""
        self.close_connection = True
        if self.path != f"{HOST}:443":
            self.send_error(HTTPStatus.BAD_GATEWAY, f"the quickstart has no other host than {HOST}")
            return
        self.send_response(HTTPStatus.OK, "Connection established")
        self.end_headers()
        with contextlib.suppress(OSError), self.server.tls.wrap_socket(self.connection, server_side=True) as inside:
            _Site(inside, self.client_address, self.server)


class _Site(_Handler):
    """What is at the other end of the tunnel."""

    def do_GET(self) -> None:
        """Answer with the keys as the file has them now."""
        self.close_connection = True
        try:
            body = self.server.keys.read_bytes() if self.path == KEYS_PATH else None
        except OSError:
            body = None
        if body is None:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        self.send_response(HTTPStatus.OK)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Login:
    """The issuer's site, serving in a thread of ours. `keys`: the file with its key set; who changes it, rotates."""

    def __init__(self, keys: Path, certificate: KeyPair) -> None:
        """Take a port. Raises OSError."""
        self._server = _Server(keys, certificate)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name=HOST)

    @property
    def proxy(self) -> str:
        """The way there, as `--jwks-proxy` and `curl --proxy` take it."""
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
