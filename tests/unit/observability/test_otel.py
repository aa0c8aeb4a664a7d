"""Spans and metrics arrive at a collector, and nothing else does."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from authz.observability.otel import Telemetry
from authz.observability.prometheus import Family, counter, gauge
from authz.observability.telemetry import TelemetrySettings, Traces
from tests.support.collector import Collector, counts, texts

if TYPE_CHECKING:
    from collections.abc import Iterator

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
SAMPLED, NOT_SAMPLED = f"00-{TRACE}-{PARENT}-01", f"00-{TRACE}-{PARENT}-00"


def families() -> Iterator[Family]:
    yield Family(
        "authz_decisions_total", "counter", "Decisions.", (({"verdict": "allowed"}, 3), ({"verdict": "denied"}, 4))
    )
    yield counter("authz_reloads_total", 5, "Reloads.")
    yield gauge("authz_policies", 7, "Policies.")
    yield gauge("authz_ready", value=True, text="A truth.")
    yield Family("authz_later", "gauge", "Nothing yet.", ())


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as running:
        yield running


def settings(collector: Collector, traces: Traces, ratio: float = 0.5, *, metrics: bool = False) -> TelemetrySettings:
    return TelemetrySettings(collector.endpoint, traces, ratio, metrics=metrics)


def begin_and_end(telemetry: Telemetry, parent: str | None, state: str | None = None) -> bool:
    assert telemetry.spans is not None
    span = telemetry.spans.begin(parent, state)
    if span is not None:
        span.end({"authz.reason": "deny_rule"})
    return span is not None


def test_a_sampled_parent_gets_a_child_and_no_other_request_gets_a_span(collector: Collector) -> None:
    telemetry = Telemetry(settings(collector, Traces.PARENT), families)
    parents = [SAMPLED, NOT_SAMPLED, None, "nonsense"]
    assert [begin_and_end(telemetry, parent) for parent in parents] == [True, False, False, False]
    assert telemetry.spans is not None
    assert not telemetry.spans.has_own_roots
    telemetry.stop()
    (span,) = collector.spans
    assert (span.trace_id.hex(), span.parent_span_id.hex(), span.name) == (TRACE, PARENT, "authz check")
    assert texts(span.attributes) == {"authz.reason": "deny_rule"}
    assert collector.resources[0]["service.name"] == "authz"


def test_the_state_of_a_trace_is_kept(collector: Collector) -> None:
    telemetry = Telemetry(settings(collector, Traces.PARENT), families)
    assert begin_and_end(telemetry, SAMPLED, "vendor=1,other=2")
    telemetry.stop()
    assert collector.spans[0].trace_state == "vendor=1,other=2"


def test_a_share_of_the_requests_without_a_parent_begins_a_trace(collector: Collector) -> None:
    telemetry = Telemetry(settings(collector, Traces.RATIO), families)
    assert telemetry.spans is not None
    chances = iter([0.2, 0.5, 0.49999, 0.9])
    telemetry.spans._chance = lambda: next(chances)
    assert [begin_and_end(telemetry, None) for _ in range(4)] == [True, False, True, False]
    assert [begin_and_end(telemetry, parent) for parent in (SAMPLED, NOT_SAMPLED)] == [True, False]
    telemetry.stop()
    assert sorted(span.parent_span_id.hex() for span in collector.spans) == ["", "", PARENT]


def test_a_mistake_of_ours_is_an_error(collector: Collector) -> None:
    telemetry = Telemetry(settings(collector, Traces.PARENT), families)
    assert telemetry.spans is not None
    span = telemetry.spans.begin(SAMPLED, None)
    assert span is not None
    span.end({"authz.reason": "internal_error"})
    telemetry.stop()
    assert collector.spans[0].status.code == 2


def test_metrics_are_read_when_they_are_exported(collector: Collector) -> None:
    telemetry = Telemetry(settings(collector, Traces.OFF, metrics=True), families)
    assert telemetry.spans is None
    telemetry.stop()
    assert set(collector.metrics) == {"authz_decisions", "authz_reloads", "authz_policies", "authz_ready"}
    assert counts(collector.metrics["authz_decisions"]) == {("allowed",): 3, ("denied",): 4}
    assert counts(collector.metrics["authz_reloads"]) == {(): 5}
    assert collector.metrics["authz_decisions"].sum.is_monotonic
    (point,) = collector.metrics["authz_policies"].gauge.data_points
    assert (point.as_int or point.as_double) == 7


def test_a_collector_that_is_gone_keeps_nobody_waiting() -> None:
    telemetry = Telemetry(TelemetrySettings("http://127.0.0.1:9", Traces.PARENT, metrics=True), families)
    begin_and_end(telemetry, SAMPLED)
    started = time.monotonic()
    telemetry.stop()
    assert time.monotonic() - started < 6
