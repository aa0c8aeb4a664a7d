"""What a gateway listens to -> listeners and their filter chains.

Source: istio/istio pilot/pkg/networking/core/gateway.go, buildGatewayListeners and its like. A listener without any
chain is left out, so that connections to it are refused.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from authz.forwarder.proxy import Proxy
from authz.forwarder.snapshot import Resource
from authz.forwarder.translate.authorization import connection_authorization
from authz.forwarder.translate.bindings import Bindings
from authz.forwarder.translate.byte_routes import ByteRoute, passed_through, tcp_route
from authz.forwarder.translate.cluster_names import sni_name
from authz.forwarder.translate.connection_manager import ManagerSettings, connection_manager
from authz.forwarder.translate.destinations import Destinations
from authz.forwarder.translate.downstream_tls import tls_socket
from authz.forwarder.translate.gateway_plan import PlannedListener, PlannedServer, Traffic
from authz.forwarder.translate.names import ANY_ADDRESS, listener_name
from authz.forwarder.translate.remarks import Remark
from authz.forwarder.translate.tcp_proxy import cluster_proxy, tcp_proxy
from authz.forwarder.translate.wrapped import as_duration
from authz.mesh.routing_view import RoutingView
from authz.model.routing.gateway import Server, TlsMode
from authz.model.routing.hosts import ANY_HOST
from authz.model.routing.protocol import Protocol
from authz.pb.core import Address, Pipe, SocketAddress, TrafficDirection
from authz.pb.hcm import HttpFilter
from authz.pb.listener import Filter, FilterChain, FilterChainMatch, Listener, ListenerFilter
from authz.pb.packing import pack
from authz.pb.proxy_protocol import ProxyProtocol
from authz.pb.tls_inspector import TlsInspector

_TLS_INSPECTOR = "envoy.filters.listener.tls_inspector"
_PROXY_PROTOCOL = "envoy.filters.listener.proxy_protocol"
_UNIX = "unix://"
_HANDSHAKE = timedelta(seconds=15)
_ALPN_OF_MESH = ("istio", "istio-peer-exchange", "istio-http/1.0", "istio-http/1.1", "istio-h2")


@dataclass(frozen=True, slots=True)
class ListenerSource:
    """What listeners are made of beside the plan.

    `token_filters`: what reads tokens, for route configurations whose name is in `by_claims`.
    """

    view: RoutingView
    proxy: Proxy
    destinations: Destinations
    bindings: Bindings
    token_filters: tuple[HttpFilter, ...] = ()
    by_claims: frozenset[str] = frozenset()


MadeListener = tuple[Resource | None, tuple[Remark, ...]]
"""A listener; None where nothing would be served on it."""


def make_listener(source: ListenerSource, planned: PlannedListener) -> MadeListener:
    """The listener, and what of it is left out."""
    chains: list[FilterChain] = []
    remarks: list[Remark] = []
    taken: set[str] = set()
    for server in planned.servers[:1] if planned.traffic is Traffic.HTTP else planned.servers:
        for found in _chains(source, planned, server, taken):
            if isinstance(found, Remark):
                remarks.append(found)
            else:
                chains.append(found)
    if not chains:
        return None, tuple(remarks)
    listener = Listener(
        name=listener_name(planned.bind, planned.port),
        address=_address(planned),
        listener_filters=_listener_filters(source, planned),
        filter_chains=chains,
        traffic_direction=TrafficDirection.OUTBOUND,
    )
    return Resource.of(listener, planned.servers[0].server.where), tuple(remarks)


def _listener_filters(source: ListenerSource, planned: PlannedListener) -> Iterator[ListenerFilter]:
    """What is read before a chain is chosen: who a proxy in front says that the client is, then the server's name."""
    if source.view.defaults.topology.proxy_protocol:
        yield ListenerFilter(name=_PROXY_PROTOCOL, typed_config=pack(ProxyProtocol()))
    if planned.traffic is Traffic.TLS:
        yield ListenerFilter(name=_TLS_INSPECTOR, typed_config=pack(TlsInspector()))


def _address(planned: PlannedListener) -> Address:
    if planned.bind.startswith(_UNIX):
        return Address(pipe=Pipe(path=planned.bind.removeprefix(_UNIX)))
    address = SocketAddress(address=planned.bind or ANY_ADDRESS, port_value=planned.port)
    return Address(socket_address=address)


