from __future__ import annotations

from random import Random
from typing import Any

import pytest

from authz.forwarder.proxy import Proxy
from authz.forwarder.references import TypeUrl
from authz.forwarder.snapshot import Resource, Snapshot
from authz.forwarder.translate.clusters import Clusters, WantedClusters, policy_for, translate_clusters
from authz.mesh.routing_view import RoutingView
from authz.model.routing.hosts import parse_host
from authz.model.routing.locality import parse_locality
from authz.model.routing.mesh_defaults import MeshDefaults
from authz.model.routing.traffic_policy import ConnectionPool, OutlierDetection, TcpPool, TrafficPolicy
from authz.model.workload import Role
from authz.pb.packing import to_json
from authz.resources.mesh_config import MeshConfig
from tests.support.cluster_variants import VARIANTS, entry, rule, service
from tests.support.mesh import document, kubernetes, mesh_resources

GATEWAY = Proxy("istio-system", frozenset({("istio", "ingressgateway")}))
SIDECAR = Proxy("ns", role=Role.SIDECAR)
HTTP = "[{number: 80, name: http, protocol: HTTP}]"
STATIC = "resolution: STATIC, endpoints: [{address: 10.0.0.1, labels: {v: '1'}}, {address: 10.0.0.2, labels: {v: '2'}}]"


def translated(
    *documents: str,
    proxy: Proxy = GATEWAY,
    defaults: MeshDefaults | None = None,
    wanted: WantedClusters | None = None,
    mesh: MeshConfig | None = None,
) -> Clusters:
    view = RoutingView(mesh_resources(*documents), mesh, defaults)
    return translate_clusters(view, proxy, wanted or WantedClusters())


def named(found: Clusters, kind: TypeUrl = TypeUrl.CLUSTER) -> dict[str, Any]:
    """By name, as JSON; the cluster where nothing comes out again is left out."""
    made = {one.name: to_json(one.message()) for one in found.resources if one.type_url is kind}
    return {name: one for name, one in made.items() if name != "BlackHoleCluster"}


def addresses(found: Clusters, name: str) -> list[str]:
    """Of the endpoints that a cluster is told of apart."""
    assignment = named(found, TypeUrl.ENDPOINT)[name]
    return [
        one["endpoint"]["address"]["socket_address"]["address"]
        for place in assignment.get("endpoints", ())
        for one in place["lb_endpoints"]
    ]


def test_without_services_there_is_the_one_where_nothing_comes_out() -> None:
    (one,) = translated().resources
    assert to_json(one.message()) == {"name": "BlackHoleCluster", "type": "STATIC", "connect_timeout": "10s"}
    assert one.origin is None


def test_each_port_has_a_cluster_and_udp_none() -> None:
    ports = "[{name: http, port: 80}, {name: tcp-x, port: 90}, {name: dns, port: 53, protocol: UDP}]"
    found = named(translated(service("a", ports)))
    assert set(found) == {"outbound|80||a.ns.svc.cluster.local", "outbound|90||a.ns.svc.cluster.local"}


def test_an_alias_has_no_cluster_of_its_own() -> None:
    alias = kubernetes(
        "Service", "{type: ExternalName, externalName: a.example.com, ports: [{name: http, port: 80}]}", "name: b"
    )
    assert named(translated(alias)) == {}


def test_without_a_rule_requests_go_to_the_least_busy_of_all_without_limit() -> None:
    made = named(translated(entry("a.b", STATIC, HTTP)))["outbound|80||a.b"]
    assert (made["type"], made["lb_policy"], made["connect_timeout"]) == ("EDS", "LEAST_REQUEST", "10s")
    assert made["circuit_breakers"]["thresholds"][0]["max_connections"] == 4294967295
    assert "typed_extension_protocol_options" not in made


