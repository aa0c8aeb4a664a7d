"""`authz serve`: load a set, open the door, serve until told to stop."""

import logging
import signal
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Protocol, TextIO

from authz.config import Settings, is_loopback
from authz.model.errors import SettingsError
from authz.model.facts import RawRequest
from authz.model.workload import Workload
from authz.observability.counters import Counters
from authz.observability.telemetry import Spans, TelemetrySettings
from authz.providers.clients import Providers
from authz.runtime.certificates import LiveCertificates
from authz.runtime.decision_log import RunningLog, open_log
from authz.runtime.keys import LiveKeys
from authz.runtime.reload import LivePolicies, Supplies
from authz.runtime.signals import end_at_once, next_signal, signals
from authz.server.check import CheckDoor
from authz.server.health import HealthDoor
from authz.server.metrics import families
from authz.server.operations import OperationsDoor
from authz.server.readiness import ReadinessView
from authz.server.traced import TracedCheck
from authz.server.transport.grpcio import Check, GrpcioServer
from authz.server.transport.http import HttpServer
from authz.server.transport.tls import Gate, ListedPeers, ServerTls, TlsSettings

_log = logging.getLogger(__name__)


class Exporting(Protocol):
    """OpenTelemetry, where it is on."""

    @property
    def spans(self) -> Spans | None:
        """Where spans go; None where only metrics are exported."""

    def stop(self) -> None:
        """Export what is left."""


@dataclass(frozen=True, slots=True)
class Serving:
    """A running authorizer."""

    server: GrpcioServer
    policies: LivePolicies
    keys: LiveKeys
    counters: Counters
    health: HealthDoor
    certificates: LiveCertificates | None = None
    http: HttpServer | None = None
    telemetry: Exporting | None = None
    providers: Providers | None = None
    decision_log: RunningLog | None = None

    def look_now(self) -> None:
        """Look at all files at once."""
        self.policies.look_now()
        if self.certificates is not None:
            self.certificates.look_now()

    def announce_stop(self) -> None:
        """Say by health and readiness that no calls are welcome; those that come are answered."""
        self.health.drain()

    def stop(self, grace_seconds: float) -> None:
        """Let calls in flight end, then stop."""
        self.server.drain(grace_seconds)
        self.policies.stop()
        self.keys.stop()
        if self.providers is not None:
            self.providers.close()
        if self.decision_log is not None:
            self.decision_log.stop()
        if self.certificates is not None:
            self.certificates.stop()
        if self.http is not None:
            self.http.stop()
        if self.telemetry is not None:
            self.telemetry.stop()


def start(reread: Callable[[], Settings]) -> Serving:
    """Load and listen. Raises PolicyError (nothing is served), SettingsError, TlsFileError or ListenError."""
    settings = reread()
    if not settings.policies:
        raise SettingsError("policies: say where the policies are, with --policies DIR or in the settings file")
    _check_exposure(settings)
    counters, health = Counters(), HealthDoor()
    tls_files = settings.transport.tls.files()
    certificates = LiveCertificates(tls_files, counters) if tls_files else None
    providers = Providers()
    with ExitStack() as undo:
        keys = LiveKeys(settings.jwks)
        undo.callback(keys.stop)
        policies = LivePolicies(reread, counters, supplies=Supplies(keys, providers.connect))
        decision_log = open_log(settings.decision_log, settings.policies)
        log = decision_log.log if decision_log is not None else None
        if decision_log is not None:
            undo.callback(decision_log.release)
        door = CheckDoor(policies.in_force, counters, recorder=log)
        tls = _tls(settings.transport.tls, certificates, door) if certificates else None
        readiness = ReadinessView(
            policies.status,
            health,
            certificates.status if certificates else None,
            keys.status,
            log=log.status if log is not None else lambda: None,
        )
        http = _http(settings, readiness, counters)
        if http is not None:
            undo.callback(http.stop)
        telemetry = _telemetry(settings.telemetry, counters, readiness)
        if telemetry is not None:
            undo.callback(telemetry.stop)
        check = _traced(door.check, settings.telemetry, telemetry.spans, policies) if telemetry else door.check
        server = GrpcioServer(check, health, settings.transport, tls)
        undo.pop_all()
    if decision_log is not None:
        decision_log.start()
    server.start()
    if http is not None:
        http.start()
    policies.follow()
    if certificates is not None:
        certificates.follow()
    return Serving(server, policies, keys, counters, health, certificates, http, telemetry, providers, decision_log)


