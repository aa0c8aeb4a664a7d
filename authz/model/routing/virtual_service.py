"""What a VirtualService says: where requests and connections to certain hosts go.

Source: istio/api networking/v1alpha3/virtual_service.proto.
"""

from dataclasses import dataclass
from datetime import datetime

from authz.model.routing.gateway_ref import MESH, GatewayRef
from authz.model.routing.hosts import DEFAULT_CLUSTER_DOMAIN, HostPattern, parse_host, resolve_short_name
from authz.model.routing.http_route import HttpRoute
from authz.model.routing.l4_route import TcpRoute, TlsRoute
from authz.model.routing.visibility import ExportTo
from authz.model.where import Where


@dataclass(frozen=True, slots=True)
class VirtualService:
    """One VirtualService. `hosts` as written, in lower case, short names too; no host: a delegate.

    `gateways`: never empty, what nobody wrote is `MESH`. `export_to` None: the mesh's default.
    """

    namespace: str
    name: str
    hosts: tuple[HostPattern, ...]
    gateways: tuple[GatewayRef, ...]
    http: tuple[HttpRoute, ...]
    tls: tuple[TlsRoute, ...]
    tcp: tuple[TcpRoute, ...]
    export_to: ExportTo | None
    created: datetime | None
    where: Where

    @property
    def is_delegate(self) -> bool:
        """Whether it serves nothing itself, but may be named by others."""
        return not self.hosts

    @property
    def is_for_mesh(self) -> bool:
        """Whether sidecars apply it."""
        return MESH in self.gateways

    def full_hosts(self, cluster_domain: str = DEFAULT_CLUSTER_DOMAIN) -> tuple[HostPattern, ...]:
        """The hosts as services are known by."""
        return tuple([parse_host(resolve_short_name(host.text, self.namespace, cluster_domain)) for host in self.hosts])
