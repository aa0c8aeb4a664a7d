"""WorkloadEntry: a workload that is no pod. Endpoints of a ServiceEntry and templates of a WorkloadGroup say the same.

Source: istio/api networking/v1alpha3/workload_entry.proto.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from authz.model.address import parse_address
from authz.model.routing.locality import NO_LOCALITY, Locality
from authz.model.where import Where
from authz.model.workload import Labels

UNIX_SCHEME = "unix://"


class AddressKind(Enum):
    """NONE: the workload is in another network, and reached through that network's gateway."""

    IP = "IP"
    NAME = "NAME"
    UNIX = "UNIX"
    NONE = "NONE"


@dataclass(frozen=True, slots=True)
class WorkloadSpec:
    """What is said of a workload. `address`: an IP address, a name, `unix:///path`, `unix://@abstract`, or empty.

    `ports`: by the name of a service's port the port of the workload. `weight` is 1 where none is given.
    """

    address: str
    ports: tuple[tuple[str, int], ...] = ()
    labels: Labels = frozenset()
    network: str = ""
    locality: Locality = NO_LOCALITY
    weight: int = 1
    service_account: str = ""
    where: Where = field(default=Where(""), compare=False)

    @property
    def kind(self) -> AddressKind:
        """What `address` is."""
        if not self.address:
            return AddressKind.NONE
        if self.address.startswith(UNIX_SCHEME):
            return AddressKind.UNIX
        return AddressKind.NAME if parse_address(self.address) is None else AddressKind.IP


@dataclass(frozen=True, slots=True)
class WorkloadEntry:
    """One workload. The labels of `spec` have those of the metadata in them, which win."""

    namespace: str
    name: str
    spec: WorkloadSpec
    created: datetime | None
    where: Where

    @property
    def key(self) -> tuple[str, str]:
        """Namespace and name: what it is known by."""
        return self.namespace, self.name
