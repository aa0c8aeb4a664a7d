"""Route configurations of a gateway: one for all plain HTTP servers of a port, one for each HTTPS server.

Front door: `translate_routes`.

Source: istio/istio pilot/pkg/networking/core/gateway.go, buildGatewayHTTPRouteConfig.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from operator import is_

from authz.forwarder.proxy import Proxy
from authz.forwarder.references import TypeUrl
from authz.forwarder.snapshot import Resource
from authz.forwarder.translate.authorization import add_authorization
from authz.forwarder.translate.bindings import Bindings, MergeMemo
from authz.forwarder.translate.destinations import Destinations
from authz.forwarder.translate.gateway_plan import GatewayPlan, PlannedServer
from authz.forwarder.translate.memo import Memo
from authz.forwarder.translate.remarks import Remark
from authz.forwarder.translate.routes import RoutePlace, ServiceRoutes, routes_of
from authz.forwarder.translate.virtual_hosts import HostDraft, MadeHost, black_hole, grouped, make_host
from authz.forwarder.translate.wrapped import as_uint32
from authz.mesh.routing_view import RoutingView
from authz.model.routing.gateway import Server
from authz.model.routing.gateway_ref import GatewayRef
from authz.model.routing.hosts import HostPattern
from authz.model.routing.http_route import Retries
from authz.model.routing.virtual_service import VirtualService
from authz.model.where import Where
from authz.pb.protobuf import BoolValue
from authz.pb.route import RouteConfiguration

MAX_BODY_BYTES = 1024 * 1024
"""How large a direct response may be. Envoy's own limit is 4096 bytes."""


@dataclass(frozen=True, slots=True)
class MadeRouteConfig:
    """A route configuration. `hosts`: each virtual host as Envoy has it, with the place of each of its routes.

    `where`: of its first server. `proxy`: whom it is for.
    """

    name: str
    resource: Resource
    hosts: tuple[MadeHost, ...]
    where: Where
    proxy: Proxy = field(repr=False)

    @property
    def has_claims(self) -> bool:
        """Whether one of its routes asks for claims of tokens, which somebody has to find out before."""
        return any(host.has_claims for host in self.hosts)

    def still_holds(self, hosts: tuple[MadeHost, ...], where: Where, proxy: Proxy) -> bool:
        """Whether it would be made again just as it is, of the very same hosts."""
        same = len(hosts) == len(self.hosts) and all(map(is_, hosts, self.hosts))
        return same and (where, proxy) == (self.where, self.proxy)


@dataclass(frozen=True, slots=True)
class TranslatedRoutes:
    """`configs` by name. `clusters`: all that a route names. `remarks` in order, each once."""

    configs: dict[str, MadeRouteConfig]
    clusters: frozenset[str]
    remarks: tuple[Remark, ...]

    @property
    def resources(self) -> tuple[Resource, ...]:
        """What Envoy is told."""
        return tuple(config.resource for config in self.configs.values())


_ServiceKey = tuple[str, str, GatewayRef, int, bool]


@dataclass(frozen=True, slots=True)
class RouteMemo:
    """What translations remember of each other: merged VirtualServices, their routes, virtual hosts, and the whole."""

    merged: MergeMemo = field(default_factory=Memo)
    services: Memo[_ServiceKey, ServiceRoutes] = field(default_factory=Memo)
    hosts: Memo[tuple[str, str], MadeHost] = field(default_factory=Memo)
    configs: Memo[str, MadeRouteConfig] = field(default_factory=Memo)

    def next(self) -> "RouteMemo":
        """For the translation after this one."""
        return RouteMemo(Memo(self.merged), Memo(self.services), Memo(self.hosts), Memo(self.configs))


@dataclass(frozen=True, slots=True)
class RouteSources:
    """What routes are made of, for one proxy at one moment; routes for connections are made of the same."""

    proxy: Proxy
    bindings: Bindings
    destinations: Destinations
    default_retries: Retries | None
    memo: RouteMemo

    @classmethod
    def of(cls, view: RoutingView, proxy: Proxy, memo: RouteMemo) -> "RouteSources":
        """`memo`: of this translation, which has not been used before."""
        bindings = Bindings(view, proxy, memo.merged)
        return cls(proxy, bindings, Destinations(view, proxy), view.defaults.retries, memo)


