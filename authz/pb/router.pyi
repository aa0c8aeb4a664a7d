"""The protobuf package `envoy.extensions.filters.http.router.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from collections.abc import Iterable as _Iterable
from typing import Literal as _Literal
from google.protobuf.internal.containers import RepeatedCompositeFieldContainer as _Repeated
from google.protobuf.internal.containers import RepeatedScalarFieldContainer as _RepeatedScalar
from google.protobuf.message import Message as _Message
from authz.pb import accesslog as _accesslog
from authz.pb import hcm as _hcm
from authz.pb import protobuf as _protobuf

__all__ = [
    "Router",
]

class Router(_Message):
    class UpstreamAccessLogOptions(_Message):
        flush_upstream_log_on_upstream_stream: bool
        @property
        def upstream_log_flush_interval(self) -> _protobuf.Duration: ...
        def __init__(
            self,
            *,
            flush_upstream_log_on_upstream_stream: bool | None = ...,
            upstream_log_flush_interval: _protobuf.Duration | None = ...,
        ) -> None: ...
        def HasField(self, field_name: _Literal["upstream_log_flush_interval"]) -> bool: ...
        def ClearField(self, field_name: _Literal["flush_upstream_log_on_upstream_stream", "upstream_log_flush_interval"]) -> None: ...

    @property
    def dynamic_stats(self) -> _protobuf.BoolValue: ...
    @property
    def upstream_log(self) -> _Repeated[_accesslog.AccessLog]: ...
    @property
    def upstream_log_options(self) -> Router.UpstreamAccessLogOptions: ...
    suppress_envoy_headers: bool
    @property
    def strict_check_headers(self) -> _RepeatedScalar[str]: ...
    respect_expected_rq_timeout: bool
    suppress_grpc_request_failure_code_stats: bool
    @property
    def upstream_http_filters(self) -> _Repeated[_hcm.HttpFilter]: ...
    def __init__(
        self,
        *,
        dynamic_stats: _protobuf.BoolValue | None = ...,
        upstream_log: _Iterable[_accesslog.AccessLog] | None = ...,
        upstream_log_options: Router.UpstreamAccessLogOptions | None = ...,
        suppress_envoy_headers: bool | None = ...,
        strict_check_headers: _Iterable[str] | None = ...,
        respect_expected_rq_timeout: bool | None = ...,
        suppress_grpc_request_failure_code_stats: bool | None = ...,
        upstream_http_filters: _Iterable[_hcm.HttpFilter] | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["dynamic_stats", "upstream_log_options"]) -> bool: ...
    def ClearField(self, field_name: _Literal["dynamic_stats", "respect_expected_rq_timeout", "strict_check_headers", "suppress_envoy_headers", "suppress_grpc_request_failure_code_stats", "upstream_http_filters", "upstream_log", "upstream_log_options"]) -> None: ...
