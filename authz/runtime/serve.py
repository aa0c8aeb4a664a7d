"""`authz serve`: load a set, open the door, serve until told to stop."""

import logging
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType
from typing import TextIO

from authz.config import Settings, is_loopback
from authz.decision.load import LoadedSet, load_set
from authz.model.errors import PolicyError, SettingsError
from authz.observability.counters import Counters
from authz.server.check import CheckDoor, InForce
from authz.server.health import HealthDoor
from authz.server.transport.grpcio import GrpcioServer
from authz.sources.files import read_policy_files

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Serving:
    """A running authorizer."""

    server: GrpcioServer
    loaded: LoadedSet
    digest: str
    counters: Counters

    def stop(self, grace_seconds: float) -> None:
        """Let calls in flight end, then stop."""
        self.server.drain(grace_seconds)


def start(settings: Settings) -> Serving:
    """Load and listen. Raises PolicyError (nothing is served), SettingsError or ListenError."""
    if settings.policies is None:
        raise SettingsError("policies: say where the policies are, with --policies DIR or in the settings file")
    listen = settings.transport.listen
    if not is_loopback(listen) and not settings.insecure_listen:
        message = (
            f"listen: {listen} can be reached from other machines, in plain text; --insecure-listen if that is meant"
        )
        raise SettingsError(message)
    loaded = load_set(
        read_policy_files([settings.policies], settings.mesh), settings.engine, allow_empty=settings.allow_empty
    )
    if loaded.engine is None:
        raise PolicyError(loaded.problems)
    in_force = InForce.of(loaded.engine)
    counters, health = Counters(), HealthDoor()
    server = GrpcioServer(CheckDoor(lambda: in_force, counters).check, health, settings.transport)
    server.start()
    return Serving(server, loaded, loaded.engine.digest, counters)


def serve(settings: Settings, out: TextIO) -> None:
    """Serve until SIGTERM or SIGINT; one line on `out` when ready. Raises as `start`."""
    stop = threading.Event()
    serving = start(settings)
    with _signals(stop.set):
        for problem in serving.loaded.problems:
            _log.warning("%s", problem)
        out.write(ready_line(serving))
        out.flush()
        stop.wait()
        _log.info("draining")
        serving.stop(settings.drain_seconds)


def ready_line(serving: Serving) -> str:
    """What `serve` prints when calls are welcome."""
    loaded = serving.loaded
    skipped = ", ".join(f"{count} {kind}" for kind, count in sorted(loaded.passed_over.items()))
    beside = f" (beside {skipped})" if skipped else ""
    count = f"{loaded.policies} {'policy' if loaded.policies == 1 else 'policies'}"
    return f"authz ready: listening on {serving.server.address}, {count}{beside}, digest {serving.digest}\n"


class _signals:  # noqa: N801 - used as a context manager
    """SIGTERM and SIGINT call a function while this is open."""

    def __init__(self, call: Callable[[], None]) -> None:
        self._call = call
        self._before: dict[int, object] = {}

    def __enter__(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            self._before[number] = signal.signal(number, self._handle)

    def __exit__(self, *exception: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type] # what signal() returned

    def _handle(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        self._call()
