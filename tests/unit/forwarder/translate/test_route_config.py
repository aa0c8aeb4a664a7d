"""authz.forwarder.translate.route_config: the route configurations of a gateway, whole."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from authz.forwarder.proxy import Proxy
from authz.forwarder.snapshot import Resource
from authz.forwarder.translate.gateway_plan import plan_gateways
from authz.forwarder.translate.route_config import RouteMemo, RouteSources, TranslatedRoutes, translate_routes
from authz.mesh.routing_view import RoutingView
from authz.model.routing.http_route import Retries
from authz.model.routing.mesh_defaults import MeshDefaults
from authz.model.where import Where
from authz.pb.packing import to_json
from tests.support.gateways import HTTP, HTTPS, LABELS, PROXY, SIMPLE, gateway, view, virtual_service
from tests.support.mesh import kubernetes

ANY = gateway(f"{HTTP}, hosts: ['*']")
TO_A = "route: [{destination: {host: a}}]"


def to(prefix: str, host: str = "a") -> str:
    return f"{{match: [{{uri: {{prefix: {prefix}}}}}], route: [{{destination: {{host: {host}}}}}]}}"


def service(host: str, *entries: str, name: str = "v", namespace: str = "app") -> str:
    listed = ", ".join(entries or [f"{{{TO_A}}}"])
    return virtual_service(f"hosts: ['{host}'], http: [{listed}]", name, namespace)


def translated(found: RoutingView, memo: RouteMemo | None = None, proxy: Proxy = PROXY) -> TranslatedRoutes:
    return translate_routes(plan_gateways(found, proxy), RouteSources.of(found, proxy, memo or RouteMemo()))


def configs(*documents: str, proxy: Proxy = PROXY) -> dict[str, Any]:
    found = translated(view(*documents), proxy=proxy).resources
    return {resource.name: to_json(resource.message()) for resource in found}


def hosts(config: Any) -> dict[str, list[str]]:
    """The prefixes of each virtual host."""
    return {
        host["name"]: [route["match"].get("prefix", "") for route in host.get("routes", ())]
        for host in config["virtual_hosts"]
    }


def test_a_configuration_needs_no_clusters_and_looks_at_no_port_of_a_host() -> None:
    (config,) = configs(ANY, service("a.com"), proxy=replace(PROXY, authorizer=None)).values()
    config["virtual_hosts"] = []
    assert config == {
        "name": "http.80",
        "virtual_hosts": [],
        "validate_clusters": False,
        "max_direct_response_body_size_bytes": 1048576,
        "ignore_port_in_host_matching": True,
    }


def test_plain_servers_share_a_configuration_and_https_servers_each_have_one() -> None:
    documents = [
        gateway(f"{HTTP}, hosts: [a.com]", f"{HTTPS}, hosts: [a.com], {SIMPLE}"),
        gateway(
            f"{HTTP}, hosts: [b.com]",
            f"{HTTPS}, hosts: [b.com], {SIMPLE}",
            name="h",
        ),
        virtual_service(f"hosts: [a.com, b.com], http: [{{{TO_A}}}]", gateways="istio-system/g, istio-system/h"),
    ]
    found = {name: hosts(config) for name, config in configs(*documents).items()}
    assert found == {
        "http.80": {"a.com:80": ["/"], "b.com:80": ["/"]},
        "https.443.https.g.istio-system": {"a.com:443": ["/"]},
        "https.443.https.h.istio-system": {"b.com:443": ["/"]},
    }


def test_the_name_has_the_port_that_is_listened_on_and_hosts_and_matches_that_of_the_gateway() -> None:
    proxy = Proxy("istio-system", LABELS, port_map=((80, 8080),))
    entry = "{match: [{port: 80}], redirect: {authority: b.com, derivePort: FROM_REQUEST_PORT, scheme: https}}"
    found = configs(ANY, service("a.com", entry), proxy=proxy)
    assert hosts(found["http.8080"]) == {"a.com:80": ["/"]}
    assert found["http.8080"]["virtual_hosts"][0]["routes"][0]["redirect"]["port_redirect"] == 80


def test_routes_of_several_services_for_one_host_are_one_list() -> None:
    documents = [ANY, service("a.com", to("/a"), f"{{{TO_A}}}", name="x"), service("a.com", to("/b"), name="y")]
    assert hosts(configs(*documents)["http.80"]) == {"a.com:80": ["/a", "/b", "/"]}
    assert configs(*documents) == configs(*reversed(documents))


def test_hosts_that_only_overlap_stay_apart() -> None:
    found = configs(ANY, service("*.a.com", name="wide"), service("x.a.com", to("/x"), name="narrow"))
    assert hosts(found["http.80"]) == {"x.a.com:80": ["/x"], "*.a.com:80": ["/"]}


def test_servers_of_one_port_add_to_each_others_hosts_but_not_the_same_routes_twice() -> None:
    documents = [
        gateway(f"{HTTP}, hosts: [a.com, b.com]"),
        gateway(f"{HTTP}, hosts: [a.com]", name="h"),
        virtual_service(f"hosts: [a.com], http: [{to('/g')}]", "x"),
        virtual_service(f"hosts: [a.com], http: [{to('/h')}]", "y", gateways="istio-system/h"),
    ]
    assert hosts(configs(*documents)["http.80"]) == {"a.com:80": ["/g", "/h"]}


def test_a_service_without_a_route_for_the_server_makes_no_host() -> None:
    documents = [ANY, service("a.com", f"{{match: [{{port: 81}}], {TO_A}}}"), service("b.com", name="w")]
    assert hosts(configs(*documents)["http.80"]) == {"b.com:80": ["/"]}


def test_a_service_without_any_route_is_remarked_but_not_one_that_has_some_elsewhere() -> None:
    plain_and_tls = gateway(f"{HTTP}, hosts: ['*']", f"{HTTPS}, hosts: ['*.com'], {SIMPLE}")
    elsewhere = f"{{match: [{{port: 81}}], {TO_A}}}"
    found = view(
        plain_and_tls, service("a.com", elsewhere), service("b.com", f"{{match: [{{port: 443}}], {TO_A}}}", name="w")
    )
    idle = [remark.where for remark in translated(found).remarks if "none of its http entries" in remark.text]
    assert idle == [one.where for one in found.virtual_services if one.name == "v"]


def test_without_any_host_everything_is_404() -> None:
    (config,) = configs(ANY).values()
    assert config["virtual_hosts"] == [{"name": "blackhole:80", "domains": ["*"]}]


def test_a_server_that_redirects_to_https_has_hosts_without_services_too() -> None:
    documents = [
        gateway(f"{HTTP}, hosts: [a.com, b.com], tls: {{httpsRedirect: true}}"),
        gateway(f"{HTTP}, hosts: [c.com]", name="h"),
        service("a.com", name="a"),
        virtual_service(f"hosts: [c.com], http: [{to('/c')}]", "c", gateways="istio-system/h"),
    ]
    (config,) = configs(*documents).values()
    assert hosts(config) == {"a.com:80": ["/"], "b.com:80": [], "c.com:80": ["/c"]}
    assert [host.get("require_tls") for host in config["virtual_hosts"]] == ["ALL", "ALL", None]


def test_a_direct_response_may_be_as_large_as_the_configuration_says() -> None:
    body = "a" * 5000
    (config,) = configs(
        ANY, service("a.com", f"{{directResponse: {{status: 200, body: {{string: {body}}}}}}}")
    ).values()
    assert config["virtual_hosts"][0]["routes"][0]["direct_response"]["body"]["inline_string"] == body


def test_the_meshs_retries_are_those_of_routes_without_any() -> None:
    found = translated(view(ANY, service("a.com"), defaults=MeshDefaults(retries=Retries(7))))
    (route,) = found.configs["http.80"].hosts[0].routes
    assert route.message().route.retry_policy.num_retries.value == 7


def test_a_resource_is_what_its_message_would_be() -> None:
    found = translated(view(ANY, service("a.com", to("/a"), f"{{{TO_A}}}"), service("b.com", name="w")))
    for resource in found.resources:
        assert resource == Resource.of(resource.message())
        assert resource.references == Resource.of(resource.message()).references
    assert found.clusters == {"outbound|80||a.app.svc.cluster.local"}


def test_every_host_and_route_says_where_it_comes_from() -> None:
    found = view(ANY, service("a.com", to("/a"), f"{{{TO_A}}}"))
    (config,) = translated(found).configs.values()
    (host,) = config.hosts
    (written,) = found.virtual_services
    assert config.resource.origin == found.gateways[0].servers[0].where
    assert host.where == written.where
    assert [route.where for route in host.routes] == [written.http[0].matches[0].where, written.http[1].where]


def test_remarks_are_told_in_order_and_once() -> None:
    found = view(
        gateway(f"{HTTP}, hosts: [a.com]", f"{HTTPS}, hosts: [a.com], {SIMPLE}"),
        service("a.com", to("/a", "gone"), f"{{{TO_A}}}", name="x"),
        service("a.com", name="y"),
        service("c.com", name="z"),
    )
    remarks = translated(found).remarks
    assert list(remarks) == sorted(set(remarks))
    assert len({remark.text.split(":")[0] for remark in remarks}) > 2
    assert any("'gone.app.svc.cluster.local'" in remark.text for remark in remarks)
    assert any("none of its hosts" in remark.text for remark in remarks)
    assert any("takes them all" in remark.text for remark in remarks)


def test_claims_are_told_of_by_configuration() -> None:
    claim = f"{{match: [{{headers: {{'@request.auth.claims.a': {{exact: b}}}}}}], {TO_A}}}"
    found = translated(
        view(gateway(f"{HTTP}, hosts: ['*']", f"{HTTPS}, hosts: [b.com], {SIMPLE}"), service("a.com", claim))
    )
    assert {name: config.has_claims for name, config in found.configs.items()} == {
        "http.80": True,
        "https.443.https.g.istio-system": False,
    }


SERVICE_A = kubernetes("Service", "{clusterIP: 10.0.0.1, ports: [{name: http, port: 80}]}", "name: a, namespace: app")
DELEGATED = "{match: [{uri: {prefix: /d}}], delegate: {name: d, namespace: app}}"
DELEGATE = virtual_service(f"http: [{{{TO_A}}}]", "d", "app").replace("{gateways: [istio-system/g], ", "{")
WHOLE = [ANY, SERVICE_A, service("a.com", to("/a"), name="x"), service("b.com", DELEGATED, name="y"), DELEGATE]


def test_what_did_not_change_is_the_very_same_after_the_next_translation() -> None:
    found, memo = view(*WHOLE, gateway(f"{HTTP}, hosts: ['*']".replace("80", "81"), name="empty")), RouteMemo()
    first, second = translated(found, memo), translated(found, memo.next())
    assert list(first.configs) == ["http.80", "http.81"]
    assert all(second.configs[name] is config for name, config in first.configs.items())


def test_a_changed_service_changes_its_own_host_alone() -> None:
    before, memo = view(*WHOLE), RouteMemo()
    first = translated(before, memo).configs["http.80"]
    after = view(*WHOLE)
    kept = {one.name: one for one in before.virtual_services}
    after.virtual_services = tuple(kept[one.name] if one.name != "x" else one for one in after.virtual_services)
    second = translated(after, memo.next()).configs["http.80"]
    assert [one is other for one, other in zip(first.hosts, second.hosts, strict=True)] == [False, True]
    assert second.resource == first.resource


def test_a_translation_with_a_memo_is_that_without() -> None:
    moved = [one.replace("port: 80}]}", "port: 81}]}") for one in WHOLE]
    memo = RouteMemo()
    for documents in (WHOLE, moved, WHOLE[:-1], WHOLE[1:], [*WHOLE, service("c.com", name="z")]):
        found = view(*documents)
        with_memo, without = translated(found, memo), translated(found)
        assert with_memo.resources == without.resources
        assert with_memo.remarks == without.remarks
        memo = memo.next()


def test_the_same_records_in_another_mesh_lead_elsewhere() -> None:
    before, memo = view(*WHOLE), RouteMemo()
    translated(before, memo)
    after = view(*[one.replace("port: 80}]}", "port: 81}]}") for one in WHOLE])
    after.virtual_services = before.virtual_services
    assert translated(after, memo.next()).clusters == {"outbound|81||a.app.svc.cluster.local"}


def test_another_proxy_has_a_configuration_of_its_own() -> None:
    found, memo = view(ANY, service("a.com")), RouteMemo()
    ours = translated(found, memo).configs["http.80"]
    theirs = translated(found, memo.next(), replace(PROXY, service_account="other")).configs["http.80"]
    assert ours.resource != theirs.resource
    assert ours.hosts == theirs.hosts


def test_a_server_that_moved_in_its_file_has_its_new_place() -> None:
    memo = RouteMemo()
    translated(view(ANY), memo)
    found = translated(view(SERVICE_A, ANY), memo.next()).configs["http.80"]
    assert found.where != Where("a.yaml", 4)
    assert found.resource.origin == found.where
