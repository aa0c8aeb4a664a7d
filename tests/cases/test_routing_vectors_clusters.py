"""Clusters that `tests/data/routing-vectors.yaml` expects, and those that it expects to be missing or empty."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from authz.forwarder.proxy import Proxy
from authz.forwarder.references import TypeUrl
from authz.forwarder.snapshot import Snapshot
from authz.forwarder.translate.clusters import policy_for, translate_clusters
from authz.forwarder.translate.consistent_hash import hash_policies
from authz.mesh.routing_view import RoutingView
from authz.model.problem import Problems
from authz.model.routing.hosts import parse_host
from authz.model.workload import Role
from authz.pb.packing import to_json
from authz.resources.collection import join_files, read_file
from authz.resources.documents import SourceFile

DATA = yaml.safe_load((Path(__file__).parents[1] / "data" / "routing-vectors.yaml").read_text(encoding="utf-8"))
VECTORS: list[dict[str, Any]] = DATA["vectors"] + DATA["more_vectors"]
OF_SIDECARS_OWN = {"PassthroughCluster"}


def proxy_of(vector: dict[str, Any]) -> Proxy:
    labels = frozenset(vector["proxy"].get("labels", {}).items())
    return Proxy(vector["proxy"]["namespace"], labels, Role(vector["role"]))


def view_of(vector: dict[str, Any]) -> RoutingView:
    documents = [*vector["resources"], *[one for resource in vector["resources"] for one in backends(resource)]]
    files = [SourceFile(f"{n}.yaml", json.dumps(one).encode()) for n, one in enumerate(documents)]
    return RoutingView(join_files(map(read_file, files), Problems()))


def backends(service: dict[str, Any]) -> list[dict[str, Any]]:
    """One healthy endpoint per Service port and per label version v1 and v2."""
    if service["kind"] != "Service":
        return []
    metadata, spec = service["metadata"], service["spec"]
    names = {version: f"{metadata['name']}-{version}" for version in ("v1", "v2")}
    pods = [
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": metadata | {"name": name, "labels": spec["selector"] | {"version": version}},
            "spec": {},
            "status": {"podIP": f"10.9.0.{index}"},
        }
        for index, (version, name) in enumerate(names.items(), 1)
    ]
    endpoints = [
        {"addresses": [pod["status"]["podIP"]], "targetRef": {"kind": "Pod", "name": pod["metadata"]["name"]}}
        for pod in pods
    ]
    ports = [{"name": port["name"], "port": port.get("targetPort", port["port"])} for port in spec["ports"]]
    labels = {"kubernetes.io/service-name": metadata["name"]}
    slice_metadata = {"name": metadata["name"], "namespace": metadata.get("namespace", "default"), "labels": labels}
    head = {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": slice_metadata}
    return [*pods, head | {"addressType": "IPv4", "endpoints": endpoints, "ports": ports}]


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