def _chains(
    source: ListenerSource, listener: PlannedListener, planned: PlannedServer, taken: set[str]
) -> Iterator[FilterChain | Remark]:
    """The chains of a server. `taken`: server names of the listener, which it adds to: Envoy refuses one of two."""
    server = planned.server
    if server.tls is not None and server.tls.mode is TlsMode.AUTO_PASSTHROUGH:
        yield from _of_mesh(source, server, taken)
    elif server.passes_tls_through:
        bound = source.bindings.bound(planned.gateway, server)
        for route in passed_through(planned, bound, source.destinations, taken):
            if isinstance(route, Remark):
                yield route
            else:
                yield from route.remarks
                yield _bytes_chain(source, route, route.sni_hosts)
    elif known := _known_name(server, taken):
        text = (
            f"the server name {known!r} has a route on this port already, and server {server.port.name!r} is left out"
        )
        yield Remark(server.where, text)
    elif planned.routes:
        yield _requests_chain(source, listener, planned)
    else:
        yield from _decrypted_bytes(source, planned)


def _known_name(server: Server, taken: set[str]) -> str:
    """A server name that is taken already; empty where none is, and then all of the server's are."""
    if not server.terminates_tls:
        return ""
    names = _server_names(server) or (ANY_HOST.text,)
    known = next((name for name in names if name in taken), "")
    if not known:
        taken.update(names)
    return known


def _decrypted_bytes(source: ListenerSource, planned: PlannedServer) -> Iterator[FilterChain | Remark]:
    """The chain of a TCP server, or of one whose TLS ends here."""
    server = planned.server
    found = tcp_route(planned, source.bindings.bound(planned.gateway, server), source.destinations)
    if found is None:
        yield Remark(server.where, f"server {server.port.name!r} has no tcp route, and is not listened to")
        return
    yield from found.remarks
    chain = _bytes_chain(source, found, _server_names(server) if server.terminates_tls else ())
    if server.terminates_tls:
        _add_tls(chain, server)
    yield chain


def _requests_chain(source: ListenerSource, listener: PlannedListener, planned: PlannedServer) -> FilterChain:
    server = planned.server
    stat_prefix = server.name if server.terminates_tls and server.name else _stat_prefix(listener)
    settings = ManagerSettings(
        routes=planned.routes,
        stat_prefix=stat_prefix,
        token_filters=source.token_filters if planned.routes in source.by_claims else (),
        reads_grpc_web=any(one.server.port.protocol is Protocol.GRPC_WEB for one in listener.servers),
    )
    chain = FilterChain(filters=[connection_manager(source.view, source.proxy, settings)])
    if server.terminates_tls:
        _restrict(chain, _server_names(server))
        _add_tls(chain, server)
    return chain


def _stat_prefix(listener: PlannedListener) -> str:
    return f"outbound_{listener_name(listener.bind, listener.port)}"


def _bytes_chain(source: ListenerSource, route: ByteRoute, sni_hosts: Iterable[str]) -> FilterChain:
    filters: list[Filter] = [*connection_authorization(source.proxy, route.clusters[0][0]), tcp_proxy(route)]
    chain = FilterChain(filters=filters)
    _restrict(chain, tuple(sni_hosts))
    return chain


def _of_mesh(source: ListenerSource, server: Server, taken: set[str]) -> Iterator[FilterChain]:
    """One chain a service's port, for connections that are mutual TLS of the mesh, and pass as they are."""
    for service in source.view.registry.seen_from(source.proxy.namespace).services:
        if service.is_external or not any(service.host.is_subset_of(one.host) for one in server.hosts):
            continue
        rule = source.view.destination_rules.rule_for(service, source.proxy.namespace, source.proxy.labels)
        for port in (one for one in service.ports if one.protocol is not Protocol.UDP):
            for subset in ("", *(one.name for one in rule.subsets)) if rule else ("",):
                name = sni_name(service.host, port.number, subset)
                if name not in taken:
                    taken.add(name)
                    match = FilterChainMatch(server_names=[name], application_protocols=_ALPN_OF_MESH)
                    yield FilterChain(filter_chain_match=match, filters=[cluster_proxy(name)])


def _server_names(server: Server) -> tuple[str, ...]:
    """The hosts that a handshake may ask for; none: any. Each once, for Envoy refuses one that stands there twice."""
    names = tuple(dict.fromkeys(one.host.text for one in server.hosts))
    return () if ANY_HOST.text in names else names


def _restrict(chain: FilterChain, server_names: tuple[str, ...]) -> None:
    if server_names:
        chain.filter_chain_match.CopyFrom(FilterChainMatch(server_names=server_names))


def _add_tls(chain: FilterChain, server: Server) -> None:
    if server.tls is not None:
        chain.transport_socket.CopyFrom(tls_socket(server, server.tls))
        chain.transport_socket_connect_timeout.CopyFrom(as_duration(_HANDSHAKE))
