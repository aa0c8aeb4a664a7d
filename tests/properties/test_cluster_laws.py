"""The laws of clusters, on generated sets of services, rules, proxies and meshes."""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from authz.forwarder.proxy import Proxy
from authz.forwarder.references import TypeUrl
from authz.forwarder.snapshot import Snapshot
from authz.forwarder.translate.clusters import Clusters, WantedClusters, translate_clusters
from authz.mesh.routing_view import RoutingView
from authz.model.routing.locality import parse_locality
from authz.model.routing.mesh_defaults import MeshDefaults
from authz.model.routing.traffic_policy import OutlierDetection, TrafficPolicy
from authz.model.workload import Role
from authz.resources.collection import Resources
from tests.support.cluster_variants import SMALL
from tests.support.mesh import mesh_resources

if TYPE_CHECKING:
    from random import Random

PROXIES = st.builds(
    Proxy,
    st.sampled_from(["ns", "istio-system"]),
    st.frozensets(st.tuples(st.sampled_from(["a", "b"]), st.sampled_from(["1", "2"])), max_size=2),
    st.sampled_from([Role.GATEWAY, Role.SIDECAR]),
    locality=st.sampled_from(["", "r1", "r1/z1", "r1/z1/s1", "r2"]).map(parse_locality),
    addresses=st.sampled_from([(), ("10.0.0.9",), ("fd00::9",)]),
)
MESHES = st.builds(
    MeshDefaults,
    service_export_to=st.sampled_from([("*",), (".",), ("~",)]),
    traffic_policy=st.none() | st.just(TrafficPolicy(outlier_detection=OutlierDetection())),
    connect_timeout=st.integers(1, 5000).map(lambda ms: timedelta(milliseconds=ms)),
    enable_auto_mtls=st.booleans(),
    h2_upgrade=st.booleans(),
)
WANTED = st.builds(WantedClusters, passed_on=st.booleans())
DOCUMENTS = st.lists(st.sampled_from(SMALL), max_size=6, unique=True)


@lru_cache
def read(document: str) -> Resources:
    return mesh_resources(document)


def view(documents: list[str], mesh: MeshDefaults) -> RoutingView:
    read_ones = [read(document) for document in documents]
    kinds = {kind for one in read_ones for kind in one.by_type}
    joined = {kind: tuple(found for one in read_ones for found in one.of(kind)) for kind in kinds}
    return RoutingView(Resources(joined), defaults=mesh)


def names(found: Clusters, kind: TypeUrl) -> list[str]:
    return [one.name for one in found.resources if one.type_url is kind]


@given(DOCUMENTS, MESHES, PROXIES, WANTED, st.randoms())
def test_the_order_of_documents_never_matters(
    documents: list[str], mesh: MeshDefaults, proxy: Proxy, wanted: WantedClusters, random: Random
) -> None:
    before = translate_clusters(view(documents, mesh), proxy, wanted)
    random.shuffle(documents)
    after = translate_clusters(view(documents, mesh), proxy, wanted)
    assert Snapshot.of(after.resources) == Snapshot.of(before.resources)


@given(st.tuples(DOCUMENTS, DOCUMENTS), MESHES, MESHES, PROXIES, WANTED)
def test_a_memo_of_anything_changes_nothing(
    documents: tuple[list[str], list[str]],
    mesh: MeshDefaults,
    other: MeshDefaults,
    proxy: Proxy,
    wanted: WantedClusters,
) -> None:
    for of_memo in (mesh, other):
        memo = translate_clusters(view(documents[0], of_memo), proxy).memo
        found = translate_clusters(view(documents[1], mesh), proxy, wanted, memo)
        again = translate_clusters(view(documents[1], mesh), proxy, wanted)
        assert (found.resources, found.remarks) == (again.resources, again.remarks)


@given(DOCUMENTS, MESHES, PROXIES, WANTED)
def test_what_is_told_of_apart_is_told_and_only_secrets_are_named_beside(
    documents: list[str], mesh: MeshDefaults, proxy: Proxy, wanted: WantedClusters
) -> None:
    found = translate_clusters(view(documents, mesh), proxy, wanted)
    snapshot = Snapshot.of(found.resources)
    assert {one.missing.type_url for one in snapshot.dangling_references()} <= {TypeUrl.SECRET}
    assert set(names(found, TypeUrl.ENDPOINT)) <= set(names(found, TypeUrl.CLUSTER))


@given(DOCUMENTS, DOCUMENTS, MESHES, PROXIES)
def test_more_services_leave_the_clusters_of_others_as_they_are(
    documents: list[str], more: list[str], mesh: MeshDefaults, proxy: Proxy
) -> None:
    before = translate_clusters(view(documents, mesh), proxy).resources
    after = translate_clusters(view([*documents, *(one for one in more if one not in documents)], mesh), proxy)
    assert {(one.name, one.version) for one in before} <= {(one.name, one.version) for one in after.resources}