@pytest.mark.parametrize(
    ("spec", "at_gateway", "at_sidecar"),
    [
        ("resolution: NONE", "EDS", "ORIGINAL_DST"),
        (STATIC, "EDS", "EDS"),
        ("resolution: DNS", "STRICT_DNS", "STRICT_DNS"),
        ("resolution: DNS_ROUND_ROBIN", "LOGICAL_DNS", "LOGICAL_DNS"),
    ],
)
def test_how_endpoints_are_found(spec: str, at_gateway: str, at_sidecar: str) -> None:
    for proxy, expected in ((GATEWAY, at_gateway), (SIDECAR, at_sidecar)):
        made = named(translated(entry("a.b", spec, HTTP), proxy=proxy))["outbound|80||a.b"]
        assert made["type"] == expected
        assert (made.get("lb_policy") == "CLUSTER_PROVIDED") is (expected == "ORIGINAL_DST")


def test_the_articles_external_api_is_looked_up_and_its_tls_is_not_opened() -> None:
    ports = "[{number: 443, name: https, protocol: HTTPS}]"
    found = translated(entry("api.external.com", "location: MESH_EXTERNAL, resolution: DNS", ports), proxy=SIDECAR)
    made = named(found)["outbound|443||api.external.com"]
    (place,) = made["load_assignment"]["endpoints"]
    (one,) = place["lb_endpoints"]
    assert one["endpoint"]["address"]["socket_address"] == {"address": "api.external.com", "port_value": 443}
    assert "transport_socket" not in made
    assert made["metadata"] == {"filter_metadata": {"istio": {"external": True}}}
    assert named(found, TypeUrl.ENDPOINT) == {}


def test_a_service_that_goes_where_the_client_wanted_has_no_endpoints_at_a_gateway() -> None:
    found = translated(entry("a.b", "resolution: NONE", HTTP))
    assert addresses(found, "outbound|80||a.b") == []


def test_known_addresses_without_any_are_a_cluster_with_no_endpoints() -> None:
    found = translated(entry("a.b", "resolution: STATIC", HTTP))
    assert "outbound|80||a.b" in named(found)
    assert addresses(found, "outbound|80||a.b") == []
    assert found.remarks == ()


def test_names_to_look_up_without_any_are_no_cluster_and_that_is_told() -> None:
    found = translated(entry("a.b", "resolution: DNS, workloadSelector: {labels: {a: b}}", HTTP))
    assert named(found) == {}
    (remark,) = found.remarks
    assert str(remark).startswith("a.yaml:1:1: outbound|80||a.b has no endpoints to look up")


SUBSETS = "subsets: [{name: v1, labels: {v: '1'}}, {name: all}, {name: none, labels: {v: '9'}}]"


def test_a_subset_has_the_endpoints_with_its_labels() -> None:
    found = translated(entry("a.b", STATIC, HTTP), rule("a.b", SUBSETS))
    assert addresses(found, "outbound|80||a.b") == ["10.0.0.1", "10.0.0.2"]
    assert addresses(found, "outbound|80|v1|a.b") == ["10.0.0.1"]
    assert addresses(found, "outbound|80|all|a.b") == ["10.0.0.1", "10.0.0.2"]
    assert addresses(found, "outbound|80|none|a.b") == []


def test_a_subset_of_names_without_any_is_no_cluster() -> None:
    endpoints = "resolution: DNS, endpoints: [{address: c.d, labels: {v: '1'}}]"
    found = translated(entry("a.b", endpoints, HTTP), rule("a.b", SUBSETS))
    assert set(named(found)) == {"outbound|80||a.b", "outbound|80|v1|a.b", "outbound|80|all|a.b"}
    assert len(found.remarks) == 1


def test_origins_are_the_service_and_the_subset() -> None:
    found = translated(entry("a.b", STATIC, HTTP), rule("a.b", "subsets: [{name: v1, labels: {v: '1'}}]"))
    places = {(one.name, one.type_url): str(one.origin) for one in found.resources if one.origin}
    assert places["outbound|80||a.b", TypeUrl.CLUSTER] == "a.yaml:1:1"
    assert places["outbound|80|v1|a.b", TypeUrl.CLUSTER] == "a.yaml:9:31"
    assert places["outbound|80|v1|a.b", TypeUrl.ENDPOINT] == "a.yaml:9:31"


