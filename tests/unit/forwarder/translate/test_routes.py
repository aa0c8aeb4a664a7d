"""authz.forwarder.translate.routes: which entries of a VirtualService are routes, and what they carry."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from authz.forwarder.references import references
from authz.forwarder.translate.destinations import Destinations
from authz.forwarder.translate.routes import RoutePlace, ServiceRoutes, routes_of
from authz.model.routing.gateway_ref import MESH, GatewayRef
from authz.model.routing.http_route import Retries
from authz.model.routing.virtual_service import VirtualService
from authz.model.where import Where
from authz.pb.packing import to_json
from tests.support.gateways import PROXY, view
from tests.support.mesh import kubernetes
from tests.support.routes import virtual_service

HERE = GatewayRef("foo", "g")
PLACE = RoutePlace(frozenset([HERE]), 8080, "istio-system", frozenset({("app", "gateway")}))
SERVICE = kubernetes("Service", "{clusterIP: 10.0.0.1, ports: [{name: http, port: 80}]}", "name: a, namespace: foo")
TO_A = "route: [{destination: {host: a}}]"


def service(*entries: str) -> VirtualService:
    listed = ", ".join(f"{{{entry}}}" for entry in entries)
    return virtual_service(f"{{hosts: [a.com], gateways: [g], http: [{listed}]}}")


def routed(*entries: str, place: RoutePlace = PLACE, documents: tuple[str, ...] = (SERVICE,)) -> ServiceRoutes:
    return routes_of(service(*entries), place, Destinations(view(*documents), PROXY))


def messages(*entries: str, place: RoutePlace = PLACE) -> list[Any]:
    return [to_json(route.message()) for route in routed(*entries, place=place).routes]


def paths(*entries: str, place: RoutePlace = PLACE) -> list[str]:
    return [one["match"].get("prefix", "") for one in messages(*entries, place=place)]


def test_each_match_makes_a_route_with_the_same_action() -> None:
    first, second = messages(f"match: [{{uri: {{prefix: /a}}}}, {{headers: {{x: {{}}}}}}], {TO_A}")
    assert (first["match"], second["match"]) == (
        {"prefix": "/a"},
        {"prefix": "/", "headers": [{"name": "x", "present_match": True}]},
    )
    assert first["route"] == second["route"]
    assert first["route"]["cluster"] == "outbound|80||a.foo.svc.cluster.local"


def test_an_entry_without_match_is_for_everything() -> None:
    assert paths(TO_A) == ["/"]


def test_what_comes_after_the_first_that_takes_all_is_not_there() -> None:
    assert paths(TO_A, f"match: [{{uri: {{prefix: /a}}}}], {TO_A}") == ["/"]
    assert paths(f"match: [{{uri: {{prefix: /a}}}}, {{uri: {{prefix: /}}}}, {{uri: {{prefix: /b}}}}], {TO_A}") == [
        "/a",
        "/",
    ]


@pytest.mark.parametrize(
    ("match", "is_there"),
    [
        ("{port: 8080}", True),
        ("{port: 80}", False),
        ("{port: 0}", True),
        ("{gateways: [g]}", True),
        ("{gateways: [other, g]}", True),
        ("{gateways: [other]}", False),
        ("{gateways: [mesh]}", False),
        ("{sourceLabels: {app: gateway}}", True),
        ("{sourceLabels: {app: other}}", False),
        ("{sourceNamespace: istio-system}", True),
        ("{sourceNamespace: foo}", False),
        ("{sourceLabels: {app: gateway}, sourceNamespace: foo}", False),
        ("{gateways: [g], sourceLabels: {app: other}, sourceNamespace: foo}", True),
        ("{gateways: [g], port: 80}", False),
    ],
)
def test_entries_of_other_places_are_left_out_but_gateways_outweigh_sources(match: str, *, is_there: bool) -> None:
    assert bool(paths(f"match: [{match}], {TO_A}")) is is_there


def test_a_catch_all_of_another_place_does_not_end_the_list() -> None:
    assert paths(f"match: [{{port: 80}}], {TO_A}", f"match: [{{uri: {{prefix: /b}}}}], {TO_A}") == ["/b"]


def test_sidecars_are_a_place_too() -> None:
    place = replace(PLACE, gateways=frozenset([MESH]))
    assert paths(f"match: [{{gateways: [mesh]}}], {TO_A}", place=place) == ["/"]
    assert paths(f"match: [{{gateways: [g]}}], {TO_A}", place=place) == []


@pytest.mark.parametrize(
    ("entry", "name"),
    [
        (TO_A, None),
        (f"name: r, {TO_A}", "r"),
        (f"name: r, match: [{{name: m}}], {TO_A}", "r.m"),
        (f"match: [{{name: m}}], {TO_A}", ".m"),
    ],
)
def test_a_route_has_the_name_of_its_entry_and_its_match(entry: str, name: str | None) -> None:
    assert messages(entry)[0].get("name") == name


def test_a_route_knows_its_virtual_service_and_its_statistics() -> None:
    (found,) = messages(f"match: [{{statPrefix: s}}], {TO_A}")
    assert found["stat_prefix"] == "s"
    config = found["metadata"]["filter_metadata"]["istio"]["config"]
    assert config == "/apis/networking.istio.io/v1/namespaces/foo/virtual-service/a"


def test_redirects_and_answers_have_the_port_and_the_scheme_of_the_place() -> None:
    redirect = "redirect: {authority: b.com, derivePort: FROM_REQUEST_PORT}"
    assert messages(redirect)[0]["redirect"]["port_redirect"] == 8080
    tls = replace(PLACE, port=443, is_tls=True)
    assert "port_redirect" not in messages(redirect, place=tls)[0]["redirect"]
    assert messages("directResponse: {status: 503}")[0]["direct_response"] == {"status": 503}


def test_headers_cors_and_faults_are_for_answers_too() -> None:
    extras = "corsPolicy: {allowMethods: [GET]}, headers: {response: {set: {x: y}}}"
    (found,) = messages(f"directResponse: {{status: 200}}, {extras}")
    assert found["response_headers_to_add"][0]["header"] == {"key": "x", "value": "y"}
    assert set(found["typed_per_filter_config"]) == {"envoy.filters.http.cors"}
    fault = "fault: {abort: {httpStatus: 500, percentage: {value: 100}}}"
    (found,) = messages(f"{fault}, {TO_A}")
    assert found["typed_per_filter_config"]["envoy.filters.http.fault"]["abort"]["http_status"] == 500


def test_the_meshs_retries_are_for_routes_without_any() -> None:
    place = replace(PLACE, default_retries=Retries(5))
    assert messages(TO_A, place=place)[0]["route"]["retry_policy"]["num_retries"] == 5


def test_each_route_says_where_it_stands_and_what_it_names() -> None:
    found = routed(f"match: [{{uri: {{prefix: /a}}}}], mirror: {{host: m}}, {TO_A}", TO_A)
    entries = found.service.http
    assert [route.where for route in found.routes] == [entries[0].matches[0].where, entries[1].where]
    assert len({Where("a.yaml", 4), *[route.where for route in found.routes]}) == 3
    first, _ = found.routes
    assert first.clusters == {one.name for one in references(first.message())}
    assert first.clusters == {"outbound|80||a.foo.svc.cluster.local", "outbound|8080||m.foo.svc.cluster.local"}


def test_destinations_that_nobody_has_are_remarked_once_and_routed_to_all_the_same() -> None:
    found = routed(f"match: [{{port: 8080}}, {{uri: {{exact: /a}}}}], {TO_A}", documents=())
    (remark,) = found.remarks
    assert "'a.foo.svc.cluster.local'" in remark.text
    assert "'outbound|8080||a.foo.svc.cluster.local'" in remark.text
    assert remark.where.line == 4


def test_claims_are_told_of() -> None:
    claim = "headers: {'@request.auth.claims.a': {exact: b}}"
    found = routed(f"match: [{{{claim}}}, {{{claim.replace('headers', 'withoutHeaders')}}}], {TO_A}", TO_A)
    assert [route.has_claims for route in found.routes] == [True, True, False]


def test_routes_hold_as_long_as_nothing_that_they_are_made_of_changes() -> None:
    one = service(TO_A)
    known = routes_of(one, PLACE, Destinations(view(SERVICE), PROXY))
    again = Destinations(view(SERVICE), PROXY)
    assert known.still_holds(one, PLACE, again)
    assert not known.still_holds(service(TO_A), PLACE, again)
    assert not known.still_holds(one, replace(PLACE, port=80), again)
    moved = SERVICE.replace("port: 80", "port: 81")
    assert not known.still_holds(one, PLACE, Destinations(view(moved), PROXY))
    assert not known.still_holds(one, PLACE, Destinations(view(), PROXY))
