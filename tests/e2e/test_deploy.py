"""The examples under deploy/, as they stand there but for their ports and files, in a real Envoy."""

from __future__ import annotations

import contextlib
import itertools
import json
import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from authz.cli.main import main
from authz.forwarder.supervisor import Envoy
from authz.runtime.quickstart.certificates import CertificateAuthority
from authz.runtime.quickstart.tokens import TokenIssuer, break_signature
from tests.e2e.support import http1, http2
from tests.e2e.support.authorizer import policy, source, start_authorizer, to
from tests.e2e.support.servers import echoes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tests.e2e.conftest import Certificates

pytestmark = pytest.mark.e2e

DEPLOY = Path(__file__).parents[2] / "deploy"
Address = tuple[str, int]
Json = dict[str, Any]

_issued = itertools.count(1)


def example(name: str, authorizer: Address, backend: Json, certificates: Mapping[str, str] | None = None) -> Json:
    """An example with our addresses in the places of its own, which it must have."""
    text = (DEPLOY / "envoy" / name).read_text()
    for told, ours in (certificates or {}).items():
        assert told in text
        text = text.replace(told, ours)
    config: Json = yaml.safe_load(text)
    (listener,) = config["static_resources"]["listeners"]
    assert listener["address"]["socket_address"]["port_value"] in {8080, 8443}
    listener["address"]["socket_address"]["port_value"] = 0
    app, authz = config["static_resources"]["clusters"]
    app["load_assignment"] = backend["load_assignment"]
    asked = authz["load_assignment"]["endpoints"][0]["lb_endpoints"][0]["endpoint"]["address"]["socket_address"]
    assert asked["port_value"] == 9191
    asked["port_value"] = authorizer[1]
    return config


@contextlib.contextmanager
def running(
    tmp_path: Path,
    name: str,
    backend: Json,
    policies: Sequence[Json],
    *,
    certificates: Mapping[str, str] | None = None,
    flags: Sequence[str] = (),
) -> Iterator[Address]:
    with start_authorizer(tmp_path, policies, flags=flags) as authorizer:
        config = example(name, authorizer.ready.address, backend, certificates)
        with Envoy(config, log_path=tmp_path / "envoy.log", options=["--concurrency", "1"]) as envoy:
            yield envoy.address_of("inbound")


def test_the_http_example(tmp_path: Path, backends: list[Json]) -> None:
    policies = [policy("open", "ALLOW", "my-app", to(paths=["/open"]))]
    with running(tmp_path, "http.yaml", backends[0], policies) as address:
        assert [http1.get(address, path) for path in ("/open", "/x/../open", "/closed")] == [200, 200, 403]


def test_the_http_example_has_tokens_verified_by_authz(tmp_path: Path, backends: list[Json]) -> None:
    issuer = TokenIssuer("https://login.test")
    tokens = {
        "apiVersion": "security.istio.io/v1",
        "kind": "RequestAuthentication",
        "metadata": {"name": "tokens", "namespace": "default"},
        "spec": {"jwtRules": [{"issuer": issuer.issuer, "jwks": issuer.jwks()}]},
    }
    policies = [tokens, policy("me", "ALLOW", "my-app", source(requestPrincipals=["https://login.test/me"]))]
    with running(tmp_path, "http.yaml", backends[0], policies) as address:

        def status(token: str) -> int:
            return http1.get(address, "/", ("authorization", f"Bearer {token}"))

        good = issuer.mint("me")
        assert [status(token) for token in (good, issuer.mint("you"), break_signature(good))] == [200, 403, 401]
        assert http1.get(address, "/") == 403


def test_the_http_example_denies_when_authz_is_gone(tmp_path: Path, backends: list[Json]) -> None:
    with start_authorizer(tmp_path, [policy("open", "ALLOW", "my-app", to(paths=["/open"]))]) as authorizer:
        config = example("http.yaml", authorizer.ready.address, backends[0])
        with Envoy(config, log_path=tmp_path / "envoy.log", options=["--concurrency", "1"]) as envoy:
            authorizer.process.kill()
            assert http1.get(envoy.address_of("inbound"), "/open") == 503


@pytest.mark.parametrize(("block", "open_"), [("127.0.0.0/8", True), ("10.0.0.0/8", False)])
def test_the_tcp_example(tmp_path: Path, backends: list[Json], block: str, open_: bool) -> None:  # noqa: FBT001
    policies = [policy("db", "ALLOW", "my-db", source(ipBlocks=[block]))]
    with running(tmp_path, "tcp.yaml", backends[2], policies) as address:
        assert echoes(address) is open_


def test_the_mtls_example(tmp_path: Path, backends: list[Json], certificates: Certificates) -> None:
    ours, partner, server = certificates.authority, CertificateAuthority(tmp_path, "partner"), certificates.server
    both = tmp_path / "both.pem"
    both.write_bytes(ours.certificate.read_bytes() + partner.certificate.read_bytes())
    told = {
        "/etc/certs/tls.crt": str(server.certificate),
        "/etc/certs/tls.key": str(server.key),
        "/etc/certs/ca.crt": str(both),
    }
    callers = ["cluster.local/ns/default/sa/client", "partner.example/ns/default/sa/client"]
    policies = [policy("by-client", "ALLOW", "my-app", source(principals=callers))]
    trust = ["--trust-bundle", str(ours.certificate), "--trust-bundle", f"partner.example={partner.certificate}"]
    with running(tmp_path, "mtls.yaml", backends[0], policies, certificates=told, flags=trust) as address:

        def status(authority: CertificateAuthority, spiffe_id: str) -> int:
            pair = authority.issue(f"deploy-{next(_issued)}", spiffe_ids=[spiffe_id])
            return http2.get(address, "/", tls=certificates.client(pair, "h2")).status

        assert status(ours, "spiffe://cluster.local/ns/default/sa/client") == 200
        assert status(ours, "spiffe://cluster.local/ns/default/sa/other") == 403
        assert status(partner, "spiffe://partner.example/ns/default/sa/client") == 200
        assert status(partner, "spiffe://cluster.local/ns/default/sa/client") == 403
        with pytest.raises((ssl.SSLError, ConnectionError, EOFError)):
            http2.get(address, "/", tls=certificates.client(None, "h2"))


def test_the_istio_example_is_a_set_that_we_would_serve(capsys: pytest.CaptureFixture[str]) -> None:
    istio = DEPLOY / "istio"
    assert (
        main(["validate", str(istio / "policy.yaml"), "--mesh", str(istio / "mesh-config.yaml"), "--output", "json"])
        == 0
    )
    assert json.loads(capsys.readouterr().out) == []
