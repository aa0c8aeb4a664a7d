"""WorkloadGroup: what WorkloadEntries that register themselves begin with. By itself it routes nothing.

Source: istio/api networking/v1alpha3/workload_group.proto.
"""

from dataclasses import dataclass
from datetime import datetime

from authz.model.routing.workload_entry import WorkloadSpec
from authz.model.where import Where
from authz.model.workload import Labels


@dataclass(frozen=True, slots=True)
class HttpProbe:
    """`scheme`: HTTP or HTTPS. `headers`: name and value each."""

    port: int
    path: str = ""
    host: str = ""
    scheme: str = "HTTP"
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class TcpProbe:
    """A connection that is taken."""

    port: int
    host: str = ""


@dataclass(frozen=True, slots=True)
class ExecProbe:
    """A command that succeeds."""

    command: tuple[str, ...]


ProbeMethod = HttpProbe | TcpProbe | ExecProbe


@dataclass(frozen=True, slots=True)
class ReadinessProbe:
    """Numbers are whole seconds and counts; 0 is the default of Kubernetes."""

    method: ProbeMethod
    initial_delay_seconds: int = 0
    timeout_seconds: int = 0
    period_seconds: int = 0
    success_threshold: int = 0
    failure_threshold: int = 0


@dataclass(frozen=True, slots=True)
class WorkloadGroup:
    """One group. `labels` and `annotations`: of the WorkloadEntries made from `template`, whose address is empty."""

    namespace: str
    name: str
    labels: Labels
    annotations: tuple[tuple[str, str], ...]
    template: WorkloadSpec
    probe: ReadinessProbe | None
    created: datetime | None
    where: Where

    @property
    def key(self) -> tuple[str, str]:
        """Namespace and name: what it is known by."""
        return self.namespace, self.name