def translate_routes(plan: GatewayPlan, sources: RouteSources) -> TranslatedRoutes:
    """The route configurations that the servers of a plan name, in the order of their names."""
    by_name: dict[str, list[PlannedServer]] = {}
    for listener in plan.listeners:
        for server in listener.servers:
            if server.routes:
                by_name.setdefault(server.routes, []).append(server)
    configs = {name: _config(name, servers, sources) for name, servers in sorted(by_name.items())}
    served = [(server.gateway, server.server) for listener in plan.listeners for server in listener.servers]
    remarks = {*sources.bindings.remarks, *sources.bindings.unbound(served), *_remarks(configs), *_idle(sources.memo)}
    clusters = {one.name for config in configs.values() for one in config.resource.references}
    return TranslatedRoutes(configs, frozenset(clusters), tuple(sorted(remarks)))


def _remarks(configs: dict[str, MadeRouteConfig]) -> Iterator[Remark]:
    for config in configs.values():
        for host in config.hosts:
            yield from host.remarks
            for source in host.sources:
                yield from source.remarks


def _idle(memo: RouteMemo) -> Iterator[Remark]:
    """VirtualServices that are bound to servers of requests, none of which any of their entries is for."""
    made = memo.services.kept.values()
    busy = {(one.service.namespace, one.service.name) for one in made if one.routes}
    for one in made:
        if one.service.http and (one.service.namespace, one.service.name) not in busy:
            text = "none of its http entries is for a port of the gateways that it names, or for this proxy"
            yield Remark(one.service.where, text)


def _config(name: str, servers: Sequence[PlannedServer], sources: RouteSources) -> MadeRouteConfig:
    where = servers[0].server.where
    drafts: dict[HostPattern, HostDraft] = {}
    for server in servers:
        _add_server(drafts, server, sources)
    hosts = tuple([_host(name, draft, domains, sources.memo) for draft, domains in grouped(drafts.values())])
    hosts = hosts or (_black_hole(name, servers[0].server, sources.memo),)
    known = sources.memo.configs.recall(name)
    if known is None or not known.still_holds(hosts, where, sources.proxy):
        known = MadeRouteConfig(name, _resource(name, hosts, where, sources.proxy), hosts, where, sources.proxy)
    return sources.memo.configs.keep(name, known)


def _add_server(drafts: dict[HostPattern, HostDraft], planned: PlannedServer, sources: RouteSources) -> None:
    """Add the domains of a server, and to those that are there already the routes that it has for them."""
    server = planned.server
    for binding in sources.bindings.bound(planned.gateway, server):
        routes = _routes(binding.service, planned, sources)
        if routes.routes:
            for domain in binding.domains:
                draft = drafts.setdefault(domain, HostDraft(domain, server.port.number, binding.service.where))
                draft.add(routes)
                draft.to_https |= server.redirects_to_https
    if server.redirects_to_https:
        for one in server.hosts:
            drafts.setdefault(one.host, HostDraft(one.host, server.port.number, server.where)).to_https = True


def _routes(service: VirtualService, planned: PlannedServer, sources: RouteSources) -> ServiceRoutes:
    server = planned.server
    gateway = GatewayRef(planned.gateway.namespace, planned.gateway.name)
    key = (service.namespace, service.name, gateway, server.port.number, server.terminates_tls)
    place = RoutePlace(
        gateways=frozenset([gateway]),
        port=server.port.number,
        namespace=sources.proxy.namespace,
        labels=sources.proxy.labels,
        is_tls=server.terminates_tls,
        default_retries=sources.default_retries,
    )
    known = sources.memo.services.recall(key)
    if known is None or not known.still_holds(service, place, sources.destinations):
        known = routes_of(service, place, sources.destinations)
    return sources.memo.services.keep(key, known)


def _host(config: str, draft: HostDraft, domains: tuple[str, ...], memo: RouteMemo) -> MadeHost:
    key = (config, draft.domain.text)
    known = memo.hosts.recall(key)
    if known is None or not known.is_of(draft, domains):
        known = make_host(draft, domains)
    return memo.hosts.keep(key, known)


def _black_hole(config: str, server: Server, memo: RouteMemo) -> MadeHost:
    key, made = (config, ""), black_hole(server.port.number, server.where)
    known = memo.hosts.recall(key)
    return memo.hosts.keep(key, made if known is None or known != made else known)


def _resource(name: str, hosts: tuple[MadeHost, ...], where: Where, proxy: Proxy) -> Resource:
    """Clusters need not be there, nor does a port count that a client puts behind a host."""
    config = RouteConfiguration(
        name=name,
        validate_clusters=BoolValue(value=False),
        max_direct_response_body_size_bytes=as_uint32(MAX_BODY_BYTES),
        ignore_port_in_host_matching=True,
    )
    add_authorization(config, proxy)
    for host in hosts:
        config.virtual_hosts.add().MergeFromString(host.part)
    references = frozenset([one for host in hosts for one in host.references])
    return Resource.of_bytes(TypeUrl.ROUTE, name, config.SerializeToString(deterministic=True), references, where)
