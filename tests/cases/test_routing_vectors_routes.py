"""Where requests go at gateways, as `tests/data/routing-vectors.yaml` expects it, by the configuration alone."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from authz.forwarder.lookup import Asked, Found, Outcome, look_up
from authz.forwarder.references import Reference, TypeUrl
from authz.forwarder.translate import Translation, translate
from authz.pb.packing import to_json
from tests.support.routing_vectors import VECTORS, Vector, proxy_of, view_of

AT_GATEWAYS: dict[str, Vector] = {
    vector["name"]: vector for vector in VECTORS if vector["role"] == "gateway" and "listener_port" in vector["request"]
}
NOT_FOUND = {Outcome.NO_HOST, Outcome.NO_ROUTE}
CODES = {"MOVED_PERMANENTLY": 301, "FOUND": 302, "SEE_OTHER": 303, "TEMPORARY_REDIRECT": 307, "PERMANENT_REDIRECT": 308}
SHARE = 100 * 10_000


@cache
def translated(name: str) -> Translation:
    vector = AT_GATEWAYS[name]
    return translate(view_of(vector), proxy_of(vector))


@cache
def found(name: str) -> Found:
    request = AT_GATEWAYS[name]["request"]
    query = f"?{request['query']}" if "query" in request else ""
    asked = Asked(
        port=request["listener_port"],
        host=request.get("host", ""),
        target=request.get("path", "/") + query,
        method=request.get("method", "GET"),
        headers=tuple(request.get("headers", {}).items()),
        sni=request.get("tls_sni", ""),
    )
    return look_up(translated(name), asked)


def route(name: str) -> dict[str, Any]:
    """The route as Envoy has it."""
    message = found(name).message
    assert message is not None
    json_of_route: dict[str, Any] = to_json(message)
    return json_of_route


def expecting(key: str, *without: str) -> pytest.MarkDecorator:
    """A test of every vector that expects something of a key, some apart."""
    names = [name for name, vector in AT_GATEWAYS.items() if key in vector["expect"] and name not in without]
    assert names
    return pytest.mark.parametrize("name", names)


def expected(name: str, key: str) -> Any:
    return AT_GATEWAYS[name]["expect"][key]


def with_status(*statuses: int) -> pytest.MarkDecorator:
    found = [name for name, vector in AT_GATEWAYS.items() if vector["expect"].get("status") in statuses]
    assert found
    return pytest.mark.parametrize("name", found)


@with_status(404)
def test_what_is_not_found_has_no_route(name: str) -> None:
    assert found(name).outcome in NOT_FOUND


@with_status(200, 503, 504)
def test_what_is_answered_has_a_route(name: str) -> None:
    assert found(name).outcome is Outcome.ROUTED


@with_status(301, 302, 303, 307, 308)
def test_what_is_redirected_has_the_code(name: str) -> None:
    if found(name).outcome is Outcome.TO_HTTPS:
        assert expected(name, "status") == 301
    else:
        code = route(name)["redirect"].get("response_code", "MOVED_PERMANENTLY")
        assert CODES[code] == expected(name, "status")


@expecting("cluster", "tls-passthrough-sni")
def test_requests_go_to_the_cluster(name: str) -> None:
    assert route(name)["route"]["cluster"] == expected(name, "cluster")


def test_connections_go_to_the_cluster() -> None:
    listeners = translated("tls-passthrough-sni").snapshot.of_type(TypeUrl.LISTENER).values()
    cluster = Reference(TypeUrl.CLUSTER, expected("tls-passthrough-sni", "cluster"))
    assert [cluster in listener.references for listener in listeners] == [True]


@expecting("tcp", "tls-mutual-no-client-cert")
def test_what_is_not_http_does_not_come_to_a_route(name: str) -> None:
    outcomes = {"refused": Outcome.NO_LISTENER, "reset": Outcome.NO_CHAIN, "proxied": Outcome.BYTES}
    assert found(name).outcome is outcomes[expected(name, "tcp")]


@expecting("route_config")
def test_routes_are_in_the_configuration_of_that_name(name: str) -> None:
    server = found(name).server
    assert server is not None
    assert server.routes == expected(name, "route_config")


@expecting("vhost")
def test_virtual_hosts_have_the_names_that_users_know(name: str) -> None:
    host = found(name).host
    assert host is not None
    assert host.name == expected(name, "vhost")


@expecting("weights")
def test_each_cluster_has_its_weight(name: str) -> None:
    clusters = route(name)["route"]["weighted_clusters"]["clusters"]
    assert {one["name"]: one["weight"] for one in clusters} == expected(name, "weights")


@expecting("mirrors")
def test_mirrors_get_their_share(name: str) -> None:
    mirrors = [
        {
            "cluster": one["cluster"],
            "percent": 100 * one["runtime_fraction"]["default_value"]["numerator"] // SHARE,
            "host_suffix": "" if one["disable_shadow_host_suffix_append"] else "-shadow",
        }
        for one in route(name)["route"]["request_mirror_policies"]
    ]
    assert mirrors == expected(name, "mirrors")


@expecting("route_action")
def test_actions_have_what_is_expected_of_them(name: str) -> None:
    action = route(name)["route"]
    for key, value in expected(name, "route_action").items():
        assert _part(action.get(key), value) == value


def _part(found: Any, wanted: Any) -> Any:
    """Of what is found that which is expected."""
    return {key: found.get(key) for key in wanted} if isinstance(wanted, dict) else found


@expecting("upstream_host")
def test_workloads_see_the_host(name: str) -> None:
    host = route(name)["route"].get("host_rewrite_literal", AT_GATEWAYS[name]["request"]["host"])
    assert host == expected(name, "upstream_host")


@expecting("rewritten_path")
def test_workloads_see_the_path(name: str) -> None:
    request, of_route = AT_GATEWAYS[name]["request"], route(name)
    path, prefix = request["path"], of_route["match"]["prefix"]
    rewritten = of_route["route"].get("prefix_rewrite", prefix) + path.removeprefix(prefix)
    query = f"?{request['query']}" if "query" in request else ""
    assert rewritten + query == expected(name, "rewritten_path")


@expecting("headers_added")
def test_workloads_see_headers_that_are_added_and_not_those_removed(name: str) -> None:
    wanted = AT_GATEWAYS[name]["expect"]
    seen: dict[str, list[str]] = {key: [value] for key, value in AT_GATEWAYS[name]["request"]["headers"].items()}
    of_route = route(name)
    for removed in of_route["request_headers_to_remove"]:
        seen.pop(removed, None)
    for one in of_route["request_headers_to_add"]:
        values = seen.setdefault(one["header"]["key"], [])
        if one.get("append_action") == "OVERWRITE_IF_EXISTS_OR_ADD":
            values.clear()
        values.append(one["header"]["value"])
    assert {key: seen[key] for key in wanted["headers_added"]} == wanted["headers_added"]
    assert not set(wanted["headers_removed"]) & seen.keys()


@expecting("response_headers_removed")
def test_clients_do_not_see_headers_that_are_removed(name: str) -> None:
    of_route = route(name)
    assert of_route["response_headers_to_remove"] == expected(name, "response_headers_removed")
    added = {one["header"]["key"]: one["header"]["value"] for one in of_route["response_headers_to_add"]}
    assert added == expected(name, "response_headers")


def test_a_fault_of_every_request_is_in_the_route() -> None:
    fault = route("fault-abort-100")["typed_per_filter_config"]["envoy.filters.http.fault"]
    assert fault["abort"]["http_status"] == expected("fault-abort-100", "status")
    assert fault["abort"]["percentage"] == {"numerator": SHARE, "denominator": "MILLION"}


def test_an_answer_is_in_the_route() -> None:
    answer = route("direct-response")["direct_response"]
    assert answer == {
        "status": expected("direct-response", "status"),
        "body": {"inline_string": expected("direct-response", "body")},
    }


def test_other_origins_are_in_the_route() -> None:
    policy = route("cors-preflight-allowed")["typed_per_filter_config"]["envoy.filters.http.cors"]
    headers = expected("cors-preflight-allowed", "response_headers")
    assert policy["allow_methods"] == headers["access-control-allow-methods"]
    assert policy["max_age"] == headers["access-control-max-age"]
    unmatched = route("cors-preflight-unmatched-forwarded")["typed_per_filter_config"]["envoy.filters.http.cors"]
    assert unmatched["forward_not_matching_preflights"] is True
