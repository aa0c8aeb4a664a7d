"""A small HTTP/1.1 server for the operations door: one request a connection, and a bound on everything.

The standard library's own takes 64 KiB a line, waits for every byte anew, and names itself. What is read here are a
request line and the `Accept` header, so that is all that is parsed.
"""

import contextlib
import logging
import re
import socket
import socketserver
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus
from typing import Any

from authz.model.errors import ListenError
from authz.server.operations import HttpAnswer, text_answer

_log = logging.getLogger(__name__)

Answer = Callable[[str, str, str], HttpAnswer]
"""Method, target and `Accept` in, an answer out."""


@dataclass(frozen=True, slots=True)
class HttpLimits:
    """`seconds`: for a whole request, and for a whole response. Beyond `connections` at once, new ones are closed."""

    head_bytes: int = 8 * 1024
    seconds: float = 5.0
    connections: int = 64


class HttpServer:
    """Listens from the beginning; answers once started. Raises ListenError."""

    def __init__(self, answer: Answer, listen: str, limits: HttpLimits | None = None) -> None:
        host, _, port = listen.rpartition(":")
        try:
            family, _, _, _, place = socket.getaddrinfo(
                host.removeprefix("[").removesuffix("]"), int(port), type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )[0]
            self._server = _Server(family, place, answer, limits or HttpLimits())
        except OSError as error:
            raise ListenError(f"cannot listen on {listen}: {error.strerror or error}") from None
        self.address = f"{host}:{self._server.server_address[1]}"
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Answer, in threads of our own."""
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), name="http", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Listen no longer. Who is being answered is not waited for."""
        if self._thread is not None:
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, family: int, place: Any, answer: Answer, limits: HttpLimits) -> None:
        self.address_family = family
        self.answer = answer
        self.limits = limits
        self._free = threading.BoundedSemaphore(limits.connections)
        super().__init__(place, _Connection)

    def process_request(self, request: Any, client_address: Any) -> None:
        if not self._free.acquire(blocking=False):
            self.close_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002
        _log.exception("answering %s failed", client_address)


class _Connection(socketserver.BaseRequestHandler):
    """Reads a request, answers it, and closes."""

    request: socket.socket
    server: _Server

    def handle(self) -> None:
        with contextlib.suppress(OSError):  # it went away, or took too long
            answer, has_body = self._answer()
            self.request.settimeout(self.server.limits.seconds)  # of all that is sent
            self.request.sendall(_render(answer, has_body=has_body))
            self.request.shutdown(socket.SHUT_WR)
            self._wait_for_the_end()

    def _answer(self) -> tuple[HttpAnswer, bool]:
        head = self._read_head()
        if head is None:
            return text_answer(431, "the request's head is too long"), True
        parsed = parse_head(head)
        if parsed is None:
            return text_answer(400, "not an HTTP/1.1 request"), True
        method, target, accept = parsed
        try:
            return self.server.answer(method, target, accept), method != "HEAD"
        except Exception:  # noqa: BLE001 - a mistake of ours is an answer too
            _log.exception("%s %s failed", method, target)
            return text_answer(500, "this failed; the log says how"), method != "HEAD"

    def _read_head(self) -> bytes | None:
        """Up to the empty line; None where that does not come in time and space. Raises OSError."""
        limits, read = self.server.limits, b""
        end = time.monotonic() + limits.seconds
        while b"\r\n\r\n" not in read:
            if len(read) >= limits.head_bytes:
                return None
            self.request.settimeout(max(end - time.monotonic(), 0.001))
            more = self.request.recv(limits.head_bytes - len(read))
            if not more:
                raise ConnectionAbortedError
            read += more
        return read.partition(b"\r\n\r\n")[0]

    def _wait_for_the_end(self) -> None:
        """What has been sent and was not read would reset the connection before the answer has arrived."""
        self.request.settimeout(1)
        end = time.monotonic() + 1
        while time.monotonic() < end and self.request.recv(65536):
            pass


_REQUEST_LINE = re.compile(r"([A-Z]{1,32}) ([!-~]+) HTTP/1\.[01]")
_FIELD_LINE = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\x00-\x08\x0a-\x1f\x7f]*)")


def parse_head(head: bytes) -> tuple[str, str, str] | None:
    """Method, target and the values of `Accept`; None for what is no head of a request. Source: RFC 9112, 2 to 5."""
    line, *fields = head.decode("latin-1").split("\r\n")
    request = _REQUEST_LINE.fullmatch(line)
    found = [_FIELD_LINE.fullmatch(field) for field in fields]
    if request is None or not all(found):
        return None
    accept = [field[2] for field in found if field and field[1].lower() == "accept"]
    return request[1], request[2], ",".join(accept)


def _render(answer: HttpAnswer, *, has_body: bool) -> bytes:
    lines = [
        f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}",
        f"Date: {formatdate(usegmt=True)}",
        f"Content-Type: {answer.content_type}",
        f"Content-Length: {len(answer.body)}",
        "Cache-Control: no-store",
        "X-Content-Type-Options: nosniff",
        "Connection: close",
    ]
    if answer.allow:
        lines.append(f"Allow: {answer.allow}")
    return "\r\n".join([*lines, "", ""]).encode("ascii") + (answer.body if has_body else b"")
