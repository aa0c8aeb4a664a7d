"""The protobuf package `envoy.extensions.filters.http.fault.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from collections.abc import Iterable as _Iterable
from typing import Literal as _Literal
from google.protobuf.internal.containers import RepeatedCompositeFieldContainer as _Repeated
from google.protobuf.message import Message as _Message
from authz.pb import common_fault as _common_fault
from authz.pb import envoy_type as _envoy_type
from authz.pb import protobuf as _protobuf
from authz.pb import route as _route

__all__ = [
    "FaultAbort",
    "HTTPFault",
]

class FaultAbort(_Message):
    class HeaderAbort(_Message):
        ...

    http_status: int
    grpc_status: int
    @property
    def header_abort(self) -> FaultAbort.HeaderAbort: ...
    @property
    def percentage(self) -> _envoy_type.FractionalPercent: ...
    def __init__(
        self,
        *,
        http_status: int | None = ...,
        grpc_status: int | None = ...,
        header_abort: FaultAbort.HeaderAbort | None = ...,
        percentage: _envoy_type.FractionalPercent | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["error_type", "grpc_status", "header_abort", "http_status", "percentage"]) -> bool: ...
    def ClearField(self, field_name: _Literal["error_type", "grpc_status", "header_abort", "http_status", "percentage"]) -> None: ...
    def WhichOneof(self, oneof_group: _Literal["error_type"]) -> _Literal["http_status", "grpc_status", "header_abort"] | None: ...

class HTTPFault(_Message):
    @property
    def delay(self) -> _common_fault.FaultDelay: ...
    @property
    def abort(self) -> FaultAbort: ...
    upstream_cluster: str
    @property
    def headers(self) -> _Repeated[_route.HeaderMatcher]: ...
    @property
    def max_active_faults(self) -> _protobuf.UInt32Value: ...
    disable_downstream_cluster_stats: bool
    def __init__(
        self,
        *,
        delay: _common_fault.FaultDelay | None = ...,
        abort: FaultAbort | None = ...,
        upstream_cluster: str | None = ...,
        headers: _Iterable[_route.HeaderMatcher] | None = ...,
        max_active_faults: _protobuf.UInt32Value | None = ...,
        disable_downstream_cluster_stats: bool | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["abort", "delay", "max_active_faults"]) -> bool: ...
    def ClearField(self, field_name: _Literal["abort", "delay", "disable_downstream_cluster_stats", "headers", "max_active_faults", "upstream_cluster"]) -> None: ...
