"""Endpoints of a cluster, as Envoy is told of them.

Source: istio/istio pilot/pkg/xds/endpoints/endpoint_builder.go, buildEnvoyLbEndpoint; networking/util/util.go
(BuildAddress, AppendLbEndpointMetadata).
"""

from collections.abc import Iterable
from typing import assert_never

from authz.forwarder.translate.locality import Place
from authz.mesh.registry import Endpoint
from authz.model.address import parse_address
from authz.model.routing.locality import NO_LOCALITY, Locality
from authz.model.routing.workload_entry import AddressKind
from authz.pb.core import Address
from authz.pb.core import Locality as EnvoyLocality
from authz.pb.endpoint import ClusterLoadAssignment
from authz.pb.protobuf import Struct

TLS_MODE = "tlsMode"
MTLS = "istio"
_SOCKET_MATCH = "envoy.transport_socket_match"
_LONGEST_PATH = 107  # of a socket, in bytes: sun_path of Linux, which has a zero at its end


def can_be_reached(endpoint: Endpoint, *, by_name: bool) -> bool:
    """Whether a cluster can have the endpoint: Envoy refuses all of one for the sake of an address that is none.

    `by_name`: whether the cluster looks names up. Services of one host share their endpoints, whatever their kind.
    """
    match endpoint.kind:
        case AddressKind.UNIX:
            return not by_name and len(endpoint.address.encode()) <= _LONGEST_PATH
        case AddressKind.NAME:
            return by_name
        case AddressKind.IP:
            return parse_address(endpoint.address) is not None
        case AddressKind.NONE:
            return False
        case _:
            assert_never(endpoint.kind)


def load_assignment(name: str, places: Iterable[Place], mtls: frozenset[Endpoint]) -> ClusterLoadAssignment:
    """The endpoints of a cluster, which may be none. `mtls`: those that get mutual TLS of the mesh.

    There are many of them: they are written where they stay, which takes a third of the time.
    """
    made = ClusterLoadAssignment(cluster_name=name)
    for place in places:
        group = made.endpoints.add()
        if place.locality != NO_LOCALITY:
            group.locality.CopyFrom(_locality(place.locality))
        group.load_balancing_weight.value = place.weight
        group.priority = place.priority
        for endpoint, weight in place.endpoints:
            one = group.lb_endpoints.add()
            _write_address(one.endpoint.address, endpoint)
            one.load_balancing_weight.value = weight
            if mtls and endpoint in mtls:
                one.metadata.filter_metadata[_SOCKET_MATCH].CopyFrom(mtls_match())
    return made


def _locality(locality: Locality) -> EnvoyLocality:
    return EnvoyLocality(region=locality.region, zone=locality.zone, sub_zone=locality.sub_zone)


def _write_address(address: Address, endpoint: Endpoint) -> None:
    if endpoint.kind is AddressKind.UNIX:
        address.pipe.path = endpoint.address
        return
    socket = address.socket_address
    socket.address = endpoint.address
    socket.port_value = endpoint.port


def mtls_match() -> Struct:
    """What marks endpoints that get mutual TLS of the mesh, and the socket for them."""
    made = Struct()
    made.fields[TLS_MODE].string_value = MTLS
    return made
