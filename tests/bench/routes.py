"""What the routes of a gateway cost: made for the first time, and again after one VirtualService has changed."""

import gc
import statistics
import time
from dataclasses import replace

from authz.forwarder.proxy import Proxy
from authz.forwarder.translate.gateway_plan import plan_gateways
from authz.forwarder.translate.route_config import RouteMemo, RouteSources, TranslatedRoutes, translate_routes
from authz.mesh.registry import RegistrySources
from authz.mesh.routing_view import RoutingView
from authz.model.routing.destination import Destination
from authz.model.routing.gateway import Gateway, Port, Server, ServerHost, ServerTls, TlsMode
from authz.model.routing.gateway_ref import GatewayRef
from authz.model.routing.hosts import ANY_HOST, HostPattern
from authz.model.routing.http_match import HttpMatch
from authz.model.routing.http_route import HttpDestination, HttpRoute, RouteTo
from authz.model.routing.kubernetes import EndpointSlice, Pod, Service
from authz.model.routing.matching import Prefix
from authz.model.routing.protocol import Protocol
from authz.model.routing.service_entry import ServiceEntry
from authz.model.routing.virtual_service import VirtualService
from authz.resources.collection import Resources
from tests.bench.registry import _WHERE, _sources

_HOSTS, _ROUTES, _ROUNDS = 2_000, 5, 5
_PROXY = Proxy("istio-system", frozenset({("istio", "ingressgateway")}))
_GATEWAY = GatewayRef("istio-system", "gw")


def print_routes() -> None:
    """2,000 hosts with five routes each, to the registry's services: on one port, or each of a server of its own."""
    sources = _sources()
    services = tuple(_service(number, sources) for number in range(_HOSTS))
    changed = (_service(0, sources), *services[1:])
    for name, gateway in (("one plain server", _plain()), ("2,000 HTTPS servers", _encrypted())):
        _print(name, _view(sources, gateway, services), _view(sources, gateway, changed))


def _print(name: str, view: RoutingView, changed: RoutingView) -> None:
    first_s, again_s = [], []
    for _ in range(_ROUNDS):
        memo = RouteMemo()
        gc.collect()
        started = time.perf_counter()
        first = _translate(view, memo)
        made = time.perf_counter()
        again = _translate(changed, memo.next())
        first_s.append(made - started)
        again_s.append(time.perf_counter() - made)
    routes = sum(len(host.routes) for config in first.configs.values() for host in config.hosts)
    assert routes == _HOSTS * _ROUTES
    assert again.resources == first.resources
    print(f"{routes:,} routes of {_HOSTS:,} VirtualServices on {name}: ", end="")
    print(f"in {statistics.median(first_s) * 1e3:.0f} ms, again in {statistics.median(again_s) * 1e3:.0f} ms ", end="")
    print("after one VirtualService has been read anew")


def _translate(view: RoutingView, memo: RouteMemo) -> TranslatedRoutes:
    return translate_routes(plan_gateways(view, _PROXY), RouteSources.of(view, _PROXY, memo))


def _view(sources: RegistrySources, gateway: Gateway, services: tuple[VirtualService, ...]) -> RoutingView:
    return RoutingView(
        Resources(
            {
                Service: sources.services,
                EndpointSlice: sources.endpoint_slices,
                Pod: sources.pods,
                ServiceEntry: sources.service_entries,
                Gateway: (gateway,),
                VirtualService: services,
            }
        )
    )


def _plain() -> Gateway:
    return _gateway(Server(_WHERE, Port(80, "http", Protocol.HTTP), (ServerHost(None, ANY_HOST),)))


def _encrypted() -> Gateway:
    tls = ServerTls(_WHERE, TlsMode.SIMPLE, credential_names=("cert",))
    return _gateway(
        *[
            Server(_WHERE, Port(443, f"https-{number}", Protocol.HTTPS), (ServerHost(None, _host(number)),), tls=tls)
            for number in range(_HOSTS)
        ]
    )


def _gateway(*servers: Server) -> Gateway:
    return Gateway(_GATEWAY.namespace, _GATEWAY.name, _PROXY.labels, servers, None, _WHERE)


def _host(number: int) -> HostPattern:
    return HostPattern(f"h{number}.example.com")


def _service(number: int, sources: RegistrySources) -> VirtualService:
    target = sources.services[number % len(sources.services)]
    to_target = RouteTo((HttpDestination(Destination(_WHERE, target.namespace, target.name)),))
    rest = HttpRoute(replace(_WHERE, line=number), to_target)
    routes = [replace(rest, matches=(HttpMatch(_WHERE, uri=Prefix(f"/part{index}")),)) for index in range(_ROUTES - 1)]
    return VirtualService(
        namespace=target.namespace,
        name=f"v{number}",
        hosts=(_host(number),),
        gateways=(_GATEWAY,),
        http=(*routes, rest),
        tls=(),
        tcp=(),
        export_to=None,
        created=None,
        where=_WHERE,
    )
