"""`authz forward`: translate the mesh, serve it by ADS, run an Envoy that gets it, until told to stop."""

import gc
import logging
import signal
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import TextIO

from authz.config import Settings, is_loopback
from authz.forwarder.bootstrap import bootstrap
from authz.forwarder.references import TypeUrl
from authz.forwarder.servicer import AdsServer, AdsSettings
from authz.forwarder.settings import ForwardSettings
from authz.forwarder.supervisor import EnvoySettings, KeptEnvoy, ProcessFailedError
from authz.model.errors import SettingsError
from authz.model.workload import Role
from authz.observability.counters import Counters
from authz.runtime.forward_standing import ForwardStanding
from authz.runtime.proxy import proxy_of_settings
from authz.runtime.routing import LiveRouting
from authz.runtime.signals import end_at_once, next_signal, signals
from authz.server.operations import OperationsDoor
from authz.server.transport.http import HttpServer

_log = logging.getLogger(__name__)

_READY_S = 30.0
_POLL_S = 0.05


@dataclass(frozen=True, slots=True)
class Forwarding:
    """A running forwarder. `envoy` None: others run their own."""

    ads: AdsServer
    routing: LiveRouting
    settings: ForwardSettings
    draining: threading.Event
    envoy: KeptEnvoy | None = None
    http: HttpServer | None = None
    directory: tempfile.TemporaryDirectory[str] | None = None

    def wait_until_ready(self, within_s: float = _READY_S) -> None:
        """Wait until the Envoy takes connections by the set in force. Raises ProcessFailedError."""
        if self.envoy is None:
            return
        deadline = time.monotonic() + within_s
        while not self.is_ready():
            if time.monotonic() >= deadline:
                raise ProcessFailedError(
                    f"Envoy was not ready within {within_s:g} s: {'; '.join(self.standing().reasons)}", ""
                )
            time.sleep(_POLL_S)

    def is_ready(self) -> bool:
        """Whether requests are taken: our own Envoy is up and has accepted what it was told."""
        return self.standing().is_ready

    def standing(self) -> ForwardStanding:
        """How it is doing now."""
        return _standing(self.routing, self.ads, self.envoy, draining=self.draining.is_set())

    def look_now(self) -> None:
        """Look at the files at once."""
        self.routing.look_now()

    def stop(self) -> None:
        """Drain Envoy, then end all."""
        self.draining.set()
        self.routing.stop()
        if self.envoy is not None:
            self.envoy.stop()
        self.ads.stop()
        if self.http is not None:
            self.http.stop()
        if self.directory is not None:
            self.directory.cleanup()


def _standing(routing: LiveRouting, ads: AdsServer, envoy: KeptEnvoy | None, *, draining: bool) -> ForwardStanding:
    snapshot = routing.own().snapshot
    return ForwardStanding(
        status=routing.status(),
        draining=draining,
        envoy=None if envoy is None else envoy.status(),
        streams=tuple([one for one in ads.statuses() if one.left_at is None]),
        resources={type_url: len(snapshot.of_type(type_url)) for type_url in TypeUrl},
    )


def start_forwarding(reread: Callable[[], Settings]) -> Forwarding:
    """Translate, serve and run.

    Raises PolicyError (nothing is forwarded), SettingsError, ListenError, EnvoyNotFoundError or ProcessFailedError.
    """
    settings = reread()
    _check(settings)
    forward = settings.forward
    with ExitStack() as undo:
        counters, draining = Counters(), threading.Event()
        routing = LiveRouting(reread, counters)
        gc.freeze()  # the mesh has no cycles, and is too large to be searched for them while Envoy waits
        directory = tempfile.TemporaryDirectory(prefix="authz-forward-")  # 0700 by contract of mkdtemp
        undo.callback(directory.cleanup)
        listen = forward.xds_listen or f"unix:{Path(directory.name) / 'xds.sock'}"
        ads = AdsServer(routing.snapshot_for, AdsSettings(listen, insecure=settings.insecure_listen))
        routing.tell(ads.publish)
        ads.start()
        undo.callback(ads.stop)
        envoy = None if forward.xds_listen is not None else _envoy(settings, listen)
        if envoy is not None:
            undo.callback(envoy.stop)
            envoy.start()
        http = _http(forward, lambda: _standing(routing, ads, envoy, draining=draining.is_set()), counters)
        if http is not None:
            http.start()
        routing.follow()
        undo.pop_all()
    return Forwarding(ads, routing, forward, draining, envoy, http, directory)


