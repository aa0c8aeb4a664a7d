"""A real Envoy takes the certificates and tokens of `authz dev`, and `authz serve` decides by them."""

from __future__ import annotations

import io
import ssl
from contextlib import redirect_stdout
from typing import TYPE_CHECKING

import pytest

from authz.cli.main import main
from authz.runtime.dev.files import KeyPair, authority_files
from authz.runtime.quickstart.envoy_config import ext_authz, typed
from tests.e2e.support import http1
from tests.e2e.support.authorizer import policy, source, start_authorizer, to, when
from tests.e2e.support.config import AUTHORIZER, JWT_FILTER, HttpListener, Tls, authorizer_cluster, jwt_authn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.e2e.conftest import StartEnvoy

pytestmark = pytest.mark.e2e

ALGORITHMS = ("RS256", "ES256", "EdDSA")
ADMIN = "cluster.local/ns/ops/sa/admin"
ISSUER = "https://dev.example.com"
POLICIES = [
    policy("admins", "ALLOW", "web", {**source(principals=[ADMIN]), **to(paths=["/admin"])}),
    policy(
        "users",
        "ALLOW",
        "web",
        {
            **source(requestPrincipals=[f"{ISSUER}/me"]),
            **to(paths=["/user"]),
            **when("request.auth.claims[groups]", values=["ops"]),
        },
    ),
]


def dev(*arguments: object) -> str:
    out = io.StringIO()
    with redirect_stdout(out):
        assert main(["dev", *map(str, arguments)]) == 0
    return out.getvalue().strip()


def issue(directory: Path, name: str, *flags: str) -> KeyPair:
    dev("cert", "--ca", directory, "--out", directory / name, *flags)
    return KeyPair(directory / f"{name}.crt", directory / f"{name}.key")


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("dev") / "authz-dev"
    dev("ca", "--out", made)
    return made


@pytest.fixture(scope="module")
def addresses(
    directory: Path, start_envoy: StartEnvoy, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, tuple[str, int]]]:
    """A listener an algorithm."""
    flags = ["--spiffe-id", "spiffe://cluster.local/ns/default/sa/web", "--server", "--dns", "localhost"]
    tls = Tls(issue(directory, "web", *flags), authority_files(directory).certificate)
    listeners = []
    for algorithm in ALGORITHMS:
        key = directory / f"{algorithm}.key"
        dev("token", "--issuer", ISSUER, "--alg", algorithm, "--key", key)
        ask = ext_authz(AUTHORIZER, metadata_context_namespaces=[JWT_FILTER])
        filters = [jwt_authn(ISSUER, dev("jwks", "--key", key)), ask]
        router = typed("envoy.filters.http.router", "filters.http.router.v3.Router")
        listeners.append(HttpListener(algorithm, {"app": "web"}, tls=tls, manager={"http_filters": [*filters, router]}))
    with start_authorizer(tmp_path_factory.mktemp("authorizer"), POLICIES) as authorizer:
        yield start_envoy(listeners, authorizer_cluster(authorizer.ready.address))


def context(directory: Path, pair: KeyPair | None = None) -> ssl.SSLContext:
    made = ssl.create_default_context(cafile=str(authority_files(directory).certificate))
    if pair:
        made.load_cert_chain(pair.certificate, pair.key)
    return made


def test_a_client_certificate_decides(addresses: dict[str, tuple[str, int]], directory: Path) -> None:
    def status(pair: KeyPair | None) -> int:
        return http1.request(addresses["RS256"], "/admin", tls=context(directory, pair)).status

    assert status(issue(directory, "admin", "--spiffe-id", f"spiffe://{ADMIN}", "--client")) == 200
    assert status(issue(directory, "other", "--spiffe-id", "spiffe://cluster.local/ns/default/sa/other")) == 403
    assert status(None) == 403


def test_a_certificate_for_servers_is_no_clients(addresses: dict[str, tuple[str, int]], directory: Path) -> None:
    pair = issue(directory, "server", "--spiffe-id", f"spiffe://{ADMIN}", "--server")
    try:
        status = http1.request(addresses["RS256"], "/admin", tls=context(directory, pair)).status
    except ssl.SSLError:
        status = 0
    assert status == 0


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_token_passes_and_decides(addresses: dict[str, tuple[str, int]], directory: Path, algorithm: str) -> None:
    def status(*flags: str, issuer: str = ISSUER) -> int:
        token = dev("token", "--issuer", issuer, "--key", directory / f"{algorithm}.key", *flags)
        headers = [("authorization", f"Bearer {token}")]
        return http1.request(addresses[algorithm], "/user", headers=headers, tls=context(directory)).status

    assert status("--subject", "me", "--claim", 'groups:=["dev","ops"]') == 200
    assert status("--subject", "me", "--claim", "groups=dev") == 403
    assert status("--subject", "you", "--claim", "groups=ops") == 403
    assert status("--subject", "me", "--claim", "groups=ops", "--expires=-10m") == 401
    assert status("--subject", "me", "--claim", "groups=ops", "--not-before", "10m") == 401
    assert status("--subject", "me", "--claim", "groups=ops", issuer="https://other.example.com") == 401
