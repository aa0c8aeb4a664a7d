"""ServiceEntry: a service that Kubernetes does not know.

Source: istio/api networking/v1alpha3/service_entry.proto.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from authz.model.routing.hosts import HostPattern
from authz.model.routing.protocol import Protocol
from authz.model.routing.visibility import ExportTo
from authz.model.routing.workload_entry import WorkloadSpec
from authz.model.where import Where
from authz.model.workload import Labels


class Resolution(Enum):
    """How addresses are found. NONE, the default: the one that the client connected to."""

    NONE = "NONE"
    STATIC = "STATIC"
    DNS = "DNS"
    DNS_ROUND_ROBIN = "DNS_ROUND_ROBIN"
    DYNAMIC_DNS = "DYNAMIC_DNS"

    @property
    def is_dns(self) -> bool:
        """Whether the proxy asks DNS for names that are known beforehand."""
        return self in {Resolution.DNS, Resolution.DNS_ROUND_ROBIN}


class Location(Enum):
    """Whether mutual TLS of the mesh can be expected. MESH_EXTERNAL is the default."""

    MESH_EXTERNAL = "MESH_EXTERNAL"
    MESH_INTERNAL = "MESH_INTERNAL"


@dataclass(frozen=True, slots=True)
class ServicePort:
    """`target_port` None: that of the service itself."""

    number: int
    name: str
    protocol: Protocol
    target_port: int | None = None


@dataclass(frozen=True, slots=True)
class ServiceEntry:
    """One entry. `addresses`: IP addresses and blocks, as written.

    `endpoints`: empty where a `workload_selector` picks them, where `resolution` has none, or where hosts are resolved
    themselves. `workload_selector` None: there is none; without labels: all workloads of the namespace.
    `export_to` None: as the mesh has it. `created`: None where a file does not say.
    """

    namespace: str
    name: str
    hosts: tuple[HostPattern, ...]
    addresses: tuple[str, ...]
    ports: tuple[ServicePort, ...]
    location: Location
    resolution: Resolution
    endpoints: tuple[WorkloadSpec, ...]
    workload_selector: Labels | None
    export_to: ExportTo | None
    subject_alt_names: tuple[str, ...]
    created: datetime | None
    where: Where

    @property
    def key(self) -> tuple[str, str]:
        """Namespace and name: what it is known by."""
        return self.namespace, self.name
