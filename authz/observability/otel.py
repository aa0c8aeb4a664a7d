"""OpenTelemetry: spans and metrics over OTLP. Imported only where it is switched on; needs the extra `authz[otel]`.

The SDK's own environment variables hold for all that our settings do not say: endpoint, headers, certificates,
intervals, queue sizes, resource attributes.
"""

import random
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence

from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.metrics import CallbackOptions, Observation
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from authz import __version__
from authz.observability.prometheus import Family
from authz.observability.telemetry import TelemetrySettings, Traces, is_sampled

SPAN_NAME = "authz check"
_MAX_ATTRIBUTE_LENGTH = 1024
_STOP_WITHIN_S = 3.0


class Telemetry:
    """What is exported while serving. `families` gives the metrics of this moment, by the names of `/metrics`."""

    def __init__(self, settings: TelemetrySettings, families: Callable[[], Iterable[Family]]) -> None:
        resource, endpoint = _resource(), settings.otlp_endpoint
        insecure = None if endpoint is None else endpoint.startswith("http://")  # else the environment says
        self.spans: OtelSpans | None = None
        self._stops: list[Callable[[], object]] = []
        if settings.traces is not Traces.OFF:
            limits = SpanLimits(max_span_attribute_length=_MAX_ATTRIBUTE_LENGTH)
            # which requests get a span is decided before one is made
            traces = TracerProvider(ALWAYS_ON, resource, shutdown_on_exit=False, span_limits=limits)
            traces.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint, insecure)))
            ratio = settings.traces_ratio if settings.traces is Traces.RATIO else 0.0
            self.spans = OtelSpans(traces.get_tracer("authz", __version__), ratio)
            self._stops.append(traces.shutdown)
        if settings.metrics:
            reader = PeriodicExportingMetricReader(OTLPMetricExporter(endpoint, insecure))
            metrics = MeterProvider([reader], resource, shutdown_on_exit=False)
            _observe(metrics, families)
            self._stops.append(metrics.shutdown)

    def stop(self) -> None:
        """Export what is left, for a few seconds at most: a collector that is gone must not keep us from ending."""
        threads = [threading.Thread(target=stop, name="telemetry-stop", daemon=True) for stop in self._stops]
        for thread in threads:
            thread.start()
        until = time.monotonic() + _STOP_WITHIN_S
        for thread in threads:
            thread.join(max(0.0, until - time.monotonic()))


def _resource() -> Resource:
    """`OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` win over our names."""
    said = OTELResourceDetector().detect().attributes
    return Resource.create({"service.name": "authz", "service.version": __version__, **said})


def _observe(provider: MeterProvider, families: Callable[[], Iterable[Family]]) -> None:
    """An asynchronous instrument a family: the plain counters are read when metrics are exported, and only then."""
    meter = provider.get_meter("authz", __version__)
    for family in families():
        create = meter.create_observable_counter if family.kind == "counter" else meter.create_observable_gauge
        # a collector that writes for Prometheus adds the suffix
        create(family.name.removesuffix("_total"), [_reader(family.name, families)], description=family.help)


def _reader(name: str, families: Callable[[], Iterable[Family]]) -> Callable[[CallbackOptions], Sequence[Observation]]:
    def read(_: CallbackOptions) -> Sequence[Observation]:
        samples = [sample for family in families() if family.name == name for sample in family.samples]
        return [Observation(float(value), dict(labels)) for labels, value in samples]

    return read


class OtelSpan:
    """A span of OpenTelemetry."""

    __slots__ = ("_span",)

    def __init__(self, span: Span) -> None:
        self._span = span

    def end(self, attributes: Mapping[str, str]) -> None:
        """End it. A denial is no error; a mistake of ours is."""
        self._span.set_attributes(attributes)
        if attributes.get("authz.reason") == "internal_error":
            self._span.set_status(Status(StatusCode.ERROR))
        self._span.end()


class OtelSpans:
    """Begins spans as W3C Trace Context and the ratio say."""

    def __init__(self, tracer: Tracer, ratio: float, chance: Callable[[], float] = random.random) -> None:
        self._tracer = tracer
        self._ratio = ratio
        self._chance = chance
        self._context = TraceContextTextMapPropagator()

    @property
    def has_own_roots(self) -> bool:
        """Whether a request without a `traceparent` may get a span."""
        return self._ratio > 0

    def begin(self, parent: str | None, state: str | None) -> OtelSpan | None:
        """Below a sampled parent; as a root for a share of the requests without one; else None."""
        sampled = None if parent is None else is_sampled(parent)
        if sampled is None or parent is None:
            root = self._chance() < self._ratio
            return OtelSpan(self._tracer.start_span(SPAN_NAME, kind=SpanKind.SERVER)) if root else None
        if not sampled:
            return None
        headers = {"traceparent": parent} if state is None else {"traceparent": parent, "tracestate": state}
        return OtelSpan(self._tracer.start_span(SPAN_NAME, self._context.extract(headers), SpanKind.SERVER))
