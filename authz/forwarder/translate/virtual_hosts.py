"""Virtual hosts of a gateway: the routes of all VirtualServices that are bound to a domain, in one list.

Source: istio/istio pilot/pkg/networking/core/gateway.go (buildGatewayHTTPRouteConfig, collapseDuplicateRoutes) and
core/route/route.go (SortVHostRoutes).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from operator import is_

from authz.forwarder.references import Reference, TypeUrl
from authz.forwarder.translate.names import virtual_host_name
from authz.forwarder.translate.remarks import Remark
from authz.forwarder.translate.routes import MadeRoute, ServiceRoutes
from authz.model.routing.hosts import HostPattern
from authz.model.where import Where
from authz.pb.route import VirtualHost

_ALL_TLS = VirtualHost.ALL


@dataclass(slots=True)
class HostDraft:
    """A domain while its routes are gathered. `port`: the number that the Gateway has, of the first server of it.

    `services`: in the order in which their routes are tried. `to_https`: every request is sent to HTTPS.
    """

    domain: HostPattern
    port: int
    where: Where
    services: list[ServiceRoutes] = field(default_factory=list)
    to_https: bool = False

    @property
    def name(self) -> str:
        """Of the virtual host."""
        return virtual_host_name(self.domain.text, self.port)

    def add(self, routes: ServiceRoutes) -> None:
        """Put the routes of one more VirtualService after those that are there; the same ones only once."""
        if not any(routes is known for known in self.services):
            self.services.append(routes)


@dataclass(frozen=True, slots=True)
class MadeHost:
    """One virtual host of Envoy. `part`: serialized.

    `routes`: one by one as Envoy has them, each with its place. `sources`: the ServiceRoutes that it is made of, to
    know it by. `where`: of the first VirtualService, or the server.
    """

    name: str
    domains: tuple[str, ...]
    part: bytes = field(repr=False)
    routes: tuple[MadeRoute, ...]
    references: frozenset[Reference]
    where: Where
    remarks: tuple[Remark, ...]
    sources: tuple[ServiceRoutes, ...] = field(repr=False)
    to_https: bool = False

    @property
    def has_claims(self) -> bool:
        """Whether one of its routes asks for claims of tokens."""
        return any(route.has_claims for route in self.routes)

    def is_of(self, draft: HostDraft, domains: tuple[str, ...]) -> bool:
        """Whether it would be made again just as it is."""
        wanted = (draft.name, domains, draft.to_https, draft.where)
        same = len(draft.services) == len(self.sources) and all(map(is_, draft.services, self.sources))
        return same and wanted == (self.name, self.domains, self.to_https, self.where)

    def message(self) -> VirtualHost:
        """The virtual host itself."""
        return VirtualHost.FromString(self.part)


def grouped(drafts: Iterable[HostDraft]) -> list[tuple[HostDraft, tuple[str, ...]]]:
    """Domains with the very same routes share a virtual host, which has the name of the most specific of them.

    Each with all of its domains; in the order of specificity.
    """
    found: dict[tuple[bool, tuple[int, ...]], tuple[HostDraft, list[str]]] = {}
    for draft in sorted(drafts, key=lambda draft: draft.domain.specificity):
        key = (draft.to_https, tuple([id(one) for one in draft.services]))
        _, domains = found.setdefault(key, (draft, []))
        domains.append(draft.domain.text)
    return [(draft, tuple(domains)) for draft, domains in found.values()]


def make_host(draft: HostDraft, domains: tuple[str, ...]) -> MadeHost:
    """The virtual host of a draft, for all domains that share it."""
    routes = _in_order(draft.services)
    clusters = {cluster for route in routes for cluster in route.clusters}
    return MadeHost(
        name=draft.name,
        domains=domains,
        part=_part(draft.name, domains, routes, to_https=draft.to_https),
        routes=routes,
        references=frozenset([Reference(TypeUrl.CLUSTER, cluster) for cluster in clusters]),
        where=draft.where,
        remarks=tuple(_hidden(draft.domain, routes)),
        sources=tuple(draft.services),
        to_https=draft.to_https,
    )


def black_hole(port: int, where: Where) -> MadeHost:
    """Where there is no virtual host at all: one for everything, without routes, so that everything is 404."""
    name = virtual_host_name("blackhole", port)
    part = VirtualHost(name=name, domains=["*"]).SerializeToString(deterministic=True)
    return MadeHost(name, ("*",), part, (), frozenset(), where, (), ())


def _in_order(services: list[ServiceRoutes]) -> tuple[MadeRoute, ...]:
    """Routes that take all come last, so that no VirtualService hides another one; else as they are."""
    routes = [route for service in services for route in service.routes]
    return (*[one for one in routes if not one.is_catch_all], *[one for one in routes if one.is_catch_all])


def _part(name: str, domains: tuple[str, ...], routes: tuple[MadeRoute, ...], *, to_https: bool) -> bytes:
    """A virtual host, put together from its parts: fields in the order of their numbers, as protobuf writes them."""
    head = VirtualHost(name=name, domains=domains)
    tail = VirtualHost(require_tls=_ALL_TLS if to_https else VirtualHost.NONE, include_request_attempt_count=True)
    first, last = [part.SerializeToString(deterministic=True) for part in (head, tail)]
    return b"".join([first, *[route.part for route in routes], last])


def _hidden(domain: HostPattern, routes: tuple[MadeRoute, ...]) -> list[Remark]:
    """Of routes that take all only the first one gets requests."""
    taking = [route for route in routes if route.is_catch_all]
    text = f"no request for {domain.text!r} reaches this: the route at {{}} takes them all"
    return [Remark(route.where, text.format(taking[0].where)) for route in taking[1:]]
