"""Routes of connections that a gateway does not look into: `tcp` and `tls` of VirtualServices.

Source: istio/istio pilot/pkg/networking/core/gateway.go, buildGatewayNetworkFiltersFromTCPRoutes and
buildGatewayNetworkFiltersFromTLSRoutes.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from authz.forwarder.translate.bindings import Binding
from authz.forwarder.translate.destinations import Asked, Destinations, unreached
from authz.forwarder.translate.gateway_plan import PlannedServer
from authz.forwarder.translate.remarks import Remark
from authz.mesh.effective_policy import EffectivePolicy
from authz.model.routing.gateway_ref import GatewayRef
from authz.model.routing.hosts import ANY_HOST
from authz.model.routing.l4_route import TcpMatch, TcpRoute, TlsMatch, TlsRoute
from authz.model.where import Where

_CLOSED = "connections to it are closed"


@dataclass(frozen=True, slots=True)
class ByteRoute:
    """Where connections go: clusters with weights, at least one. `sni_hosts`: of which handshakes; empty: of any.

    `policy`: what the DestinationRule of the first one says. `remarks`: clusters that are not there.
    """

    where: Where
    clusters: tuple[tuple[str, int], ...]
    policy: EffectivePolicy
    sni_hosts: tuple[str, ...] = ()
    remarks: tuple[Remark, ...] = ()


def tcp_route(planned: PlannedServer, bound: Iterable[Binding], destinations: Destinations) -> ByteRoute | None:
    """The one route of a TCP server, or of one whose TLS has ended: the first that is for it; None: there is none."""
    for one in bound:
        for route in one.service.tcp:
            if not route.matches or any(_is_for(match, planned) for match in route.matches):
                return _route(route, one.service.namespace, destinations, planned)
    return None


def passed_through(
    planned: PlannedServer, bound: Iterable[Binding], destinations: Destinations, taken: set[str]
) -> Iterator[ByteRoute | Remark]:
    """A route for each `tls` match that is for a server; `taken`: server names of that address, which it adds to."""
    for one in bound:
        for route in one.service.tls:
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
                yield _route(route, one.service.namespace, destinations, planned, restricted)


def _route(
    route: TcpRoute | TlsRoute,
    owner: str,
    destinations: Destinations,
    planned: PlannedServer,
    sni_hosts: tuple[str, ...] = (),
) -> ByteRoute:
    """Destinations of weight 0 get nothing; the weight of a single one counts nothing."""
    port = planned.server.port.number
    asked = [Asked(one.destination, port, owner) for one in route.destinations]
    targets = [destinations.target(one) for one in asked]
    weights = [one.weight for one in route.destinations]
    weighted = [(target.cluster, weight) for target, weight in zip(targets, weights, strict=True) if weight]
    first = targets[0]
    return ByteRoute(
        where=route.where,
        clusters=tuple(weighted) if len(targets) > 1 else ((first.cluster, 1),),
        policy=first.policy,
        sni_hosts=sni_hosts,
        remarks=tuple(
            [unreached(one, target, _CLOSED) for one, target in zip(asked, targets, strict=True) if target.trouble]
        ),
    )


def _is_for(match: TlsMatch | TcpMatch, planned: PlannedServer) -> bool:
    """Subnets and sources are not looked at by gateways."""
    gateway = GatewayRef(planned.gateway.namespace, planned.gateway.name)
    is_named = not match.gateways or gateway in match.gateways
    return is_named and match.port in {None, planned.server.port.number}
