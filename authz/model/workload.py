"""The workload that a request is for: it picks the policies."""

import re
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple


class Role(Enum):
    """What the asking proxy is to the workload. PeerAuthentication never applies to a gateway."""

    SIDECAR = "sidecar"
    GATEWAY = "gateway"
    WAYPOINT = "waypoint"


GATEWAY_NAME_LABEL = "gateway.networking.k8s.io/gateway-name"


class LabelsUnknown(Enum):
    """Nobody said which labels the workload has: not the same as having none."""

    LABELS_UNKNOWN = "labels unknown"


LABELS_UNKNOWN = LabelsUnknown.LABELS_UNKNOWN
Labels = frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Target:
    """What a `targetRefs` entry can name: a gateway or a service, by namespace and name."""

    namespace: str
    name: str


@dataclass(frozen=True, slots=True)
class Workload:
    """Everything that decides which policies apply. Equal workloads share one compiled program."""

    namespace: str
    labels: Labels | LabelsUnknown = frozenset()
    service_account: str = ""
    role: Role = Role.SIDECAR
    gateways: frozenset[Target] = frozenset()
    services: frozenset[Target] = frozenset()
    service_entries: frozenset[Target] = frozenset()


Texts = tuple[tuple[str, str], ...]


class WorkloadTexts(NamedTuple):
    """The proxy's words about the workload, place by place; equal words are about the same workload.

    `extensions`: `context_extensions` of the route. `call_metadata`: gRPC metadata of the call, without the `authz-` of
    its keys. Both hold WORKLOAD_KEYS only. `destination_labels`: from the proxy's node metadata; empty when not sent.
    `destination_principal`: the workload's own SPIFFE id.
    """

    extensions: Texts = ()
    call_metadata: Texts = ()
    destination_labels: Texts = ()
    destination_principal: str = ""


WORKLOAD_KEYS = ("namespace", "labels", "service_account", "role", "gateway", "service", "service_entry")


def parse_labels(text: str) -> Labels:
    """Read `k=v,k=v`; empty text is no labels.

    Raises ValueError for an entry without `=`, with a space (it would select nothing), or a label given twice.
    """
    labels: dict[str, str] = {}
    for entry in filter(None, text.split(",")):
        key, equals, value = entry.partition("=")
        if not equals or not key or entry.split() != [entry]:
            raise ValueError(f"expected LABEL=VALUE without spaces, found {entry!r}")
        if labels.setdefault(key, value) != value:
            raise ValueError(f"the label {key!r} is given twice")
    return frozenset(labels.items())


def parse_target(text: str) -> Target:
    """Read `NAMESPACE/NAME`. Raises ValueError for anything else."""
    namespace, slash, name = text.partition("/")
    if not (namespace and slash and name) or "/" in name:
        raise ValueError(f"expected NAMESPACE/NAME, found {text!r}")
    return Target(namespace, name)


_NAMESPACE = re.compile(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?")


def is_namespace(text: str) -> bool:
    """Whether a resource can be in a namespace of this name. Any other would have no policies, and so allow all."""
    return _NAMESPACE.fullmatch(text) is not None


def parse_workload(text: str) -> Workload:
    """Read the `--workload` form: `NAMESPACE` (labels unknown), `NAMESPACE/` (no labels), `NAMESPACE/k=v,k=v`.

    Raises ValueError with what is wrong.
    """
    namespace, slash, labels = text.partition("/")
    if not is_namespace(namespace):
        raise ValueError(f"expected NAMESPACE/LABEL=VALUE,..., found {text!r}")
    return Workload(namespace, parse_labels(labels) if slash else LABELS_UNKNOWN)


def render_workload(workload: Workload) -> str:
    """The `--workload` form of what `parse_workload` gave."""
    if isinstance(workload.labels, LabelsUnknown):
        return workload.namespace
    return f"{workload.namespace}/" + ",".join(f"{key}={value}" for key, value in sorted(workload.labels))
