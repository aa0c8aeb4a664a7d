"""The protobuf package `envoy.extensions.filters.network.tcp_proxy.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from collections.abc import Iterable as _Iterable
from typing import Literal as _Literal
from google.protobuf.internal.containers import RepeatedCompositeFieldContainer as _Repeated
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper as _EnumTypeWrapper
from google.protobuf.message import Message as _Message
from authz.pb import accesslog as _accesslog
from authz.pb import core as _core
from authz.pb import envoy_type as _envoy_type
from authz.pb import hcm as _hcm
from authz.pb import protobuf as _protobuf

__all__ = [
    "TcpProxy",
    "UpstreamConnectMode",
]

class _UpstreamConnectMode(_EnumTypeWrapper):
    IMMEDIATE: int
    ON_DOWNSTREAM_DATA: int
    ON_DOWNSTREAM_TLS_HANDSHAKE: int
UpstreamConnectMode: _UpstreamConnectMode

class TcpProxy(_Message):
    class WeightedCluster(_Message):
        class ClusterWeight(_Message):
            name: str
            weight: int
            @property
            def metadata_match(self) -> _core.Metadata: ...
            def __init__(
                self,
                *,
                name: str | None = ...,
                weight: int | None = ...,
                metadata_match: _core.Metadata | None = ...,
            ) -> None: ...
            def HasField(self, field_name: _Literal["metadata_match"]) -> bool: ...
            def ClearField(self, field_name: _Literal["metadata_match", "name", "weight"]) -> None: ...

        @property
        def clusters(self) -> _Repeated[TcpProxy.WeightedCluster.ClusterWeight]: ...
        def __init__(
            self,
            *,
            clusters: _Iterable[TcpProxy.WeightedCluster.ClusterWeight] | None = ...,
        ) -> None: ...
        def ClearField(self, field_name: _Literal["clusters"]) -> None: ...

    class TunnelingConfig(_Message):
        hostname: str
        use_post: bool
        @property
        def headers_to_add(self) -> _Repeated[_core.HeaderValueOption]: ...
        propagate_response_headers: bool
        post_path: str
        propagate_response_trailers: bool
        @property
        def request_id_extension(self) -> _hcm.RequestIDExtension: ...
        request_id_header: str
        request_id_metadata_key: str
        def __init__(
            self,
            *,
            hostname: str | None = ...,
            use_post: bool | None = ...,
            headers_to_add: _Iterable[_core.HeaderValueOption] | None = ...,
            propagate_response_headers: bool | None = ...,
            post_path: str | None = ...,
            propagate_response_trailers: bool | None = ...,
            request_id_extension: _hcm.RequestIDExtension | None = ...,
            request_id_header: str | None = ...,
            request_id_metadata_key: str | None = ...,
        ) -> None: ...
        def HasField(self, field_name: _Literal["request_id_extension"]) -> bool: ...
        def ClearField(self, field_name: _Literal["headers_to_add", "hostname", "post_path", "propagate_response_headers", "propagate_response_trailers", "request_id_extension", "request_id_header", "request_id_metadata_key", "use_post"]) -> None: ...

    class TcpAccessLogOptions(_Message):
        @property
        def access_log_flush_interval(self) -> _protobuf.Duration: ...
        flush_access_log_on_connected: bool
        def __init__(
            self,
            *,
            access_log_flush_interval: _protobuf.Duration | None = ...,
            flush_access_log_on_connected: bool | None = ...,
        ) -> None: ...
        def HasField(self, field_name: _Literal["access_log_flush_interval"]) -> bool: ...
        def ClearField(self, field_name: _Literal["access_log_flush_interval", "flush_access_log_on_connected"]) -> None: ...

    stat_prefix: str
    cluster: str
    @property
    def weighted_clusters(self) -> TcpProxy.WeightedCluster: ...
    @property
    def metadata_match(self) -> _core.Metadata: ...
    @property
    def idle_timeout(self) -> _protobuf.Duration: ...
    @property
    def downstream_idle_timeout(self) -> _protobuf.Duration: ...
    @property
    def upstream_idle_timeout(self) -> _protobuf.Duration: ...
    @property
    def access_log(self) -> _Repeated[_accesslog.AccessLog]: ...
    @property
    def max_connect_attempts(self) -> _protobuf.UInt32Value: ...
    @property
    def backoff_options(self) -> _core.BackoffStrategy: ...
    @property
    def hash_policy(self) -> _Repeated[_envoy_type.HashPolicy]: ...
    @property
    def tunneling_config(self) -> TcpProxy.TunnelingConfig: ...
    @property
    def max_downstream_connection_duration(self) -> _protobuf.Duration: ...
    @property
    def max_downstream_connection_duration_jitter_percentage(self) -> _envoy_type.Percent: ...
    @property
    def access_log_options(self) -> TcpProxy.TcpAccessLogOptions: ...
    upstream_connect_mode: int
    @property
    def max_early_data_bytes(self) -> _protobuf.UInt32Value: ...
    def __init__(
        self,
        *,
        stat_prefix: str | None = ...,
        cluster: str | None = ...,
        weighted_clusters: TcpProxy.WeightedCluster | None = ...,
        metadata_match: _core.Metadata | None = ...,
        idle_timeout: _protobuf.Duration | None = ...,
        downstream_idle_timeout: _protobuf.Duration | None = ...,
        upstream_idle_timeout: _protobuf.Duration | None = ...,
        access_log: _Iterable[_accesslog.AccessLog] | None = ...,
        max_connect_attempts: _protobuf.UInt32Value | None = ...,
        backoff_options: _core.BackoffStrategy | None = ...,
        hash_policy: _Iterable[_envoy_type.HashPolicy] | None = ...,
        tunneling_config: TcpProxy.TunnelingConfig | None = ...,
        max_downstream_connection_duration: _protobuf.Duration | None = ...,
        max_downstream_connection_duration_jitter_percentage: _envoy_type.Percent | None = ...,
        access_log_options: TcpProxy.TcpAccessLogOptions | None = ...,
        upstream_connect_mode: int | None = ...,
        max_early_data_bytes: _protobuf.UInt32Value | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["access_log_options", "backoff_options", "cluster", "cluster_specifier", "downstream_idle_timeout", "idle_timeout", "max_connect_attempts", "max_downstream_connection_duration", "max_downstream_connection_duration_jitter_percentage", "max_early_data_bytes", "metadata_match", "tunneling_config", "upstream_idle_timeout", "weighted_clusters"]) -> bool: ...
    def ClearField(self, field_name: _Literal["access_log", "access_log_options", "backoff_options", "cluster", "cluster_specifier", "downstream_idle_timeout", "hash_policy", "idle_timeout", "max_connect_attempts", "max_downstream_connection_duration", "max_downstream_connection_duration_jitter_percentage", "max_early_data_bytes", "metadata_match", "stat_prefix", "tunneling_config", "upstream_connect_mode", "upstream_idle_timeout", "weighted_clusters"]) -> None: ...
    def WhichOneof(self, oneof_group: _Literal["cluster_specifier"]) -> _Literal["cluster", "weighted_clusters"] | None: ...