def test_a_subset_inherits_what_it_does_not_say_itself() -> None:
    spec = (
        "trafficPolicy: {loadBalancer: {simple: ROUND_ROBIN}, connectionPool: {tcp: {connectTimeout: 1s}}}, "
        "subsets: [{name: v1, labels: {v: '1'}}, {name: v2, trafficPolicy: {loadBalancer: {simple: RANDOM}}}]"
    )
    found = named(translated(entry("a.b", STATIC, HTTP), rule("a.b", spec)))
    kinds = {
        name.split("|")[2]: (made.get("lb_policy", "ROUND_ROBIN"), made["connect_timeout"])
        for name, made in found.items()
    }
    assert kinds == {"": ("ROUND_ROBIN", "1s"), "v1": ("ROUND_ROBIN", "1s"), "v2": ("RANDOM", "1s")}


def test_an_entry_for_a_port_replaces_the_policy_and_leaves_the_rest_to_defaults() -> None:
    spec = (
        "trafficPolicy: {loadBalancer: {simple: RANDOM}, connectionPool: {tcp: {connectTimeout: 1s}}, "
        "portLevelSettings: [{port: {number: 80}, connectionPool: {tcp: {maxConnections: 1}}}]}"
    )
    found = named(translated(entry("a.b", STATIC), rule("a.b", spec)))
    assert (found["outbound|80||a.b"]["lb_policy"], found["outbound|443||a.b"]["lb_policy"]) == (
        "LEAST_REQUEST",
        "RANDOM",
    )
    assert found["outbound|80||a.b"]["connect_timeout"] == "10s"


def test_the_meshs_policy_fills_what_a_rule_leaves_out() -> None:
    policy = TrafficPolicy(
        connection_pool=ConnectionPool(TcpPool(max_connections=5)), outlier_detection=OutlierDetection()
    )
    defaults = MeshDefaults(traffic_policy=policy)
    spec = "trafficPolicy: {connectionPool: {http: {maxRetries: 1}}}"
    found = named(
        translated(entry("a.b", STATIC, HTTP), rule("a.b", spec), entry("c.d", STATIC, HTTP), defaults=defaults)
    )
    assert found["outbound|80||a.b"]["circuit_breakers"]["thresholds"][0]["max_connections"] == 4294967295
    assert found["outbound|80||c.d"]["circuit_breakers"]["thresholds"][0]["max_connections"] == 5
    assert all("outlier_detection" in one for one in found.values())


def test_a_broad_rule_of_the_clients_namespace_hides_the_exact_one_of_the_service() -> None:
    broad = rule("*.local", "trafficPolicy: {loadBalancer: {simple: RANDOM}}", "name: broad, namespace: client")
    exact = rule("a.ns.svc.cluster.local", "trafficPolicy: {loadBalancer: {simple: ROUND_ROBIN}}")
    found = {
        namespace: named(translated(service("a"), broad, exact, proxy=Proxy(namespace)))
        for namespace in ("client", "other")
    }
    name = "outbound|80||a.ns.svc.cluster.local"
    assert found["client"][name]["lb_policy"] == "RANDOM"
    assert "lb_policy" not in found["other"][name]  # ROUND_ROBIN, the first of Envoy's words


def test_passthrough_goes_where_the_client_wanted_whatever_endpoints_there_are() -> None:
    spec = "trafficPolicy: {loadBalancer: {simple: PASSTHROUGH}}"
    found = translated(entry("a.b", STATIC, HTTP), rule("a.b", spec))
    made = named(found)["outbound|80||a.b"]
    assert (made["type"], made["lb_policy"]) == ("ORIGINAL_DST", "CLUSTER_PROVIDED")
    assert "load_assignment" not in made
    assert named(found, TypeUrl.ENDPOINT) == {}


DYNAMIC = "[{number: 80, name: http, protocol: HTTP}, {number: 90, name: tcp, protocol: TLS}]"


def test_a_service_whose_requests_say_the_host_has_no_subsets() -> None:
    spec = "trafficPolicy: {tls: {mode: SIMPLE}}, subsets: [{name: v1, labels: {v: '1'}}]"
    found = translated(entry("*.a.b", "resolution: DYNAMIC_DNS", DYNAMIC), rule("*.a.b", spec))
    assert set(named(found)) == {"outbound|80||*.a.b", "outbound|90||*.a.b"}
    made = named(found)["outbound|80||*.a.b"]
    assert made["cluster_type"]["typed_config"]["dns_cache_config"]["name"] == "*.a.b_dfp_dns_cache"
    (remark,) = found.remarks
    assert "has no subsets" in remark.text


