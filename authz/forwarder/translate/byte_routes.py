"""Routes of connections that a gateway does not look into: `tcp` and `tls` of VirtualServices.

Source: istio/istio pilot/pkg/networking/core/gateway.go, buildGatewayNetworkFiltersFromTCPRoutes and
buildGatewayNetworkFiltersFromTLSRoutes.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from authz.forwarder.translate.bindings import BoundService, is_for_gateway
from authz.forwarder.translate.destinations import Destinations
from authz.forwarder.translate.gateway_plan import PlannedServer
from authz.forwarder.translate.remarks import Remark
from authz.model.routing.gateway_ref import GatewayRef
from authz.model.routing.hosts import ANY_HOST
from authz.model.routing.l4_route import TcpMatch, TlsMatch
from authz.model.where import Where


@dataclass(frozen=True, slots=True)
class ByteRoute:
    """Where connections go: clusters with weights, at least one. `sni_hosts`: of which handshakes; empty: of any."""

    where: Where
    clusters: tuple[tuple[str, int], ...]
    sni_hosts: tuple[str, ...] = ()


def tcp_route(planned: PlannedServer, bound: Iterable[BoundService], destinations: Destinations) -> ByteRoute | None:
    """The one route of a TCP server, or of one whose TLS has ended: the first that is for it; None: there is none."""
    port = planned.server.port.number
    for service in bound:
        for route in service.service.tcp:
            if not route.matches or any(_is_for(match, planned) for match in route.matches):
                return ByteRoute(route.where, destinations.weighted(route.destinations, port))
    return None


def passed_through(
    planned: PlannedServer, bound: Iterable[BoundService], destinations: Destinations, taken: set[str]
) -> Iterator[ByteRoute | Remark]:
    """A route for each `tls` match that is for a server; `taken`: server names of that address, which it adds to."""
    port = planned.server.port.number
    for service in bound:
        for route in service.service.tls:
            for match in route.matches:
                if not _is_for(match, planned):
                    continue
                names = [host.text for host in match.sni_hosts]
                known = next((name for name in names if name in taken), None)
                if known is not None:
                    yield Remark(match.where, f"the server name {known!r} has a route on this port already; left out")
                    continue
                taken.update(names)
                restricted = () if ANY_HOST.text in names else tuple(names)
                yield ByteRoute(match.where, destinations.weighted(route.destinations, port), restricted)


def _is_for(match: TlsMatch | TcpMatch, planned: PlannedServer) -> bool:
    """Subnets and sources are not looked at by gateways."""
    gateway = GatewayRef(planned.gateway.namespace, planned.gateway.name)
    return match.port in {None, planned.server.port.number} and is_for_gateway(match.gateways, gateway)