def _http(forward: ForwardSettings, look: Callable[[], ForwardStanding], counters: Counters) -> HttpServer | None:
    if forward.http_listen is None:
        return None
    started_at = time.time()
    return HttpServer(OperationsDoor(look, lambda: look().families(counters, started_at)).answer, forward.http_listen)


def _check(settings: Settings) -> None:
    """Refuse what could only be a mistake, and say what is dangerous though it is meant."""
    forward = settings.forward
    if not settings.policies:
        raise SettingsError("policies: say where Gateways and VirtualServices are, with --policies DIR")
    if forward.role is not Role.GATEWAY:
        raise SettingsError("forward.role: only `gateway` is there yet, not `sidecar`")
    http = forward.http_listen
    if http is not None and not is_loopback(http) and not settings.insecure_listen:
        raise SettingsError(
            f"forward.httpListen: {http} can be reached from other machines, in plain text; "
            "--insecure-listen if that is meant"
        )
    if forward.admin is not None and not is_loopback(forward.admin) and not settings.insecure_listen:
        raise SettingsError(
            f"forward.admin: whoever reaches {forward.admin} can stop Envoy and read its configuration; "
            "--insecure-listen if that is meant"
        )
    if forward.authorizer is None:
        _log.warning("no authorizer: every request that has a route passes, whoever sends it")
    elif not is_loopback(forward.authorizer):
        _log.warning("the authorizer at %s is asked in plain text", forward.authorizer)


def _envoy(settings: Settings, xds: str) -> KeptEnvoy:
    forward = settings.forward
    proxy = proxy_of_settings(forward)
    config = bootstrap(proxy, xds, forward.authorizer, forward.max_connections)
    # routes have a deprecated field, as Istio's have: without this it is two lines a route and update
    options = ("--log-level", forward.envoy_log.value, "--skip-deprecated-logs")
    return KeptEnvoy(config, EnvoySettings(options=options, drain_s=forward.drain_seconds, admin=forward.admin))


def forward(reread: Callable[[], Settings], out: TextIO) -> None:
    """Forward until SIGTERM or SIGINT; one line on `out` when ready. SIGHUP looks at the files at once.

    Told to stop it drains Envoy; told once more it ends at once, with 128 + the signal's number, and Envoy with it.
    Raises as `start_forwarding`.
    """
    told: SimpleQueue[int] = SimpleQueue()
    forwarding = start_forwarding(reread)
    try:
        with signals((signal.SIGTERM, signal.SIGINT, signal.SIGHUP), told.put):
            for problem in forwarding.routing.first.problems:
                _log.warning("%s", problem)
            forwarding.wait_until_ready()
            if forwarding.http is not None:
                _log.info("health and metrics at http://%s", forwarding.http.address)
            out.write(ready_line(forwarding))
            out.flush()
            while next_signal(told) == signal.SIGHUP:
                forwarding.look_now()
    finally:
        with signals((signal.SIGTERM, signal.SIGINT), end_at_once):
            _log.info("draining")
            forwarding.stop()


def ready_line(forwarding: Forwarding) -> str:
    """What `forward` prints when requests are welcome."""
    status = forwarding.routing.status()
    translation = forwarding.routing.own()
    addresses = [f"{one.bind or '0.0.0.0'}:{one.port}" for one in translation.plan.listeners]  # noqa: S104 - told
    where = f"forwarding on {', '.join(addresses) or 'no port'}"
    if forwarding.envoy is None:
        where = f"serving configuration on {forwarding.ads.address}"
    asks = f"asking {forwarding.settings.authorizer}" if forwarding.settings.authorizer else "asking nobody"
    return f"authz ready: {where}, {asks}, {status.policies} resources, version {status.digest}\n"
