"""authz.forwarder.translate.actions: what is done to requests on their way to workloads."""

from __future__ import annotations

from typing import Any

import pytest

from authz.forwarder.translate.actions import add_route_action
from authz.forwarder.translate.destinations import Target
from authz.forwarder.translate.header_operations import add_header_changes, header_changes
from authz.mesh.effective_policy import EffectivePolicy, From
from authz.model.routing.destination import Destination
from authz.model.routing.http_route import Retries, RouteTo
from authz.model.routing.traffic_policy import ConsistentHash, HashHeader, LoadBalancer
from authz.model.where import Where
from authz.pb.packing import to_json
from authz.pb.route import Route
from tests.support.routes import http

HASHED = EffectivePolicy(load_balancer=From(LoadBalancer(ConsistentHash(HashHeader("x-user"))), Where("dr.yaml")))


def target_of(destination: Destination) -> Target:
    """`hashed-*` are those with a consistent hash."""
    return Target(destination.host, HASHED if destination.host.startswith("hashed") else EffectivePolicy())


def made(text: str, default_retries: Retries | None = None) -> Any:
    route = http(f"{{{text}}}")
    message = Route()
    add_header_changes(message, header_changes(route.headers))
    assert isinstance(route.action, RouteTo)
    add_route_action(message, route, route.action, target_of, default_retries)
    return to_json(message)


def action(text: str) -> Any:
    return made(text)["route"]


ONE = "route: [{destination: {host: one}}]"
TWO = "route: [{destination: {host: one}, weight: 1}, {destination: {host: two}, weight: 2}]"


def with_headers(operations: str, route: str = "") -> str:
    first = f"{{destination: {{host: one}}, weight: 1, headers: {{request: {operations}}}}}"
    return f"route: [{first}{route}]"


def test_a_route_has_no_timeout_and_the_default_retries_unless_it_says_so() -> None:
    found = action(ONE)
    assert found["cluster"] == "one"
    assert (found["timeout"], found["max_grpc_timeout"]) == ("0s", "0s")
    assert found["retry_policy"]["num_retries"] == 2
    assert set(found) == {"cluster", "timeout", "max_grpc_timeout", "retry_policy"}


def test_a_timeout_is_one_for_grpc_too() -> None:
    found = action(f"{ONE}, timeout: 1.5s")
    assert (found["timeout"], found["max_grpc_timeout"]) == ("1.500s", "1.500s")


def test_retries_are_the_routes_else_the_meshs_else_none() -> None:
    assert made(ONE, Retries(9))["route"]["retry_policy"]["num_retries"] == 9
    assert "retry_policy" not in action(f"{ONE}, retries: {{attempts: 0}}")


def test_a_single_destination_gets_all_whatever_its_weight() -> None:
    assert action("route: [{destination: {host: one}, weight: 0}]")["cluster"] == "one"


def test_several_have_weights_and_those_without_are_left_out() -> None:
    three = TWO[:-1] + ", {destination: {host: three}, weight: 0}]"
    assert action(three)["weighted_clusters"]["clusters"] == [
        {"name": "one", "weight": 1},
        {"name": "two", "weight": 2},
    ]


@pytest.mark.parametrize(
    ("rewrite", "found"),
    [
        ("{uri: /a}", {"prefix_rewrite": "/a"}),
        (
            "{uriRegexRewrite: {match: '^/a/(.*)', rewrite: '/b/\\1'}}",
            {"regex_rewrite": {"pattern": {"regex": "^/a/(.*)"}, "substitution": "/b/\\1"}},
        ),
        ("{authority: a.com}", {"host_rewrite_literal": "a.com"}),
        ("{uri: /a, authority: a.com}", {"prefix_rewrite": "/a", "host_rewrite_literal": "a.com"}),
    ],
)
def test_a_rewrite_replaces_what_the_workload_sees(rewrite: str, found: Any) -> None:
    action_of_route = action(f"{ONE}, rewrite: {rewrite}")
    assert {key: action_of_route[key] for key in found} == found
    assert set(action_of_route) - set(found) == {"cluster", "timeout", "max_grpc_timeout", "retry_policy"}


def test_a_host_header_that_is_set_is_a_rewrite_of_the_host() -> None:
    assert action(f"{ONE}, headers: {{request: {{set: {{Host: a.com}}}}}}")["host_rewrite_literal"] == "a.com"


def test_what_a_single_destination_sets_comes_last_and_so_wins() -> None:
    found = made(f"{with_headers('{set: {x-a: destination}}')}, headers: {{request: {{set: {{x-a: route}}}}}}")
    assert [one["header"]["value"] for one in found["request_headers_to_add"]] == ["route", "destination"]


def test_what_one_of_several_sets_stays_with_it_so_that_the_route_wins() -> None:
    second = ", {destination: {host: two}, weight: 1}"
    found = made(f"{with_headers('{set: {x-a: destination}}', second)}, headers: {{request: {{set: {{x-a: route}}}}}}")
    assert [one["header"]["value"] for one in found["request_headers_to_add"]] == ["route"]
    first, other = found["route"]["weighted_clusters"]["clusters"]
    assert [one["header"]["value"] for one in first["request_headers_to_add"]] == ["destination"]
    assert "request_headers_to_add" not in other


def test_the_host_of_a_route_wins_over_that_of_its_only_destination() -> None:
    own = with_headers("{set: {Host: destination.com}}")
    assert action(own)["host_rewrite_literal"] == "destination.com"
    assert action(f"{own}, rewrite: {{authority: route.com}}")["host_rewrite_literal"] == "route.com"


def test_one_of_several_has_a_host_of_its_own() -> None:
    found = action(with_headers("{set: {Host: destination.com}}", ", {destination: {host: two}, weight: 1}"))
    assert found["weighted_clusters"]["clusters"][0]["host_rewrite_literal"] == "destination.com"
    assert "host_rewrite_literal" not in found


def test_mirrors_get_copies_those_of_nothing_apart() -> None:
    text = f"{ONE}, mirrors: [{{destination: {{host: m1}}}}, {{destination: {{host: m2}}, percentage: {{value: 0}}}}]"
    assert [one["cluster"] for one in action(text)["request_mirror_policies"]] == ["m1"]
    one = action(f"{ONE}, mirror: {{host: m}}, mirrorPercentage: {{value: 25}}")["request_mirror_policies"][0]
    assert one["runtime_fraction"]["default_value"] == {"numerator": 250000, "denominator": "MILLION"}


def test_a_hash_of_the_destination_is_the_routes_and_retries_stay_there() -> None:
    found = action("route: [{destination: {host: hashed-a}}]")
    assert found["hash_policy"] == [{"header": {"header_name": "x-user"}}]
    assert "retry_host_predicate" not in found["retry_policy"]


def test_of_several_each_has_its_hash_and_retries_go_to_others() -> None:
    text = "route: [{destination: {host: hashed-a}, weight: 1}, {destination: {host: hashed-b}, weight: 1}]"
    found = action(text)
    assert len(found["hash_policy"]) == 2
    assert len(found["retry_policy"]["retry_host_predicate"]) == 1