@pytest.mark.parametrize(
    ("tls", "insecure", "names"),
    [
        ("", True, None),
        ("tls: {mode: SIMPLE}", None, {"auto_sni": True, "auto_san_validation": True}),
        ("tls: {mode: SIMPLE, subjectAltNames: [a]}", None, {"auto_sni": True, "auto_san_validation": True}),
        ("tls: {mode: SIMPLE, sni: a}", True, {"auto_san_validation": True}),
        ("tls: {mode: SIMPLE, insecureSkipVerify: true}", True, {"auto_sni": True}),
    ],
)
def test_a_host_that_a_request_names_has_to_have_its_certificate(tls: str, insecure: Any, names: Any) -> None:
    documents = [entry("*.a.b", "resolution: DYNAMIC_DNS", HTTP)]
    if tls:
        documents.append(rule("*.a.b", f"trafficPolicy: {{{tls}}}"))
    made = named(translated(*documents))["outbound|80||*.a.b"]
    assert made["cluster_type"]["typed_config"].get("allow_insecure_cluster_options") is insecure
    (options,) = made.get("typed_extension_protocol_options", {"": {}}).values()
    assert options.get("upstream_http_protocol_options") == names


def tls_of(found: Clusters, name: str) -> str:
    """`mesh`, `rule`, `auto` or `plain`."""
    made = named(found)[name]
    if "transport_socket_matches" in made:
        return "auto"
    if "transport_socket" not in made:
        return "plain"
    certificates = made["transport_socket"]["typed_config"]["common_tls_context"].get(
        "tls_certificate_sds_secret_configs"
    )
    return "mesh" if certificates and certificates[0]["name"] == "default" else "rule"


MTLS = "outbound|80||a.ns.svc.cluster.local"
DISABLED = document("PeerAuthentication", "{mtls: {mode: DISABLE}}", "name: a, namespace: ns", "security.istio.io/v1")


@pytest.mark.parametrize(
    ("documents", "defaults", "expected"),
    [
        ((), MeshDefaults(), "auto"),
        ((), MeshDefaults(enable_auto_mtls=False), "plain"),
        ((DISABLED,), MeshDefaults(), "plain"),
        ((rule("a", "trafficPolicy: {tls: {mode: DISABLE}}"),), MeshDefaults(), "plain"),
        ((rule("a", "trafficPolicy: {tls: {mode: SIMPLE}}"),), MeshDefaults(), "rule"),
        ((rule("a", "trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}"),), MeshDefaults(enable_auto_mtls=False), "mesh"),
    ],
)
def test_mutual_tls_of_the_mesh_is_for_those_who_take_it_unless_somebody_says_otherwise(
    documents: tuple[str, ...], defaults: MeshDefaults, expected: str
) -> None:
    assert tls_of(translated(service("a"), *documents, defaults=defaults), MTLS) == expected


def test_an_external_service_never_gets_mutual_tls_by_itself() -> None:
    spec = "resolution: STATIC, endpoints: [{address: 10.0.0.1, serviceAccount: b}]"
    assert tls_of(translated(entry("a.b", f"{spec}, location: MESH_EXTERNAL", HTTP)), "outbound|80||a.b") == "plain"
    assert tls_of(translated(entry("a.b", f"{spec}, location: MESH_INTERNAL", HTTP)), "outbound|80||a.b") == "auto"


def test_who_has_no_proxy_needs_no_certificate_of_the_mesh() -> None:
    found = translated(entry("a.b", f"{STATIC}, location: MESH_INTERNAL", HTTP))
    assert tls_of(found, "outbound|80||a.b") == "plain"
    assert Snapshot.of(found.resources).dangling_references() == ()


