"""Listeners of a gateway and their filter chains: routing of Istio, Gateway."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from authz.forwarder.proxy import Proxy
from authz.forwarder.translate.gateway_plan import plan_gateways
from authz.forwarder.translate.listeners import make_listener
from authz.forwarder.translate.remarks import Remark
from authz.model.routing.mesh_defaults import GatewayTopology, MeshDefaults
from authz.pb.packing import to_json
from tests.support.gateways import HTTP, HTTPS, PROXY, SIMPLE, TCP, gateway, listener_source, view, virtual_service
from tests.support.mesh import document, kubernetes

TLS = "port: {number: 443, name: tls, protocol: TLS}"
PASSED = f"{TLS}, tls: {{mode: PASSTHROUGH}}"
OF_MESH = f"{TLS}, tls: {{mode: AUTO_PASSTHROUGH}}"
DB = kubernetes("Service", "{ports: [{port: 9000, name: tcp}]}", "name: db, namespace: istio-system")
TO_DB = "route: [{destination: {host: db}}]"
BOTH = "istio-system/a, istio-system/b"
TCP_TO_DB = virtual_service(f"hosts: ['*'], tcp: [{{{TO_DB}}}]", "tcp")


def made(
    *documents: str, proxy: Proxy = PROXY, defaults: MeshDefaults | None = None
) -> tuple[list[dict[str, Any]], list[Remark]]:
    mesh = view(*documents, defaults=defaults)
    source = listener_source(mesh, proxy)
    found = [make_listener(source, planned) for planned in plan_gateways(mesh, proxy).listeners]
    resources = [to_json(resource.message()) for resource, _ in found if resource is not None]
    return resources, [remark for _, remarks in found for remark in remarks]


def one(*documents: str, proxy: Proxy = PROXY, defaults: MeshDefaults | None = None) -> dict[str, Any]:
    (found,), remarks = made(*documents, proxy=proxy, defaults=defaults)
    assert remarks == []
    return found


def names(chain: dict[str, Any]) -> list[str] | None:
    found: list[str] | None = chain.get("filter_chain_match", {}).get("server_names")
    return found


def filters(chain: dict[str, Any]) -> list[str]:
    return [one["name"].removeprefix("envoy.filters.network.") for one in chain["filters"]]


def test_a_plain_http_port_has_one_chain_for_all_its_servers() -> None:
    first, second = gateway(f"{HTTP}, hosts: [a.com]", name="a"), gateway(f"{HTTP}, hosts: [b.com]", name="b")
    found = one(first, second)

    assert found["name"] == "0.0.0.0_80"
    assert found["address"] == {"socket_address": {"address": "0.0.0.0", "port_value": 80}}
    assert found["traffic_direction"] == "OUTBOUND"
    assert "listener_filters" not in found
    (chain,) = found["filter_chains"]
    assert filters(chain) == ["http_connection_manager"]
    assert "filter_chain_match" not in chain
    config = chain["filters"][0]["typed_config"]
    assert config["rds"]["route_config_name"] == "http.80"
    assert config["stat_prefix"] == "outbound_0.0.0.0_80"


def test_each_https_server_has_a_chain_for_its_names_with_its_certificate_and_its_routes() -> None:
    found = one(
        gateway(f"{HTTPS}, hosts: [a.com, ns/*.b.com], {SIMPLE}", name="a"),
        gateway(f"{HTTPS}, hosts: [c.com], {SIMPLE}, name: public", name="b"),
    )

    assert [one["name"] for one in found["listener_filters"]] == ["envoy.filters.listener.tls_inspector"]
    assert [names(chain) for chain in found["filter_chains"]] == [["a.com", "*.b.com"], ["c.com"]]
    assert [chain["transport_socket_connect_timeout"] for chain in found["filter_chains"]] == ["15s", "15s"]
    assert all(chain["transport_socket"]["name"] == "envoy.transport_sockets.tls" for chain in found["filter_chains"])
    configs = [chain["filters"][0]["typed_config"] for chain in found["filter_chains"]]
    assert [config["rds"]["route_config_name"] for config in configs] == [
        "https.443.https.a.istio-system",
        "https.443.https.b.istio-system",
    ]
    assert [config["stat_prefix"] for config in configs] == ["outbound_0.0.0.0_443", "public"]


def test_any_host_is_no_restriction_of_names() -> None:
    (chain,) = one(gateway(f"{HTTPS}, hosts: [a.com, '*'], {SIMPLE}"))["filter_chains"]

    assert names(chain) is None


def test_a_host_of_two_namespaces_is_one_name() -> None:
    (chain,) = one(gateway(f"{HTTPS}, hosts: [ns/a.com, other/a.com], {SIMPLE}"))["filter_chains"]

    assert names(chain) == ["a.com"]


def test_the_authorizer_is_asked_before_the_first_byte_goes_on() -> None:
    passing = virtual_service(f"hosts: [a.com], tls: [{{match: [{{sniHosts: [a.com]}}], {TO_DB}}}]")
    chains = [
        *one(DB, gateway(f"{TCP}, hosts: ['*']"), TCP_TO_DB)["filter_chains"],
        *one(DB, gateway(f"{TLS}, hosts: ['*'], {SIMPLE}"), TCP_TO_DB)["filter_chains"],
        *one(DB, gateway(f"{PASSED}, hosts: ['*']"), passing)["filter_chains"],
    ]

    assert [filters(chain) for chain in chains] == [["ext_authz", "tcp_proxy"]] * 3
    assert {chain["filters"][0]["typed_config"]["stat_prefix"] for chain in chains} == {
        "outbound|9000||db.istio-system.svc.cluster.local"
    }


def test_without_an_authorizer_bytes_go_on_at_once() -> None:
    nobody = replace(PROXY, authorizer=None)
    (chain,) = one(DB, gateway(f"{TCP}, hosts: ['*']"), TCP_TO_DB, proxy=nobody)["filter_chains"]

    assert filters(chain) == ["tcp_proxy"]


def test_hosts_of_plain_tcp_restrict_nothing() -> None:
    service = virtual_service(f"hosts: [a.com], tcp: [{{{TO_DB}}}]")
    (chain,) = one(DB, gateway(f"{TCP}, hosts: [a.com]"), service)["filter_chains"]

    assert names(chain) is None


def test_bytes_whose_tls_has_ended_have_the_names_and_the_certificate_of_their_server() -> None:
    service = virtual_service(f"hosts: [a.com], tcp: [{{{TO_DB}}}]")
    (chain,) = one(DB, gateway(f"{TLS}, hosts: [a.com], {SIMPLE}"), service)["filter_chains"]

    assert names(chain) == ["a.com"]
    assert chain["transport_socket"]["name"] == "envoy.transport_sockets.tls"


def test_tls_that_passes_through_is_told_apart_by_its_names_and_not_ended() -> None:
    matches = "{sniHosts: [x.a.com, '*.y.a.com']}, {sniHosts: [z.a.com]}"
    service = virtual_service(f"hosts: ['*.a.com'], tls: [{{match: [{matches}], {TO_DB}}}]")
    found = one(DB, gateway(f"{PASSED}, hosts: ['*']"), service)

    assert [names(chain) for chain in found["filter_chains"]] == [["x.a.com", "*.y.a.com"], ["z.a.com"]]
    assert [one["name"] for one in found["listener_filters"]] == ["envoy.filters.listener.tls_inspector"]
    assert not any("transport_socket" in chain for chain in found["filter_chains"])


@pytest.mark.parametrize(
    "documents, why",
    [
        ([gateway(f"{TCP}, hosts: ['*']")], "server 'tcp' has no tcp route, and is not listened to"),
        ([gateway(f"{TLS}, hosts: ['*'], {SIMPLE}")], "server 'tls' has no tcp route, and is not listened to"),
        ([gateway(f"{PASSED}, hosts: ['*']")], ""),
        ([gateway(f"{OF_MESH}, hosts: ['*']")], ""),
    ],
)
def test_a_port_where_nothing_would_be_served_is_not_listened_to(documents: list[str], why: str) -> None:
    found, remarks = made(*documents)

    assert found == []
    assert [remark.text for remark in remarks] == [why] * bool(why)


def test_one_name_has_one_chain_whoever_comes_second_is_left_out() -> None:
    routes = f"hosts: ['*.a.com'], tls: [{{match: [{{sniHosts: [x.a.com]}}], {TO_DB}}}]"
    passing = virtual_service(routes, gateways=BOTH)
    ended, passed = f"{HTTPS}, hosts: [x.a.com], {SIMPLE}", f"{PASSED}, hosts: ['*.a.com']"

    for first, second in ((ended, passed), (passed, ended)):
        (found,), (remark,) = made(DB, gateway(first, name="a"), gateway(second, name="b"), passing)
        (chain,) = found["filter_chains"]
        assert names(chain) == ["x.a.com"]
        assert ("transport_socket" in chain) is (first is ended)
        assert "the server name 'x.a.com' has a route on this port already" in remark.text


def test_any_name_is_taken_only_once_too() -> None:
    passing = virtual_service(f"hosts: ['*'], tls: [{{match: [{{sniHosts: ['*']}}], {TO_DB}}}]", gateways=BOTH)
    (found,), (remark,) = made(
        DB,
        gateway(f"{HTTPS}, hosts: ['*'], {SIMPLE}", name="a"),
        gateway(f"{PASSED}, hosts: ['*.com']", name="b"),
        passing,
    )

    assert len(found["filter_chains"]) == 1
    assert "'*' has a route on this port already" in remark.text


def test_mutual_tls_of_the_mesh_passes_on_to_each_port_and_subset_and_nobody_is_asked() -> None:
    rule = document(
        "DestinationRule", "{host: db, subsets: [{name: v1, labels: {a: b}}]}", "name: a, namespace: istio-system"
    )
    external = document(
        "ServiceEntry",
        "{hosts: [x.com], location: MESH_EXTERNAL, resolution: DNS, ports: [{number: 80, name: http, protocol: HTTP}]}",
    )
    found = one(DB, rule, external, gateway(f"{OF_MESH}, hosts: ['*']"))

    host = "db.istio-system.svc.cluster.local"
    chains = found["filter_chains"]
    assert [names(chain) for chain in chains] == [[f"outbound_.9000_._.{host}"], [f"outbound_.9000_.v1_.{host}"]]
    assert [chain["filters"][0]["typed_config"]["cluster"] for chain in chains] == [
        f"outbound_.9000_._.{host}",
        f"outbound_.9000_.v1_.{host}",
    ]
    for chain in chains:
        assert filters(chain) == ["tcp_proxy"]
        assert "transport_socket" not in chain
        protocols = chain["filter_chain_match"]["application_protocols"]
        assert protocols == ["istio", "istio-peer-exchange", "istio-http/1.0", "istio-http/1.1", "istio-h2"]


def test_the_mesh_is_passed_on_to_for_the_hosts_of_the_server_alone_and_not_for_datagrams() -> None:
    dns = kubernetes(
        "Service",
        "{ports: [{port: 53, name: dns, protocol: UDP}, {port: 53, name: tcp-dns}]}",
        "name: dns, namespace: other",
    )
    (chain,) = one(DB, dns, gateway(f"{OF_MESH}, hosts: ['*.other.svc.cluster.local']"))["filter_chains"]

    assert names(chain) == ["outbound_.53_._.dns.other.svc.cluster.local"]


def test_a_proxy_in_front_may_say_who_the_client_is_where_the_mesh_says_so() -> None:
    topology = MeshDefaults(topology=GatewayTopology(proxy_protocol=True))
    plain = one(gateway(f"{HTTP}, hosts: [a.com]"), defaults=topology)
    tls = one(gateway(f"{HTTPS}, hosts: [a.com], {SIMPLE}"), defaults=topology)

    assert [one["name"].rpartition(".")[2] for one in plain["listener_filters"]] == ["proxy_protocol"]
    assert [one["name"].rpartition(".")[2] for one in tls["listener_filters"]] == ["proxy_protocol", "tls_inspector"]
    assert "allow_requests_without_proxy_protocol" not in plain["listener_filters"][0]["typed_config"]


@pytest.mark.parametrize("protocol, reads", [("HTTP", False), ("GRPC", False), ("GRPC-WEB", True)])
def test_a_port_of_grpc_web_turns_calls_of_browsers_into_grpc(protocol: str, *, reads: bool) -> None:
    other = gateway(f"{HTTP}, hosts: [a.com]", name="a")
    found = one(other, gateway(f"port: {{number: 80, name: web, protocol: {protocol}}}, hosts: [b.com]", name="b"))

    (chain,) = found["filter_chains"]
    names = [one["name"] for one in chain["filters"][0]["typed_config"]["http_filters"]]
    assert ("envoy.filters.http.grpc_web" in names) is reads


@pytest.mark.parametrize(
    "server, name, address",
    [
        (f"{HTTP}, bind: 10.0.0.1", "10.0.0.1_80", {"socket_address": {"address": "10.0.0.1", "port_value": 80}}),
        (
            "port: {number: 0, name: http, protocol: HTTP}, bind: 'unix:///run/a.sock'",
            "unix:///run/a.sock_0",
            {"pipe": {"path": "/run/a.sock"}},
        ),
    ],
)
def test_a_server_may_say_where_it_listens(server: str, name: str, address: dict[str, Any]) -> None:
    found = one(gateway(f"{server}, hosts: [a.com]"))

    assert found["name"] == name
    assert found["address"] == address


@pytest.mark.parametrize("tls", ["mode: PASSTHROUGH", "mode: SIMPLE, credentialName: cert"])
def test_connections_that_lead_nowhere_are_told_of(tls: str) -> None:
    to = "route: [{destination: {host: nowhere.com}}]"
    service = virtual_service(f"hosts: [a.com], tcp: [{{{to}}}], tls: [{{match: [{{sniHosts: [a.com]}}], {to}}}]")
    (_,), (remark,) = made(gateway(f"{TLS}, tls: {{{tls}}}, hosts: [a.com]"), service)

    assert "no service 'nowhere.com' is known" in remark.text


def test_the_origin_is_the_first_server() -> None:
    mesh = view(gateway(f"{HTTP}, hosts: [a.com]"))
    (planned,) = plan_gateways(mesh, PROXY).listeners
    resource, _ = make_listener(listener_source(mesh), planned)

    assert resource is not None
    assert resource.origin == planned.servers[0].server.where
