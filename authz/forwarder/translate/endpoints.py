"""Endpoints of a cluster, as Envoy is told of them.

Source: istio/istio pilot/pkg/xds/endpoints/endpoint_builder.go, buildEnvoyLbEndpoint; networking/util/util.go
(BuildAddress, AppendLbEndpointMetadata).
"""

from collections.abc import Callable, Iterable
from typing import assert_never

from authz.forwarder.translate.locality import Place
from authz.forwarder.translate.wrapped import as_uint32
from authz.mesh.registry import Endpoint
from authz.model.address import parse_address
from authz.model.routing.locality import NO_LOCALITY, Locality
from authz.model.routing.workload_entry import AddressKind
from authz.pb.core import Address, Metadata, Pipe, SocketAddress
from authz.pb.core import Locality as EnvoyLocality
from authz.pb.endpoint import ClusterLoadAssignment, LbEndpoint, LocalityLbEndpoints
from authz.pb.endpoint import Endpoint as EnvoyEndpoint
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


def load_assignment(
    name: str, places: Iterable[Place], takes_mtls: Callable[[Endpoint], bool]
) -> ClusterLoadAssignment:
    """The endpoints of a cluster, which may be none. `takes_mtls`: whether one gets mutual TLS of the mesh."""
    return ClusterLoadAssignment(cluster_name=name, endpoints=[_of_place(place, takes_mtls) for place in places])


def _of_place(place: Place, takes_mtls: Callable[[Endpoint], bool]) -> LocalityLbEndpoints:
    return LocalityLbEndpoints(
        locality=_locality(place.locality),
        lb_endpoints=[_endpoint(one, weight, mtls=takes_mtls(one)) for one, weight in place.endpoints],
        load_balancing_weight=as_uint32(place.weight),
        priority=place.priority,
    )


def _locality(locality: Locality) -> EnvoyLocality | None:
    if locality == NO_LOCALITY:
        return None
    return EnvoyLocality(region=locality.region, zone=locality.zone, sub_zone=locality.sub_zone)


def _endpoint(endpoint: Endpoint, weight: int, *, mtls: bool) -> LbEndpoint:
    return LbEndpoint(
        endpoint=EnvoyEndpoint(address=address_of(endpoint)),
        load_balancing_weight=as_uint32(weight),
        metadata=Metadata(filter_metadata={_SOCKET_MATCH: mtls_match()}) if mtls else None,
    )


def address_of(endpoint: Endpoint) -> Address:
    """Where it is."""
    if endpoint.kind is AddressKind.UNIX:
        return Address(pipe=Pipe(path=endpoint.address))
    return Address(socket_address=SocketAddress(address=endpoint.address, port_value=endpoint.port))


def mtls_match() -> Struct:
    """What marks endpoints that get mutual TLS of the mesh, and the socket for them."""
    made = Struct()
    made.fields[TLS_MODE].string_value = MTLS
    return made
