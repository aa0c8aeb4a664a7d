"""What became of the records of decisions, as operators are told: for readiness and metrics."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from authz.observability.prometheus import Family, counter, gauge


@dataclass(frozen=True, slots=True)
class SinkStatus:
    """One place where records go. `failing`: why it cannot be written to, None: it can.

    `bytes`: as they were written. `dropped`: records that found the queue full.
    """

    name: str
    records: int = 0
    bytes: int = 0
    dropped: int = 0
    errors: int = 0
    queued_records: int = 0
    queued_bytes: int = 0
    failing: str | None = None


@dataclass(frozen=True, slots=True)
class LogStatus:
    """The decision log. `is_denying`: every request is denied, since it could not be recorded.

    `incomplete`: records that are only about the decision, since a mistake of ours kept us from reading the request.
    """

    sinks: tuple[SinkStatus, ...]
    is_denying: bool = False
    incomplete: int = 0

    @property
    def reasons(self) -> list[str]:
        """What is not as it should be, a line each."""
        found = ["decision log: full, every request is denied"] if self.is_denying else []
        found += [f"decision log ({one.name}): cannot be written: {one.failing}" for one in self.sinks if one.failing]
        return found


def log_families(status: LogStatus) -> Iterator[Family]:
    """Metrics of the decision log, by sink."""
    yield _by_sink(
        status, "authz_log_records_total", "counter", "Records of decisions that were written.", lambda one: one.records
    )
    yield _by_sink(status, "authz_log_bytes_total", "counter", "Bytes of them.", lambda one: one.bytes)
    yield _by_sink(
        status,
        "authz_log_dropped_total",
        "counter",
        "Records that were lost, as the queue was full.",
        lambda one: one.dropped,
    )
    yield _by_sink(status, "authz_log_errors_total", "counter", "Writes that failed.", lambda one: one.errors)
    yield _by_sink(status, "authz_log_failing", "gauge", "1 while writing fails.", lambda one: one.failing is not None)
    yield _by_sink(status, "authz_log_queue_records", "gauge", "Records that wait.", lambda one: one.queued_records)
    yield _by_sink(status, "authz_log_queue_bytes", "gauge", "Bytes that wait.", lambda one: one.queued_bytes)
    yield gauge("authz_log_denying", status.is_denying, "1 while every request is denied, as the log is full.")
    yield counter("authz_log_incomplete_total", status.incomplete, "Records without the request, by a mistake of ours.")


def _by_sink(status: LogStatus, name: str, kind: str, text: str, value: Callable[[SinkStatus], float]) -> Family:
    return Family(name, kind, text, tuple(({"sink": one.name}, float(value(one))) for one in status.sinks))
