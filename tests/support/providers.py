"""Providers that a CUSTOM policy can ask: an HTTP one and a gRPC one that answer as a test tells them."""

from __future__ import annotations

import contextlib
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import grpc

from authz.pb import CheckRequest, CheckResponse
from authz.server.transport.threads import CheckThreads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.policies import Document

METHOD = "Check"
SERVICE = "envoy.service.auth.v3.Authorization"


@dataclass
class Asked:
    """What an HTTP provider was asked."""

    method: str
    path: str
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name]


@dataclass
class HttpProvider:
    """`raw`: bytes to send instead of an answer; None: to answer properly."""

    port: int = 0
    status: int = 200
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    raw: bytes | None = None
    release: threading.Event | None = None
    asked: list[Asked] = field(default_factory=list)
    connections: set[Any] = field(default_factory=set)


@dataclass
class GrpcProvider:
    """`answer` makes the bytes of the CheckResponse."""

    port: int = 0
    answer: Callable[[CheckRequest], bytes] = lambda _: b""
    code: grpc.StatusCode | None = None
    release: threading.Event | None = None
    asked: list[CheckRequest] = field(default_factory=list)
    metadata: list[dict[str, str]] = field(default_factory=list)
    peers: set[str] = field(default_factory=set)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 512

    def handle_error(self, *_: object) -> None:
        """Clients hang up in some tests."""


@contextlib.contextmanager
def http_provider(**answer: Any) -> Iterator[HttpProvider]:
    """Serve on a free port; what it answers can be changed while it runs."""
    provider = HttpProvider(**answer)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # one segment an answer: two would wait for an ACK, 40 ms

        def handle_one_request(self) -> None:
            self.raw_requestline = self.rfile.readline(65537)
            if not self.raw_requestline or not self.parse_request():
                self.close_connection = True
                return
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            provider.connections.add(self.client_address)
            provider.asked.append(Asked(self.command, self.path, list(self.headers.items()), body))
            if provider.release is not None:
                provider.release.wait(20)
            if provider.raw is not None:
                self.wfile.write(provider.raw)
                self.wfile.flush()
                self.close_connection = True
                return
            self.send_response_only(provider.status)
            for name, value in provider.headers:
                self.send_header(name, value)
            self.send_header("content-length", str(len(provider.body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(provider.body)
            self.wfile.flush()

    with _Server(("127.0.0.1", 0), Handler) as server:
        provider.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield provider
        finally:
            if provider.release is not None:
                provider.release.set()
            server.shutdown()
            thread.join()


@contextlib.contextmanager
def grpc_provider(**answer: Any) -> Iterator[GrpcProvider]:
    """Serve on a free port; what it answers can be changed while it runs."""
    provider = GrpcProvider(**answer)

    def check(request: bytes, context: grpc.ServicerContext) -> bytes:
        message = CheckRequest.FromString(request)
        provider.asked.append(message)
        provider.metadata.append(dict(context.invocation_metadata()))
        provider.peers.add(context.peer())
        if provider.release is not None:
            with threads.waiting():
                provider.release.wait(20)
        if provider.code is not None:
            context.abort(provider.code, "as told")
        return provider.answer(message)

    threads = CheckThreads(8, 4096)
    server = grpc.server(threads)
    handlers = {METHOD: grpc.unary_unary_rpc_method_handler(check)}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, handlers),))
    provider.port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield provider
    finally:
        if provider.release is not None:
            provider.release.set()
        server.stop(None).wait()
        threads.shutdown()


def mesh_of(kind: str, port: int, **settings: Any) -> Document:
    """A mesh with one provider `px` on this machine."""
    named = {"service": "127.0.0.1", "port": port, **settings}
    return {"extensionProviders": [{"name": "px", f"envoyExtAuthz{kind}": named}]}


def response(**fields: Any) -> bytes:
    return CheckResponse(**fields).SerializeToString()
