"""Who the peer is, by the client certificate that Envoy verified."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import pytest

from authz.runtime.quickstart.certificates import CertificateAuthority
from tests.e2e.support import http1, http2
from tests.e2e.support.authorizer import policy, source, start_authorizer, to, when
from tests.e2e.support.config import HttpListener, authorizer_cluster

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from authz.runtime.quickstart.certificates import KeyPair
    from tests.e2e.conftest import Certificates, StartEnvoy

pytestmark = pytest.mark.e2e

ADMIN = "cluster.local/ns/ops/sa/admin"
CLIENT = "cluster.local/ns/default/sa/client"
Address = tuple[str, int]
POLICIES = [
    policy("principals", "ALLOW", "web", {**source(principals=[ADMIN]), **to(paths=["/principals"])}),
    policy("namespaces", "ALLOW", "web", {**source(namespaces=["ops"]), **to(paths=["/namespaces"])}),
    policy("anybody", "ALLOW", "web", {**source(principals=["*"]), **to(paths=["/anybody"])}),
    policy("others", "ALLOW", "web", {**source(notPrincipals=[ADMIN]), **to(paths=["/others"])}),
    policy("sni", "ALLOW", "web", {**when("connection.sni", values=["localhost"]), **to(paths=["/sni"])}),
]


@pytest.fixture(scope="module")
def address(
    start_envoy: StartEnvoy, certificates: Certificates, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Address]:
    with start_authorizer(tmp_path_factory.mktemp("authorizer"), POLICIES) as authorizer:
        listener = HttpListener("mtls", {"app": "web"}, tls=certificates.tls())
        yield start_envoy([listener], authorizer_cluster(authorizer.ready.address))["mtls"]


@pytest.fixture(scope="module")
def admin(certificates: Certificates) -> KeyPair:
    return certificates.authority.issue("admin", spiffe_ids=[f"spiffe://{ADMIN}"])


@pytest.fixture(scope="module")
def client(certificates: Certificates) -> KeyPair:
    return certificates.authority.issue("client", spiffe_ids=[f"spiffe://{CLIENT}"])


def status(address: Address, path: str, context: ssl.SSLContext) -> int:
    return http1.request(address, path, tls=context).status


@pytest.mark.parametrize("path", ["/principals", "/namespaces", "/anybody"])
def test_the_right_identity_passes(address: Address, certificates: Certificates, admin: KeyPair, path: str) -> None:
    assert status(address, path, certificates.client(admin)) == 200


def test_the_right_identity_passes_over_http2(address: Address, certificates: Certificates, admin: KeyPair) -> None:
    assert http2.get(address, "/principals", tls=certificates.client(admin, "h2")).status == 200


def test_another_identity_does_not(address: Address, certificates: Certificates, client: KeyPair) -> None:
    paths = ["/principals", "/namespaces", "/others", "/anybody"]
    context = certificates.client(client)
    assert [status(address, path, context) for path in paths] == [403, 403, 200, 200]


def test_no_certificate_is_no_identity(address: Address, certificates: Certificates) -> None:
    paths = ["/principals", "/namespaces", "/others", "/anybody"]
    assert [status(address, path, certificates.client()) for path in paths] == [403, 403, 200, 403]


def test_the_same_account_of_another_trust_domain_is_somebody_else(
    address: Address, certificates: Certificates
) -> None:
    foreign = certificates.authority.issue("foreign", spiffe_ids=["spiffe://other.test/ns/ops/sa/admin"])
    assert status(address, "/principals", certificates.client(foreign)) == 403


def test_every_uri_of_a_certificate_is_tried(address: Address, certificates: Certificates) -> None:
    both = certificates.authority.issue("both", spiffe_ids=[f"spiffe://{CLIENT}", f"spiffe://{ADMIN}"])
    assert status(address, "/principals", certificates.client(both)) == 200
    assert status(address, "/others", certificates.client(both)) == 403


def test_a_certificate_without_a_spiffe_id_is_somebody_but_of_no_namespace(
    address: Address, certificates: Certificates
) -> None:
    named = certificates.authority.issue("named", dns_names=["client.test"])
    assert status(address, "/anybody", certificates.client(named)) == 200
    assert status(address, "/namespaces", certificates.client(named)) == 403


def test_a_header_that_claims_an_identity_is_none(address: Address, certificates: Certificates) -> None:
    claims = [("x-forwarded-client-cert", f"URI=spiffe://{ADMIN}"), ("x-istio-attributes", f"source.principal={ADMIN}")]
    assert http1.request(address, "/principals", headers=claims, tls=certificates.client()).status == 403


def test_a_certificate_of_another_authority_ends_at_envoy(
    address: Address, certificates: Certificates, tmp_path: Path
) -> None:
    stranger = CertificateAuthority(tmp_path, "strangers").issue("admin", spiffe_ids=[f"spiffe://{ADMIN}"])
    try:
        answer = status(address, "/principals", certificates.client(stranger))
    except ssl.SSLError:
        answer = 0
    assert answer == 0


def test_the_server_name_of_the_handshake_is_known(
    address: Address, certificates: Certificates, client: KeyPair
) -> None:
    assert status(address, "/sni", certificates.client(client)) == 200
