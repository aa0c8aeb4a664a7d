"""Endpoints, and the workloads behind them.

Source: istio/istio pilot/pkg/model/service.go, IstioEndpoint.
"""

from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from authz.model.routing.locality import NO_LOCALITY, Locality
from authz.model.routing.workload_entry import AddressKind
from authz.model.where import Where
from authz.model.workload import Labels

_NETWORK = "topology.istio.io/network"
_PLACE_LABELS = (
    "topology.kubernetes.io/region",
    "topology.kubernetes.io/zone",
    "topology.istio.io/subzone",
    "kubernetes.io/hostname",
    _NETWORK,
)
_PLACE_KEYS = frozenset(_PLACE_LABELS)


class TlsMode(Enum):
    """Whether a workload is known to take mutual TLS of the mesh."""

    ISTIO = "istio"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class KnownWorkload:
    """A pod, a WorkloadEntry, or an endpoint that a ServiceEntry writes down, which has no name of its own.

    `kind`: of its addresses, which for a socket have a scheme. `labels`: its own, which services select it by. `ports`:
    names and numbers. `service_account`: empty where none is known. `where`: of the resource that says so.
    """

    namespace: str
    name: str
    kind: AddressKind
    addresses: tuple[str, ...]
    where: Where
    labels: Labels = frozenset()
    ports: tuple[tuple[str, int], ...] = ()
    weight: int = 1
    locality: Locality = NO_LOCALITY
    node: str = ""
    network: str = ""
    tls_mode: TlsMode = TlsMode.DISABLED
    service_account: str = ""

    def port(self, name: str) -> int | None:
        """The number of a port; of two of one name the first one's."""
        return next((number for known, number in self.ports if known == name), None)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A workload as a backend of one port.

    `address`: an IP address, a name, or the path of a socket, whose `port` is 0. `labels`: the workload's, and those of
    its place, which subsets and failover priorities see as well.
    """

    address: str
    port: int
    workload: KnownWorkload
    labels: Labels
    locality: Locality

    @property
    def kind(self) -> AddressKind:
        """What `address` is."""
        return self.workload.kind

    @property
    def weight(self) -> int:
        """Its share, against those of the others."""
        return self.workload.weight

    @property
    def tls_mode(self) -> TlsMode:
        """Whether it takes mutual TLS of the mesh."""
        return self.workload.tls_mode


def place_labels(labels: Labels, locality: Locality, node: str = "", network: str = "") -> Labels:
    """The labels of a workload with those of its place among them.

    What a workload says of its network stays, the rest is better known here. Source: istio/istio
    pilot/pkg/serviceregistry/util/label/label.go, AugmentLabels.
    """
    place = _labels_of_place(locality, node, network)
    if _PLACE_KEYS.isdisjoint([key for key, _ in labels]):
        return labels | place
    own = dict(labels)
    named = {_NETWORK: own[_NETWORK]} if own.get(_NETWORK) else {}
    return frozenset((own | dict(place) | named).items())


@lru_cache(maxsize=4096)  # many workloads share a place
def _labels_of_place(locality: Locality, node: str, network: str) -> Labels:
    values = (locality.region, locality.zone, locality.sub_zone, node, network)
    return frozenset((key, value) for key, value in zip(_PLACE_LABELS, values, strict=True) if value)
