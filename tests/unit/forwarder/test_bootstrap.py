"""What an Envoy of ours is started with."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from authz.forwarder.bootstrap import XDS_CLUSTER, bootstrap, node_of
from authz.forwarder.nodes import proxy_of
from authz.forwarder.proxy import Proxy
from authz.model.workload import Role
from tests.support.gateways import PROXY

XDS, ASKED = "unix:/run/xds.sock", "127.0.0.1:9191"
NOBODY = replace(PROXY, authorizer=None)


def made(proxy: Proxy = PROXY, xds: str = XDS, authorizer: str | None = ASKED) -> dict[str, Any]:
    return bootstrap(proxy, xds, authorizer)


def clusters(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in found["static_resources"]["clusters"]}


def address(cluster: dict[str, Any]) -> dict[str, Any]:
    (place,) = cluster["load_assignment"]["endpoints"]
    (endpoint,) = place["lb_endpoints"]
    found: dict[str, Any] = endpoint["endpoint"]["address"]
    return found


def test_everything_comes_by_ads_of_changes() -> None:
    found = made()
    by_ads = {"ads": {}, "initial_fetch_timeout": "0s", "resource_api_version": "V3"}

    assert found["dynamic_resources"]["ads_config"] == {
        "api_type": "DELTA_GRPC",
        "transport_api_version": "V3",
        "set_node_on_first_message_only": True,
        "grpc_services": [{"envoy_grpc": {"cluster_name": XDS_CLUSTER}}],
    }
    assert found["dynamic_resources"]["lds_config"] == by_ads
    assert found["dynamic_resources"]["cds_config"] == by_ads


def test_what_serves_configuration_and_decisions_does_not_come_by_ads() -> None:
    found = made()

    assert set(clusters(found)) == {XDS_CLUSTER, "authz"}
    assert set(found["static_resources"]) == {"clusters"}
    for one in clusters(found).values():
        (options,) = one["typed_extension_protocol_options"].values()
        assert options["explicit_http_config"] == {"http2_protocol_options": {}}


@pytest.mark.parametrize("proxy, authorizer", [(NOBODY, ASKED), (NOBODY, None)])
def test_nobody_who_is_not_asked_is_known(proxy: Proxy, authorizer: str | None) -> None:
    assert set(clusters(made(proxy, authorizer=authorizer))) == {XDS_CLUSTER}


@pytest.mark.parametrize(
    "listen, kind, expected",
    [
        ("unix:/run/a.sock", "STATIC", {"pipe": {"path": "/run/a.sock"}}),
        ("127.0.0.1:1", "STATIC", {"socket_address": {"address": "127.0.0.1", "port_value": 1}}),
        ("[::1]:1", "STATIC", {"socket_address": {"address": "::1", "port_value": 1}}),
        ("authz.example.com:1", "STRICT_DNS", {"socket_address": {"address": "authz.example.com", "port_value": 1}}),
    ],
)
def test_an_authorizer_has_an_address_a_name_or_a_socket(listen: str, kind: str, expected: dict[str, Any]) -> None:
    found = clusters(made(authorizer=listen))["authz"]

    assert found["type"] == kind
    assert address(found) == expected


def test_who_a_proxy_is_stands_in_its_node_and_can_be_read_again() -> None:
    labels = frozenset({("a", "1"), ("b", "2")})
    proxy = Proxy("ns", labels, service_account="ingress", addresses=("10.0.0.1",), cluster_domain="x.local")
    node = node_of(proxy)

    assert node.id == "router~10.0.0.1~ingress.ns~ns.svc.x.local"
    assert node.cluster == "ingress.ns"
    assert proxy_of(node, Proxy("", cluster_domain="x.local")) == proxy


@pytest.mark.parametrize(
    "role, kind", [(Role.GATEWAY, "router"), (Role.SIDECAR, "sidecar"), (Role.WAYPOINT, "waypoint")]
)
def test_a_node_says_its_role(role: Role, kind: str) -> None:
    assert node_of(Proxy("ns", role=role)).id == f"{kind}~127.0.0.1~{kind}.ns~ns.svc.cluster.local"


def test_only_the_size_of_expressions_is_otherwise_than_envoy_has_it() -> None:
    """So a request with a fragment in its path is refused, where Istio has it stripped."""
    (layer,) = made()["layered_runtime"]["layers"]

    assert layer["static_layer"] == {"re2.max_program_size.error_level": 32768}


def test_where_admin_listens_is_not_said_here() -> None:
    assert "admin" not in made()


def test_connections_of_clients_are_bounded() -> None:
    found: dict[str, Any] = bootstrap(PROXY, XDS, ASKED, max_connections=7)
    (monitor,) = found["overload_manager"]["resource_monitors"]

    assert monitor["name"] == "envoy.resource_monitors.global_downstream_max_connections"
    assert monitor["typed_config"]["max_active_downstream_connections"] == "7"
