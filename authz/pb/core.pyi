"""The protobuf package `envoy.config.core.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from collections.abc import Iterable as _Iterable
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar
from typing import Literal as _Literal
from google.protobuf.internal.containers import MessageMap as _MessageMap
from google.protobuf.internal.containers import RepeatedCompositeFieldContainer as _Repeated
from google.protobuf.internal.containers import RepeatedScalarFieldContainer as _RepeatedScalar
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper as _EnumTypeWrapper
from google.protobuf.message import Message as _Message
from authz.pb import envoy_type as _envoy_type
from authz.pb import matcher as _matcher
from authz.pb import protobuf as _protobuf

__all__ = [
    "Address",
    "AggregatedConfigSource",
    "ApiConfigSource",
    "ApiVersion",
    "BackoffStrategy",
    "BindConfig",
    "BuildVersion",
    "CidrRange",
    "ConfigSource",
    "ControlPlane",
    "DataSource",
    "DnsResolverOptions",
    "EnvoyInternalAddress",
    "ExtraSourceAddress",
    "GrpcService",
    "HeaderMap",
    "HeaderValue",
    "HeaderValueOption",
    "HealthStatus",
    "HealthStatusSet",
    "Http1ProtocolOptions",
    "Http2ProtocolOptions",
    "HttpProtocolOptions",
    "HttpUri",
    "JsonFormatOptions",
    "KeepaliveSettings",
    "Locality",
    "Metadata",
    "Node",
    "PathConfigSource",
    "Pipe",
    "ProxyProtocolConfig",
    "ProxyProtocolPassThroughTLVs",
    "QueryParameter",
    "RateLimitSettings",
    "RetryPolicy",
    "RoutingPriority",
    "RuntimeDouble",
    "RuntimeFeatureFlag",
    "RuntimeFractionalPercent",
    "RuntimePercent",
    "RuntimeUInt32",
    "SchemeHeaderTransformation",
    "SelfConfigSource",
    "SocketAddress",
    "SocketOption",
    "SocketOptionsOverride",
    "SubstitutionFormatString",
    "TcpKeepalive",
    "TrafficDirection",
    "TransportSocket",
    "TypedExtensionConfig",
    "UpstreamHttpProtocolOptions",
    "WatchedDirectory",
]

class _ApiVersion(_EnumTypeWrapper):
    AUTO: int
    V2: int
    V3: int
ApiVersion: _ApiVersion

class _HealthStatus(_EnumTypeWrapper):
    UNKNOWN: int
    HEALTHY: int
    UNHEALTHY: int
    DRAINING: int
    TIMEOUT: int
    DEGRADED: int
HealthStatus: _HealthStatus

class _RoutingPriority(_EnumTypeWrapper):
    DEFAULT: int
    HIGH: int
RoutingPriority: _RoutingPriority

class _TrafficDirection(_EnumTypeWrapper):
    UNSPECIFIED: int
    INBOUND: int
    OUTBOUND: int
TrafficDirection: _TrafficDirection

class Address(_Message):
    @property
    def socket_address(self) -> SocketAddress: ...
    @property
    def pipe(self) -> Pipe: ...
    @property
    def envoy_internal_address(self) -> EnvoyInternalAddress: ...
    def __init__(
        self,
        *,
        socket_address: SocketAddress | None = ...,
        pipe: Pipe | None = ...,
        envoy_internal_address: EnvoyInternalAddress | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["address", "envoy_internal_address", "pipe", "socket_address"]) -> bool: ...
    def ClearField(self, field_name: _Literal["address", "envoy_internal_address", "pipe", "socket_address"]) -> None: ...
    def WhichOneof(self, oneof_group: _Literal["address"]) -> _Literal["socket_address", "pipe", "envoy_internal_address"] | None: ...

class AggregatedConfigSource(_Message):
    ...

class ApiConfigSource(_Message):
    class _ApiType(_EnumTypeWrapper):
        DEPRECATED_AND_UNAVAILABLE_DO_NOT_USE: int
        REST: int
        GRPC: int
        DELTA_GRPC: int
        AGGREGATED_GRPC: int
        AGGREGATED_DELTA_GRPC: int
    ApiType: _ClassVar[_ApiType]
    DEPRECATED_AND_UNAVAILABLE_DO_NOT_USE: _ClassVar[int]
    REST: _ClassVar[int]
    GRPC: _ClassVar[int]
    DELTA_GRPC: _ClassVar[int]
    AGGREGATED_GRPC: _ClassVar[int]
    AGGREGATED_DELTA_GRPC: _ClassVar[int]
    api_type: int
    transport_api_version: int
    @property
    def cluster_names(self) -> _RepeatedScalar[str]: ...
    @property
    def grpc_services(self) -> _Repeated[GrpcService]: ...
    @property
    def refresh_delay(self) -> _protobuf.Duration: ...
    @property
    def request_timeout(self) -> _protobuf.Duration: ...
    @property
    def rate_limit_settings(self) -> RateLimitSettings: ...
    set_node_on_first_message_only: bool
    def __init__(
        self,
        *,
        api_type: int | None = ...,
        transport_api_version: int | None = ...,
        cluster_names: _Iterable[str] | None = ...,
        grpc_services: _Iterable[GrpcService] | None = ...,
        refresh_delay: _protobuf.Duration | None = ...,
        request_timeout: _protobuf.Duration | None = ...,
        rate_limit_settings: RateLimitSettings | None = ...,
        set_node_on_first_message_only: bool | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["rate_limit_settings", "refresh_delay", "request_timeout"]) -> bool: ...
    def ClearField(self, field_name: _Literal["api_type", "cluster_names", "grpc_services", "rate_limit_settings", "refresh_delay", "request_timeout", "set_node_on_first_message_only", "transport_api_version"]) -> None: ...

class BackoffStrategy(_Message):
    @property
    def base_interval(self) -> _protobuf.Duration: ...
    @property
    def max_interval(self) -> _protobuf.Duration: ...
    def __init__(
        self,
        *,
        base_interval: _protobuf.Duration | None = ...,
        max_interval: _protobuf.Duration | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["base_interval", "max_interval"]) -> bool: ...
    def ClearField(self, field_name: _Literal["base_interval", "max_interval"]) -> None: ...

class BindConfig(_Message):
    @property
    def source_address(self) -> SocketAddress: ...
    @property
    def freebind(self) -> _protobuf.BoolValue: ...
    @property
    def socket_options(self) -> _Repeated[SocketOption]: ...
    @property
    def extra_source_addresses(self) -> _Repeated[ExtraSourceAddress]: ...
    @property
    def local_address_selector(self) -> TypedExtensionConfig: ...
    def __init__(
        self,
        *,
        source_address: SocketAddress | None = ...,
        freebind: _protobuf.BoolValue | None = ...,
        socket_options: _Iterable[SocketOption] | None = ...,
        extra_source_addresses: _Iterable[ExtraSourceAddress] | None = ...,
        local_address_selector: TypedExtensionConfig | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["freebind", "local_address_selector", "source_address"]) -> bool: ...
    def ClearField(self, field_name: _Literal["extra_source_addresses", "freebind", "local_address_selector", "socket_options", "source_address"]) -> None: ...

class BuildVersion(_Message):
    @property
    def version(self) -> _envoy_type.SemanticVersion: ...
    @property
    def metadata(self) -> _protobuf.Struct: ...
    def __init__(
        self,
        *,
        version: _envoy_type.SemanticVersion | None = ...,
        metadata: _protobuf.Struct | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["metadata", "version"]) -> bool: ...
    def ClearField(self, field_name: _Literal["metadata", "version"]) -> None: ...

class CidrRange(_Message):
    address_prefix: str
    @property
    def prefix_len(self) -> _protobuf.UInt32Value: ...
    def __init__(
        self,
        *,
        address_prefix: str | None = ...,
        prefix_len: _protobuf.UInt32Value | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["prefix_len"]) -> bool: ...
    def ClearField(self, field_name: _Literal["address_prefix", "prefix_len"]) -> None: ...

class ConfigSource(_Message):
    @property
    def path_config_source(self) -> PathConfigSource: ...
    @property
    def api_config_source(self) -> ApiConfigSource: ...
    @property
    def ads(self) -> AggregatedConfigSource: ...
    @property
    def self(self) -> SelfConfigSource: ...
    @property
    def initial_fetch_timeout(self) -> _protobuf.Duration: ...
    resource_api_version: int
    def __init__(
        self_,
        *,
        path_config_source: PathConfigSource | None = ...,
        api_config_source: ApiConfigSource | None = ...,
        ads: AggregatedConfigSource | None = ...,
        self: SelfConfigSource | None = ...,
        initial_fetch_timeout: _protobuf.Duration | None = ...,
        resource_api_version: int | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["ads", "api_config_source", "config_source_specifier", "initial_fetch_timeout", "path_config_source", "self"]) -> bool: ...
    def ClearField(self, field_name: _Literal["ads", "api_config_source", "config_source_specifier", "initial_fetch_timeout", "path_config_source", "resource_api_version", "self"]) -> None: ...
    def WhichOneof(self, oneof_group: _Literal["config_source_specifier"]) -> _Literal["path_config_source", "api_config_source", "ads", "self"] | None: ...

class ControlPlane(_Message):
    identifier: str
    def __init__(
        self,
        *,
        identifier: str | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: _Literal["identifier"]) -> None: ...

class DataSource(_Message):
    filename: str
    inline_bytes: bytes
    inline_string: str
    environment_variable: str
    @property
    def watched_directory(self) -> WatchedDirectory: ...
    def __init__(
        self,
        *,
        filename: str | None = ...,
        inline_bytes: bytes | None = ...,
        inline_string: str | None = ...,
        environment_variable: str | None = ...,
        watched_directory: WatchedDirectory | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["environment_variable", "filename", "inline_bytes", "inline_string", "specifier", "watched_directory"]) -> bool: ...
    def ClearField(self, field_name: _Literal["environment_variable", "filename", "inline_bytes", "inline_string", "specifier", "watched_directory"]) -> None: ...
    def WhichOneof(self, oneof_group: _Literal["specifier"]) -> _Literal["filename", "inline_bytes", "inline_string", "environment_variable"] | None: ...

class DnsResolverOptions(_Message):
    use_tcp_for_dns_lookups: bool
    no_default_search_domain: bool
    def __init__(
        self,
        *,
        use_tcp_for_dns_lookups: bool | None = ...,
        no_default_search_domain: bool | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: _Literal["no_default_search_domain", "use_tcp_for_dns_lookups"]) -> None: ...

class EnvoyInternalAddress(_Message):
    server_listener_name: str
    endpoint_id: str
    def __init__(
        self,
        *,
        server_listener_name: str | None = ...,
        endpoint_id: str | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["address_name_specifier", "server_listener_name"]) -> bool: ...
    def ClearField(self, field_name: _Literal["address_name_specifier", "endpoint_id", "server_listener_name"]) -> None: ...
    def WhichOneof(self, oneof_group: _Literal["address_name_specifier"]) -> _Literal["server_listener_name"] | None: ...

class ExtraSourceAddress(_Message):
    @property
    def address(self) -> SocketAddress: ...
    @property
    def socket_options(self) -> SocketOptionsOverride: ...
    def __init__(
        self,
        *,
        address: SocketAddress | None = ...,
        socket_options: SocketOptionsOverride | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["address", "socket_options"]) -> bool: ...
    def ClearField(self, field_name: _Literal["address", "socket_options"]) -> None: ...

class GrpcService(_Message):
    class EnvoyGrpc(_Message):
        cluster_name: str
        authority: str
        @property
        def retry_policy(self) -> RetryPolicy: ...
        @property
        def max_receive_message_length(self) -> _protobuf.UInt32Value: ...
        skip_envoy_headers: bool
        def __init__(
            self,
            *,
            cluster_name: str | None = ...,
            authority: str | None = ...,
            retry_policy: RetryPolicy | None = ...,
            max_receive_message_length: _protobuf.UInt32Value | None = ...,
            skip_envoy_headers: bool | None = ...,
        ) -> None: ...
        def HasField(self, field_name: _Literal["max_receive_message_length", "retry_policy"]) -> bool: ...
        def ClearField(self, field_name: _Literal["authority", "cluster_name", "max_receive_message_length", "retry_policy", "skip_envoy_headers"]) -> None: ...

    @property
    def envoy_grpc(self) -> GrpcService.EnvoyGrpc: ...
    @property
    def timeout(self) -> _protobuf.Duration: ...
    @property
    def initial_metadata(self) -> _Repeated[HeaderValue]: ...
    @property
    def retry_policy(self) -> RetryPolicy: ...
    def __init__(
        self,
        *,
        envoy_grpc: GrpcService.EnvoyGrpc | None = ...,
        timeout: _protobuf.Duration | None = ...,
        initial_metadata: _Iterable[HeaderValue] | None = ...,
        retry_policy: RetryPolicy | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["envoy_grpc", "retry_policy", "target_specifier", "timeout"]) -> bool: ...
    def ClearField(self, field_name: _Literal["envoy_grpc", "initial_metadata", "retry_policy", "target_specifier", "timeout"]) -> None: ...
    def WhichOneof(self, oneof_group: _Literal["target_specifier"]) -> _Literal["envoy_grpc"] | None: ...

class HeaderMap(_Message):
    @property
    def headers(self) -> _Repeated[HeaderValue]: ...
    def __init__(
        self,
        *,
        headers: _Iterable[HeaderValue] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: _Literal["headers"]) -> None: ...

class HeaderValue(_Message):
    key: str
    value: str
    raw_value: bytes
    def __init__(
        self,
        *,
        key: str | None = ...,
        value: str | None = ...,
        raw_value: bytes | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: _Literal["key", "raw_value", "value"]) -> None: ...

class HeaderValueOption(_Message):
    class _HeaderAppendAction(_EnumTypeWrapper):
        APPEND_IF_EXISTS_OR_ADD: int
        ADD_IF_ABSENT: int
        OVERWRITE_IF_EXISTS_OR_ADD: int
        OVERWRITE_IF_EXISTS: int
    HeaderAppendAction: _ClassVar[_HeaderAppendAction]
    APPEND_IF_EXISTS_OR_ADD: _ClassVar[int]
    ADD_IF_ABSENT: _ClassVar[int]
    OVERWRITE_IF_EXISTS_OR_ADD: _ClassVar[int]
    OVERWRITE_IF_EXISTS: _ClassVar[int]
    @property
    def header(self) -> HeaderValue: ...
    @property
    def append(self) -> _protobuf.BoolValue: ...
    append_action: int
    keep_empty_value: bool
    def __init__(
        self,
        *,
        header: HeaderValue | None = ...,
        append: _protobuf.BoolValue | None = ...,
        append_action: int | None = ...,
        keep_empty_value: bool | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["append", "header"]) -> bool: ...
    def ClearField(self, field_name: _Literal["append", "append_action", "header", "keep_empty_value"]) -> None: ...

class HealthStatusSet(_Message):
    @property
    def statuses(self) -> _RepeatedScalar[int]: ...
    def __init__(
        self,
        *,
        statuses: _Iterable[int] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: _Literal["statuses"]) -> None: ...

class Http1ProtocolOptions(_Message):
    class HeaderKeyFormat(_Message):
        class ProperCaseWords(_Message):
            ...

        @property
        def proper_case_words(self) -> Http1ProtocolOptions.HeaderKeyFormat.ProperCaseWords: ...
        @property
        def stateful_formatter(self) -> TypedExtensionConfig: ...
        def __init__(
            self,
            *,
            proper_case_words: Http1ProtocolOptions.HeaderKeyFormat.ProperCaseWords | None = ...,
            stateful_formatter: TypedExtensionConfig | None = ...,
        ) -> None: ...
        def HasField(self, field_name: _Literal["header_format", "proper_case_words", "stateful_formatter"]) -> bool: ...
        def ClearField(self, field_name: _Literal["header_format", "proper_case_words", "stateful_formatter"]) -> None: ...
        def WhichOneof(self, oneof_group: _Literal["header_format"]) -> _Literal["proper_case_words", "stateful_formatter"] | None: ...

    @property
    def allow_absolute_url(self) -> _protobuf.BoolValue: ...
    accept_http_10: bool
    default_host_for_http_10: str
    @property
    def header_key_format(self) -> Http1ProtocolOptions.HeaderKeyFormat: ...
    enable_trailers: bool
    allow_chunked_length: bool
    @property
    def override_stream_error_on_invalid_http_message(self) -> _protobuf.BoolValue: ...
    send_fully_qualified_url: bool
    allow_custom_methods: bool
    @property
    def ignore_http_11_upgrade(self) -> _Repeated[_matcher.StringMatcher]: ...
    def __init__(
        self,
        *,
        allow_absolute_url: _protobuf.BoolValue | None = ...,
        accept_http_10: bool | None = ...,
        default_host_for_http_10: str | None = ...,
        header_key_format: Http1ProtocolOptions.HeaderKeyFormat | None = ...,
        enable_trailers: bool | None = ...,
        allow_chunked_length: bool | None = ...,
        override_stream_error_on_invalid_http_message: _protobuf.BoolValue | None = ...,
        send_fully_qualified_url: bool | None = ...,
        allow_custom_methods: bool | None = ...,
        ignore_http_11_upgrade: _Iterable[_matcher.StringMatcher] | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["allow_absolute_url", "header_key_format", "override_stream_error_on_invalid_http_message"]) -> bool: ...
    def ClearField(self, field_name: _Literal["accept_http_10", "allow_absolute_url", "allow_chunked_length", "allow_custom_methods", "default_host_for_http_10", "enable_trailers", "header_key_format", "ignore_http_11_upgrade", "override_stream_error_on_invalid_http_message", "send_fully_qualified_url"]) -> None: ...

class Http2ProtocolOptions(_Message):
    @property
    def hpack_table_size(self) -> _protobuf.UInt32Value: ...
    @property
    def max_concurrent_streams(self) -> _protobuf.UInt32Value: ...
    @property
    def initial_stream_window_size(self) -> _protobuf.UInt32Value: ...
    @property
    def initial_connection_window_size(self) -> _protobuf.UInt32Value: ...
    allow_connect: bool
    allow_metadata: bool
    @property
    def max_outbound_frames(self) -> _protobuf.UInt32Value: ...
    @property
    def max_outbound_control_frames(self) -> _protobuf.UInt32Value: ...
    @property
    def max_consecutive_inbound_frames_with_empty_payload(self) -> _protobuf.UInt32Value: ...
    @property
    def max_inbound_priority_frames_per_stream(self) -> _protobuf.UInt32Value: ...
    @property
    def max_inbound_window_update_frames_per_data_frame_sent(self) -> _protobuf.UInt32Value: ...
    @property
    def override_stream_error_on_invalid_http_message(self) -> _protobuf.BoolValue: ...
    @property
    def connection_keepalive(self) -> KeepaliveSettings: ...
    @property
    def max_metadata_size(self) -> _protobuf.UInt64Value: ...
    def __init__(
        self,
        *,
        hpack_table_size: _protobuf.UInt32Value | None = ...,
        max_concurrent_streams: _protobuf.UInt32Value | None = ...,
        initial_stream_window_size: _protobuf.UInt32Value | None = ...,
        initial_connection_window_size: _protobuf.UInt32Value | None = ...,
        allow_connect: bool | None = ...,
        allow_metadata: bool | None = ...,
        max_outbound_frames: _protobuf.UInt32Value | None = ...,
        max_outbound_control_frames: _protobuf.UInt32Value | None = ...,
        max_consecutive_inbound_frames_with_empty_payload: _protobuf.UInt32Value | None = ...,
        max_inbound_priority_frames_per_stream: _protobuf.UInt32Value | None = ...,
        max_inbound_window_update_frames_per_data_frame_sent: _protobuf.UInt32Value | None = ...,
        override_stream_error_on_invalid_http_message: _protobuf.BoolValue | None = ...,
        connection_keepalive: KeepaliveSettings | None = ...,
        max_metadata_size: _protobuf.UInt64Value | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["connection_keepalive", "hpack_table_size", "initial_connection_window_size", "initial_stream_window_size", "max_concurrent_streams", "max_consecutive_inbound_frames_with_empty_payload", "max_inbound_priority_frames_per_stream", "max_inbound_window_update_frames_per_data_frame_sent", "max_metadata_size", "max_outbound_control_frames", "max_outbound_frames", "override_stream_error_on_invalid_http_message"]) -> bool: ...
    def ClearField(self, field_name: _Literal["allow_connect", "allow_metadata", "connection_keepalive", "hpack_table_size", "initial_connection_window_size", "initial_stream_window_size", "max_concurrent_streams", "max_consecutive_inbound_frames_with_empty_payload", "max_inbound_priority_frames_per_stream", "max_inbound_window_update_frames_per_data_frame_sent", "max_metadata_size", "max_outbound_control_frames", "max_outbound_frames", "override_stream_error_on_invalid_http_message"]) -> None: ...

class HttpProtocolOptions(_Message):
    class _HeadersWithUnderscoresAction(_EnumTypeWrapper):
        ALLOW: int
        REJECT_REQUEST: int
        DROP_HEADER: int
    HeadersWithUnderscoresAction: _ClassVar[_HeadersWithUnderscoresAction]
    ALLOW: _ClassVar[int]
    REJECT_REQUEST: _ClassVar[int]
    DROP_HEADER: _ClassVar[int]
    @property
    def idle_timeout(self) -> _protobuf.Duration: ...
    @property
    def max_connection_duration(self) -> _protobuf.Duration: ...
    @property
    def max_headers_count(self) -> _protobuf.UInt32Value: ...
    @property
    def max_response_headers_kb(self) -> _protobuf.UInt32Value: ...
    @property
    def max_stream_duration(self) -> _protobuf.Duration: ...
    headers_with_underscores_action: int
    @property
    def max_requests_per_connection(self) -> _protobuf.UInt32Value: ...
    def __init__(
        self,
        *,
        idle_timeout: _protobuf.Duration | None = ...,
        max_connection_duration: _protobuf.Duration | None = ...,
        max_headers_count: _protobuf.UInt32Value | None = ...,
        max_response_headers_kb: _protobuf.UInt32Value | None = ...,
        max_stream_duration: _protobuf.Duration | None = ...,
        headers_with_underscores_action: int | None = ...,
        max_requests_per_connection: _protobuf.UInt32Value | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["idle_timeout", "max_connection_duration", "max_headers_count", "max_requests_per_connection", "max_response_headers_kb", "max_stream_duration"]) -> bool: ...
    def ClearField(self, field_name: _Literal["headers_with_underscores_action", "idle_timeout", "max_connection_duration", "max_headers_count", "max_requests_per_connection", "max_response_headers_kb", "max_stream_duration"]) -> None: ...

class HttpUri(_Message):
    uri: str
    cluster: str
    @property
    def timeout(self) -> _protobuf.Duration: ...
    def __init__(
        self,
        *,
        uri: str | None = ...,
        cluster: str | None = ...,
        timeout: _protobuf.Duration | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["cluster", "http_upstream_type", "timeout"]) -> bool: ...
    def ClearField(self, field_name: _Literal["cluster", "http_upstream_type", "timeout", "uri"]) -> None: ...
    def WhichOneof(self, oneof_group: _Literal["http_upstream_type"]) -> _Literal["cluster"] | None: ...

class JsonFormatOptions(_Message):
    ...

class KeepaliveSettings(_Message):
    @property
    def interval(self) -> _protobuf.Duration: ...
    @property
    def timeout(self) -> _protobuf.Duration: ...
    @property
    def interval_jitter(self) -> _envoy_type.Percent: ...
    @property
    def connection_idle_interval(self) -> _protobuf.Duration: ...
    def __init__(
        self,
        *,
        interval: _protobuf.Duration | None = ...,
        timeout: _protobuf.Duration | None = ...,
        interval_jitter: _envoy_type.Percent | None = ...,
        connection_idle_interval: _protobuf.Duration | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["connection_idle_interval", "interval", "interval_jitter", "timeout"]) -> bool: ...
    def ClearField(self, field_name: _Literal["connection_idle_interval", "interval", "interval_jitter", "timeout"]) -> None: ...

class Locality(_Message):
    region: str
    zone: str
    sub_zone: str
    def __init__(
        self,
        *,
        region: str | None = ...,
        zone: str | None = ...,
        sub_zone: str | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: _Literal["region", "sub_zone", "zone"]) -> None: ...

class Metadata(_Message):
    @property
    def filter_metadata(self) -> _MessageMap[str, _protobuf.Struct]: ...
    @property
    def typed_filter_metadata(self) -> _MessageMap[str, _protobuf.Any]: ...
    def __init__(
        self,
        *,
        filter_metadata: _Mapping[str, _protobuf.Struct] | None = ...,
        typed_filter_metadata: _Mapping[str, _protobuf.Any] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: _Literal["filter_metadata", "typed_filter_metadata"]) -> None: ...

class Node(_Message):
    id: str
    cluster: str
    @property
    def metadata(self) -> _protobuf.Struct: ...
    @property
    def locality(self) -> Locality: ...
    user_agent_name: str
    user_agent_version: str
    @property
    def user_agent_build_version(self) -> BuildVersion: ...
    @property
    def client_features(self) -> _RepeatedScalar[str]: ...
    def __init__(
        self,
        *,
        id: str | None = ...,
        cluster: str | None = ...,
        metadata: _protobuf.Struct | None = ...,
        locality: Locality | None = ...,
        user_agent_name: str | None = ...,
        user_agent_version: str | None = ...,
        user_agent_build_version: BuildVersion | None = ...,
        client_features: _Iterable[str] | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["locality", "metadata", "user_agent_build_version", "user_agent_version", "user_agent_version_type"]) -> bool: ...
    def ClearField(self, field_name: _Literal["client_features", "cluster", "id", "locality", "metadata", "user_agent_build_version", "user_agent_name", "user_agent_version", "user_agent_version_type"]) -> None: ...
    def WhichOneof(self, oneof_group: _Literal["user_agent_version_type"]) -> _Literal["user_agent_version", "user_agent_build_version"] | None: ...

class PathConfigSource(_Message):
    path: str
    @property
    def watched_directory(self) -> WatchedDirectory: ...
    def __init__(
        self,
        *,
        path: str | None = ...,
        watched_directory: WatchedDirectory | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["watched_directory"]) -> bool: ...
    def ClearField(self, field_name: _Literal["path", "watched_directory"]) -> None: ...

class Pipe(_Message):
    path: str
    mode: int
    def __init__(
        self,
        *,
        path: str | None = ...,
        mode: int | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: _Literal["mode", "path"]) -> None: ...

class ProxyProtocolConfig(_Message):
    class _Version(_EnumTypeWrapper):
        V1: int
        V2: int
    Version: _ClassVar[_Version]
    V1: _ClassVar[int]
    V2: _ClassVar[int]
    version: int
    @property
    def pass_through_tlvs(self) -> ProxyProtocolPassThroughTLVs: ...
    def __init__(
        self,
        *,
        version: int | None = ...,
        pass_through_tlvs: ProxyProtocolPassThroughTLVs | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["pass_through_tlvs"]) -> bool: ...
    def ClearField(self, field_name: _Literal["pass_through_tlvs", "version"]) -> None: ...

class ProxyProtocolPassThroughTLVs(_Message):
    class _PassTLVsMatchType(_EnumTypeWrapper):
        INCLUDE_ALL: int
        INCLUDE: int
    PassTLVsMatchType: _ClassVar[_PassTLVsMatchType]
    INCLUDE_ALL: _ClassVar[int]
    INCLUDE: _ClassVar[int]
    match_type: int
    @property
    def tlv_type(self) -> _RepeatedScalar[int]: ...
    def __init__(
        self,
        *,
        match_type: int | None = ...,
        tlv_type: _Iterable[int] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: _Literal["match_type", "tlv_type"]) -> None: ...

class QueryParameter(_Message):
    key: str
    value: str
    def __init__(
        self,
        *,
        key: str | None = ...,
        value: str | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: _Literal["key", "value"]) -> None: ...

class RateLimitSettings(_Message):
    @property
    def max_tokens(self) -> _protobuf.UInt32Value: ...
    @property
    def fill_rate(self) -> _protobuf.DoubleValue: ...
    def __init__(
        self,
        *,
        max_tokens: _protobuf.UInt32Value | None = ...,
        fill_rate: _protobuf.DoubleValue | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["fill_rate", "max_tokens"]) -> bool: ...
    def ClearField(self, field_name: _Literal["fill_rate", "max_tokens"]) -> None: ...

class RetryPolicy(_Message):
    @property
    def retry_back_off(self) -> BackoffStrategy: ...
    @property
    def num_retries(self) -> _protobuf.UInt32Value: ...
    retry_on: str
    host_selection_retry_max_attempts: int
    def __init__(
        self,
        *,
        retry_back_off: BackoffStrategy | None = ...,
        num_retries: _protobuf.UInt32Value | None = ...,
        retry_on: str | None = ...,
        host_selection_retry_max_attempts: int | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["num_retries", "retry_back_off"]) -> bool: ...
    def ClearField(self, field_name: _Literal["host_selection_retry_max_attempts", "num_retries", "retry_back_off", "retry_on"]) -> None: ...

class RuntimeDouble(_Message):
    default_value: float
    runtime_key: str
    def __init__(
        self,
        *,
        default_value: float | None = ...,
        runtime_key: str | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: _Literal["default_value", "runtime_key"]) -> None: ...

class RuntimeFeatureFlag(_Message):
    @property
    def default_value(self) -> _protobuf.BoolValue: ...
    runtime_key: str
    def __init__(
        self,
        *,
        default_value: _protobuf.BoolValue | None = ...,
        runtime_key: str | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["default_value"]) -> bool: ...
    def ClearField(self, field_name: _Literal["default_value", "runtime_key"]) -> None: ...

class RuntimeFractionalPercent(_Message):
    @property
    def default_value(self) -> _envoy_type.FractionalPercent: ...
    runtime_key: str
    def __init__(
        self,
        *,
        default_value: _envoy_type.FractionalPercent | None = ...,
        runtime_key: str | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["default_value"]) -> bool: ...
    def ClearField(self, field_name: _Literal["default_value", "runtime_key"]) -> None: ...

class RuntimePercent(_Message):
    @property
    def default_value(self) -> _envoy_type.Percent: ...
    runtime_key: str
    def __init__(
        self,
        *,
        default_value: _envoy_type.Percent | None = ...,
        runtime_key: str | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["default_value"]) -> bool: ...
    def ClearField(self, field_name: _Literal["default_value", "runtime_key"]) -> None: ...

class RuntimeUInt32(_Message):
    default_value: int
    runtime_key: str
    def __init__(
        self,
        *,
        default_value: int | None = ...,
        runtime_key: str | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: _Literal["default_value", "runtime_key"]) -> None: ...

class SchemeHeaderTransformation(_Message):
    scheme_to_overwrite: str
    match_upstream: bool
    def __init__(
        self,
        *,
        scheme_to_overwrite: str | None = ...,
        match_upstream: bool | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["scheme_to_overwrite", "transformation"]) -> bool: ...
    def ClearField(self, field_name: _Literal["match_upstream", "scheme_to_overwrite", "transformation"]) -> None: ...
    def WhichOneof(self, oneof_group: _Literal["transformation"]) -> _Literal["scheme_to_overwrite"] | None: ...

class SelfConfigSource(_Message):
    transport_api_version: int
    def __init__(
        self,
        *,
        transport_api_version: int | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: _Literal["transport_api_version"]) -> None: ...

class SocketAddress(_Message):
    class _Protocol(_EnumTypeWrapper):
        TCP: int
        UDP: int
    Protocol: _ClassVar[_Protocol]
    TCP: _ClassVar[int]
    UDP: _ClassVar[int]
    protocol: int
    address: str
    port_value: int
    named_port: str
    def __init__(
        self,
        *,
        protocol: int | None = ...,
        address: str | None = ...,
        port_value: int | None = ...,
        named_port: str | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["named_port", "port_specifier", "port_value"]) -> bool: ...
    def ClearField(self, field_name: _Literal["address", "named_port", "port_specifier", "port_value", "protocol"]) -> None: ...
    def WhichOneof(self, oneof_group: _Literal["port_specifier"]) -> _Literal["port_value", "named_port"] | None: ...

class SocketOption(_Message):
    class _SocketState(_EnumTypeWrapper):
        STATE_PREBIND: int
        STATE_BOUND: int
        STATE_LISTENING: int
    SocketState: _ClassVar[_SocketState]
    STATE_PREBIND: _ClassVar[int]
    STATE_BOUND: _ClassVar[int]
    STATE_LISTENING: _ClassVar[int]
    class SocketType(_Message):
        class Stream(_Message):
            ...

        class Datagram(_Message):
            ...

        @property
        def stream(self) -> SocketOption.SocketType.Stream: ...
        @property
        def datagram(self) -> SocketOption.SocketType.Datagram: ...
        def __init__(
            self,
            *,
            stream: SocketOption.SocketType.Stream | None = ...,
            datagram: SocketOption.SocketType.Datagram | None = ...,
        ) -> None: ...
        def HasField(self, field_name: _Literal["datagram", "stream"]) -> bool: ...
        def ClearField(self, field_name: _Literal["datagram", "stream"]) -> None: ...

    description: str
    level: int
    name: int
    int_value: int
    buf_value: bytes
    state: int
    @property
    def type(self) -> SocketOption.SocketType: ...
    def __init__(
        self,
        *,
        description: str | None = ...,
        level: int | None = ...,
        name: int | None = ...,
        int_value: int | None = ...,
        buf_value: bytes | None = ...,
        state: int | None = ...,
        type: SocketOption.SocketType | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["buf_value", "int_value", "type", "value"]) -> bool: ...
    def ClearField(self, field_name: _Literal["buf_value", "description", "int_value", "level", "name", "state", "type", "value"]) -> None: ...
    def WhichOneof(self, oneof_group: _Literal["value"]) -> _Literal["int_value", "buf_value"] | None: ...

class SocketOptionsOverride(_Message):
    @property
    def socket_options(self) -> _Repeated[SocketOption]: ...
    def __init__(
        self,
        *,
        socket_options: _Iterable[SocketOption] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: _Literal["socket_options"]) -> None: ...

class SubstitutionFormatString(_Message):
    @property
    def json_format(self) -> _protobuf.Struct: ...
    @property
    def text_format_source(self) -> DataSource: ...
    omit_empty_values: bool
    content_type: str
    @property
    def formatters(self) -> _Repeated[TypedExtensionConfig]: ...
    @property
    def json_format_options(self) -> JsonFormatOptions: ...
    def __init__(
        self,
        *,
        json_format: _protobuf.Struct | None = ...,
        text_format_source: DataSource | None = ...,
        omit_empty_values: bool | None = ...,
        content_type: str | None = ...,
        formatters: _Iterable[TypedExtensionConfig] | None = ...,
        json_format_options: JsonFormatOptions | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["format", "json_format", "json_format_options", "text_format_source"]) -> bool: ...
    def ClearField(self, field_name: _Literal["content_type", "format", "formatters", "json_format", "json_format_options", "omit_empty_values", "text_format_source"]) -> None: ...
    def WhichOneof(self, oneof_group: _Literal["format"]) -> _Literal["json_format", "text_format_source"] | None: ...

class TcpKeepalive(_Message):
    @property
    def keepalive_probes(self) -> _protobuf.UInt32Value: ...
    @property
    def keepalive_time(self) -> _protobuf.UInt32Value: ...
    @property
    def keepalive_interval(self) -> _protobuf.UInt32Value: ...
    def __init__(
        self,
        *,
        keepalive_probes: _protobuf.UInt32Value | None = ...,
        keepalive_time: _protobuf.UInt32Value | None = ...,
        keepalive_interval: _protobuf.UInt32Value | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["keepalive_interval", "keepalive_probes", "keepalive_time"]) -> bool: ...
    def ClearField(self, field_name: _Literal["keepalive_interval", "keepalive_probes", "keepalive_time"]) -> None: ...

class TransportSocket(_Message):
    name: str
    @property
    def typed_config(self) -> _protobuf.Any: ...
    def __init__(
        self,
        *,
        name: str | None = ...,
        typed_config: _protobuf.Any | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["config_type", "typed_config"]) -> bool: ...
    def ClearField(self, field_name: _Literal["config_type", "name", "typed_config"]) -> None: ...
    def WhichOneof(self, oneof_group: _Literal["config_type"]) -> _Literal["typed_config"] | None: ...

class TypedExtensionConfig(_Message):
    name: str
    @property
    def typed_config(self) -> _protobuf.Any: ...
    def __init__(
        self,
        *,
        name: str | None = ...,
        typed_config: _protobuf.Any | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["typed_config"]) -> bool: ...
    def ClearField(self, field_name: _Literal["name", "typed_config"]) -> None: ...

class UpstreamHttpProtocolOptions(_Message):
    auto_sni: bool
    auto_san_validation: bool
    override_auto_sni_header: str
    def __init__(
        self,
        *,
        auto_sni: bool | None = ...,
        auto_san_validation: bool | None = ...,
        override_auto_sni_header: str | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: _Literal["auto_san_validation", "auto_sni", "override_auto_sni_header"]) -> None: ...

class WatchedDirectory(_Message):
    path: str
    def __init__(
        self,
        *,
        path: str | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: _Literal["path"]) -> None: ...