def test_only_endpoints_that_take_it_are_marked_for_mutual_tls() -> None:
    endpoints = "endpoints: [{address: 10.0.0.1, serviceAccount: b}, {address: 10.0.0.2}]"
    found = translated(entry("a.b", f"location: MESH_INTERNAL, resolution: STATIC, {endpoints}", HTTP))
    (place,) = named(found, TypeUrl.ENDPOINT)["outbound|80||a.b"]["endpoints"]
    assert ["metadata" in one for one in place["lb_endpoints"]] == [True, False]


def test_who_may_serve_is_known_by_its_account_in_every_trust_domain_of_the_mesh() -> None:
    mesh = MeshConfig(trust_domain="td", trust_domain_aliases=("old",))
    found = translated(service("a"), rule("a", "trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}"), mesh=mesh)
    common = named(found)[MTLS]["transport_socket"]["typed_config"]["common_tls_context"]
    matchers = common["combined_validation_context"]["default_validation_context"]["match_typed_subject_alt_names"]
    assert [one["matcher"]["exact"] for one in matchers] == ["spiffe://td/ns/ns/sa/a", "spiffe://old/ns/ns/sa/a"]


@pytest.mark.parametrize(
    ("port", "for_bytes", "alpn"),
    [
        ("{name: http, port: 80}", False, "istio-http/1.1"),
        ("{name: grpc, port: 80}", False, "istio-h2"),
        ("{name: tcp, port: 80}", False, "istio"),
        ("{name: x, port: 80}", False, "istio-http/1.1"),
        ("{name: x, port: 80}", True, "istio"),
    ],
)
def test_a_port_that_nobody_describes_gets_requests_unless_only_bytes_are_sent_to_it(
    port: str, alpn: str, *, for_bytes: bool
) -> None:
    wanted = WantedClusters(for_bytes=frozenset({MTLS} if for_bytes else ()))
    documents = (service("a", f"[{port}]"), rule("a", "trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}"))
    made = named(translated(*documents, wanted=wanted))[MTLS]
    assert made["transport_socket"]["typed_config"]["common_tls_context"]["alpn_protocols"][0] == alpn


def test_the_clients_protocol_cannot_be_asked_for_where_it_has_to_be_said_beforehand() -> None:
    spec = "trafficPolicy: {connectionPool: {http: {useClientProtocol: true}}}"
    found = translated(service("a"), rule("a", spec), entry("c.d", STATIC, HTTP), rule("c.d", spec))
    assert "typed_extension_protocol_options" not in named(found)[MTLS]
    (options,) = named(found)["outbound|80||c.d"]["typed_extension_protocol_options"].values()
    assert "use_downstream_protocol_config" in options
    assert [one.text.split(" does")[0] for one in found.remarks] == ["useClientProtocol"]


PASSTHROUGH = rule("a", "trafficPolicy: {loadBalancer: {simple: PASSTHROUGH}}")


def test_where_endpoints_cannot_be_told_apart_all_of_them_take_mutual_tls_or_none_gets_it() -> None:
    assert tls_of(translated(service("a"), PASSTHROUGH), MTLS) == "mesh"
    one = "{addresses: [10.1.0.9]}"
    mixed = service("a").replace("endpoints: [{", f"endpoints: [{one}, {{")
    assert tls_of(translated(mixed, PASSTHROUGH), MTLS) == "plain"


@pytest.mark.parametrize("proxy", [GATEWAY, SIDECAR])
@pytest.mark.parametrize("selector", ["", ", workloadSelector: {matchLabels: {a: b}}"])
def test_a_credential_is_never_replaced_by_plain_text(proxy: Proxy, selector: str) -> None:
    namespace = f"name: r, namespace: {proxy.namespace}"
    labelled = Proxy(proxy.namespace, frozenset({("a", "b")}), proxy.role)
    spec = f"trafficPolicy: {{tls: {{mode: MUTUAL, credentialName: c}}}}{selector}"
    found = translated(entry("a.b", STATIC, HTTP), rule("a.b", spec, namespace), proxy=labelled)
    assert tls_of(found, "outbound|80||a.b") == "rule"


def test_a_credential_that_cannot_be_read_is_told() -> None:
    spec = "trafficPolicy: {tls: {mode: SIMPLE, credentialName: 'configmap://ns/a'}}"
    found = translated(entry("a.b", STATIC, HTTP), rule("a.b", spec))
    assert tls_of(found, "outbound|80||a.b") == "rule"
    (remark,) = found.remarks
    assert "cannot be read" in remark.text


