"""Which servers of which Gateways a proxy serves, and how servers share ports.

Source: istio/istio pilot/pkg/model/gateway.go, mergeGateways, and pilot/pkg/model/push_context.go. Where Istio drops a
server in silence, there is a remark.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum

from authz.forwarder.proxy import Proxy
from authz.forwarder.translate.names import bind_of, http_routes_name, https_routes_name
from authz.forwarder.translate.remarks import Remark
from authz.mesh.routing_view import RoutingView
from authz.model.routing.gateway import Gateway, Server


class Traffic(Enum):
    """What a listener gets: one kind of it alone."""

    HTTP = "plain HTTP"
    TCP = "TCP"
    TLS = "TLS"


@dataclass(frozen=True, slots=True)
class PlannedServer:
    """A server that is served. `routes`: the name of its route configuration, empty where no requests are seen."""

    gateway: Gateway
    server: Server
    routes: str


@dataclass(frozen=True, slots=True)
class PlannedListener:
    """Servers that share an address. `bind` empty: all addresses; `port`: the one that is listened on."""

    bind: str
    port: int
    traffic: Traffic
    servers: tuple[PlannedServer, ...]


@dataclass(frozen=True, slots=True)
class GatewayPlan:
    """What a gateway listens to, in the order of ports. `remarks`: servers that were left out, and why."""

    listeners: tuple[PlannedListener, ...]
    remarks: tuple[Remark, ...]


@dataclass(slots=True)
class _Draft:
    traffic: Traffic
    servers: list[PlannedServer]
    hosts: dict[str, Server] = field(default_factory=dict)
    routes: dict[str, Server] = field(default_factory=dict)


def plan_gateways(view: RoutingView, proxy: Proxy) -> GatewayPlan:
    """Put the servers of all Gateways that select the proxy together, the oldest Gateway first."""
    drafts: dict[tuple[str, int], _Draft] = {}
    remarks: list[Remark] = []
    ports = _ports(view, proxy)
    for gateway, server in _served(view, proxy):
        number = server.port.number
        refused = _add(drafts, gateway, server, ports.get(number, number))
        if refused:
            remarks.append(Remark(server.where, refused))
    listeners = [
        PlannedListener(bind, port, draft.traffic, tuple(draft.servers))
        for (bind, port), draft in sorted(drafts.items(), key=lambda one: (one[0][1], one[0][0]))
    ]
    return GatewayPlan(tuple(listeners), tuple(remarks))


def _served(view: RoutingView, proxy: Proxy) -> Iterator[tuple[Gateway, Server]]:
    for gateway in view.gateways:
        if gateway.selector <= proxy.labels:
            for server in gateway.servers:
                yield gateway, server


def _ports(view: RoutingView, proxy: Proxy) -> dict[int, int]:
    """The port that is listened on, by that of a server: of a Service of the proxy it is the target port."""
    ports: dict[int, int] = {}
    for target in view.registry.targets(proxy.namespace, proxy.labels):
        if target.number is not None:
            ports.setdefault(target.port.number, target.number)
    return {**ports, **dict(proxy.port_map)}


def _traffic(server: Server) -> Traffic:
    protocol = server.port.protocol
    if protocol.is_tls:
        return Traffic.TLS
    return Traffic.HTTP if protocol.is_http else Traffic.TCP


def _routes_name(gateway: Gateway, server: Server, port: int) -> str:
    protocol = server.port.protocol
    if protocol.is_http:
        return http_routes_name(server, port)
    return https_routes_name(gateway, server) if server.terminates_tls and protocol.decrypted.is_http else ""


def _add(drafts: dict[tuple[str, int], _Draft], gateway: Gateway, server: Server, port: int) -> str:
    """Add a server to its address; why it cannot be, empty if it can."""
    key, traffic = (bind_of(server), port), _traffic(server)
    planned = PlannedServer(gateway, server, _routes_name(gateway, server, port))
    draft = drafts.get(key)
    if draft is None:
        draft = _Draft(traffic, [])
    elif refused := _refusal(draft, planned, traffic):
        return f"server {server.port.name!r} of Gateway {gateway.namespace}/{gateway.name} is not served: {refused}"
    drafts[key] = draft
    draft.servers.append(planned)
    if traffic is Traffic.TLS:
        draft.hosts.update({one.host.text: server for one in server.hosts})
        if planned.routes:
            draft.routes[planned.routes] = server
    return ""


def _refusal(draft: _Draft, planned: PlannedServer, traffic: Traffic) -> str:
    first = draft.servers[0].server
    if traffic is not draft.traffic:
        return f"its port has {draft.traffic.value} already, of the server at {first.where}"
    if traffic is Traffic.TCP:
        return f"its port is taken by the server at {first.where}; of TCP there is one server a port"
    if traffic is Traffic.HTTP:
        return ""
    for one in planned.server.hosts:
        other = draft.hosts.get(one.host.text)
        if other is not None and other is not planned.server:
            return f"its host {one.host.text!r} is served on this port by the server at {other.where}"
    same = draft.routes.get(planned.routes)
    return f"its routes have the name of those of the server at {same.where}" if same else ""
