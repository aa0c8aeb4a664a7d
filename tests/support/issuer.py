"""An issuer's HTTP or HTTPS server on a free port of loopback, which answers as badly as it is told to."""

from __future__ import annotations

import contextlib
import gzip
import json
import socket
import ssl
import struct
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from tests.support.pki import Pair

Behaviour = Callable[["Talk"], None]


class Talk:
    """One connection, after its request was read."""

    def __init__(self, connection: socket.socket, request: bytes, closing: threading.Event) -> None:
        self._connection = connection
        self.head = request.decode()
        self.path = self.head.split(" ")[1]
        self.closing = closing

    def send(self, data: bytes) -> None:
        self._connection.sendall(data)

    def reset(self) -> None:
        """Hang up as a crash does."""
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._connection.close()

    def drip(self, data: bytes, pause: float = 0.01) -> None:
        """A byte at a time, for ever."""
        while not self.closing.wait(pause):
            for byte in data:
                self.send(bytes([byte]))
                if self.closing.wait(pause):
                    return

    def hang(self) -> None:
        """Say nothing, and stay."""
        self.closing.wait(60)


class IssuerServer:
    """Calls `behave` for each request; it may be replaced at any time. `port` 0 takes a free one."""

    def __init__(self, behave: Behaviour, pair: Pair | None = None, port: int = 0) -> None:
        self.behave = behave
        self.requests: list[str] = []
        self._closing = threading.Event()
        self._context = _context(pair) if pair else None
        self._listener = socket.create_server(("127.0.0.1", port))
        self.port = self._listener.getsockname()[1]
        self.url = f"{'https' if pair else 'http'}://localhost:{self.port}"
        self._threads = [threading.Thread(target=self._accept)]

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._closing.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(10)

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.settimeout(10)
            self._threads.append(threading.Thread(target=self._serve, args=(connection,)))
            self._threads[-1].start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), contextlib.closing(connection):
            talking: socket.socket = connection
            if self._context is not None:
                talking = self._context.wrap_socket(connection, server_side=True)
            with contextlib.closing(talking):
                request = b""
                while b"\r\n\r\n" not in request:
                    piece = talking.recv(4096)
                    if not piece:
                        return
                    request += piece
                talk = Talk(talking, request, self._closing)
                self.requests.append(talk.path)
                self.behave(talk)


def answer(body: bytes, *headers: str, status: str = "200 OK") -> Behaviour:
    """One whole answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return lambda talk: talk.send("\r\n".join(lines).encode() + body)


def sends(data: bytes) -> Behaviour:
    """These bytes, and then no more."""
    return lambda talk: talk.send(data)


def redirect(place: str) -> Behaviour:
    return answer(b"", f"Location: {place}", status="302 Found")


def reset_inside(talk: Talk) -> None:
    talk.send(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{")
    talk.reset()


TROUBLE: dict[str, Behaviour] = {
    "500": answer(b"oops", status="500 Internal Server Error"),
    "garbage": sends(b"\x00\x01\x02\r\n\r\n"),
    "html": answer(b"<html><body>Sign in</body></html>", "Content-Type: text/html"),
    "empty": answer(b""),
    "no keys": answer(b'{"keys": []}'),
    "other json": answer(b'{"error": "later"}'),
    "redirect": redirect("http://169.254.169.254/latest/meta-data/"),
    "bomb": answer(gzip.compress(bytes(20_000_000)), "Content-Encoding: gzip"),
    "huge": answer(b'{"keys": [' + b"{}," * 300_000 + b"{}]}"),
    "many keys": answer(json.dumps({"keys": [{"kid": str(n)} for n in range(5000)]}).encode()),
    "reset": Talk.reset,
    "reset inside": reset_inside,
    "hangs": Talk.hang,
    "drips": lambda talk: talk.drip(b"HTTP/1.1 200 " + b"x" * 10_000),
}


def _context(pair: Pair) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as directory:
        pair.write(Path(directory))
        context.load_cert_chain(Path(directory) / "tls.crt", Path(directory) / "tls.key")
    return context
