"""The filter that sends connections on."""

from __future__ import annotations

from typing import Any

import pytest

from authz.forwarder.translate.byte_routes import ByteRoute, tcp_route
from authz.forwarder.translate.gateway_plan import plan_gateways
from authz.forwarder.translate.tcp_proxy import cluster_proxy, tcp_proxy
from authz.mesh.effective_policy import EffectivePolicy
from authz.model.where import Where
from authz.pb.packing import to_json
from tests.support.gateways import PROXY, TCP, gateway, listener_source, view, virtual_service
from tests.support.mesh import document, kubernetes

SERVICE = kubernetes("Service", "{ports: [{port: 9000, name: tcp}]}", "name: db, namespace: istio-system")
CLUSTER = "outbound|9000||db.istio-system.svc.cluster.local"


def with_policy(policy: str) -> dict[str, Any]:
    """The filter of a route to a service with a DestinationRule."""
    mesh = view(
        SERVICE,
        gateway(f"{TCP}, hosts: ['*']"),
        virtual_service("hosts: ['*'], tcp: [{route: [{destination: {host: db}}]}]"),
        document("DestinationRule", f"{{host: db, trafficPolicy: {{{policy}}}}}", "name: a, namespace: istio-system"),
    )
    source = listener_source(mesh)
    (planned,) = plan_gateways(mesh, PROXY).listeners[0].servers
    found = tcp_route(planned, source.bindings.bound(planned.gateway, planned.server), source.destinations)
    assert found is not None
    return shown(found)


def shown(route: ByteRoute) -> dict[str, Any]:
    made = to_json(tcp_proxy(route))
    assert made["name"] == "envoy.filters.network.tcp_proxy"
    config: dict[str, Any] = made["typed_config"]  # type: ignore[assignment]
    config.pop("@type")
    return config


def test_one_cluster_gets_all_connections() -> None:
    assert shown(ByteRoute(Where("f"), (("a", 1),), EffectivePolicy())) == {"stat_prefix": "a", "cluster": "a"}


def test_several_clusters_share_them_by_weight() -> None:
    found = shown(ByteRoute(Where("f"), (("a", 3), ("b", 1)), EffectivePolicy()))

    assert found == {
        "stat_prefix": "a",
        "weighted_clusters": {"clusters": [{"name": "a", "weight": 3}, {"name": "b", "weight": 1}]},
    }


@pytest.mark.parametrize(
    "policy, expected",
    [
        ("connectionPool: {tcp: {maxConnections: 1}}", {}),
        ("connectionPool: {tcp: {idleTimeout: 7s}}", {"idle_timeout": "7s"}),
        ("connectionPool: {tcp: {maxConnectionDuration: 9s}}", {"max_downstream_connection_duration": "9s"}),
        ("loadBalancer: {consistentHash: {useSourceIp: true}}", {"hash_policy": [{"source_ip": {}}]}),
        ("loadBalancer: {consistentHash: {httpHeaderName: a}}", {}),
        (
            "tunnel: {targetHost: b.com, targetPort: 443}",
            {"tunneling_config": {"hostname": "b.com:443"}},
        ),
        (
            "tunnel: {protocol: POST, targetHost: b.com, targetPort: 443}",
            {"tunneling_config": {"hostname": "b.com:443", "use_post": True}},
        ),
    ],
)
def test_the_destination_rule_says_how_long_connections_last_and_how_they_go(
    policy: str, expected: dict[str, Any]
) -> None:
    assert with_policy(policy) == {"stat_prefix": CLUSTER, "cluster": CLUSTER, **expected}


def test_a_cluster_alone_is_all_that_connections_of_the_mesh_need() -> None:
    assert to_json(cluster_proxy("outbound_.80_._.a"))["typed_config"] == {
        "@type": "type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy",
        "stat_prefix": "outbound_.80_._.a",
        "cluster": "outbound_.80_._.a",
    }
