"""Services, wherever they come from.

Source: istio/istio pilot/pkg/model/service.go.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from authz.model.routing.hosts import HostPattern
from authz.model.routing.protocol import Protocol
from authz.model.routing.visibility import ExportTo
from authz.model.where import Where
from authz.model.workload import Labels


class Origin(Enum):
    """What a service is made of. Within a namespace KUBERNETES beats SERVICE_ENTRY, whatever their age."""

    KUBERNETES = "Service"
    SERVICE_ENTRY = "ServiceEntry"


class Discovery(Enum):
    """How a proxy finds endpoints.

    ENDPOINTS: they are known addresses. DNS, DNS_ROUND_ROBIN: names that the proxy looks up. ORIGINAL: wherever the
    client connected to. HEADLESS: as ORIGINAL, but a proxy without original destination has known addresses.
    DYNAMIC_DNS: the host that a request names. ALIAS: those of another service.
    """

    ENDPOINTS = "endpoints"
    DNS = "DNS"
    DNS_ROUND_ROBIN = "DNS round robin"
    ORIGINAL = "original"
    HEADLESS = "headless"
    DYNAMIC_DNS = "dynamic DNS"
    ALIAS = "alias"

    @property
    def is_dns(self) -> bool:
        """Whether the proxy looks up names that are known beforehand."""
        return self in {Discovery.DNS, Discovery.DNS_ROUND_ROBIN}


@dataclass(frozen=True, slots=True)
class MeshPort:
    """`target`: the port of the workloads, by number or by name; None: the same as `number`."""

    number: int
    name: str
    protocol: Protocol
    target: int | str | None = None


@dataclass(frozen=True, slots=True)
class MeshService:
    """One host of a Service or ServiceEntry. `name`: of the resource, whose place is `where`.

    `addresses`: virtual IP addresses and blocks; empty: none of its own. `is_external`: outside the mesh, so that its
    mutual TLS cannot be expected. `export_to`: with the mesh's default filled in. `alias_of`: empty unless ALIAS.
    `server_names`: SANs of its servers beside its endpoints' own identities; `service_accounts`: further ones of those,
    of its namespace. `selector` None: nothing is selected.
    """

    host: HostPattern
    namespace: str
    name: str
    origin: Origin
    discovery: Discovery
    ports: tuple[MeshPort, ...]
    addresses: tuple[str, ...]
    is_external: bool
    export_to: ExportTo
    server_names: tuple[str, ...]
    service_accounts: tuple[str, ...]
    selector: Labels | None
    alias_of: str
    created: datetime | None
    where: Where

    @property
    def key(self) -> tuple[str, HostPattern]:
        """Namespace and host: services that share them share their endpoints."""
        return self.namespace, self.host

    def port(self, number: int) -> MeshPort | None:
        """The port of a number."""
        return next((port for port in self.ports if port.number == number), None)
