"""Routes of a VirtualService for connections that a proxy does not look into.

Source: istio/api networking/v1alpha3/virtual_service.proto, TLSRoute, TLSMatchAttributes, TCPRoute, L4MatchAttributes.
"""

from dataclasses import dataclass

from authz.model.routing.destination import WeightedDestination
from authz.model.routing.gateway_ref import GatewayRef
from authz.model.routing.hosts import HostPattern
from authz.model.routing.subnets import Subnet
from authz.model.where import Where
from authz.model.workload import Labels


@dataclass(frozen=True, slots=True)
class TlsMatch:
    """One `match` entry of a `tls` route: all of it must hold; None or empty asks for nothing. There is an SNI host."""

    where: Where
    sni_hosts: tuple[HostPattern, ...]
    destination_subnets: tuple[Subnet, ...] = ()
    port: int | None = None
    gateways: tuple[GatewayRef, ...] = ()
    source_labels: Labels = frozenset()
    source_namespace: str = ""


@dataclass(frozen=True, slots=True)
class TcpMatch:
    """One `match` entry of a `tcp` route: all of it must hold; None or empty asks for nothing."""

    where: Where
    destination_subnets: tuple[Subnet, ...] = ()
    port: int | None = None
    gateways: tuple[GatewayRef, ...] = ()
    source_labels: Labels = frozenset()
    source_namespace: str = ""


@dataclass(frozen=True, slots=True)
class TlsRoute:
    """One `tls` entry, for connections that any of `matches` is for."""

    where: Where
    matches: tuple[TlsMatch, ...]
    destinations: tuple[WeightedDestination, ...]


@dataclass(frozen=True, slots=True)
class TcpRoute:
    """One `tcp` entry, for connections that any of `matches` is for; without one, for all."""

    where: Where
    matches: tuple[TcpMatch, ...]
    destinations: tuple[WeightedDestination, ...]