def _check_exposure(settings: Settings) -> None:
    """Refuse to be asked by anyone from anywhere, unless that is meant."""
    http = settings.http_listen
    if http is not None and not is_loopback(http) and not settings.insecure_listen:
        raise SettingsError(
            f"httpListen: {http} can be reached from other machines, in plain text, and tells of the policies; "
            "--insecure-listen if that is meant"
        )
    listen, tls = settings.transport.listen, settings.transport.tls
    if is_loopback(listen) or settings.insecure_listen or tls.knows_its_clients:
        return
    how = "in plain text" if tls.files() is None else "by callers who are not checked"
    raise SettingsError(
        f"listen: {listen} can be reached from other machines, {how}; set tls with certificate, key, clientCa and "
        "allowedSpiffeIds, or --insecure-listen if that is meant"
    )


def _http(settings: Settings, readiness: ReadinessView, counters: Counters) -> HttpServer | None:
    if settings.http_listen is None:
        return None
    started_at = time.time()
    door = OperationsDoor(readiness.look, lambda: families(counters, readiness.look(), started_at))
    return HttpServer(door.answer, settings.http_listen)


def _tls(settings: TlsSettings, certificates: LiveCertificates, door: CheckDoor) -> ServerTls:
    allowed = settings.allowed_spiffe_ids
    return ServerTls(certificates.in_force, Gate(ListedPeers(allowed), door.refuse) if allowed else None)


def _telemetry(settings: TelemetrySettings, counters: Counters, readiness: ReadinessView) -> Exporting | None:
    if not settings.is_on:
        return None
    endpoint = settings.otlp_endpoint or ""
    if endpoint.startswith("http://") and not is_loopback(endpoint.removeprefix("http://").rstrip("/")):
        _log.warning("telemetry goes to %s in plain text", endpoint)
    try:
        from authz.observability.otel import Telemetry  # noqa: PLC0415 - an extra, and slow to import
    except ImportError as error:
        raise SettingsError(f"telemetry: needs the extra authz[otel], which is not installed: {error}") from None
    started_at = time.time()
    return Telemetry(settings, lambda: families(counters, readiness.look(), started_at))


def _traced(check: Check, settings: TelemetrySettings, spans: Spans | None, policies: LivePolicies) -> Check:
    if spans is None:
        return check

    def workload(raw: RawRequest) -> Workload | None:
        return policies.in_force().engine.workload(raw)

    return TracedCheck(check, spans, workload, settings.trace_paths).check


def serve(reread: Callable[[], Settings], out: TextIO) -> None:
    """Serve until SIGTERM or SIGINT; one line on `out` when ready. SIGHUP looks at the files at once.

    Told to stop, it says so, takes calls for the delay of the settings, and lets those in flight end. Told once more,
    it ends the process at once, with 128 + the signal's number.

    `reread` gives the settings, again whenever their file changes. Raises as `start`.
    """
    # not an Event: its `set`, called by a handler in the thread that is about to wait, would block for ever
    told: SimpleQueue[int] = SimpleQueue()
    settings = reread()
    serving = start(reread)
    with signals((signal.SIGTERM, signal.SIGINT, signal.SIGHUP), told.put):
        for problem in serving.policies.first.problems:
            _log.warning("%s", problem)
        out.write(ready_line(serving))
        out.flush()
        if serving.http is not None:
            _log.info("health and metrics at http://%s", serving.http.address)
        while next_signal(told) == signal.SIGHUP:
            serving.look_now()
        with signals((signal.SIGTERM, signal.SIGINT), end_at_once):
            _log.info("draining")
            serving.announce_stop()
            time.sleep(settings.drain_delay_seconds)
            serving.stop(settings.drain_seconds)


def ready_line(serving: Serving) -> str:
    """What `serve` prints when calls are welcome."""
    loaded = serving.policies.first
    skipped = ", ".join(f"{count} {kind}" for kind, count in sorted(loaded.passed_over.items()))
    beside = f" (beside {skipped})" if skipped else ""
    count = f"{loaded.policies} {'policy' if loaded.policies == 1 else 'policies'}"
    digest = serving.policies.status().digest
    return f"authz ready: listening on {serving.server.address}, {count}{beside}, digest {digest}\n"
