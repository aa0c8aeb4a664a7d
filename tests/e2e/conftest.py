"""What the end-to-end tests share: people with certificates, servers behind the proxies, a way to start an Envoy."""

from __future__ import annotations

import contextlib
import ssl
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest

from authz.forwarder.supervisor import Envoy
from authz.runtime.quickstart.backend import Backend
from authz.runtime.quickstart.certificates import CertificateAuthority
from tests.e2e.support.config import (
    GRPC_BACKEND,
    TCP_BACKEND,
    HttpListener,
    TcpListener,
    Tls,
    backend_on,
    bootstrap,
    http_backend,
)
from tests.e2e.support.servers import grpc_echo, tcp_echo

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from authz.runtime.quickstart.certificates import KeyPair
    from authz.runtime.quickstart.envoy_config import Json

Addresses = dict[str, tuple[str, int]]


class StartEnvoy(Protocol):
    """Starts an Envoy with these listeners, and gives their addresses by name."""

    def __call__(self, listeners: Sequence[HttpListener | TcpListener], *clusters: Json) -> Addresses: ...


@dataclass(frozen=True)
class Certificates:
    """The test's CA, and what it takes to be somebody in a TLS handshake."""

    authority: CertificateAuthority
    server: KeyPair

    def tls(self) -> Tls:
        return Tls(self.server, self.authority.certificate)

    def client(self, pair: KeyPair | None = None, *alpn: str) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=str(self.authority.certificate))
        if pair:
            context.load_cert_chain(pair.certificate, pair.key)
        if alpn:
            context.set_alpn_protocols(list(alpn))
        return context


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    authority = CertificateAuthority(tmp_path_factory.mktemp("certificates"))
    server = authority.issue("web", spiffe_ids=["spiffe://cluster.local/ns/default/sa/web"], dns_names=["localhost"])
    return Certificates(authority, server)


@pytest.fixture(scope="session")
def backends() -> Iterator[list[Json]]:
    """Clusters of an HTTP/1.1, a gRPC and a TCP server that run for the whole session."""
    with contextlib.ExitStack() as stack:
        # Not in pytest's directory: the path of a unix socket must be short.
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="authz-e2e-")))
        stack.enter_context(Backend(directory / "http.sock", "v1"))
        grpc_port = stack.enter_context(grpc_echo("Open", "Closed"))
        tcp_port = stack.enter_context(tcp_echo())
        yield [
            http_backend(directory / "http.sock"),
            backend_on(GRPC_BACKEND, grpc_port, http2=True),
            backend_on(TCP_BACKEND, tcp_port),
        ]


@pytest.fixture(scope="module")
def start_envoy(backends: list[Json], tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartEnvoy]:
    with contextlib.ExitStack() as stack:

        def start(listeners: Sequence[HttpListener | TcpListener], *clusters: Json) -> Addresses:
            log = tmp_path_factory.mktemp("envoy") / "envoy.log"
            config = bootstrap(listeners, [*backends, *clusters])
            options = ["--concurrency", "1", "--log-level", "warning"]
            envoy = stack.enter_context(Envoy(config, log_path=log, options=options))
            return {listener.name: envoy.address_of(listener.name) for listener in listeners}

        yield start
