from __future__ import annotations

from datetime import timedelta

import pytest

from authz.mesh.registry import TlsMode
from authz.mesh.routing_view import RoutingView
from authz.model.routing.hosts import parse_host
from authz.model.routing.mesh_defaults import MeshDefaults
from authz.model.workload import Workload
from authz.resources.mesh_config import MeshConfig
from tests.support.endpoints import endpoint
from tests.support.reading import resources


def view(*documents: str, mesh: MeshConfig | None = None, defaults: MeshDefaults | None = None) -> RoutingView:
    found, problems = resources("\n---\n".join(documents))
    assert problems == []
    return RoutingView(found, mesh, defaults)


def virtual_service(name: str, export_to: str = "", namespace: str = "default") -> str:
    return (
        "apiVersion: networking.istio.io/v1\nkind: VirtualService\n"
        f"metadata: {{name: {name}, namespace: {namespace}}}\n"
        f"spec: {{hosts: [a.example.com], http: [{{directResponse: {{status: 200}}}}]{export_to}}}"
    )


def gateway(name: str, created: str) -> str:
    return (
        "apiVersion: networking.istio.io/v1\nkind: Gateway\n"
        f"metadata: {{name: {name}, creationTimestamp: '{created}'}}\n"
        "spec: {selector: {a: b}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ['*']}]}"
    )


SERVICE_ENTRY = """\
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: a, namespace: ns}
spec: {hosts: [a.example.com], resolution: DNS, ports: [{number: 80, name: http, protocol: HTTP}]}"""

RULE = """\
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: a, namespace: ns}
spec: {host: a.example.com, trafficPolicy: {connectionPool: {tcp: {maxConnections: 1}}}}"""


def test_the_oldest_gateway_comes_first() -> None:
    documents = [gateway("a", "2026-03-01T00:00:00Z"), gateway("b", "2026-01-01T00:00:00Z")]
    assert [one.name for one in view(*documents).gateways] == ["b", "a"]


def test_without_a_time_the_name_decides_whatever_the_order_of_files() -> None:
    documents = [virtual_service("b"), virtual_service("a")]
    assert [one.name for one in view(*documents).virtual_services] == ["a", "b"]
    assert [one.name for one in view(*reversed(documents)).virtual_services] == ["a", "b"]


@pytest.mark.parametrize(
    ("export_to", "default", "namespaces"),
    [
        ("", ("*",), {"default", "gateways"}),
        ("", (".",), {"default"}),
        ("", ("gateways",), {"gateways"}),
        (", exportTo: ['*']", (".",), {"default", "gateways"}),
        (", exportTo: [gateways]", ("*",), {"gateways"}),
    ],
)
def test_a_virtual_service_is_for_proxies_of_the_namespaces_it_is_exported_to(
    export_to: str, default: tuple[str, ...], namespaces: set[str]
) -> None:
    found = view(virtual_service("a", export_to), defaults=MeshDefaults(virtual_service_export_to=default))
    assert {one for one in ("default", "gateways") if found.virtual_services_for(one)} == namespaces


def test_services_and_rules_are_exported_as_the_mesh_says() -> None:
    host = parse_host("a.example.com")
    (service,) = view(SERVICE_ENTRY).registry.services
    assert view(SERVICE_ENTRY).registry.seen_from("other").service(host) is not None
    private = MeshDefaults(service_export_to=(".",), destination_rule_export_to=(".",))
    found = view(SERVICE_ENTRY, RULE, defaults=private)
    assert found.registry.seen_from("other").service(host) is None
    assert found.registry.seen_from("ns").service(host) is not None
    assert found.destination_rules.rule_for(service, "other", frozenset()) is None
    assert view(SERVICE_ENTRY, RULE).destination_rules.rule_for(service, "other", frozenset()) is not None


def test_a_secret_is_found_by_namespace_and_name() -> None:
    secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: a, namespace: ns}\nstringData: {ca.crt: x}"
    found = view(secret).secret("ns", "a")
    assert found is not None
    assert found.ca_certificates == b"x"
    assert view(secret).secret("other", "a") is None


def test_without_a_word_the_mesh_is_istios() -> None:
    found = view()
    assert (found.mesh, found.cluster_domain) == (MeshConfig(), "cluster.local")
    assert found.defaults.connect_timeout == timedelta(seconds=10)


def peer_authentication(mode: str, spec: str = "", namespace: str = "default") -> str:
    return (
        "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\n"
        f"metadata: {{name: a, namespace: {namespace}}}\nspec: {{mtls: {{mode: {mode}}}{spec}}}"
    )


SELECTED = ", selector: {matchLabels: {app: a}}"


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (None, True),
        (peer_authentication("STRICT"), True),
        (peer_authentication("DISABLE"), False),
        (peer_authentication("DISABLE", namespace="istio-system"), False),
        (peer_authentication("DISABLE", namespace="other"), True),
        (peer_authentication("DISABLE", SELECTED), False),
        (peer_authentication("STRICT", f"{SELECTED}, portLevelMtls: {{8080: {{mode: DISABLE}}}}"), False),
        (peer_authentication("STRICT", f"{SELECTED}, portLevelMtls: {{8081: {{mode: DISABLE}}}}"), True),
    ],
)
def test_an_endpoint_with_a_proxy_takes_mutual_tls_unless_its_policy_turns_that_off(
    policy: str | None, *, expected: bool
) -> None:
    found = view(policy) if policy else view()
    assert found.takes_mtls(endpoint(tls=TlsMode.ISTIO, labels={"app": "a"})) is expected
    assert not found.takes_mtls(endpoint(labels={"app": "a"}))


def test_what_a_workload_says_itself_counts_before_its_namespace() -> None:
    strict = peer_authentication("STRICT", SELECTED).replace("name: a", "name: b")
    found = view(peer_authentication("DISABLE"), strict)
    assert found.takes_mtls(endpoint(tls=TlsMode.ISTIO, labels={"app": "a"}))
    assert not found.takes_mtls(endpoint(tls=TlsMode.ISTIO, labels={"app": "b"}))


def authentication(name: str, issuer: str, namespace: str = "ns", selector: str = "") -> str:
    return (
        "apiVersion: security.istio.io/v1\nkind: RequestAuthentication\n"
        f"metadata: {{name: {name}, namespace: {namespace}}}\n"
        f"spec: {{{selector}jwtRules: [{{issuer: {issuer}, jwksUri: 'https://keys.example'}}]}}"
    )


def test_rules_of_tokens_are_those_for_a_workload_by_issuer() -> None:
    found = view(
        authentication("a", "z"),
        authentication("b", "y", "istio-system"),
        authentication("c", "x", "other"),
        authentication("d", "w", selector="selector: {matchLabels: {app: a}}, "),
    )

    def issuers(workload: Workload) -> list[str]:
        return [rule.issuer for rule in found.token_rules(workload)]

    assert issuers(Workload("ns")) == ["y", "z"]
    assert issuers(Workload("ns", frozenset({("app", "a")}))) == ["w", "y", "z"]
    assert issuers(Workload("nowhere")) == ["y"]
