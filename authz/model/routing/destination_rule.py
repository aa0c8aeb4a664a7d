"""DestinationRule: subsets of a service, and how clients talk to it.

Source: istio/api networking/v1alpha3/destination_rule.proto.
"""

from dataclasses import dataclass
from datetime import datetime

from authz.model.routing.hosts import HostPattern
from authz.model.routing.traffic_policy import TrafficPolicy
from authz.model.routing.visibility import ExportTo
from authz.model.where import Where
from authz.model.workload import Labels


@dataclass(frozen=True, slots=True)
class Subset:
    """Endpoints that have all of `labels`; without labels all endpoints."""

    name: str
    labels: Labels
    traffic_policy: TrafficPolicy | None
    where: Where


@dataclass(frozen=True, slots=True)
class DestinationRule:
    """One rule. `host`: as written, a short name not yet resolved.

    `export_to` None: as the mesh has it. `workload_selector` None: for every client that sees it; else for clients of
    its own namespace with these labels, whatever `export_to` says. `created`: None where a file does not say.
    """

    namespace: str
    name: str
    host: HostPattern
    traffic_policy: TrafficPolicy | None
    subsets: tuple[Subset, ...]
    export_to: ExportTo | None
    workload_selector: Labels | None
    created: datetime | None
    where: Where

    @property
    def key(self) -> tuple[str, str]:
        """Namespace and name: what it is known by."""
        return self.namespace, self.name
