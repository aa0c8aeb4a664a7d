from dataclasses import replace

import pytest

from authz.forwarder.proxy import Proxy
from authz.forwarder.translate.cluster import Workshop, make_cluster
from authz.forwarder.translate.cluster_source import ClusterSource
from authz.forwarder.translate.locality import Client
from authz.mesh.effective_policy import EffectivePolicy, From
from authz.mesh.registry import Discovery, MeshPort, TlsMode
from authz.model.routing.client_tls import ClientTls, ClientTlsMode
from authz.model.routing.mesh_defaults import MeshDefaults
from authz.model.routing.protocol import Protocol
from authz.model.routing.workload_entry import AddressKind
from authz.model.where import Where
from authz.pb.cluster import Cluster
from tests.support.endpoints import endpoint
from tests.support.mesh import mesh_service

HERE = Where("a.yaml", 1, 1)
TAKES, OTHER = endpoint("10.0.0.1", tls=TlsMode.ISTIO), endpoint("10.0.0.2")
SOURCE = ClusterSource(
    service=mesh_service("a.b", "ns"),
    port=MeshPort(80, "http", Protocol.HTTP),
    subset="",
    policy=EffectivePolicy(),
    endpoints=(TAKES, OTHER),
    mtls=frozenset(),
    identities=(),
    where=HERE,
)
DNS = replace(SOURCE, service=replace(SOURCE.service, discovery=Discovery.DNS))


def workshop() -> Workshop:
    return Workshop(MeshDefaults(), Proxy("ns"), Client())


def made(source: ClusterSource) -> Cluster:
    cluster = make_cluster(source, workshop()).cluster
    assert cluster is not None
    return cluster


def test_clusters_of_one_shape_are_no_less_themselves() -> None:
    shop = workshop()
    other = replace(SOURCE, subset="v1")
    external = replace(SOURCE, service=replace(SOURCE.service, is_external=True))
    for source in (SOURCE, other, external, DNS, replace(DNS, endpoints=(OTHER,)), SOURCE):
        assert make_cluster(source, shop) == make_cluster(source, workshop())
    assert len(shop.shapes) == 3


def test_known_addresses_are_told_apart_and_names_are_not() -> None:
    by_address, by_name = make_cluster(SOURCE, workshop()), make_cluster(DNS, workshop())
    assert by_address.cluster is not None
    assert by_name.cluster is not None
    assert by_address.assignment is not None
    assert not by_address.cluster.HasField("load_assignment")
    assert by_name.assignment is None
    assert by_name.cluster.load_assignment.cluster_name == "outbound|80||a.b"


def test_without_names_to_look_up_there_is_no_cluster() -> None:
    found = make_cluster(replace(DNS, endpoints=()), workshop())
    assert (found.cluster, found.assignment) == (None, None)
    assert found.remarks[0].where == HERE


@pytest.mark.parametrize(
    ("mode", "marked"), [(None, True), (ClientTlsMode.SIMPLE, False), (ClientTlsMode.ISTIO_MUTUAL, False)]
)
def test_endpoints_are_marked_only_where_they_are_told_apart(mode: ClientTlsMode | None, *, marked: bool) -> None:
    policy = EffectivePolicy(tls=From(ClientTls(mode), HERE) if mode else None)
    found = make_cluster(replace(SOURCE, policy=policy, mtls=frozenset({TAKES})), workshop()).assignment
    assert found is not None
    assert [one.HasField("metadata") for one in found.endpoints[0].lb_endpoints] == [marked, False]


def test_what_is_passed_on_goes_only_to_who_takes_mutual_tls() -> None:
    found = make_cluster(replace(SOURCE, mtls=frozenset({TAKES}), is_passed_on=True), workshop())
    assert found.assignment is not None
    (one,) = found.assignment.endpoints[0].lb_endpoints
    assert one.endpoint.address.socket_address.address == "10.0.0.1"
    assert found.cluster is not None
    assert not found.cluster.HasField("transport_socket")
    assert not found.cluster.transport_socket_matches


def test_a_round_robin_of_names_has_one() -> None:
    names = (endpoint("c.d", kind=AddressKind.NAME), endpoint("e.f", kind=AddressKind.NAME))
    service = replace(SOURCE.service, discovery=Discovery.DNS_ROUND_ROBIN)
    found = made(replace(SOURCE, service=service, endpoints=names))
    (one,) = found.load_assignment.endpoints[0].lb_endpoints
    assert one.endpoint.address.socket_address.address == "c.d"
