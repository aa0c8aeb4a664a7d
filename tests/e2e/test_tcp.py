"""The network filter: one decision a connection, taken when its first bytes come."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from authz.runtime.quickstart.ports import free_port
from tests.e2e.support.authorizer import policy, source, start_authorizer, to
from tests.e2e.support.config import LOCALHOST, TcpListener, authorizer_cluster
from tests.e2e.support.servers import echoes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.conftest import Addresses, Certificates, StartEnvoy

pytestmark = pytest.mark.e2e

ADMIN = "cluster.local/ns/ops/sa/admin"


@pytest.fixture(scope="module")
def envoy(
    start_envoy: StartEnvoy, certificates: Certificates, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Addresses]:
    open_port = free_port(LOCALHOST)
    policies = [
        policy("by-port", "ALLOW", "by-port", to(ports=[str(open_port)])),
        policy("by-peer", "ALLOW", "by-peer", source(principals=[ADMIN])),
        # A field of HTTP says nothing about TCP: an ALLOW rule with one is dropped, in a DENY rule only the field is.
        policy("http-allow", "ALLOW", "http-allow", to(methods=["GET"])),
        policy("http-deny", "DENY", "http-deny", to(methods=["GET"])),
    ]
    with start_authorizer(tmp_path_factory.mktemp("authorizer"), policies) as authorizer:
        listeners = [
            TcpListener("open-port", {"app": "by-port"}, port=open_port),
            TcpListener("other-port", {"app": "by-port"}),
            TcpListener("by-peer", {"app": "by-peer"}, tls=certificates.tls()),
            TcpListener("http-allow", {"app": "http-allow"}),
            TcpListener("http-deny", {"app": "http-deny"}),
            TcpListener("no-policy", {"app": "no-policy"}),
        ]
        yield start_envoy(listeners, authorizer_cluster(authorizer.ready.address))


def test_a_connection_to_an_allowed_port_passes(envoy: Addresses) -> None:
    assert echoes(envoy["open-port"])


def test_a_connection_to_another_port_is_closed(envoy: Addresses) -> None:
    assert not echoes(envoy["other-port"])


def test_the_peers_certificate_decides(envoy: Addresses, certificates: Certificates) -> None:
    admin = certificates.authority.issue("tcp-admin", spiffe_ids=[f"spiffe://{ADMIN}"])
    client = certificates.authority.issue("tcp-client", spiffe_ids=["spiffe://cluster.local/ns/default/sa/client"])
    assert echoes(envoy["by-peer"], certificates.client(admin))
    assert not echoes(envoy["by-peer"], certificates.client(client))
    assert not echoes(envoy["by-peer"], certificates.client())


@pytest.mark.parametrize(("listener", "passes"), [("http-allow", False), ("http-deny", False), ("no-policy", True)])
def test_fields_of_http_never_open_a_tcp_connection(envoy: Addresses, listener: str, *, passes: bool) -> None:
    assert echoes(envoy[listener]) is passes
