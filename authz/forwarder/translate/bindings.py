"""Which VirtualServices apply to a server of a Gateway, and for which hosts.

Source: istio/istio pilot/pkg/model/push_context.go (initVirtualServices, VirtualServicesForGateway) and
pilot/pkg/networking/core/gateway.go (buildGatewayHTTPRouteConfig, pickMatchingGatewayHosts).
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from authz.forwarder.proxy import Proxy
from authz.forwarder.translate.delegates import FindDelegate, MergedService, merge_delegates
from authz.forwarder.translate.memo import Memo
from authz.forwarder.translate.remarks import Remark
from authz.mesh.routing_view import RoutingView
from authz.model.routing.gateway import Gateway, Server
from authz.model.routing.gateway_ref import GatewayRef
from authz.model.routing.hosts import HostPattern
from authz.model.routing.http_route import Delegate
from authz.model.routing.virtual_service import VirtualService

MergeMemo = Memo[tuple[str, str], MergedService]


@dataclass(frozen=True, slots=True)
class Binding:
    """A VirtualService with the routes of its delegates. `domains`: the hosts that it and a server have in common."""

    service: VirtualService
    domains: tuple[HostPattern, ...]


class Bindings:
    """The VirtualServices that a gateway proxy applies. Which of them, says the proxy's namespace, not the Gateway's.

    `remarks`: what of delegates is left out.
    """

    def __init__(self, view: RoutingView, proxy: Proxy, memo: MergeMemo) -> None:
        self._by_gateway: dict[GatewayRef, list[VirtualService]] = defaultdict(list)
        self._tables: dict[GatewayRef, _HostTable] = {}
        self._bound: dict[int, tuple[Server, tuple[Binding, ...]]] = {}
        self._cluster_domain = view.cluster_domain
        self.services = tuple(_in_order(view, proxy))
        find = _finder(view)
        remarks: list[Remark] = []
        for root in self.services:
            merged = _merged(root, find, memo)
            remarks.extend(merged.remarks)
            for gateway in dict.fromkeys(root.gateways):
                self._by_gateway[gateway].append(merged.service)
        self.remarks = tuple(remarks)

    def bound(self, gateway: Gateway, server: Server) -> tuple[Binding, ...]:
        """Those of a server: private to the proxy's namespace, exported to it by name, public; each oldest first."""
        known = self._bound.get(id(server))
        if known is None or known[0] is not server:
            found = [_binding(server, service, hosts) for service, hosts in self._table(gateway).near(server)]
            known = self._bound[id(server)] = server, tuple([one for one in found if one is not None])
        return known[1]

    def _table(self, gateway: Gateway) -> "_HostTable":
        ref = GatewayRef(gateway.namespace, gateway.name)
        if ref not in self._tables:
            services = [(one, one.full_hosts(self._cluster_domain)) for one in self._by_gateway.get(ref, ())]
            self._tables[ref] = _HostTable(services)
        return self._tables[ref]

    def unbound(self, served: Iterable[tuple[Gateway, Server]]) -> tuple[Remark, ...]:
        """VirtualServices that name a Gateway that is served, and have no host in common with any of its servers."""
        bound: set[tuple[str, str]] = set()
        gateways: dict[GatewayRef, None] = {}
        for gateway, server in served:
            gateways[GatewayRef(gateway.namespace, gateway.name)] = None
            bound.update((one.service.namespace, one.service.name) for one in self.bound(gateway, server))
        named = {(one.namespace, one.name): one for ref in gateways for one in self._by_gateway.get(ref, ())}
        text = "none of its hosts is one of a server of the gateways that it names: it does nothing there"
        return tuple(Remark(service.where, text) for key, service in named.items() if key not in bound)


def _in_order(view: RoutingView, proxy: Proxy) -> list[VirtualService]:
    """Those with hosts that are for proxies of a namespace; the more private come first, and often win."""
    visible = [one for one in view.virtual_services_for(proxy.namespace) if not one.is_delegate]
    return sorted(visible, key=lambda one: _publicity(view, one, proxy.namespace))


def _publicity(view: RoutingView, service: VirtualService, namespace: str) -> int:
    if view.export_to(service).is_public:
        return 2
    return 0 if service.namespace == namespace else 1


def _finder(view: RoutingView) -> FindDelegate:
    """Delegates by name, whether or not proxies see them: that the root's namespace does is enough."""
    known = {(one.namespace, one.name): one for one in view.virtual_services if one.is_delegate}

    def find(root: VirtualService, delegate: Delegate) -> VirtualService | None:
        found = known.get((delegate.namespace, delegate.name))
        return found if found is not None and view.export_to(found).visible_to(root.namespace) else None

    return find


def _merged(root: VirtualService, find: FindDelegate, memo: MergeMemo) -> MergedService:
    key = (root.namespace, root.name)
    known = memo.recall(key)
    if known is None or not known.still_holds(root, find):
        known = merge_delegates(root, find)
    return memo.keep(key, known)


def _binding(server: Server, service: VirtualService, hosts: tuple[HostPattern, ...]) -> Binding | None:
    """Host by host the more specific one of the two; None: they have none in common."""
    found: dict[HostPattern, None] = {}
    for one in server.hosts:
        if one.admits(service.namespace):
            narrowed = [one.host.narrowed_by(host) for host in hosts]
            found.update(dict.fromkeys([host for host in narrowed if host is not None]))
    return Binding(service, tuple(found)) if found else None


_ServiceHosts = tuple[VirtualService, tuple[HostPattern, ...]]


class _HostTable:
    """VirtualServices by host, so that a server with few hosts does not look at all of them."""

    def __init__(self, services: list[_ServiceHosts]) -> None:
        self._services = services
        self._by_host: dict[str, list[int]] = defaultdict(list)
        for index, (_, hosts) in enumerate(services):
            for host in hosts:
                self._by_host[host.text].append(index)
        self._lengths = {len(text) - 1 for text in self._by_host if text.startswith("*")}
        self._backwards = sorted((text[::-1], text) for text in self._by_host)

    def near(self, server: Server) -> list[_ServiceHosts]:
        """All that have a host in common with a server, whatever namespaces it admits, in their order."""
        texts = {text for one in server.hosts for text in (*self._covering(one.host), *self._within(one.host))}
        return [self._services[index] for index in sorted({index for text in texts for index in self._by_host[text]})]

    def _covering(self, host: HostPattern) -> Iterator[str]:
        """The hosts of the table that are, or cover, one of a server."""
        literal = host.text[host.is_wildcard :]
        wider = ["*" + literal[len(literal) - length :] for length in self._lengths if length <= len(literal)]
        return (text for text in (host.text, *wider) if text in self._by_host)

    def _within(self, host: HostPattern) -> Iterator[str]:
        """The hosts of the table that a wildcard of a server covers: read backwards, they begin with the same text."""
        if not host.is_wildcard:
            return
        ending = host.text[:0:-1]
        first = bisect_left(self._backwards, (ending,))
        for index in range(first, len(self._backwards)):
            backwards, text = self._backwards[index]
            if not backwards.startswith(ending):
                return
            yield text
