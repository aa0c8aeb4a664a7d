"""Routes of connections that a gateway does not look into: routing of Istio, Gateway TCP and TLS routing."""

from __future__ import annotations

import pytest

from authz.forwarder.translate.byte_routes import ByteRoute, passed_through, tcp_route
from authz.forwarder.translate.gateway_plan import plan_gateways
from authz.forwarder.translate.remarks import Remark
from tests.support.gateways import PROXY, TCP, gateway, listener_source, view, virtual_service
from tests.support.mesh import document, kubernetes

PASSED = "port: {number: 443, name: tls, protocol: TLS}, tls: {mode: PASSTHROUGH}"
DB = kubernetes("Service", "{ports: [{port: 5432, name: tcp}]}", "name: db, namespace: istio-system")
TO_DB = "route: [{destination: {host: db}}]"
DB_CLUSTER = "outbound|5432||db.istio-system.svc.cluster.local"


def tcp(*documents: str, server: str = f"{TCP}, hosts: ['*']") -> ByteRoute | None:
    """The route of the first server."""
    mesh = view(DB, gateway(server), *documents)
    source = listener_source(mesh)
    planned = plan_gateways(mesh, PROXY).listeners[0].servers[0]
    return tcp_route(planned, source.bindings.bound(planned.gateway, planned.server), source.destinations)


def tls(*documents: str, taken: set[str] | None = None) -> list[ByteRoute | Remark]:
    """The routes of a server that passes TLS of all hosts through."""
    mesh = view(DB, gateway(f"{PASSED}, hosts: ['*']"), *documents)
    source = listener_source(mesh)
    (planned,) = plan_gateways(mesh, PROXY).listeners[0].servers
    bound = source.bindings.bound(planned.gateway, planned.server)
    return list(passed_through(planned, bound, source.destinations, set() if taken is None else taken))


def tcp_service(spec: str, name: str = "v") -> str:
    return virtual_service(f"hosts: ['*'], tcp: [{spec}]", name)


def tls_service(spec: str, name: str = "v", hosts: str = "'*.example.com'") -> str:
    return virtual_service(f"hosts: [{hosts}], tls: [{spec}]", name)


def clusters(found: ByteRoute | None) -> list[tuple[str, int]]:
    assert found is not None
    return list(found.clusters)


@pytest.mark.parametrize(
    "match",
    [
        "",
        "match: [{port: 9000}], ",
        "match: [{port: 1}, {port: 9000}], ",
        "match: [{gateways: [istio-system/g]}], ",
        "match: [{destinationSubnets: [10.0.0.0/8]}], ",
        "match: [{sourceLabels: {a: b}}], ",
    ],
)
def test_a_route_is_for_a_server_by_port_and_gateway_alone(match: str) -> None:
    assert clusters(tcp(tcp_service(f"{{{match}{TO_DB}}}"))) == [(DB_CLUSTER, 1)]


@pytest.mark.parametrize("match", ["match: [{port: 1}], ", "match: [{gateways: [other]}], "])
def test_a_route_of_another_port_or_gateway_is_none(match: str) -> None:
    assert tcp(tcp_service(f"{{{match}{TO_DB}}}")) is None


def test_the_first_route_of_the_first_virtual_service_is_the_one() -> None:
    other = "{match: [{port: 1}], route: [{destination: {host: other}}]}"
    found = tcp(tcp_service(other, "a"), tcp_service(f"{other}, {{{TO_DB}}}", "b"), tcp_service(f"{{{TO_DB}}}", "c"))

    assert clusters(found) == [(DB_CLUSTER, 1)]
    assert found is not None
    assert found.sni_hosts == ()


def test_a_virtual_service_of_requests_has_no_route_for_connections() -> None:
    assert tcp(virtual_service("hosts: ['*'], http: [{route: [{destination: {host: db}}]}]")) is None


def test_destinations_share_connections_by_weight_and_those_without_weight_get_none() -> None:
    to = "{{destination: {{host: {}}}, weight: {}}}".format
    found = tcp(tcp_service(f"{{route: [{to('db', 3)}, {to('b.com', 0)}, {to('c.com', 1)}]}}"))

    assert clusters(found) == [(DB_CLUSTER, 3), ("outbound|9000||c.com", 1)]


def test_a_destination_that_is_not_there_is_told_of() -> None:
    found = tcp(tcp_service("{route: [{destination: {host: db}, weight: 1}, {destination: {host: b.com}, weight: 1}]}"))

    assert found is not None
    (remark,) = found.remarks
    assert remark.text == (
        "no service 'b.com' is known to namespace 'istio-system'; there is no cluster 'outbound|9000||b.com', "
        "connections to it are closed"
    )


def test_the_weight_of_a_single_destination_counts_nothing() -> None:
    assert clusters(tcp(tcp_service("{route: [{destination: {host: db}, weight: 7}]}"))) == [(DB_CLUSTER, 1)]


def test_the_destination_rule_goes_with_the_route() -> None:
    rule = document(
        "DestinationRule",
        "{host: db, trafficPolicy: {connectionPool: {tcp: {idleTimeout: 7s}}}}",
        "name: a, namespace: istio-system",
    )
    found = tcp(tcp_service(f"{{{TO_DB}}}"), rule)

    assert found is not None
    assert found.policy.connection_pool is not None


def test_each_match_that_passes_through_is_a_route_for_its_server_names() -> None:
    found = tls(tls_service(f"{{match: [{{sniHosts: [a.example.com]}}, {{sniHosts: [b.example.com]}}], {TO_DB}}}"))

    assert [one.sni_hosts for one in found if isinstance(one, ByteRoute)] == [("a.example.com",), ("b.example.com",)]
    assert {clusters(one)[0] for one in found if isinstance(one, ByteRoute)} == {(DB_CLUSTER, 1)}


def test_a_match_of_another_port_is_no_route() -> None:
    assert tls(tls_service(f"{{match: [{{port: 1, sniHosts: [a.example.com]}}], {TO_DB}}}")) == []


def test_any_server_name_is_no_restriction() -> None:
    (found,) = tls(tls_service(f"{{match: [{{sniHosts: ['*']}}], {TO_DB}}}", hosts="'*'"))

    assert isinstance(found, ByteRoute)
    assert found.sni_hosts == ()


def test_a_server_name_that_is_taken_leaves_its_whole_match_out() -> None:
    first = tls_service(f"{{match: [{{sniHosts: [a.example.com]}}], {TO_DB}}}", "a")
    second = tls_service(f"{{match: [{{sniHosts: [b.example.com, a.example.com]}}], {TO_DB}}}", "b")
    kept, left_out = tls(first, second)

    assert isinstance(kept, ByteRoute)
    assert isinstance(left_out, Remark)
    assert "'a.example.com' has a route on this port already" in left_out.text


def test_the_server_names_of_others_on_the_port_are_taken_too() -> None:
    taken = {"a.example.com"}
    (found,) = tls(tls_service(f"{{match: [{{sniHosts: [a.example.com]}}], {TO_DB}}}"), taken=taken)

    assert isinstance(found, Remark)
