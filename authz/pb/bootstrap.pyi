"""The protobuf package `envoy.config.bootstrap.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from collections.abc import Iterable as _Iterable
from typing import Literal as _Literal
from google.protobuf.internal.containers import RepeatedCompositeFieldContainer as _Repeated
from google.protobuf.internal.containers import RepeatedScalarFieldContainer as _RepeatedScalar
from google.protobuf.message import Message as _Message
from authz.pb import accesslog as _accesslog
from authz.pb import cluster as _cluster
from authz.pb import core as _core
from authz.pb import listener as _listener
from authz.pb import matcher as _matcher
from authz.pb import overload_manager as _overload_manager
from authz.pb import protobuf as _protobuf
from authz.pb import tls as _tls

__all__ = [
    "Admin",
    "Bootstrap",
    "ClusterManager",
    "LayeredRuntime",
    "RuntimeLayer",
]

class Admin(_Message):
    @property
    def access_log(self) -> _Repeated[_accesslog.AccessLog]: ...
    profile_path: str
    @property
    def address(self) -> _core.Address: ...
    @property
    def socket_options(self) -> _Repeated[_core.SocketOption]: ...
    ignore_global_conn_limit: bool
    @property
    def allow_paths(self) -> _Repeated[_matcher.StringMatcher]: ...
    def __init__(
        self,
        *,
        access_log: _Iterable[_accesslog.AccessLog] | None = ...,
        profile_path: str | None = ...,
        address: _core.Address | None = ...,
        socket_options: _Iterable[_core.SocketOption] | None = ...,
        ignore_global_conn_limit: bool | None = ...,
        allow_paths: _Iterable[_matcher.StringMatcher] | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["address"]) -> bool: ...
    def ClearField(self, field_name: _Literal["access_log", "address", "allow_paths", "ignore_global_conn_limit", "profile_path", "socket_options"]) -> None: ...

class Bootstrap(_Message):
    class StaticResources(_Message):
        @property
        def listeners(self) -> _Repeated[_listener.Listener]: ...
        @property
        def clusters(self) -> _Repeated[_cluster.Cluster]: ...
        @property
        def secrets(self) -> _Repeated[_tls.Secret]: ...
        def __init__(
            self,
            *,
            listeners: _Iterable[_listener.Listener] | None = ...,
            clusters: _Iterable[_cluster.Cluster] | None = ...,
            secrets: _Iterable[_tls.Secret] | None = ...,
        ) -> None: ...
        def ClearField(self, field_name: _Literal["clusters", "listeners", "secrets"]) -> None: ...

    class DynamicResources(_Message):
        @property
        def lds_config(self) -> _core.ConfigSource: ...
        @property
        def cds_config(self) -> _core.ConfigSource: ...
        @property
        def ads_config(self) -> _core.ApiConfigSource: ...
        def __init__(
            self,
            *,
            lds_config: _core.ConfigSource | None = ...,
            cds_config: _core.ConfigSource | None = ...,
            ads_config: _core.ApiConfigSource | None = ...,
        ) -> None: ...
        def HasField(self, field_name: _Literal["ads_config", "cds_config", "lds_config"]) -> bool: ...
        def ClearField(self, field_name: _Literal["ads_config", "cds_config", "lds_config"]) -> None: ...

    @property
    def node(self) -> _core.Node: ...
    @property
    def node_context_params(self) -> _RepeatedScalar[str]: ...
    @property
    def static_resources(self) -> Bootstrap.StaticResources: ...
    @property
    def dynamic_resources(self) -> Bootstrap.DynamicResources: ...
    @property
    def cluster_manager(self) -> ClusterManager: ...
    flags_path: str
    @property
    def stats_flush_interval(self) -> _protobuf.Duration: ...
    stats_flush_on_admin: bool
    @property
    def layered_runtime(self) -> LayeredRuntime: ...
    @property
    def admin(self) -> Admin: ...
    @property
    def overload_manager(self) -> _overload_manager.OverloadManager: ...
    enable_dispatcher_stats: bool
    header_prefix: str
    @property
    def typed_dns_resolver_config(self) -> _core.TypedExtensionConfig: ...
    @property
    def bootstrap_extensions(self) -> _Repeated[_core.TypedExtensionConfig]: ...
    def __init__(
        self,
        *,
        node: _core.Node | None = ...,
        node_context_params: _Iterable[str] | None = ...,
        static_resources: Bootstrap.StaticResources | None = ...,
        dynamic_resources: Bootstrap.DynamicResources | None = ...,
        cluster_manager: ClusterManager | None = ...,
        flags_path: str | None = ...,
        stats_flush_interval: _protobuf.Duration | None = ...,
        stats_flush_on_admin: bool | None = ...,
        layered_runtime: LayeredRuntime | None = ...,
        admin: Admin | None = ...,
        overload_manager: _overload_manager.OverloadManager | None = ...,
        enable_dispatcher_stats: bool | None = ...,
        header_prefix: str | None = ...,
        typed_dns_resolver_config: _core.TypedExtensionConfig | None = ...,
        bootstrap_extensions: _Iterable[_core.TypedExtensionConfig] | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["admin", "cluster_manager", "dynamic_resources", "layered_runtime", "node", "overload_manager", "static_resources", "stats_flush", "stats_flush_interval", "stats_flush_on_admin", "typed_dns_resolver_config"]) -> bool: ...
    def ClearField(self, field_name: _Literal["admin", "bootstrap_extensions", "cluster_manager", "dynamic_resources", "enable_dispatcher_stats", "flags_path", "header_prefix", "layered_runtime", "node", "node_context_params", "overload_manager", "static_resources", "stats_flush", "stats_flush_interval", "stats_flush_on_admin", "typed_dns_resolver_config"]) -> None: ...
    def WhichOneof(self, oneof_group: _Literal["stats_flush"]) -> _Literal["stats_flush_on_admin"] | None: ...

class ClusterManager(_Message):
    local_cluster_name: str
    @property
    def upstream_bind_config(self) -> _core.BindConfig: ...
    enable_deferred_cluster_creation: bool
    def __init__(
        self,
        *,
        local_cluster_name: str | None = ...,
        upstream_bind_config: _core.BindConfig | None = ...,
        enable_deferred_cluster_creation: bool | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["upstream_bind_config"]) -> bool: ...
    def ClearField(self, field_name: _Literal["enable_deferred_cluster_creation", "local_cluster_name", "upstream_bind_config"]) -> None: ...

class LayeredRuntime(_Message):
    @property
    def layers(self) -> _Repeated[RuntimeLayer]: ...
    def __init__(
        self,
        *,
        layers: _Iterable[RuntimeLayer] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: _Literal["layers"]) -> None: ...

class RuntimeLayer(_Message):
    class AdminLayer(_Message):
        ...

    name: str
    @property
    def static_layer(self) -> _protobuf.Struct: ...
    @property
    def admin_layer(self) -> RuntimeLayer.AdminLayer: ...
    def __init__(
        self,
        *,
        name: str | None = ...,
        static_layer: _protobuf.Struct | None = ...,
        admin_layer: RuntimeLayer.AdminLayer | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["admin_layer", "layer_specifier", "static_layer"]) -> bool: ...
    def ClearField(self, field_name: _Literal["admin_layer", "layer_specifier", "name", "static_layer"]) -> None: ...
    def WhichOneof(self, oneof_group: _Literal["layer_specifier"]) -> _Literal["static_layer", "admin_layer"] | None: ...
