"""The protobuf package `envoy.config.listener.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from collections.abc import Iterable as _Iterable
from typing import ClassVar as _ClassVar
from typing import Literal as _Literal
from google.protobuf.internal.containers import RepeatedCompositeFieldContainer as _Repeated
from google.protobuf.internal.containers import RepeatedScalarFieldContainer as _RepeatedScalar
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper as _EnumTypeWrapper
from google.protobuf.message import Message as _Message
from authz.pb import accesslog as _accesslog
from authz.pb import core as _core
from authz.pb import envoy_type as _envoy_type
from authz.pb import protobuf as _protobuf

__all__ = [
    "AdditionalAddress",
    "Filter",
    "FilterChain",
    "FilterChainMatch",
    "Listener",
    "ListenerFilter",
    "ListenerFilterChainMatchPredicate",
]

class AdditionalAddress(_Message):
    @property
    def address(self) -> _core.Address: ...
    @property
    def socket_options(self) -> _core.SocketOptionsOverride: ...
    def __init__(
        self,
        *,
        address: _core.Address | None = ...,
        socket_options: _core.SocketOptionsOverride | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["address", "socket_options"]) -> bool: ...
    def ClearField(self, field_name: _Literal["address", "socket_options"]) -> None: ...

class Filter(_Message):
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

class FilterChain(_Message):
    @property
    def filter_chain_match(self) -> FilterChainMatch: ...
    @property
    def filters(self) -> _Repeated[Filter]: ...
    @property
    def metadata(self) -> _core.Metadata: ...
    @property
    def transport_socket(self) -> _core.TransportSocket: ...
    @property
    def transport_socket_connect_timeout(self) -> _protobuf.Duration: ...
    name: str
    def __init__(
        self,
        *,
        filter_chain_match: FilterChainMatch | None = ...,
        filters: _Iterable[Filter] | None = ...,
        metadata: _core.Metadata | None = ...,
        transport_socket: _core.TransportSocket | None = ...,
        transport_socket_connect_timeout: _protobuf.Duration | None = ...,
        name: str | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["filter_chain_match", "metadata", "transport_socket", "transport_socket_connect_timeout"]) -> bool: ...
    def ClearField(self, field_name: _Literal["filter_chain_match", "filters", "metadata", "name", "transport_socket", "transport_socket_connect_timeout"]) -> None: ...

class FilterChainMatch(_Message):
    class _ConnectionSourceType(_EnumTypeWrapper):
        ANY: int
        SAME_IP_OR_LOOPBACK: int
        EXTERNAL: int
    ConnectionSourceType: _ClassVar[_ConnectionSourceType]
    ANY: _ClassVar[int]
    SAME_IP_OR_LOOPBACK: _ClassVar[int]
    EXTERNAL: _ClassVar[int]
    @property
    def destination_port(self) -> _protobuf.UInt32Value: ...
    @property
    def prefix_ranges(self) -> _Repeated[_core.CidrRange]: ...
    address_suffix: str
    @property
    def suffix_len(self) -> _protobuf.UInt32Value: ...
    @property
    def direct_source_prefix_ranges(self) -> _Repeated[_core.CidrRange]: ...
    source_type: int
    @property
    def source_prefix_ranges(self) -> _Repeated[_core.CidrRange]: ...
    @property
    def source_ports(self) -> _RepeatedScalar[int]: ...
    @property
    def server_names(self) -> _RepeatedScalar[str]: ...
    transport_protocol: str
    @property
    def application_protocols(self) -> _RepeatedScalar[str]: ...
    def __init__(
        self,
        *,
        destination_port: _protobuf.UInt32Value | None = ...,
        prefix_ranges: _Iterable[_core.CidrRange] | None = ...,
        address_suffix: str | None = ...,
        suffix_len: _protobuf.UInt32Value | None = ...,
        direct_source_prefix_ranges: _Iterable[_core.CidrRange] | None = ...,
        source_type: int | None = ...,
        source_prefix_ranges: _Iterable[_core.CidrRange] | None = ...,
        source_ports: _Iterable[int] | None = ...,
        server_names: _Iterable[str] | None = ...,
        transport_protocol: str | None = ...,
        application_protocols: _Iterable[str] | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["destination_port", "suffix_len"]) -> bool: ...
    def ClearField(self, field_name: _Literal["address_suffix", "application_protocols", "destination_port", "direct_source_prefix_ranges", "prefix_ranges", "server_names", "source_ports", "source_prefix_ranges", "source_type", "suffix_len", "transport_protocol"]) -> None: ...

class Listener(_Message):
    class _DrainType(_EnumTypeWrapper):
        DEFAULT: int
        MODIFY_ONLY: int
    DrainType: _ClassVar[_DrainType]
    DEFAULT: _ClassVar[int]
    MODIFY_ONLY: _ClassVar[int]
    class ConnectionBalanceConfig(_Message):
        class ExactBalance(_Message):
            ...

        @property
        def exact_balance(self) -> Listener.ConnectionBalanceConfig.ExactBalance: ...
        @property
        def extend_balance(self) -> _core.TypedExtensionConfig: ...
        def __init__(
            self,
            *,
            exact_balance: Listener.ConnectionBalanceConfig.ExactBalance | None = ...,
            extend_balance: _core.TypedExtensionConfig | None = ...,
        ) -> None: ...
        def HasField(self, field_name: _Literal["balance_type", "exact_balance", "extend_balance"]) -> bool: ...
        def ClearField(self, field_name: _Literal["balance_type", "exact_balance", "extend_balance"]) -> None: ...
        def WhichOneof(self, oneof_group: _Literal["balance_type"]) -> _Literal["exact_balance", "extend_balance"] | None: ...

    name: str
    @property
    def address(self) -> _core.Address: ...
    @property
    def additional_addresses(self) -> _Repeated[AdditionalAddress]: ...
    stat_prefix: str
    @property
    def filter_chains(self) -> _Repeated[FilterChain]: ...
    @property
    def use_original_dst(self) -> _protobuf.BoolValue: ...
    @property
    def default_filter_chain(self) -> FilterChain: ...
    @property
    def per_connection_buffer_limit_bytes(self) -> _protobuf.UInt32Value: ...
    @property
    def metadata(self) -> _core.Metadata: ...
    drain_type: int
    @property
    def listener_filters(self) -> _Repeated[ListenerFilter]: ...
    @property
    def listener_filters_timeout(self) -> _protobuf.Duration: ...
    continue_on_listener_filters_timeout: bool
    @property
    def transparent(self) -> _protobuf.BoolValue: ...
    @property
    def freebind(self) -> _protobuf.BoolValue: ...
    @property
    def socket_options(self) -> _Repeated[_core.SocketOption]: ...
    @property
    def tcp_fast_open_queue_length(self) -> _protobuf.UInt32Value: ...
    traffic_direction: int
    @property
    def connection_balance_config(self) -> Listener.ConnectionBalanceConfig: ...
    @property
    def enable_reuse_port(self) -> _protobuf.BoolValue: ...
    @property
    def access_log(self) -> _Repeated[_accesslog.AccessLog]: ...
    @property
    def tcp_backlog_size(self) -> _protobuf.UInt32Value: ...
    @property
    def max_connections_to_accept_per_socket_event(self) -> _protobuf.UInt32Value: ...
    @property
    def bind_to_port(self) -> _protobuf.BoolValue: ...
    enable_mptcp: bool
    ignore_global_conn_limit: bool
    bypass_overload_manager: bool
    def __init__(
        self,
        *,
        name: str | None = ...,
        address: _core.Address | None = ...,
        additional_addresses: _Iterable[AdditionalAddress] | None = ...,
        stat_prefix: str | None = ...,
        filter_chains: _Iterable[FilterChain] | None = ...,
        use_original_dst: _protobuf.BoolValue | None = ...,
        default_filter_chain: FilterChain | None = ...,
        per_connection_buffer_limit_bytes: _protobuf.UInt32Value | None = ...,
        metadata: _core.Metadata | None = ...,
        drain_type: int | None = ...,
        listener_filters: _Iterable[ListenerFilter] | None = ...,
        listener_filters_timeout: _protobuf.Duration | None = ...,
        continue_on_listener_filters_timeout: bool | None = ...,
        transparent: _protobuf.BoolValue | None = ...,
        freebind: _protobuf.BoolValue | None = ...,
        socket_options: _Iterable[_core.SocketOption] | None = ...,
        tcp_fast_open_queue_length: _protobuf.UInt32Value | None = ...,
        traffic_direction: int | None = ...,
        connection_balance_config: Listener.ConnectionBalanceConfig | None = ...,
        enable_reuse_port: _protobuf.BoolValue | None = ...,
        access_log: _Iterable[_accesslog.AccessLog] | None = ...,
        tcp_backlog_size: _protobuf.UInt32Value | None = ...,
        max_connections_to_accept_per_socket_event: _protobuf.UInt32Value | None = ...,
        bind_to_port: _protobuf.BoolValue | None = ...,
        enable_mptcp: bool | None = ...,
        ignore_global_conn_limit: bool | None = ...,
        bypass_overload_manager: bool | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["address", "bind_to_port", "connection_balance_config", "default_filter_chain", "enable_reuse_port", "freebind", "listener_filters_timeout", "max_connections_to_accept_per_socket_event", "metadata", "per_connection_buffer_limit_bytes", "tcp_backlog_size", "tcp_fast_open_queue_length", "transparent", "use_original_dst"]) -> bool: ...
    def ClearField(self, field_name: _Literal["access_log", "additional_addresses", "address", "bind_to_port", "bypass_overload_manager", "connection_balance_config", "continue_on_listener_filters_timeout", "default_filter_chain", "drain_type", "enable_mptcp", "enable_reuse_port", "filter_chains", "freebind", "ignore_global_conn_limit", "listener_filters", "listener_filters_timeout", "max_connections_to_accept_per_socket_event", "metadata", "name", "per_connection_buffer_limit_bytes", "socket_options", "stat_prefix", "tcp_backlog_size", "tcp_fast_open_queue_length", "traffic_direction", "transparent", "use_original_dst"]) -> None: ...

class ListenerFilter(_Message):
    name: str
    @property
    def typed_config(self) -> _protobuf.Any: ...
    @property
    def filter_disabled(self) -> ListenerFilterChainMatchPredicate: ...
    def __init__(
        self,
        *,
        name: str | None = ...,
        typed_config: _protobuf.Any | None = ...,
        filter_disabled: ListenerFilterChainMatchPredicate | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["config_type", "filter_disabled", "typed_config"]) -> bool: ...
    def ClearField(self, field_name: _Literal["config_type", "filter_disabled", "name", "typed_config"]) -> None: ...
    def WhichOneof(self, oneof_group: _Literal["config_type"]) -> _Literal["typed_config"] | None: ...

class ListenerFilterChainMatchPredicate(_Message):
    class MatchSet(_Message):
        @property
        def rules(self) -> _Repeated[ListenerFilterChainMatchPredicate]: ...
        def __init__(
            self,
            *,
            rules: _Iterable[ListenerFilterChainMatchPredicate] | None = ...,
        ) -> None: ...
        def ClearField(self, field_name: _Literal["rules"]) -> None: ...

    @property
    def or_match(self) -> ListenerFilterChainMatchPredicate.MatchSet: ...
    @property
    def and_match(self) -> ListenerFilterChainMatchPredicate.MatchSet: ...
    @property
    def not_match(self) -> ListenerFilterChainMatchPredicate: ...
    any_match: bool
    @property
    def destination_port_range(self) -> _envoy_type.Int32Range: ...
    def __init__(
        self,
        *,
        or_match: ListenerFilterChainMatchPredicate.MatchSet | None = ...,
        and_match: ListenerFilterChainMatchPredicate.MatchSet | None = ...,
        not_match: ListenerFilterChainMatchPredicate | None = ...,
        any_match: bool | None = ...,
        destination_port_range: _envoy_type.Int32Range | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["and_match", "any_match", "destination_port_range", "not_match", "or_match", "rule"]) -> bool: ...
    def ClearField(self, field_name: _Literal["and_match", "any_match", "destination_port_range", "not_match", "or_match", "rule"]) -> None: ...
    def WhichOneof(self, oneof_group: _Literal["rule"]) -> _Literal["or_match", "and_match", "not_match", "any_match", "destination_port_range"] | None: ...