@pytest.mark.parametrize(
    ("policy", "text"),
    [
        ("loadBalancer: {consistentHash: {ringHash: {minimumRingSize: 9999999}}}", "minimumRingSize"),
        ("loadBalancer: {zoneAwareLbSetting: {}}", "zoneAwareLbSetting"),
        ("retryBudget: {budgetInterval: 1s}", "budgetInterval"),
    ],
)
def test_what_is_not_done_as_written_is_told(policy: str, text: str) -> None:
    (remark,) = translated(entry("a.b", STATIC, HTTP), rule("a.b", f"trafficPolicy: {{{policy}}}")).remarks
    assert remark.text.startswith(text)
    assert str(remark.where) == "a.yaml:9:36"


def test_a_socket_that_cannot_be_is_left_out_and_told() -> None:
    path = f"unix:///{'a' * 120}"
    found = translated(entry("a.b", f"resolution: STATIC, endpoints: [{{address: '{path}'}}]", HTTP))
    assert addresses(found, "outbound|80||a.b") == []
    (remark,) = found.remarks
    assert "is no address that outbound|80||a.b can have" in remark.text


def test_near_endpoints_come_first_where_others_can_be_left_out() -> None:
    spec = "resolution: STATIC, endpoints: [{address: 10.0.0.1, locality: r2}, {address: 10.0.0.2, locality: r1/z1}]"
    documents = (entry("a.b", spec, HTTP), rule("a.b", "trafficPolicy: {outlierDetection: {}}"))
    near = Proxy("ns", locality=parse_locality("r1/z1"))
    places = named(translated(*documents, proxy=near), TypeUrl.ENDPOINT)["outbound|80||a.b"]["endpoints"]
    assert [(one["locality"]["region"], one.get("priority", 0)) for one in places] == [("r1", 0), ("r2", 1)]


def test_handshakes_name_clusters_of_endpoints_that_take_mutual_tls_as_it_comes() -> None:
    mixed = service("a").replace("endpoints: [{", "endpoints: [{addresses: [10.1.0.9]}, {")
    documents = (mixed, entry("c.d", STATIC, HTTP), rule("a", "subsets: [{name: v1, labels: {version: v1}}]"))
    found = translated(*documents, wanted=WantedClusters(passed_on=True), defaults=MeshDefaults(enable_auto_mtls=False))
    names = {name for name in named(found) if name.startswith("outbound_.")}
    assert names == {"outbound_.80_._.a.ns.svc.cluster.local", "outbound_.80_.v1_.a.ns.svc.cluster.local"}
    assert addresses(found, "outbound_.80_._.a.ns.svc.cluster.local") == ["10.1.0.1", "10.1.0.2"]
    assert all(tls_of(found, name) == "plain" for name in names)
    assert addresses(found, MTLS) == ["10.1.0.1", "10.1.0.2", "10.1.0.9"]
    assert tls_of(found, MTLS) == "plain"


def test_a_namespace_has_no_clusters_of_services_that_it_does_not_see() -> None:
    hidden = entry("a.b", f"{STATIC}, exportTo: ['.']", HTTP)
    assert named(translated(hidden)) == {}
    assert set(named(translated(hidden, proxy=Proxy("ns")))) == {"outbound|80||a.b"}


