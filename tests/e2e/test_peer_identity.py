"""Certificates that Envoy takes unseen and authz verifies; PeerAuthentication; clients behind a listed proxy."""

from __future__ import annotations

import datetime as dt
import ssl
from typing import TYPE_CHECKING, Any

import pytest

from authz.runtime.quickstart.envoy_config import cluster, socket_address, typed
from authz.runtime.quickstart.ports import free_port
from tests.e2e.support import http1
from tests.e2e.support.authorizer import policy, source, start_authorizer, to
from tests.e2e.support.config import LOCALHOST, HttpListener, TcpListener, Tls, authorizer_cluster
from tests.e2e.support.servers import echoes
from tests.support.svids import HOUR, SERVER, Issued, TrustDomain, pem_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.e2e.conftest import Addresses, Certificates, StartEnvoy
    from tests.e2e.support.authorizer import Policy

    Connect = Callable[[Issued | None], ssl.SSLContext]

pytestmark = pytest.mark.e2e

CLIENT = "spiffe://cluster.local/ns/default/sa/client"
GATEWAY = "spiffe://cluster.local/ns/default/sa/gateway"
ROUTER = typed("envoy.filters.http.router", "filters.http.router.v3.Router")
REASON = {"key": "x-reason", "value": "%DYNAMIC_METADATA(envoy.filters.http.ext_authz:reason)%"}
TELLING: dict[str, Any] = {
    "local_reply_config": {
        "mappers": [
            {
                "filter": {
                    "status_code_filter": {
                        "comparison": {"op": "GE", "value": {"default_value": 400, "runtime_key": "x"}}
                    }
                },
                "headers_to_add": [{"header": REASON}],
            }
        ]
    }
}
"""Of a connection manager: a denial has its reason in a header."""


def peers(app: str, mode: str, ports: dict[int, str] | None = None) -> Policy:
    spec: Policy = {"selector": {"matchLabels": {"app": app}}, "mtls": {"mode": mode}}
    if ports:
        spec["portLevelMtls"] = {str(port): {"mode": one} for port, one in ports.items()}
    return {
        "apiVersion": "security.istio.io/v1",
        "kind": "PeerAuthentication",
        "metadata": {"name": f"peers-{app}", "namespace": "default"},
        "spec": spec,
    }


@pytest.fixture(scope="module")
def root() -> TrustDomain:
    return TrustDomain(now=dt.datetime.now(dt.UTC).replace(microsecond=0))


@pytest.fixture(scope="module")
def revoked(root: TrustDomain) -> Issued:
    return root.issue(CLIENT)


@pytest.fixture(scope="module")
def connect(certificates: Certificates, tmp_path_factory: pytest.TempPathFactory) -> Connect:
    directory = tmp_path_factory.mktemp("clients")

    def context(issued: Issued | None) -> ssl.SSLContext:
        made = certificates.client()
        if issued is not None:
            issued.pair.write(directory)
            made.load_cert_chain(directory / "tls.crt", directory / "tls.key")
        return made

    return context


