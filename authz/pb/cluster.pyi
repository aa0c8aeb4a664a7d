"""The protobuf package `envoy.config.cluster.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from collections.abc import Iterable as _Iterable
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar
from typing import Literal as _Literal
from typing import overload as _overload
from google.protobuf.internal.containers import MessageMap as _MessageMap
from google.protobuf.internal.containers import RepeatedCompositeFieldContainer as _Repeated
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper as _EnumTypeWrapper
from google.protobuf.message import Message as _Message
from authz.pb import core as _core
from authz.pb import endpoint as _endpoint
from authz.pb import envoy_type as _envoy_type
from authz.pb import protobuf as _protobuf

__all__ = [
    "CircuitBreakers",
    "Cluster",
    "OutlierDetection",
    "TrackClusterStats",
    "UpstreamConnectionOptions",
]

class CircuitBreakers(_Message):
    class Thresholds(_Message):
        class RetryBudget(_Message):
            @property
            def budget_percent(self) -> _envoy_type.Percent: ...
            @property
            def min_retry_concurrency(self) -> _protobuf.UInt32Value: ...
            def __init__(
                self,
                *,
                budget_percent: _envoy_type.Percent | None = ...,
                min_retry_concurrency: _protobuf.UInt32Value | None = ...,
            ) -> None: ...
            def HasField(self, field_name: _Literal["budget_percent", "min_retry_concurrency"]) -> bool: ...
            def ClearField(self, field_name: _Literal["budget_percent", "min_retry_concurrency"]) -> None: ...

        priority: int
        @property
        def max_connections(self) -> _protobuf.UInt32Value: ...
        @property
        def max_pending_requests(self) -> _protobuf.UInt32Value: ...
        @property
        def max_requests(self) -> _protobuf.UInt32Value: ...
        @property
        def max_retries(self) -> _protobuf.UInt32Value: ...
        @property
        def retry_budget(self) -> CircuitBreakers.Thresholds.RetryBudget: ...
        track_remaining: bool
        @property
        def max_connection_pools(self) -> _protobuf.UInt32Value: ...
        def __init__(
            self,
            *,
            priority: int | None = ...,
            max_connections: _protobuf.UInt32Value | None = ...,
            max_pending_requests: _protobuf.UInt32Value | None = ...,
            max_requests: _protobuf.UInt32Value | None = ...,
            max_retries: _protobuf.UInt32Value | None = ...,
            retry_budget: CircuitBreakers.Thresholds.RetryBudget | None = ...,
            track_remaining: bool | None = ...,
            max_connection_pools: _protobuf.UInt32Value | None = ...,
        ) -> None: ...
        def HasField(self, field_name: _Literal["max_connection_pools", "max_connections", "max_pending_requests", "max_requests", "max_retries", "retry_budget"]) -> bool: ...
        def ClearField(self, field_name: _Literal["max_connection_pools", "max_connections", "max_pending_requests", "max_requests", "max_retries", "priority", "retry_budget", "track_remaining"]) -> None: ...

    @property
    def thresholds(self) -> _Repeated[CircuitBreakers.Thresholds]: ...
    @property
    def per_host_thresholds(self) -> _Repeated[CircuitBreakers.Thresholds]: ...
    def __init__(
        self,
        *,
        thresholds: _Iterable[CircuitBreakers.Thresholds] | None = ...,
        per_host_thresholds: _Iterable[CircuitBreakers.Thresholds] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: _Literal["per_host_thresholds", "thresholds"]) -> None: ...

class Cluster(_Message):
    class _DiscoveryType(_EnumTypeWrapper):
        STATIC: int
        STRICT_DNS: int
        LOGICAL_DNS: int
        EDS: int
        ORIGINAL_DST: int
    DiscoveryType: _ClassVar[_DiscoveryType]
    STATIC: _ClassVar[int]
    STRICT_DNS: _ClassVar[int]
    LOGICAL_DNS: _ClassVar[int]
    EDS: _ClassVar[int]
    ORIGINAL_DST: _ClassVar[int]
    class _LbPolicy(_EnumTypeWrapper):
        ROUND_ROBIN: int
        LEAST_REQUEST: int
        RING_HASH: int
        RANDOM: int
        MAGLEV: int
        CLUSTER_PROVIDED: int
        LOAD_BALANCING_POLICY_CONFIG: int
    LbPolicy: _ClassVar[_LbPolicy]
    ROUND_ROBIN: _ClassVar[int]
    LEAST_REQUEST: _ClassVar[int]
    RING_HASH: _ClassVar[int]
    RANDOM: _ClassVar[int]
    MAGLEV: _ClassVar[int]
    CLUSTER_PROVIDED: _ClassVar[int]
    LOAD_BALANCING_POLICY_CONFIG: _ClassVar[int]
    class _DnsLookupFamily(_EnumTypeWrapper):
        AUTO: int
        V4_ONLY: int
        V6_ONLY: int
        V4_PREFERRED: int
        ALL: int
    DnsLookupFamily: _ClassVar[_DnsLookupFamily]
    AUTO: _ClassVar[int]
    V4_ONLY: _ClassVar[int]
    V6_ONLY: _ClassVar[int]
    V4_PREFERRED: _ClassVar[int]
    ALL: _ClassVar[int]
    class TransportSocketMatch(_Message):
        name: str
        @property
        def match(self) -> _protobuf.Struct: ...
        @property
        def transport_socket(self) -> _core.TransportSocket: ...
        def __init__(
            self,
            *,
            name: str | None = ...,
            match: _protobuf.Struct | None = ...,
            transport_socket: _core.TransportSocket | None = ...,
        ) -> None: ...
        def HasField(self, field_name: _Literal["match", "transport_socket"]) -> bool: ...
        def ClearField(self, field_name: _Literal["match", "name", "transport_socket"]) -> None: ...

    class CustomClusterType(_Message):
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

    class EdsClusterConfig(_Message):
        @property
        def eds_config(self) -> _core.ConfigSource: ...
        service_name: str
        def __init__(
            self,
            *,
            eds_config: _core.ConfigSource | None = ...,
            service_name: str | None = ...,
        ) -> None: ...
        def HasField(self, field_name: _Literal["eds_config"]) -> bool: ...
        def ClearField(self, field_name: _Literal["eds_config", "service_name"]) -> None: ...

    class SlowStartConfig(_Message):
        @property
        def slow_start_window(self) -> _protobuf.Duration: ...
        @property
        def aggression(self) -> _core.RuntimeDouble: ...
        @property
        def min_weight_percent(self) -> _envoy_type.Percent: ...
        def __init__(
            self,
            *,
            slow_start_window: _protobuf.Duration | None = ...,
            aggression: _core.RuntimeDouble | None = ...,
            min_weight_percent: _envoy_type.Percent | None = ...,
        ) -> None: ...
        def HasField(self, field_name: _Literal["aggression", "min_weight_percent", "slow_start_window"]) -> bool: ...
        def ClearField(self, field_name: _Literal["aggression", "min_weight_percent", "slow_start_window"]) -> None: ...

    class RoundRobinLbConfig(_Message):
        @property
        def slow_start_config(self) -> Cluster.SlowStartConfig: ...
        def __init__(
            self,
            *,
            slow_start_config: Cluster.SlowStartConfig | None = ...,
        ) -> None: ...
        def HasField(self, field_name: _Literal["slow_start_config"]) -> bool: ...
        def ClearField(self, field_name: _Literal["slow_start_config"]) -> None: ...

    class LeastRequestLbConfig(_Message):
        @property
        def choice_count(self) -> _protobuf.UInt32Value: ...
        @property
        def active_request_bias(self) -> _core.RuntimeDouble: ...
        @property
        def slow_start_config(self) -> Cluster.SlowStartConfig: ...
        def __init__(
            self,
            *,
            choice_count: _protobuf.UInt32Value | None = ...,
            active_request_bias: _core.RuntimeDouble | None = ...,
            slow_start_config: Cluster.SlowStartConfig | None = ...,
        ) -> None: ...
        def HasField(self, field_name: _Literal["active_request_bias", "choice_count", "slow_start_config"]) -> bool: ...
        def ClearField(self, field_name: _Literal["active_request_bias", "choice_count", "slow_start_config"]) -> None: ...

    class RingHashLbConfig(_Message):
        class _HashFunction(_EnumTypeWrapper):
            XX_HASH: int
            MURMUR_HASH_2: int
        HashFunction: _ClassVar[_HashFunction]
        XX_HASH: _ClassVar[int]
        MURMUR_HASH_2: _ClassVar[int]
        @property
        def minimum_ring_size(self) -> _protobuf.UInt64Value: ...
        hash_function: int
        @property
        def maximum_ring_size(self) -> _protobuf.UInt64Value: ...
        def __init__(
            self,
            *,
            minimum_ring_size: _protobuf.UInt64Value | None = ...,
            hash_function: int | None = ...,
            maximum_ring_size: _protobuf.UInt64Value | None = ...,
        ) -> None: ...
        def HasField(self, field_name: _Literal["maximum_ring_size", "minimum_ring_size"]) -> bool: ...
        def ClearField(self, field_name: _Literal["hash_function", "maximum_ring_size", "minimum_ring_size"]) -> None: ...

    class MaglevLbConfig(_Message):
        @property
        def table_size(self) -> _protobuf.UInt64Value: ...
        def __init__(
            self,
            *,
            table_size: _protobuf.UInt64Value | None = ...,
        ) -> None: ...
        def HasField(self, field_name: _Literal["table_size"]) -> bool: ...
        def ClearField(self, field_name: _Literal["table_size"]) -> None: ...

    class OriginalDstLbConfig(_Message):
        use_http_header: bool
        http_header_name: str
        @property
        def upstream_port_override(self) -> _protobuf.UInt32Value: ...
        def __init__(
            self,
            *,
            use_http_header: bool | None = ...,
            http_header_name: str | None = ...,
            upstream_port_override: _protobuf.UInt32Value | None = ...,
        ) -> None: ...
        def HasField(self, field_name: _Literal["upstream_port_override"]) -> bool: ...
        def ClearField(self, field_name: _Literal["http_header_name", "upstream_port_override", "use_http_header"]) -> None: ...

    class CommonLbConfig(_Message):
        class ZoneAwareLbConfig(_Message):
            @property
            def routing_enabled(self) -> _envoy_type.Percent: ...
            @property
            def min_cluster_size(self) -> _protobuf.UInt64Value: ...
            fail_traffic_on_panic: bool
            def __init__(
                self,
                *,
                routing_enabled: _envoy_type.Percent | None = ...,
                min_cluster_size: _protobuf.UInt64Value | None = ...,
                fail_traffic_on_panic: bool | None = ...,
            ) -> None: ...
            def HasField(self, field_name: _Literal["min_cluster_size", "routing_enabled"]) -> bool: ...
            def ClearField(self, field_name: _Literal["fail_traffic_on_panic", "min_cluster_size", "routing_enabled"]) -> None: ...

        class LocalityWeightedLbConfig(_Message):
            ...

        class ConsistentHashingLbConfig(_Message):
            use_hostname_for_hashing: bool
            @property
            def hash_balance_factor(self) -> _protobuf.UInt32Value: ...
            def __init__(
                self,
                *,
                use_hostname_for_hashing: bool | None = ...,
                hash_balance_factor: _protobuf.UInt32Value | None = ...,
            ) -> None: ...
            def HasField(self, field_name: _Literal["hash_balance_factor"]) -> bool: ...
            def ClearField(self, field_name: _Literal["hash_balance_factor", "use_hostname_for_hashing"]) -> None: ...

        @property
        def healthy_panic_threshold(self) -> _envoy_type.Percent: ...
        @property
        def zone_aware_lb_config(self) -> Cluster.CommonLbConfig.ZoneAwareLbConfig: ...
        @property
        def locality_weighted_lb_config(self) -> Cluster.CommonLbConfig.LocalityWeightedLbConfig: ...
        @property
        def update_merge_window(self) -> _protobuf.Duration: ...
        ignore_new_hosts_until_first_hc: bool
        close_connections_on_host_set_change: bool
        @property
        def consistent_hashing_lb_config(self) -> Cluster.CommonLbConfig.ConsistentHashingLbConfig: ...
        @property
        def override_host_status(self) -> _core.HealthStatusSet: ...
        def __init__(
            self,
            *,
            healthy_panic_threshold: _envoy_type.Percent | None = ...,
            zone_aware_lb_config: Cluster.CommonLbConfig.ZoneAwareLbConfig | None = ...,
            locality_weighted_lb_config: Cluster.CommonLbConfig.LocalityWeightedLbConfig | None = ...,
            update_merge_window: _protobuf.Duration | None = ...,
            ignore_new_hosts_until_first_hc: bool | None = ...,
            close_connections_on_host_set_change: bool | None = ...,
            consistent_hashing_lb_config: Cluster.CommonLbConfig.ConsistentHashingLbConfig | None = ...,
            override_host_status: _core.HealthStatusSet | None = ...,
        ) -> None: ...
        def HasField(self, field_name: _Literal["consistent_hashing_lb_config", "healthy_panic_threshold", "locality_config_specifier", "locality_weighted_lb_config", "override_host_status", "update_merge_window", "zone_aware_lb_config"]) -> bool: ...
        def ClearField(self, field_name: _Literal["close_connections_on_host_set_change", "consistent_hashing_lb_config", "healthy_panic_threshold", "ignore_new_hosts_until_first_hc", "locality_config_specifier", "locality_weighted_lb_config", "override_host_status", "update_merge_window", "zone_aware_lb_config"]) -> None: ...
        def WhichOneof(self, oneof_group: _Literal["locality_config_specifier"]) -> _Literal["zone_aware_lb_config", "locality_weighted_lb_config"] | None: ...

    class RefreshRate(_Message):
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

    class PreconnectPolicy(_Message):
        @property
        def per_upstream_preconnect_ratio(self) -> _protobuf.DoubleValue: ...
        @property
        def predictive_preconnect_ratio(self) -> _protobuf.DoubleValue: ...
        def __init__(
            self,
            *,
            per_upstream_preconnect_ratio: _protobuf.DoubleValue | None = ...,
            predictive_preconnect_ratio: _protobuf.DoubleValue | None = ...,
        ) -> None: ...
        def HasField(self, field_name: _Literal["per_upstream_preconnect_ratio", "predictive_preconnect_ratio"]) -> bool: ...
        def ClearField(self, field_name: _Literal["per_upstream_preconnect_ratio", "predictive_preconnect_ratio"]) -> None: ...

    @property
    def transport_socket_matches(self) -> _Repeated[Cluster.TransportSocketMatch]: ...
    name: str
    alt_stat_name: str
    type: int
    @property
    def cluster_type(self) -> Cluster.CustomClusterType: ...
    @property
    def eds_cluster_config(self) -> Cluster.EdsClusterConfig: ...
    @property
    def connect_timeout(self) -> _protobuf.Duration: ...
    @property
    def per_connection_buffer_limit_bytes(self) -> _protobuf.UInt32Value: ...
    lb_policy: int
    @property
    def load_assignment(self) -> _endpoint.ClusterLoadAssignment: ...
    @property
    def circuit_breakers(self) -> CircuitBreakers: ...
    @property
    def typed_extension_protocol_options(self) -> _MessageMap[str, _protobuf.Any]: ...
    @property
    def dns_refresh_rate(self) -> _protobuf.Duration: ...
    @property
    def dns_jitter(self) -> _protobuf.Duration: ...
    @property
    def dns_failure_refresh_rate(self) -> Cluster.RefreshRate: ...
    respect_dns_ttl: bool
    dns_lookup_family: int
    @property
    def typed_dns_resolver_config(self) -> _core.TypedExtensionConfig: ...
    @property
    def wait_for_warm_on_init(self) -> _protobuf.BoolValue: ...
    @property
    def outlier_detection(self) -> OutlierDetection: ...
    @property
    def cleanup_interval(self) -> _protobuf.Duration: ...
    @property
    def upstream_bind_config(self) -> _core.BindConfig: ...
    @property
    def ring_hash_lb_config(self) -> Cluster.RingHashLbConfig: ...
    @property
    def maglev_lb_config(self) -> Cluster.MaglevLbConfig: ...
    @property
    def original_dst_lb_config(self) -> Cluster.OriginalDstLbConfig: ...
    @property
    def least_request_lb_config(self) -> Cluster.LeastRequestLbConfig: ...
    @property
    def round_robin_lb_config(self) -> Cluster.RoundRobinLbConfig: ...
    @property
    def common_lb_config(self) -> Cluster.CommonLbConfig: ...
    @property
    def transport_socket(self) -> _core.TransportSocket: ...
    @property
    def metadata(self) -> _core.Metadata: ...
    @property
    def upstream_connection_options(self) -> UpstreamConnectionOptions: ...
    close_connections_on_host_health_failure: bool
    ignore_health_on_host_removal: bool
    @property
    def upstream_config(self) -> _core.TypedExtensionConfig: ...
    @property
    def track_cluster_stats(self) -> TrackClusterStats: ...
    @property
    def preconnect_policy(self) -> Cluster.PreconnectPolicy: ...
    connection_pool_per_downstream_connection: bool
    def __init__(
        self,
        *,
        transport_socket_matches: _Iterable[Cluster.TransportSocketMatch] | None = ...,
        name: str | None = ...,
        alt_stat_name: str | None = ...,
        type: int | None = ...,
        cluster_type: Cluster.CustomClusterType | None = ...,
        eds_cluster_config: Cluster.EdsClusterConfig | None = ...,
        connect_timeout: _protobuf.Duration | None = ...,
        per_connection_buffer_limit_bytes: _protobuf.UInt32Value | None = ...,
        lb_policy: int | None = ...,
        load_assignment: _endpoint.ClusterLoadAssignment | None = ...,
        circuit_breakers: CircuitBreakers | None = ...,
        typed_extension_protocol_options: _Mapping[str, _protobuf.Any] | None = ...,
        dns_refresh_rate: _protobuf.Duration | None = ...,
        dns_jitter: _protobuf.Duration | None = ...,
        dns_failure_refresh_rate: Cluster.RefreshRate | None = ...,
        respect_dns_ttl: bool | None = ...,
        dns_lookup_family: int | None = ...,
        typed_dns_resolver_config: _core.TypedExtensionConfig | None = ...,
        wait_for_warm_on_init: _protobuf.BoolValue | None = ...,
        outlier_detection: OutlierDetection | None = ...,
        cleanup_interval: _protobuf.Duration | None = ...,
        upstream_bind_config: _core.BindConfig | None = ...,
        ring_hash_lb_config: Cluster.RingHashLbConfig | None = ...,
        maglev_lb_config: Cluster.MaglevLbConfig | None = ...,
        original_dst_lb_config: Cluster.OriginalDstLbConfig | None = ...,
        least_request_lb_config: Cluster.LeastRequestLbConfig | None = ...,
        round_robin_lb_config: Cluster.RoundRobinLbConfig | None = ...,
        common_lb_config: Cluster.CommonLbConfig | None = ...,
        transport_socket: _core.TransportSocket | None = ...,
        metadata: _core.Metadata | None = ...,
        upstream_connection_options: UpstreamConnectionOptions | None = ...,
        close_connections_on_host_health_failure: bool | None = ...,
        ignore_health_on_host_removal: bool | None = ...,
        upstream_config: _core.TypedExtensionConfig | None = ...,
        track_cluster_stats: TrackClusterStats | None = ...,
        preconnect_policy: Cluster.PreconnectPolicy | None = ...,
        connection_pool_per_downstream_connection: bool | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["circuit_breakers", "cleanup_interval", "cluster_discovery_type", "cluster_type", "common_lb_config", "connect_timeout", "dns_failure_refresh_rate", "dns_jitter", "dns_refresh_rate", "eds_cluster_config", "lb_config", "least_request_lb_config", "load_assignment", "maglev_lb_config", "metadata", "original_dst_lb_config", "outlier_detection", "per_connection_buffer_limit_bytes", "preconnect_policy", "ring_hash_lb_config", "round_robin_lb_config", "track_cluster_stats", "transport_socket", "type", "typed_dns_resolver_config", "upstream_bind_config", "upstream_config", "upstream_connection_options", "wait_for_warm_on_init"]) -> bool: ...
    def ClearField(self, field_name: _Literal["alt_stat_name", "circuit_breakers", "cleanup_interval", "close_connections_on_host_health_failure", "cluster_discovery_type", "cluster_type", "common_lb_config", "connect_timeout", "connection_pool_per_downstream_connection", "dns_failure_refresh_rate", "dns_jitter", "dns_lookup_family", "dns_refresh_rate", "eds_cluster_config", "ignore_health_on_host_removal", "lb_config", "lb_policy", "least_request_lb_config", "load_assignment", "maglev_lb_config", "metadata", "name", "original_dst_lb_config", "outlier_detection", "per_connection_buffer_limit_bytes", "preconnect_policy", "respect_dns_ttl", "ring_hash_lb_config", "round_robin_lb_config", "track_cluster_stats", "transport_socket", "transport_socket_matches", "type", "typed_dns_resolver_config", "typed_extension_protocol_options", "upstream_bind_config", "upstream_config", "upstream_connection_options", "wait_for_warm_on_init"]) -> None: ...
    @_overload
    def WhichOneof(self, oneof_group: _Literal["cluster_discovery_type"]) -> _Literal["type", "cluster_type"] | None: ...
    @_overload
    def WhichOneof(self, oneof_group: _Literal["lb_config"]) -> _Literal["ring_hash_lb_config", "maglev_lb_config", "original_dst_lb_config", "least_request_lb_config", "round_robin_lb_config"] | None: ...

class OutlierDetection(_Message):
    @property
    def consecutive_5xx(self) -> _protobuf.UInt32Value: ...
    @property
    def interval(self) -> _protobuf.Duration: ...
    @property
    def base_ejection_time(self) -> _protobuf.Duration: ...
    @property
    def max_ejection_percent(self) -> _protobuf.UInt32Value: ...
    @property
    def enforcing_consecutive_5xx(self) -> _protobuf.UInt32Value: ...
    @property
    def enforcing_success_rate(self) -> _protobuf.UInt32Value: ...
    @property
    def success_rate_minimum_hosts(self) -> _protobuf.UInt32Value: ...
    @property
    def success_rate_request_volume(self) -> _protobuf.UInt32Value: ...
    @property
    def success_rate_stdev_factor(self) -> _protobuf.UInt32Value: ...
    @property
    def consecutive_gateway_failure(self) -> _protobuf.UInt32Value: ...
    @property
    def enforcing_consecutive_gateway_failure(self) -> _protobuf.UInt32Value: ...
    split_external_local_origin_errors: bool
    @property
    def consecutive_local_origin_failure(self) -> _protobuf.UInt32Value: ...
    @property
    def enforcing_consecutive_local_origin_failure(self) -> _protobuf.UInt32Value: ...
    @property
    def enforcing_local_origin_success_rate(self) -> _protobuf.UInt32Value: ...
    @property
    def failure_percentage_threshold(self) -> _protobuf.UInt32Value: ...
    @property
    def enforcing_failure_percentage(self) -> _protobuf.UInt32Value: ...
    @property
    def enforcing_failure_percentage_local_origin(self) -> _protobuf.UInt32Value: ...
    @property
    def failure_percentage_minimum_hosts(self) -> _protobuf.UInt32Value: ...
    @property
    def failure_percentage_request_volume(self) -> _protobuf.UInt32Value: ...
    @property
    def max_ejection_time(self) -> _protobuf.Duration: ...
    @property
    def max_ejection_time_jitter(self) -> _protobuf.Duration: ...
    @property
    def successful_active_health_check_uneject_host(self) -> _protobuf.BoolValue: ...
    @property
    def monitors(self) -> _Repeated[_core.TypedExtensionConfig]: ...
    @property
    def always_eject_one_host(self) -> _protobuf.BoolValue: ...
    def __init__(
        self,
        *,
        consecutive_5xx: _protobuf.UInt32Value | None = ...,
        interval: _protobuf.Duration | None = ...,
        base_ejection_time: _protobuf.Duration | None = ...,
        max_ejection_percent: _protobuf.UInt32Value | None = ...,
        enforcing_consecutive_5xx: _protobuf.UInt32Value | None = ...,
        enforcing_success_rate: _protobuf.UInt32Value | None = ...,
        success_rate_minimum_hosts: _protobuf.UInt32Value | None = ...,
        success_rate_request_volume: _protobuf.UInt32Value | None = ...,
        success_rate_stdev_factor: _protobuf.UInt32Value | None = ...,
        consecutive_gateway_failure: _protobuf.UInt32Value | None = ...,
        enforcing_consecutive_gateway_failure: _protobuf.UInt32Value | None = ...,
        split_external_local_origin_errors: bool | None = ...,
        consecutive_local_origin_failure: _protobuf.UInt32Value | None = ...,
        enforcing_consecutive_local_origin_failure: _protobuf.UInt32Value | None = ...,
        enforcing_local_origin_success_rate: _protobuf.UInt32Value | None = ...,
        failure_percentage_threshold: _protobuf.UInt32Value | None = ...,
        enforcing_failure_percentage: _protobuf.UInt32Value | None = ...,
        enforcing_failure_percentage_local_origin: _protobuf.UInt32Value | None = ...,
        failure_percentage_minimum_hosts: _protobuf.UInt32Value | None = ...,
        failure_percentage_request_volume: _protobuf.UInt32Value | None = ...,
        max_ejection_time: _protobuf.Duration | None = ...,
        max_ejection_time_jitter: _protobuf.Duration | None = ...,
        successful_active_health_check_uneject_host: _protobuf.BoolValue | None = ...,
        monitors: _Iterable[_core.TypedExtensionConfig] | None = ...,
        always_eject_one_host: _protobuf.BoolValue | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["always_eject_one_host", "base_ejection_time", "consecutive_5xx", "consecutive_gateway_failure", "consecutive_local_origin_failure", "enforcing_consecutive_5xx", "enforcing_consecutive_gateway_failure", "enforcing_consecutive_local_origin_failure", "enforcing_failure_percentage", "enforcing_failure_percentage_local_origin", "enforcing_local_origin_success_rate", "enforcing_success_rate", "failure_percentage_minimum_hosts", "failure_percentage_request_volume", "failure_percentage_threshold", "interval", "max_ejection_percent", "max_ejection_time", "max_ejection_time_jitter", "success_rate_minimum_hosts", "success_rate_request_volume", "success_rate_stdev_factor", "successful_active_health_check_uneject_host"]) -> bool: ...
    def ClearField(self, field_name: _Literal["always_eject_one_host", "base_ejection_time", "consecutive_5xx", "consecutive_gateway_failure", "consecutive_local_origin_failure", "enforcing_consecutive_5xx", "enforcing_consecutive_gateway_failure", "enforcing_consecutive_local_origin_failure", "enforcing_failure_percentage", "enforcing_failure_percentage_local_origin", "enforcing_local_origin_success_rate", "enforcing_success_rate", "failure_percentage_minimum_hosts", "failure_percentage_request_volume", "failure_percentage_threshold", "interval", "max_ejection_percent", "max_ejection_time", "max_ejection_time_jitter", "monitors", "split_external_local_origin_errors", "success_rate_minimum_hosts", "success_rate_request_volume", "success_rate_stdev_factor", "successful_active_health_check_uneject_host"]) -> None: ...

class TrackClusterStats(_Message):
    timeout_budgets: bool
    request_response_sizes: bool
    per_endpoint_stats: bool
    def __init__(
        self,
        *,
        timeout_budgets: bool | None = ...,
        request_response_sizes: bool | None = ...,
        per_endpoint_stats: bool | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: _Literal["per_endpoint_stats", "request_response_sizes", "timeout_budgets"]) -> None: ...

class UpstreamConnectionOptions(_Message):
    class _FirstAddressFamilyVersion(_EnumTypeWrapper):
        DEFAULT: int
        V4: int
        V6: int
    FirstAddressFamilyVersion: _ClassVar[_FirstAddressFamilyVersion]
    DEFAULT: _ClassVar[int]
    V4: _ClassVar[int]
    V6: _ClassVar[int]
    class HappyEyeballsConfig(_Message):
        first_address_family_version: int
        @property
        def first_address_family_count(self) -> _protobuf.UInt32Value: ...
        def __init__(
            self,
            *,
            first_address_family_version: int | None = ...,
            first_address_family_count: _protobuf.UInt32Value | None = ...,
        ) -> None: ...
        def HasField(self, field_name: _Literal["first_address_family_count"]) -> bool: ...
        def ClearField(self, field_name: _Literal["first_address_family_count", "first_address_family_version"]) -> None: ...

    @property
    def tcp_keepalive(self) -> _core.TcpKeepalive: ...
    set_local_interface_name_on_upstream_connections: bool
    @property
    def happy_eyeballs_config(self) -> UpstreamConnectionOptions.HappyEyeballsConfig: ...
    def __init__(
        self,
        *,
        tcp_keepalive: _core.TcpKeepalive | None = ...,
        set_local_interface_name_on_upstream_connections: bool | None = ...,
        happy_eyeballs_config: UpstreamConnectionOptions.HappyEyeballsConfig | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["happy_eyeballs_config", "tcp_keepalive"]) -> bool: ...
    def ClearField(self, field_name: _Literal["happy_eyeballs_config", "set_local_interface_name_on_upstream_connections", "tcp_keepalive"]) -> None: ...
