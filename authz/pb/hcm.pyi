"""The protobuf package `envoy.extensions.filters.network.http_connection_manager.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from collections.abc import Iterable as _Iterable
from typing import ClassVar as _ClassVar
from typing import Literal as _Literal
from typing import overload as _overload
from google.protobuf.internal.containers import RepeatedCompositeFieldContainer as _Repeated
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper as _EnumTypeWrapper
from google.protobuf.message import Message as _Message
from authz.pb import accesslog as _accesslog
from authz.pb import core as _core
from authz.pb import protobuf as _protobuf
from authz.pb import route as _route

__all__ = [
    "HttpConnectionManager",
    "HttpFilter",
    "LocalReplyConfig",
    "Rds",
    "RequestIDExtension",
    "ResponseMapper",
]

class HttpConnectionManager(_Message):
    class _CodecType(_EnumTypeWrapper):
        AUTO: int
        HTTP1: int
        HTTP2: int
        HTTP3: int
    CodecType: _ClassVar[_CodecType]
    AUTO: _ClassVar[int]
    HTTP1: _ClassVar[int]
    HTTP2: _ClassVar[int]
    HTTP3: _ClassVar[int]
    class _ServerHeaderTransformation(_EnumTypeWrapper):
        OVERWRITE: int
        APPEND_IF_ABSENT: int
        PASS_THROUGH: int
    ServerHeaderTransformation: _ClassVar[_ServerHeaderTransformation]
    OVERWRITE: _ClassVar[int]
    APPEND_IF_ABSENT: _ClassVar[int]
    PASS_THROUGH: _ClassVar[int]
    class _ForwardClientCertDetails(_EnumTypeWrapper):
        SANITIZE: int
        FORWARD_ONLY: int
        APPEND_FORWARD: int
        SANITIZE_SET: int
        ALWAYS_FORWARD_ONLY: int
    ForwardClientCertDetails: _ClassVar[_ForwardClientCertDetails]
    SANITIZE: _ClassVar[int]
    FORWARD_ONLY: _ClassVar[int]
    APPEND_FORWARD: _ClassVar[int]
    SANITIZE_SET: _ClassVar[int]
    ALWAYS_FORWARD_ONLY: _ClassVar[int]
    class _PathWithEscapedSlashesAction(_EnumTypeWrapper):
        IMPLEMENTATION_SPECIFIC_DEFAULT: int
        KEEP_UNCHANGED: int
        REJECT_REQUEST: int
        UNESCAPE_AND_REDIRECT: int
        UNESCAPE_AND_FORWARD: int
    PathWithEscapedSlashesAction: _ClassVar[_PathWithEscapedSlashesAction]
    IMPLEMENTATION_SPECIFIC_DEFAULT: _ClassVar[int]
    KEEP_UNCHANGED: _ClassVar[int]
    REJECT_REQUEST: _ClassVar[int]
    UNESCAPE_AND_REDIRECT: _ClassVar[int]
    UNESCAPE_AND_FORWARD: _ClassVar[int]
    class InternalAddressConfig(_Message):
        unix_sockets: bool
        @property
        def cidr_ranges(self) -> _Repeated[_core.CidrRange]: ...
        def __init__(
            self,
            *,
            unix_sockets: bool | None = ...,
            cidr_ranges: _Iterable[_core.CidrRange] | None = ...,
        ) -> None: ...
        def ClearField(self, field_name: _Literal["cidr_ranges", "unix_sockets"]) -> None: ...

    class SetCurrentClientCertDetails(_Message):
        @property
        def subject(self) -> _protobuf.BoolValue: ...
        cert: bool
        chain: bool
        dns: bool
        uri: bool
        def __init__(
            self,
            *,
            subject: _protobuf.BoolValue | None = ...,
            cert: bool | None = ...,
            chain: bool | None = ...,
            dns: bool | None = ...,
            uri: bool | None = ...,
        ) -> None: ...
        def HasField(self, field_name: _Literal["subject"]) -> bool: ...
        def ClearField(self, field_name: _Literal["cert", "chain", "dns", "subject", "uri"]) -> None: ...

    class UpgradeConfig(_Message):
        upgrade_type: str
        @property
        def filters(self) -> _Repeated[HttpFilter]: ...
        @property
        def enabled(self) -> _protobuf.BoolValue: ...
        def __init__(
            self,
            *,
            upgrade_type: str | None = ...,
            filters: _Iterable[HttpFilter] | None = ...,
            enabled: _protobuf.BoolValue | None = ...,
        ) -> None: ...
        def HasField(self, field_name: _Literal["enabled"]) -> bool: ...
        def ClearField(self, field_name: _Literal["enabled", "filters", "upgrade_type"]) -> None: ...

    class HcmAccessLogOptions(_Message):
        @property
        def access_log_flush_interval(self) -> _protobuf.Duration: ...
        flush_access_log_on_new_request: bool
        flush_log_on_tunnel_successfully_established: bool
        def __init__(
            self,
            *,
            access_log_flush_interval: _protobuf.Duration | None = ...,
            flush_access_log_on_new_request: bool | None = ...,
            flush_log_on_tunnel_successfully_established: bool | None = ...,
        ) -> None: ...
        def HasField(self, field_name: _Literal["access_log_flush_interval"]) -> bool: ...
        def ClearField(self, field_name: _Literal["access_log_flush_interval", "flush_access_log_on_new_request", "flush_log_on_tunnel_successfully_established"]) -> None: ...

    codec_type: int
    stat_prefix: str
    @property
    def rds(self) -> Rds: ...
    @property
    def route_config(self) -> _route.RouteConfiguration: ...
    @property
    def http_filters(self) -> _Repeated[HttpFilter]: ...
    @property
    def add_user_agent(self) -> _protobuf.BoolValue: ...
    @property
    def common_http_protocol_options(self) -> _core.HttpProtocolOptions: ...
    http1_safe_max_connection_duration: bool
    @property
    def http_protocol_options(self) -> _core.Http1ProtocolOptions: ...
    @property
    def http2_protocol_options(self) -> _core.Http2ProtocolOptions: ...
    server_name: str
    server_header_transformation: int
    @property
    def scheme_header_transformation(self) -> _core.SchemeHeaderTransformation: ...
    @property
    def max_request_headers_kb(self) -> _protobuf.UInt32Value: ...
    @property
    def stream_idle_timeout(self) -> _protobuf.Duration: ...
    @property
    def stream_flush_timeout(self) -> _protobuf.Duration: ...
    @property
    def request_timeout(self) -> _protobuf.Duration: ...
    @property
    def request_headers_timeout(self) -> _protobuf.Duration: ...
    @property
    def drain_timeout(self) -> _protobuf.Duration: ...
    @property
    def delayed_close_timeout(self) -> _protobuf.Duration: ...
    @property
    def access_log(self) -> _Repeated[_accesslog.AccessLog]: ...
    @property
    def access_log_options(self) -> HttpConnectionManager.HcmAccessLogOptions: ...
    @property
    def use_remote_address(self) -> _protobuf.BoolValue: ...
    xff_num_trusted_hops: int
    @property
    def original_ip_detection_extensions(self) -> _Repeated[_core.TypedExtensionConfig]: ...
    @property
    def early_header_mutation_extensions(self) -> _Repeated[_core.TypedExtensionConfig]: ...
    @property
    def internal_address_config(self) -> HttpConnectionManager.InternalAddressConfig: ...
    skip_xff_append: bool
    via: str
    @property
    def generate_request_id(self) -> _protobuf.BoolValue: ...
    preserve_external_request_id: bool
    always_set_request_id_in_response: bool
    forward_client_cert_details: int
    @property
    def set_current_client_cert_details(self) -> HttpConnectionManager.SetCurrentClientCertDetails: ...
    proxy_100_continue: bool
    represent_ipv4_remote_address_as_ipv4_mapped_ipv6: bool
    @property
    def upgrade_configs(self) -> _Repeated[HttpConnectionManager.UpgradeConfig]: ...
    @property
    def normalize_path(self) -> _protobuf.BoolValue: ...
    merge_slashes: bool
    path_with_escaped_slashes_action: int
    @property
    def request_id_extension(self) -> RequestIDExtension: ...
    @property
    def local_reply_config(self) -> LocalReplyConfig: ...
    strip_matching_host_port: bool
    strip_any_host_port: bool
    @property
    def stream_error_on_invalid_http_message(self) -> _protobuf.BoolValue: ...
    strip_trailing_host_dot: bool
    @property
    def typed_header_validation_config(self) -> _core.TypedExtensionConfig: ...
    append_x_forwarded_port: bool
    append_local_overload: bool
    @property
    def add_proxy_protocol_connection_state(self) -> _protobuf.BoolValue: ...
    def __init__(
        self,
        *,
        codec_type: int | None = ...,
        stat_prefix: str | None = ...,
        rds: Rds | None = ...,
        route_config: _route.RouteConfiguration | None = ...,
        http_filters: _Iterable[HttpFilter] | None = ...,
        add_user_agent: _protobuf.BoolValue | None = ...,
        common_http_protocol_options: _core.HttpProtocolOptions | None = ...,
        http1_safe_max_connection_duration: bool | None = ...,
        http_protocol_options: _core.Http1ProtocolOptions | None = ...,
        http2_protocol_options: _core.Http2ProtocolOptions | None = ...,
        server_name: str | None = ...,
        server_header_transformation: int | None = ...,
        scheme_header_transformation: _core.SchemeHeaderTransformation | None = ...,
        max_request_headers_kb: _protobuf.UInt32Value | None = ...,
        stream_idle_timeout: _protobuf.Duration | None = ...,
        stream_flush_timeout: _protobuf.Duration | None = ...,
        request_timeout: _protobuf.Duration | None = ...,
        request_headers_timeout: _protobuf.Duration | None = ...,
        drain_timeout: _protobuf.Duration | None = ...,
        delayed_close_timeout: _protobuf.Duration | None = ...,
        access_log: _Iterable[_accesslog.AccessLog] | None = ...,
        access_log_options: HttpConnectionManager.HcmAccessLogOptions | None = ...,
        use_remote_address: _protobuf.BoolValue | None = ...,
        xff_num_trusted_hops: int | None = ...,
        original_ip_detection_extensions: _Iterable[_core.TypedExtensionConfig] | None = ...,
        early_header_mutation_extensions: _Iterable[_core.TypedExtensionConfig] | None = ...,
        internal_address_config: HttpConnectionManager.InternalAddressConfig | None = ...,
        skip_xff_append: bool | None = ...,
        via: str | None = ...,
        generate_request_id: _protobuf.BoolValue | None = ...,
        preserve_external_request_id: bool | None = ...,
        always_set_request_id_in_response: bool | None = ...,
        forward_client_cert_details: int | None = ...,
        set_current_client_cert_details: HttpConnectionManager.SetCurrentClientCertDetails | None = ...,
        proxy_100_continue: bool | None = ...,
        represent_ipv4_remote_address_as_ipv4_mapped_ipv6: bool | None = ...,
        upgrade_configs: _Iterable[HttpConnectionManager.UpgradeConfig] | None = ...,
        normalize_path: _protobuf.BoolValue | None = ...,
        merge_slashes: bool | None = ...,
        path_with_escaped_slashes_action: int | None = ...,
        request_id_extension: RequestIDExtension | None = ...,
        local_reply_config: LocalReplyConfig | None = ...,
        strip_matching_host_port: bool | None = ...,
        strip_any_host_port: bool | None = ...,
        stream_error_on_invalid_http_message: _protobuf.BoolValue | None = ...,
        strip_trailing_host_dot: bool | None = ...,
        typed_header_validation_config: _core.TypedExtensionConfig | None = ...,
        append_x_forwarded_port: bool | None = ...,
        append_local_overload: bool | None = ...,
        add_proxy_protocol_connection_state: _protobuf.BoolValue | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["access_log_options", "add_proxy_protocol_connection_state", "add_user_agent", "common_http_protocol_options", "delayed_close_timeout", "drain_timeout", "generate_request_id", "http2_protocol_options", "http_protocol_options", "internal_address_config", "local_reply_config", "max_request_headers_kb", "normalize_path", "rds", "request_headers_timeout", "request_id_extension", "request_timeout", "route_config", "route_specifier", "scheme_header_transformation", "set_current_client_cert_details", "stream_error_on_invalid_http_message", "stream_flush_timeout", "stream_idle_timeout", "strip_any_host_port", "strip_port_mode", "typed_header_validation_config", "use_remote_address"]) -> bool: ...
    def ClearField(self, field_name: _Literal["access_log", "access_log_options", "add_proxy_protocol_connection_state", "add_user_agent", "always_set_request_id_in_response", "append_local_overload", "append_x_forwarded_port", "codec_type", "common_http_protocol_options", "delayed_close_timeout", "drain_timeout", "early_header_mutation_extensions", "forward_client_cert_details", "generate_request_id", "http1_safe_max_connection_duration", "http2_protocol_options", "http_filters", "http_protocol_options", "internal_address_config", "local_reply_config", "max_request_headers_kb", "merge_slashes", "normalize_path", "original_ip_detection_extensions", "path_with_escaped_slashes_action", "preserve_external_request_id", "proxy_100_continue", "rds", "represent_ipv4_remote_address_as_ipv4_mapped_ipv6", "request_headers_timeout", "request_id_extension", "request_timeout", "route_config", "route_specifier", "scheme_header_transformation", "server_header_transformation", "server_name", "set_current_client_cert_details", "skip_xff_append", "stat_prefix", "stream_error_on_invalid_http_message", "stream_flush_timeout", "stream_idle_timeout", "strip_any_host_port", "strip_matching_host_port", "strip_port_mode", "strip_trailing_host_dot", "typed_header_validation_config", "upgrade_configs", "use_remote_address", "via", "xff_num_trusted_hops"]) -> None: ...
    @_overload
    def WhichOneof(self, oneof_group: _Literal["route_specifier"]) -> _Literal["rds", "route_config"] | None: ...
    @_overload
    def WhichOneof(self, oneof_group: _Literal["strip_port_mode"]) -> _Literal["strip_any_host_port"] | None: ...

class HttpFilter(_Message):
    name: str
    @property
    def typed_config(self) -> _protobuf.Any: ...
    is_optional: bool
    disabled: bool
    def __init__(
        self,
        *,
        name: str | None = ...,
        typed_config: _protobuf.Any | None = ...,
        is_optional: bool | None = ...,
        disabled: bool | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["config_type", "typed_config"]) -> bool: ...
    def ClearField(self, field_name: _Literal["config_type", "disabled", "is_optional", "name", "typed_config"]) -> None: ...
    def WhichOneof(self, oneof_group: _Literal["config_type"]) -> _Literal["typed_config"] | None: ...

class LocalReplyConfig(_Message):
    @property
    def mappers(self) -> _Repeated[ResponseMapper]: ...
    @property
    def body_format(self) -> _core.SubstitutionFormatString: ...
    def __init__(
        self,
        *,
        mappers: _Iterable[ResponseMapper] | None = ...,
        body_format: _core.SubstitutionFormatString | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["body_format"]) -> bool: ...
    def ClearField(self, field_name: _Literal["body_format", "mappers"]) -> None: ...

class Rds(_Message):
    @property
    def config_source(self) -> _core.ConfigSource: ...
    route_config_name: str
    def __init__(
        self,
        *,
        config_source: _core.ConfigSource | None = ...,
        route_config_name: str | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["config_source"]) -> bool: ...
    def ClearField(self, field_name: _Literal["config_source", "route_config_name"]) -> None: ...

class RequestIDExtension(_Message):
    @property
    def typed_config(self) -> _protobuf.Any: ...
    def __init__(
        self,
        *,
        typed_config: _protobuf.Any | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["typed_config"]) -> bool: ...
    def ClearField(self, field_name: _Literal["typed_config"]) -> None: ...

class ResponseMapper(_Message):
    @property
    def filter(self) -> _accesslog.AccessLogFilter: ...
    @property
    def status_code(self) -> _protobuf.UInt32Value: ...
    @property
    def body(self) -> _core.DataSource: ...
    @property
    def body_format_override(self) -> _core.SubstitutionFormatString: ...
    @property
    def headers_to_add(self) -> _Repeated[_core.HeaderValueOption]: ...
    def __init__(
        self,
        *,
        filter: _accesslog.AccessLogFilter | None = ...,
        status_code: _protobuf.UInt32Value | None = ...,
        body: _core.DataSource | None = ...,
        body_format_override: _core.SubstitutionFormatString | None = ...,
        headers_to_add: _Iterable[_core.HeaderValueOption] | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["body", "body_format_override", "filter", "status_code"]) -> bool: ...
    def ClearField(self, field_name: _Literal["body", "body_format_override", "filter", "headers_to_add", "status_code"]) -> None: ...