@pytest.fixture(scope="module")
def addresses(
    start_envoy: StartEnvoy,
    certificates: Certificates,
    root: TrustDomain,
    revoked: Issued,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Addresses]:
    directory = tmp_path_factory.mktemp("authorizer")
    (directory / "ca.pem").write_bytes(root.pem)
    (directory / "crl.pem").write_bytes(pem_of(root.revoke(revoked.certificate)))
    root.issue(GATEWAY).pair.write(directory, "gateway")
    excepted, appending, forwarding = (free_port(LOCALHOST) for _ in range(3))
    policies = [
        peers("strict", "STRICT", {excepted: "PERMISSIVE"}),
        peers("permissive", "PERMISSIVE"),
        peers("disabled", "DISABLE"),
        policy("client", "ALLOW", "app", source(principals=[CLIENT.removeprefix("spiffe://")])),
        policy(
            "gateway",
            "ALLOW",
            "app",
            {**source(principals=[GATEWAY.removeprefix("spiffe://")]), **to(paths=["/gateway"])},
        ),
    ]
    flags = ["--trust-bundle", str(directory / "ca.pem"), "--crl", str(directory / "crl.pem"), "--xfcc-from", GATEWAY]
    untrusted = Tls(certificates.server, certificates.authority.certificate, accept_untrusted=True)
    with start_authorizer(directory, policies, flags=flags) as authorizer:

        def listener(name: str, app: str, tls: Tls | None = untrusted, port: int = 0, **manager: Any) -> HttpListener:
            return HttpListener(name, {"app": app}, tls=tls, port=port, manager={**TELLING, **manager})

        listeners: list[HttpListener | TcpListener] = [
            *[listener(app, app) for app in ("strict", "permissive", "disabled", "open", "app")],
            *[listener(f"{app}-plain", app, None) for app in ("strict", "permissive", "disabled", "open", "app")],
            listener("excepted", "strict", None, excepted),
            listener("append", "app", port=appending, **forwards("APPEND_FORWARD")),
            listener("forward", "app", port=forwarding, **forwards("FORWARD_ONLY")),
            *[gateway(f"gateway-{to_}", to_, untrusted) for to_ in ("append", "forward")],
            TcpListener("tcp", {"app": "strict"}, tls=untrusted),
            TcpListener("tcp-plain", {"app": "strict"}),
        ]
        clusters = [behind("append", appending, directory), behind("forward", forwarding, directory)]
        yield start_envoy(listeners, *clusters, authorizer_cluster(authorizer.ready.address))


def forwards(details: str) -> dict[str, Any]:
    return {"forward_client_cert_details": details, "set_current_client_cert_details": {"uri": True, "cert": True}}


def gateway(name: str, to_cluster: str, tls: Tls) -> HttpListener:
    """A proxy that asks nobody, and says who its client is."""
    route = {"match": {"prefix": "/"}, "route": {"cluster": to_cluster}}
    routes = {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [route]}]}
    manager = {**forwards("APPEND_FORWARD"), "route_config": routes, "http_filters": [ROUTER]}
    return HttpListener(name, {}, tls=tls, manager=manager)


def behind(name: str, port: int, directory: Path) -> dict[str, Any]:
    """The cluster of a listener that a gateway calls with its own certificate."""
    pair = {
        "certificate_chain": {"filename": f"{directory}/gateway.crt"},
        "private_key": {"filename": f"{directory}/gateway.key"},
    }
    tls = typed(
        "envoy.transport_sockets.tls",
        "transport_sockets.tls.v3.UpstreamTlsContext",
        common_tls_context={"tls_certificates": [pair]},
    )
    return {**cluster(name, socket_address(LOCALHOST, port)), "transport_socket": tls}


def outcome(address: tuple[str, int], context: ssl.SSLContext | None = None, path: str = "/", *xfcc: str) -> str:
    """`200`, or the status and the reason of a denial."""
    headers = [("x-forwarded-client-cert", line) for line in xfcc]
    reply = http1.request(address, path, headers=headers, tls=context)
    return f"{reply.status} {reply.headers.get('x-reason', '')}".strip()


MADE: dict[str, Callable[[TrustDomain], Issued]] = {
    "of another authority": lambda root: TrustDomain("root", now=root.now).issue(CLIENT),
    "self-signed": lambda root: TrustDomain(now=root.now).issue_to_itself(CLIENT),
    "expired": lambda root: root.issue(CLIENT, begins=-2 * HOUR, ends=-HOUR),
    "not yet valid": lambda root: root.issue(CLIENT, begins=HOUR, ends=2 * HOUR),
    "for servers only": lambda root: root.issue(CLIENT, extended=[SERVER]),
    "of two names": lambda root: root.issue(CLIENT, "spiffe://cluster.local/ns/ops/sa/admin"),
    "without a SPIFFE id": lambda root: root.issue(dns=["client.test"]),
    "of a trust domain without a bundle": lambda root: root.issue("spiffe://other.test/ns/default/sa/client"),
}


