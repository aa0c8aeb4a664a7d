"""HTTP routes of one VirtualService, for one kind of proxy and one port.

Source: istio/istio pilot/pkg/networking/core/route/route.go, BuildHTTPRoutesForVirtualService and TranslateRoute.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from authz.forwarder.translate.actions import TargetOf, add_route_action
from authz.forwarder.translate.cors import CORS_FILTER, cors_policy
from authz.forwarder.translate.destinations import Asked, Destinations, Target, unreached
from authz.forwarder.translate.faults import FAULT_FILTER, http_fault
from authz.forwarder.translate.header_operations import add_header_changes, header_changes
from authz.forwarder.translate.matches import is_catch_all, route_match
from authz.forwarder.translate.redirects import direct_response_action, redirect_action
from authz.forwarder.translate.remarks import Remark
from authz.model.routing.destination import Destination
from authz.model.routing.gateway_ref import GatewayRef
from authz.model.routing.http_match import HttpMatch
from authz.model.routing.http_route import Delegate, DirectResponse, HttpRoute, Redirect, Retries, RouteTo
from authz.model.routing.virtual_service import VirtualService
from authz.model.where import Where
from authz.model.workload import Labels
from authz.pb.core import Metadata
from authz.pb.packing import pack
from authz.pb.route import Route, VirtualHost

_Action = RouteTo | Redirect | DirectResponse
_Entry = tuple[HttpRoute, _Action, HttpMatch | None]


@dataclass(frozen=True, slots=True)
class RoutePlace:
    """Where routes are for: all that they depend on beside their VirtualService and its destinations.

    `gateways`: the one whose server it is, or `MESH`. `port`: the number that the Gateway has, or that of the service.
    `namespace`, `labels`: of the proxy. `is_tls`: whether requests come by HTTPS. `default_retries`: the mesh's.
    """

    gateways: frozenset[GatewayRef]
    port: int
    namespace: str
    labels: Labels
    is_tls: bool = False
    default_retries: Retries | None = None


@dataclass(frozen=True, slots=True)
class MadeRoute:
    """One route of Envoy. `part`: serialized, as the one route of a virtual host, which others can be put after.

    `where`: the `match` entry it is of, or the `http` entry. `is_catch_all`: no request gets past it. `has_claims`:
    whether it asks for claims of tokens. `clusters`: those that it names.
    """

    part: bytes
    where: Where
    is_catch_all: bool
    has_claims: bool
    clusters: frozenset[str]

    def message(self) -> Route:
        """The route itself."""
        return VirtualHost.FromString(self.part).routes[0]


@dataclass(frozen=True, slots=True)
class ServiceRoutes:
    """The routes of a VirtualService, which are none where it has nothing for the place.

    `answers`: all that has been asked about destinations, and what has been found. As long as the answers stay the
    same, so do the routes. `remarks`: destinations that requests do not reach.
    """

    service: VirtualService
    place: RoutePlace
    routes: tuple[MadeRoute, ...]
    answers: tuple[tuple[Asked, Target], ...]
    remarks: tuple[Remark, ...]

    def still_holds(self, service: VirtualService, place: RoutePlace, destinations: Destinations) -> bool:
        """Whether it would be made again just as it is. The very same record is asked for: that is what files give."""
        if service is not self.service or place != self.place:
            return False
        return all(destinations.target(asked) == target for asked, target in self.answers)


def routes_of(service: VirtualService, place: RoutePlace, destinations: Destinations) -> ServiceRoutes:
    """Each `match` entry makes a route; those of other places are left out, and all after the first that takes all."""
    answers: dict[int, tuple[Asked, Target]] = {}  # by identity: each stands in another place

    def target_of(destination: Destination) -> Target:
        known = answers.get(id(destination))
        if known is None:
            asked = Asked(destination, place.port, service.namespace)
            known = answers[id(destination)] = asked, destinations.target(asked)
        return known[1]

    metadata = _metadata(service)
    routes = tuple([_made(entry, place, metadata, target_of) for entry in _entries(service.http, place)])
    found = tuple(answers.values())
    remarks = tuple([unreached(asked, target) for asked, target in found if target.trouble])
    return ServiceRoutes(service, place, routes, found, remarks)


def _entries(routes: tuple[HttpRoute, ...], place: RoutePlace) -> Iterator[_Entry]:
    for route in routes:
        action = route.action
        if isinstance(action, Delegate):
            continue  # delegates are merged before; what is left of them has no routes
        if not route.matches:
            yield route, action, None
            return
        for match in route.matches:
            if _is_for(match, place):
                yield route, action, match
                if is_catch_all(match):
                    return


def _is_for(match: HttpMatch, place: RoutePlace) -> bool:
    """Whether an entry is for a place. One that names gateways is for them, whatever it says of sources."""
    if match.port is not None and match.port != place.port:
        return False
    if match.gateways:
        return not place.gateways.isdisjoint(match.gateways)
    return match.source_labels <= place.labels and match.source_namespace in {"", place.namespace}


def _made(entry: _Entry, place: RoutePlace, metadata: Metadata, target_of: TargetOf) -> MadeRoute:
    route, _, match = entry
    host = VirtualHost()
    message = host.routes.add()
    _fill(message, entry, place, metadata, target_of)
    return MadeRoute(
        part=host.SerializeToString(deterministic=True),
        where=match.where if match is not None else route.where,
        is_catch_all=is_catch_all(match),
        has_claims=match is not None and bool(match.claims or match.without_claims),
        clusters=_clusters(message),
    )


def _fill(made: Route, entry: _Entry, place: RoutePlace, metadata: Metadata, target_of: TargetOf) -> None:
    route, _, match = entry
    made.name = _name(route, match)
    made.match.CopyFrom(route_match(match))
    made.metadata.CopyFrom(metadata)
    if match is not None and match.stat_prefix:
        made.stat_prefix = match.stat_prefix
    add_header_changes(made, header_changes(route.headers))
    _add_action(made, entry, place, target_of)
    fault = http_fault(route.fault) if route.fault else None
    if fault is not None:
        made.typed_per_filter_config[FAULT_FILTER].CopyFrom(pack(fault))
    if route.cors is not None:
        made.typed_per_filter_config[CORS_FILTER].CopyFrom(pack(cors_policy(route.cors)))


def _name(route: HttpRoute, match: HttpMatch | None) -> str:
    return f"{route.name}.{match.name}" if match is not None and match.name else route.name


def _add_action(made: Route, entry: _Entry, place: RoutePlace, target_of: TargetOf) -> None:
    route, action, _ = entry
    match action:
        case RouteTo():
            add_route_action(made, route, action, target_of, place.default_retries)
        case Redirect():
            made.redirect.CopyFrom(redirect_action(action, place.port, is_tls=place.is_tls))
        case DirectResponse():
            made.direct_response.CopyFrom(direct_response_action(action))
        case _:
            assert_never(action)


def _clusters(message: Route) -> frozenset[str]:
    forward = message.route
    named = {forward.cluster} if forward.cluster else {one.name for one in forward.weighted_clusters.clusters}
    return frozenset(named | {one.cluster for one in forward.request_mirror_policies})


def _metadata(service: VirtualService) -> Metadata:
    """What access logs can call the VirtualService by, in the words of Istio's telemetry."""
    made = Metadata()
    path = f"/apis/networking.istio.io/v1/namespaces/{service.namespace}/virtual-service/{service.name}"
    made.filter_metadata["istio"].fields["config"].string_value = path
    return made
