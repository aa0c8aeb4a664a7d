"""All that one proxy is told: plan, routes, listeners, clusters, secrets, each made of what is before it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from authz.forwarder.proxy import Proxy
from authz.forwarder.references import TypeUrl
from authz.forwarder.snapshot import Resource, Snapshot
from authz.forwarder.translate.clusters import ClusterMemo, WantedClusters, translate_clusters
from authz.forwarder.translate.downstream_tls import secrets_of
from authz.forwarder.translate.gateway_plan import GatewayPlan, plan_gateways
from authz.forwarder.translate.listener_memo import ListenerMemo, recalled_listener
from authz.forwarder.translate.listeners import ListenerSource
from authz.forwarder.translate.memo import Memo
from authz.forwarder.translate.remarks import Remark
from authz.forwarder.translate.route_config import RouteMemo, RouteSources, TranslatedRoutes, translate_routes
from authz.forwarder.translate.secrets import translate_secrets
from authz.forwarder.translate.token_reading import TokenReading, read_tokens
from authz.mesh.routing_view import RoutingView
from authz.model.routing.gateway import TlsMode
from authz.model.where import Where


@dataclass(frozen=True, slots=True)
class TranslationMemo:
    """What a translation leaves for the next one, which is then quicker and no different."""

    routes: RouteMemo = field(default_factory=RouteMemo)
    listeners: ListenerMemo = field(default_factory=Memo)
    clusters: ClusterMemo = field(default_factory=ClusterMemo)


@dataclass(frozen=True, slots=True)
class Translation:
    """`snapshot`: what Envoy is told. `remarks`: what is not done as it is written, in order, each once.

    `plan` and `routes`: how it came to be, for whoever wants to know why.
    """

    snapshot: Snapshot
    remarks: tuple[Remark, ...]
    plan: GatewayPlan
    routes: TranslatedRoutes
    memo: TranslationMemo = field(repr=False, compare=False)


def translate(view: RoutingView, proxy: Proxy, memo: TranslationMemo | None = None) -> Translation:
    """Translate a mesh for one gateway proxy. `memo`: of the translation before, for the same proxy."""
    plan = plan_gateways(view, proxy)
    route_memo = memo.routes.next() if memo else RouteMemo()
    sources = RouteSources.of(view, proxy, route_memo)
    routes = translate_routes(plan, sources)
    by_claims = frozenset([name for name, config in routes.configs.items() if config.has_claims])
    tokens = read_tokens(view, proxy) if by_claims else TokenReading()
    source = ListenerSource(view, proxy, sources.destinations, sources.bindings, tokens.filters, by_claims)
    listener_memo: ListenerMemo = Memo(memo.listeners if memo else None)
    made = [recalled_listener(source, planned, listener_memo) for planned in plan.listeners]
    listeners = [listener for listener, _ in made if listener is not None]
    of_requests = routes.clusters | {cluster.name for cluster in tokens.clusters}
    wanted = WantedClusters(_for_bytes(listeners, of_requests), _passes_on(plan))
    clusters = translate_clusters(view, proxy, wanted, memo.clusters if memo else ClusterMemo())
    served = _served(routes, listeners)
    told = [*served, *listeners, *clusters.resources, *tokens.clusters]
    secrets = list(translate_secrets(view, proxy, told, _needs(plan)))
    remarks = [
        *plan.remarks,
        *routes.remarks,
        *tokens.remarks,
        *(() if tokens.filters else _claims_unknown(routes)),
        *(remark for _, found in made for remark in found),
        *clusters.remarks,
        *(remark for _, remark in secrets if remark is not None),
    ]
    return Translation(
        snapshot=Snapshot.of([*told, *(secret for secret, _ in secrets if secret is not None)]),
        remarks=tuple(sorted(set(remarks))),
        plan=plan,
        routes=routes,
        memo=TranslationMemo(route_memo, listener_memo, clusters.memo),
    )


def _claims_unknown(routes: TranslatedRoutes) -> Iterator[Remark]:
    """Routes that ask for claims, where no token is read."""
    text = (
        "no RequestAuthentication that is for this proxy has keys, and no claims of tokens are known: a match on "
        "`@request.auth.claims` takes no request, one without them takes all"
    )
    for config in routes.configs.values():
        for route in (route for host in config.hosts for route in host.routes if route.has_claims):
            yield Remark(route.where, text)


def _for_bytes(listeners: Iterable[Resource], by_requests: frozenset[str]) -> frozenset[str]:
    """The clusters that connections go to, and no requests."""
    named = {one.name for listener in listeners for one in listener.references if one.type_url is TypeUrl.CLUSTER}
    return frozenset(named - by_requests)


def _passes_on(plan: GatewayPlan) -> bool:
    servers = [planned.server for listener in plan.listeners for planned in listener.servers]
    return any(server.tls is not None and server.tls.mode is TlsMode.AUTO_PASSTHROUGH for server in servers)


def _needs(plan: GatewayPlan) -> dict[str, Where]:
    """Where it is written that a server needs a secret, the first place of each."""
    found: dict[str, Where] = {}
    for listener in plan.listeners:
        for planned in listener.servers:
            tls = planned.server.tls
            for name in secrets_of(tls) if tls is not None else ():
                found.setdefault(name, planned.server.where)
    return found


def _served(routes: TranslatedRoutes, listeners: Iterable[Resource]) -> list[Resource]:
    """The route configurations that a listener names."""
    named = {one.name for listener in listeners for one in listener.references if one.type_url is TypeUrl.ROUTE}
    return [resource for resource in routes.resources if resource.name in named]