def test_the_right_identity_passes(addresses: Addresses, root: TrustDomain, connect: Connect) -> None:
    context = connect(root.issue(CLIENT))
    assert {name: outcome(addresses[name], context) for name in ("strict", "permissive", "app", "open")} == {
        "strict": "200",
        "permissive": "200",
        "app": "200",
        "open": "200",
    }


@pytest.mark.parametrize("which", MADE)
def test_a_certificate_that_envoy_took_unseen_proves_nothing(
    addresses: Addresses, root: TrustDomain, connect: Connect, which: str
) -> None:
    context = connect(MADE[which](root))
    for name in ("strict", "permissive", "app"):
        assert outcome(addresses[name], context) == "403 peer_not_verified"
    assert outcome(addresses["open"], context) == "200", "nobody asks there who it is"


def test_a_revoked_one_proves_nothing(addresses: Addresses, revoked: Issued, connect: Connect) -> None:
    assert outcome(addresses["app"], connect(revoked)) == "403 peer_not_verified"


def test_no_certificate_is_no_identity(addresses: Addresses, connect: Connect) -> None:
    for suffix, context in (("", connect(None)), ("-plain", None)):
        names = [f"{app}{suffix}" for app in ("strict", "permissive", "disabled", "app", "open")]
        assert [outcome(addresses[name], context) for name in names] == [
            "403 peer_not_mtls",
            "200",
            "200",
            "403 no_allow_rule",
            "200",
        ]


def test_a_port_has_a_mode_of_its_own(addresses: Addresses) -> None:
    assert outcome(addresses["excepted"]) == "200"
    assert outcome(addresses["strict-plain"]) == "403 peer_not_mtls"


def test_mutual_tls_where_it_is_disabled_is_a_mistake(
    addresses: Addresses, root: TrustDomain, connect: Connect
) -> None:
    assert outcome(addresses["disabled"], connect(root.issue(CLIENT))) == "403 mtls_disabled"


def test_plain_tcp_is_held_to_the_same(addresses: Addresses, root: TrustDomain, connect: Connect) -> None:
    assert echoes(addresses["tcp"], connect(root.issue(CLIENT)))
    assert not echoes(addresses["tcp"], connect(MADE["expired"](root)))
    assert not echoes(addresses["tcp-plain"])


@pytest.mark.parametrize("way", ["append", "forward"])
def test_a_listed_gateway_says_who_its_client_is(
    addresses: Addresses, root: TrustDomain, connect: Connect, way: str
) -> None:
    entrance, other = addresses[f"gateway-{way}"], "spiffe://cluster.local/ns/default/sa/other"

    assert outcome(entrance, connect(root.issue(CLIENT))) == "200"
    assert outcome(entrance, connect(root.issue(other))) == "403 no_allow_rule"
    assert outcome(entrance, connect(root.issue(other)), "/", f"By={GATEWAY};URI={CLIENT}") == "403 no_allow_rule"
    assert outcome(entrance, connect(MADE["expired"](root))) == "403 peer_not_verified"
    assert outcome(entrance, connect(None), "/", f"By={GATEWAY};URI={CLIENT}") == "403 no_allow_rule"
    assert outcome(entrance, connect(None), "/gateway") == "200", "the gateway itself"


@pytest.mark.parametrize("way", ["append", "forward"])
def test_a_peer_that_is_not_listed_says_nothing(
    addresses: Addresses, root: TrustDomain, connect: Connect, way: str
) -> None:
    other = connect(root.issue("spiffe://cluster.local/ns/default/sa/other"))
    assert outcome(addresses[way], other, "/", f"By={GATEWAY};URI={CLIENT}") == "403 no_allow_rule"
    assert outcome(addresses[way], connect(root.issue(CLIENT)), "/", f"By={GATEWAY};URI={GATEWAY}") == "200"