def test_of_two_services_for_a_host_and_a_port_the_first_counts() -> None:
    first = entry("a.b", "resolution: STATIC, endpoints: [{address: 10.0.0.1}]", HTTP, "a")
    second = entry(
        "a.b",
        "resolution: DNS",
        "[{number: 80, name: http, protocol: HTTP}, {number: 90, name: x, protocol: HTTP}]",
        "b",
    )
    found = named(translated(first, second))
    assert {name: one["type"] for name, one in found.items()} == {
        "outbound|80||a.b": "EDS",
        "outbound|90||a.b": "STRICT_DNS",
    }


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("STATIC, endpoints: [{address: 10.0.0.1}]", "DNS, endpoints: [{address: c.d}]", ["10.0.0.1"]),
        ("DNS_ROUND_ROBIN, endpoints: [{address: c.d}]", "DNS, endpoints: [{address: e.f}]", ["c.d"]),
        ("DNS, endpoints: [{address: c.d}]", "STATIC, endpoints: [{address: 10.0.0.1}]", ["10.0.0.1", "c.d"]),
    ],
)
def test_services_that_share_a_host_share_endpoints_as_far_as_the_first_can_have_them(
    first: str, second: str, expected: list[str]
) -> None:
    documents = [entry("a.b", f"resolution: {spec}", HTTP, name) for name, spec in (("a", first), ("b", second))]
    found = translated(*documents)
    made = named(found)["outbound|80||a.b"]
    assignment = made.get("load_assignment") or named(found, TypeUrl.ENDPOINT)["outbound|80||a.b"]
    endpoints = [one["endpoint"]["address"] for place in assignment["endpoints"] for one in place["lb_endpoints"]]
    assert [one["socket_address"]["address"] for one in endpoints] == expected


@pytest.mark.parametrize("proxy", [GATEWAY, SIDECAR])
def test_a_resource_is_as_its_message_says(proxy: Proxy) -> None:
    found = translated(*VARIANTS.values(), proxy=proxy, wanted=WantedClusters(passed_on=True)).resources
    again = tuple(Resource.of(one.message()) for one in found)
    assert again == found
    assert [one.references for one in again] == [one.references for one in found]


def test_the_order_of_documents_does_not_matter() -> None:
    documents = list(VARIANTS.values())
    before = Snapshot.of(translated(*documents).resources)
    Random(1).shuffle(documents)
    assert Snapshot.of(translated(*documents).resources) == before


def test_what_has_not_changed_is_the_very_same_and_what_has_is_made_anew() -> None:
    documents = [entry(f"{name}.b", STATIC, HTTP) for name in ("a", "c")]
    first = translated(*documents)
    changed = RoutingView(mesh_resources(documents[0], documents[1].replace("10.0.0.1", "10.0.0.9")))
    second = translate_clusters(changed, GATEWAY, memo=first.memo)
    assert second.resources == translate_clusters(changed, GATEWAY).resources
    same = {one.name for one in second.resources if any(one is other for other in first.resources)}
    assert "outbound|80||a.b" in same
    assert "outbound|80||c.b" not in same


@pytest.mark.parametrize(
    ("view", "proxy", "wanted"),
    [
        (
            RoutingView(mesh_resources(service("a")), defaults=MeshDefaults(enable_auto_mtls=False)),
            GATEWAY,
            WantedClusters(),
        ),
        (RoutingView(mesh_resources(service("a"), DISABLED)), GATEWAY, WantedClusters()),
        (RoutingView(mesh_resources(service("a")), MeshConfig(trust_domain="td")), GATEWAY, WantedClusters()),
        (RoutingView(mesh_resources(service("a"))), SIDECAR, WantedClusters()),
        (RoutingView(mesh_resources(service("a"))), GATEWAY, WantedClusters(passed_on=True)),
        (
            RoutingView(mesh_resources(service("a", "[{name: x, port: 80}]"))),
            GATEWAY,
            WantedClusters(frozenset({MTLS})),
        ),
        (RoutingView(mesh_resources(service("a"), rule("a", SUBSETS))), GATEWAY, WantedClusters()),
        (RoutingView(mesh_resources()), GATEWAY, WantedClusters()),
    ],
)
def test_a_memo_never_changes_what_comes_out(view: RoutingView, proxy: Proxy, wanted: WantedClusters) -> None:
    memo = translated(service("a")).memo
    assert translate_clusters(view, proxy, wanted, memo).resources == translate_clusters(view, proxy, wanted).resources


def test_what_a_rule_comes_to_can_be_asked() -> None:
    view = RoutingView(mesh_resources(entry("a.b", STATIC, HTTP), rule("a.b", "trafficPolicy: {outlierDetection: {}}")))
    found = view.registry.seen_from("istio-system").service(parse_host("a.b"))
    assert found is not None
    assert policy_for(view, GATEWAY, found, 80).outlier_detection is not None
    assert policy_for(view, GATEWAY, found, 80).tls is None
