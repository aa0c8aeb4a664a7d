"""What stands behind the proxies: servers that answer with what they were sent."""

from __future__ import annotations

import concurrent.futures
import contextlib
import socketserver
import threading
from typing import TYPE_CHECKING

import grpc

from tests.e2e.support.http1 import Address, connect

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator

ECHO_SERVICE = "echo.Echo"
CHANNEL_OPTIONS = (("grpc.enable_http_proxy", 0),)


class _TcpEcho(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        with contextlib.suppress(ConnectionError):
            while data := self.request.recv(65536):
                self.request.sendall(data)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True


@contextlib.contextmanager
def tcp_echo() -> Iterator[int]:
    """Serve bytes back over TCP; gives the port."""
    with _Server(("127.0.0.1", 0), _TcpEcho) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


def echoes(address: Address, tls: ssl.SSLContext | None = None) -> bool:
    """Tell whether bytes come back from `tcp_echo`; where they do not, the connection must have been closed on us."""
    with connect(address, tls) as connection:
        try:
            connection.sendall(b"\x00hello")
            answer = connection.recv(100)
        except ConnectionError:
            answer = b""
    assert answer in {b"", b"\x00hello"}
    return bool(answer)


@contextlib.contextmanager
def grpc_echo(*methods: str) -> Iterator[int]:
    """Serve bytes back over gRPC, for each of the methods of `echo.Echo`; gives the port."""
    echo = grpc.unary_unary_rpc_method_handler(lambda message, _context: message)
    handler = grpc.method_handlers_generic_handler(ECHO_SERVICE, dict.fromkeys(methods, echo))
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        server = grpc.server(pool)
        server.add_generic_rpc_handlers((handler,))
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        try:
            yield port
        finally:
            server.stop(grace=None).wait()


def call_grpc(address: Address, method: str, message: bytes, **metadata: str) -> bytes:
    """Call a method of `echo.Echo`. Raises grpc.RpcError with the status that the caller sees."""
    with grpc.insecure_channel(f"{address[0]}:{address[1]}", options=CHANNEL_OPTIONS) as channel:
        call = channel.unary_unary(f"/{ECHO_SERVICE}/{method}")
        answer: bytes = call(message, timeout=10, metadata=tuple(metadata.items()))
        return answer
