"""How a forwarder is doing: what `/readyz` and `/metrics` of `authz forward` say."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from authz import __version__
from authz.forwarder.references import TypeUrl
from authz.forwarder.stream_status import StreamStatus
from authz.forwarder.supervisor import EnvoyStatus
from authz.observability.counters import Count, Counters
from authz.observability.prometheus import Family, counter, gauge
from authz.observability.status import Status
from authz.server.metrics import count_family, process_families, set_families
from authz.server.readiness import rejected_json, set_json, standing_text, time_json


@dataclass(frozen=True, slots=True)
class ForwardStanding:
    """One moment of a forwarder. `envoy` None: others run theirs. `streams`: of the Envoys that are connected.

    `resources`: how many of each type our own proxy is told.
    """

    status: Status
    draining: bool
    envoy: EnvoyStatus | None
    streams: tuple[StreamStatus, ...]
    resources: Mapping[TypeUrl, int]

    @property
    def is_ready(self) -> bool:
        """Whether requests are welcome: our own Envoy is up and has accepted what it was told."""
        return not self.draining and self._unready() is None

    @property
    def reasons(self) -> list[str]:
        """What is not as it should be."""
        found = ["draining: told to stop, connections end"] if self.draining else []
        if (unready := self._unready()) is not None:
            found.append(unready)
        if self.status.rejected:
            found.append("the newest files were rejected, an older set is in force")
        if self.status.restart_needed:
            found.append("settings have changed that come into force with the next start")
        for stream in self.streams:
            for type_url, message in _refused(stream):
                found.append(f"{stream.node or 'an Envoy'} refuses {type_url.name.lower()}: {message}")
        return found

    def _unready(self) -> str | None:
        if self.envoy is None:
            return None
        if self.envoy.pid is None:
            return f"Envoy is not running; the last one {self.envoy.ended or 'was stopped'}"
        if not self.envoy.ready:
            return "Envoy is starting"
        if not any(one.is_ready for one in self.streams):
            return "Envoy has not yet accepted listeners and clusters"
        return None

    def as_json(self) -> dict[str, Any]:
        """For machines. Field names are stable, and those that `authz serve` has too mean the same."""
        return {
            "ready": self.is_ready,
            "draining": self.draining,
            "reasons": self.reasons,
            "version": __version__,
            "set": {"of": "resources", **set_json(self.status)},
            "rejected": rejected_json(self.status),
            "restart_needed": self.status.restart_needed,
            "envoy": None if self.envoy is None else _envoy(self.envoy),
            "connected": [_stream(one) for one in self.streams],
        }

    def as_text(self) -> str:
        """For people: a word, then what is in force, then what is not as it should be."""
        return standing_text(self.status, "resource", is_ready=self.is_ready, reasons=self.reasons)

    def families(self, counters: Counters, started_at: float) -> Iterator[Family]:
        """Every metric. `started_at`: when the process began, in seconds since 1970."""
        yield from process_families(started_at)
        yield gauge("authz_ready", self.is_ready, "1 while requests are welcome.")
        yield gauge("authz_draining", self.draining, "1 once told to stop.")
        yield from set_families(self.status)
        for count in (Count.RELOADS, Count.RELOADS_REJECTED):
            yield count_family(counters, count)
        told = tuple([({"type": one.name.lower()}, float(self.resources[one])) for one in TypeUrl])
        yield Family("authz_forward_resources", "gauge", "What our own proxy is told, by type.", told)
        if self.envoy is not None:
            yield gauge("authz_envoy_ready", self.envoy.ready, "1 while Envoy takes connections.")
            yield counter("authz_envoy_restarts_total", self.envoy.restarts, "Starts of an Envoy after one had ended.")
        yield gauge("authz_envoys_connected", len(self.streams), "Envoys that are connected.")
        in_sync = sum(one.in_sync for one in self.streams)
        yield gauge("authz_envoys_in_sync", in_sync, "Envoys that have all that is in force, and nothing else.")
        refusing = sum(any(_refused(one)) for one in self.streams)
        yield gauge("authz_envoys_refusing", refusing, "Envoys that refuse something; the log and /readyz say what.")


def _refused(stream: StreamStatus) -> Iterator[tuple[TypeUrl, str]]:
    for type_url, one in stream.types.items():
        if one.refused is not None:
            yield type_url, one.refused.message


def _envoy(status: EnvoyStatus) -> dict[str, Any]:
    return {
        "version": status.version,
        "pid": status.pid,
        "ready": status.ready,
        "restarts": status.restarts,
        "ended": status.ended or None,
    }


def _stream(stream: StreamStatus) -> dict[str, Any]:
    return {
        "node": stream.node,
        "protocol": stream.protocol,
        "since": time_json(stream.since),
        "version": stream.version,
        "in_sync": stream.in_sync,
        "refused": [{"type": type_url.name.lower(), "message": message} for type_url, message in _refused(stream)],
    }
