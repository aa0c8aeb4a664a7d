"""Which servers are served, and how they share ports: routing of Istio, Gateways on one port."""

from __future__ import annotations

from dataclasses import replace

import pytest

from authz.forwarder.translate.gateway_plan import GatewayPlan, Traffic, plan_gateways
from tests.support.gateways import HTTP, HTTPS, PROXY, SIMPLE, TCP, gateway, view
from tests.support.mesh import kubernetes

TLS = "port: {number: 443, name: tls, protocol: TLS}, tls: {mode: PASSTHROUGH}"


def plan(*documents: str) -> GatewayPlan:
    return plan_gateways(view(*documents), PROXY)


def listeners(found: GatewayPlan) -> list[tuple[str, int, str, list[str]]]:
    return [
        (one.bind, one.port, one.traffic.name, [server.routes for server in one.servers]) for one in found.listeners
    ]


def test_a_gateway_in_any_namespace_is_for_the_proxies_that_it_selects() -> None:
    mine = gateway(f"{HTTP}, hosts: [a.com]", namespace="elsewhere")
    other = gateway(f"{HTTP}, hosts: [b.com]", name="other", selector="istio: egressgateway")

    assert listeners(plan(mine, other)) == [("", 80, "HTTP", ["http.80"])]


def test_an_empty_selector_selects_every_gateway() -> None:
    assert len(plan(gateway(f"{HTTP}, hosts: [a.com]", selector="")).listeners) == 1


def test_plain_http_servers_of_one_port_share_their_routes() -> None:
    first = gateway(f"{HTTP}, hosts: [a.com]", name="a")
    second = gateway(f"{HTTP}, hosts: [b.com]", name="b")

    assert listeners(plan(first, second)) == [("", 80, "HTTP", ["http.80", "http.80"])]


def test_another_bind_is_another_listener() -> None:
    first = gateway(f"{HTTP}, hosts: [a.com]", name="a")
    second = gateway(f"{HTTP}, hosts: [b.com], bind: 10.0.0.1", name="b")

    assert listeners(plan(first, second)) == [
        ("", 80, "HTTP", ["http.80"]),
        ("10.0.0.1", 80, "HTTP", ["http.80.10.0.0.1"]),
    ]


def test_all_addresses_are_one_bind_however_it_is_written() -> None:
    first = gateway(f"{HTTP}, hosts: [a.com]", name="a")
    second = gateway(f"{HTTP}, hosts: [b.com], bind: 0.0.0.0", name="b")

    assert listeners(plan(first, second)) == [("", 80, "HTTP", ["http.80", "http.80"])]


def test_each_https_server_has_routes_of_its_own() -> None:
    found = plan(
        gateway(f"{HTTPS}, hosts: [a.com], {SIMPLE}", name="a"),
        gateway(f"{HTTPS}, hosts: [b.com], {SIMPLE}", name="b", namespace="ns"),
    )

    assert listeners(found) == [("", 443, "TLS", ["https.443.https.a.istio-system", "https.443.https.b.ns"])]
    assert found.remarks == ()


def test_tls_that_passes_through_has_no_routes() -> None:
    assert listeners(plan(gateway(f"{TLS}, hosts: [a.com]"))) == [("", 443, "TLS", [""])]


@pytest.mark.parametrize(
    "first, second, why",
    [
        (f"{HTTP}, hosts: [a.com]", f"{TCP}, hosts: ['*']", "has plain HTTP already"),
        (f"{HTTP}, hosts: [a.com]", f"{HTTPS}, hosts: [a.com], {SIMPLE}", "has plain HTTP already"),
        (f"{TCP}, hosts: ['*']", f"{HTTP}, hosts: [a.com]", "has TCP already"),
        (f"{TCP}, hosts: ['*']", f"{TCP}, hosts: ['*']", "is taken by the server at"),
        (f"{HTTPS}, hosts: [a.com], {SIMPLE}", f"{HTTP}, hosts: [a.com]", "has TLS already"),
        (f"{HTTPS}, hosts: [a.com, b.com], {SIMPLE}", f"{TLS}, hosts: [b.com]", "its host 'b.com' is served"),
        (f"{HTTPS}, hosts: [ns/a.com], {SIMPLE}", f"{TLS}, hosts: [other/a.com]", "its host 'a.com' is served"),
    ],
)
def test_what_cannot_share_a_port_is_left_out_and_told_of(first: str, second: str, why: str) -> None:
    found = plan_gateways(
        view(gateway(first, name="a"), gateway(second, name="b")),
        replace(PROXY, port_map=((80, 1), (443, 1), (9000, 1))),
    )

    assert [len(one.servers) for one in found.listeners] == [1]
    (remark,) = found.remarks
    assert why in remark.text
    assert "of Gateway istio-system/b is not served" in remark.text


def test_a_host_that_stands_twice_in_one_server_is_no_conflict() -> None:
    assert plan(gateway(f"{HTTPS}, hosts: [./a.com, '*/a.com'], {SIMPLE}")).remarks == ()


def test_the_target_port_of_the_proxys_service_is_listened_on() -> None:
    service = kubernetes(
        "Service",
        "{selector: {istio: ingressgateway}, ports: [{port: 80, name: http, targetPort: 8080}]}",
        "name: ingress, namespace: istio-system",
    )
    found = plan(service, gateway(f"{HTTP}, hosts: [a.com]"))

    assert listeners(found) == [("", 8080, "HTTP", ["http.8080"])]


def test_the_port_map_has_the_last_word() -> None:
    found = plan_gateways(view(gateway(f"{HTTP}, hosts: [a.com]")), replace(PROXY, port_map=((80, 18080),)))

    assert listeners(found) == [("", 18080, "HTTP", ["http.18080"])]


def test_the_older_gateway_comes_first() -> None:
    old = gateway(f"{HTTPS}, hosts: [a.com], {SIMPLE}", name="z").replace(
        "name: z,", "name: z, creationTimestamp: '2020-01-01T00:00:00Z',"
    )
    new = gateway(f"{HTTPS}, hosts: [a.com], {SIMPLE}", name="a").replace(
        "name: a,", "name: a, creationTimestamp: '2021-01-01T00:00:00Z',"
    )
    found = plan(new, old)

    assert found.listeners[0].servers[0].gateway.name == "z"
    assert found.listeners[0].traffic is Traffic.TLS
