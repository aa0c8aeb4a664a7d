"""What an operator can set, as frozen values made of each part's own settings type."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from authz.audit.settings import DecisionLogSettings
from authz.decision.engine import EngineSettings
from authz.forwarder.settings import ForwardSettings
from authz.identity.bundle import TrustPaths
from authz.model.settings import DecidingSettings
from authz.model.workload import Workload
from authz.observability.logs import LogSettings
from authz.observability.telemetry import TelemetrySettings
from authz.server.transport.grpcio import TransportSettings
from authz.sources.jwks_settings import JwksSettings


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that an operator can set. `allow_empty`: a set without policies is meant, and allows everything.

    `insecure_listen`: listening beyond this machine without TLS is meant. `drain_delay_seconds`: how
    long calls are taken once we are told to stop; `drain_seconds`: how long those in flight may take then.
    `http_listen`: where health and metrics are, None for nowhere. `file`: where settings were read from, None without
    a file. `origins`: by key, where a value is from if it is not the default.
    """

    file: Path | None = None
    policies: tuple[Path, ...] = ()
    mesh: Path | None = None
    trust: TrustPaths = field(default_factory=TrustPaths)
    workload: Workload | None = None
    allow_empty: bool = False
    insecure_listen: bool = False
    drain_delay_seconds: int = 0
    drain_seconds: int = 10
    http_listen: str | None = None
    logs: LogSettings = field(default_factory=LogSettings)
    decision_log: DecisionLogSettings = field(default_factory=DecisionLogSettings)
    telemetry: TelemetrySettings = field(default_factory=TelemetrySettings)
    deciding: DecidingSettings = field(default_factory=DecidingSettings)
    transport: TransportSettings = field(default_factory=TransportSettings)
    jwks: JwksSettings = field(default_factory=JwksSettings)
    forward: ForwardSettings = field(default_factory=ForwardSettings)
    origins: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)

    @property
    def engine(self) -> EngineSettings:
        """The part that decides."""
        return EngineSettings(self.deciding, self.workload)

    def needs_restart_for(self, running: "Settings") -> bool:
        """Whether these differ from the running authorizer's in more than what decides."""
        return replace(self, workload=running.workload, deciding=running.deciding, forward=running.forward) != running
