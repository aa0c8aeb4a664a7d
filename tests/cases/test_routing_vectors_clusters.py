"""Clusters that `tests/data/routing-vectors.yaml` expects, and those that it expects to be missing or empty."""

from __future__ import annotations

from typing import Any

import pytest

from authz.forwarder.references import TypeUrl
from authz.forwarder.snapshot import Snapshot
from authz.forwarder.translate.clusters import policy_for, translate_clusters
from authz.forwarder.translate.consistent_hash import hash_policies
from authz.model.routing.hosts import parse_host
from authz.pb.packing import to_json
from tests.support.routing_vectors import VECTORS, proxy_of, view_of

OF_SIDECARS_OWN = {"PassthroughCluster"}


def snapshot_of(vector: dict[str, Any]) -> Snapshot:
    return Snapshot.of(translate_clusters(view_of(vector), proxy_of(vector)).resources)


def clusters(snapshot: Snapshot) -> dict[str, dict[str, Any]]:
    return {name: to_json(one.message()) for name, one in snapshot.of_type(TypeUrl.CLUSTER).items()}


def ids(vectors: list[dict[str, Any]]) -> list[Any]:
    return [pytest.param(vector, id=vector["name"]) for vector in vectors]


NAMED = [
    one
    for one in VECTORS
    if one["expect"].get("cluster") not in {None, *OF_SIDECARS_OWN} and not one["expect"].get("rejected")
]
CONFIGURED = [one for one in VECTORS if "cluster_config" in one["expect"]]


@pytest.mark.parametrize("vector", ids(NAMED))
def test_a_cluster_that_is_expected_is_there_unless_none_should_be(vector: dict[str, Any]) -> None:
    found = snapshot_of(vector).of_type(TypeUrl.CLUSTER)
    assert (vector["expect"]["cluster"] in found) is (vector["expect"].get("flag") != "NC")


@pytest.mark.parametrize("vector", ids([one for one in NAMED if one["expect"]["cluster"].startswith("outbound|")]))
def test_a_cluster_has_endpoints_unless_none_should_be_healthy(vector: dict[str, Any]) -> None:
    name, snapshot = vector["expect"]["cluster"], snapshot_of(vector)
    if vector["expect"].get("flag") == "NC":
        assert name not in snapshot.of_type(TypeUrl.ENDPOINT)
        return
    assignment = snapshot.of_type(TypeUrl.ENDPOINT).get(name)
    made = to_json(assignment.message()) if assignment else clusters(snapshot)[name]["load_assignment"]
    assert bool(made.get("endpoints")) is (vector["expect"].get("flag") != "UH")


@pytest.mark.parametrize("vector", ids(CONFIGURED))
def test_a_cluster_is_configured_as_expected(vector: dict[str, Any]) -> None:
    expected: dict[str, Any] = vector["expect"]["cluster_config"]
    made = clusters(snapshot_of(vector))[vector["expect"]["cluster"]]
    found = {
        "lb_policy": made.get("lb_policy", "ROUND_ROBIN"),
        "type": made.get("type"),
        "connect_timeout": made["connect_timeout"],
        "tls": "transport_socket" in made or "transport_socket_matches" in made,
        "minimum_ring_size": int(made.get("ring_hash_lb_config", {}).get("minimum_ring_size", 0)),
        "endpoint": endpoint_of(made),
    }
    assert {key: found[key] for key in expected} == expected


def endpoint_of(cluster: dict[str, Any]) -> str | None:
    for place in cluster.get("load_assignment", {}).get("endpoints", ()):
        for one in place["lb_endpoints"]:
            address = one["endpoint"]["address"]["socket_address"]
            return f"{address['address']}:{address['port_value']}"
    return None


@pytest.mark.parametrize("vector", ids([one for one in VECTORS if "hash_policy" in str(one["expect"])]))
def test_a_route_hashes_what_is_expected(vector: dict[str, Any]) -> None:
    (expected,) = vector["expect"]["route_action"]["hash_policy"]
    view, proxy = view_of(vector), proxy_of(vector)
    _, port, subset, host = vector["expect"]["cluster"].split("|")
    service = view.registry.seen_from(proxy.namespace).service(parse_host(host))
    assert service is not None
    balancer = policy_for(view, proxy, service, int(port), subset).load_balancer
    assert balancer is not None
    (policy,) = hash_policies(balancer.value)
    assert policy.header.header_name == expected["header"]


def test_there_are_vectors_of_each_sort() -> None:
    assert len(NAMED) > 30
    assert len(CONFIGURED) == 5
    assert {one["expect"].get("flag") for one in NAMED} >= {"NC", "UH", None}
