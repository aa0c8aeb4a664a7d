"""An OpenTelemetry collector: takes OTLP over gRPC and keeps it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Self

import grpc
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from opentelemetry.proto.common.v1.common_pb2 import KeyValue
    from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric
    from opentelemetry.proto.trace.v1.trace_pb2 import Span


class Collector:
    """Listens on a free port of loopback, in plain text."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self.metrics: dict[str, Metric] = {}
        self.resources: list[dict[str, str]] = []
        self._changed = threading.Condition()
        self._server = grpc.server(ThreadPoolExecutor(2))
        self._server.add_generic_rpc_handlers(
            (self._service("trace", self._traces), self._service("metrics", self._metrics))
        )
        port = self._server.add_insecure_port("127.0.0.1:0")
        self.endpoint = f"http://127.0.0.1:{port}"

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._server.stop(None).wait()

    def wait_for(self, is_there: Callable[[Collector], bool], seconds: float = 10) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: is_there(self), seconds), (self.spans, list(self.metrics))

    def _service(self, name: str, take: Callable[[bytes], bytes]) -> grpc.GenericRpcHandler:
        handler = grpc.unary_unary_rpc_method_handler(lambda request, _context: take(request))
        service = f"opentelemetry.proto.collector.{name}.v1.{name.capitalize()}Service"
        return grpc.method_handlers_generic_handler(service, {"Export": handler})

    def _traces(self, request: bytes) -> bytes:
        with self._changed:
            for of_resource in ExportTraceServiceRequest.FromString(request).resource_spans:
                self.resources.append(texts(of_resource.resource.attributes))
                for scope in of_resource.scope_spans:
                    self.spans.extend(scope.spans)
            self._changed.notify_all()
        return ExportTraceServiceResponse().SerializeToString()

    def _metrics(self, request: bytes) -> bytes:
        with self._changed:
            for of_resource in ExportMetricsServiceRequest.FromString(request).resource_metrics:
                for scope in of_resource.scope_metrics:
                    self.metrics.update({metric.name: metric for metric in scope.metrics})
            self._changed.notify_all()
        return ExportMetricsServiceResponse().SerializeToString()


def texts(attributes: Iterable[KeyValue]) -> dict[str, str]:
    return {one.key: one.value.string_value for one in attributes}


def counts(metric: Metric) -> dict[tuple[str, ...], float]:
    """The values of a counter by the values of its attributes, in order of their names."""
    return {
        tuple(value for _, value in sorted(texts(point.attributes).items())): point.as_int or point.as_double
        for point in metric.sum.data_points
    }
