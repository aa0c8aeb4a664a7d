"""The protobuf package `envoy.extensions.clusters.dynamic_forward_proxy.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from collections.abc import Iterable as _Iterable
from typing import Literal as _Literal
from google.protobuf.internal.containers import RepeatedCompositeFieldContainer as _Repeated
from google.protobuf.message import Message as _Message
from authz.pb import core as _core
from authz.pb import dns_cache as _dns_cache
from authz.pb import protobuf as _protobuf

__all__ = [
    "ClusterConfig",
    "SubClustersConfig",
]

class ClusterConfig(_Message):
    @property
    def dns_cache_config(self) -> _dns_cache.DnsCacheConfig: ...
    @property
    def sub_clusters_config(self) -> SubClustersConfig: ...
    allow_insecure_cluster_options: bool
    allow_coalesced_connections: bool
    def __init__(
        self,
        *,
        dns_cache_config: _dns_cache.DnsCacheConfig | None = ...,
        sub_clusters_config: SubClustersConfig | None = ...,
        allow_insecure_cluster_options: bool | None = ...,
        allow_coalesced_connections: bool | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["cluster_implementation_specifier", "dns_cache_config", "sub_clusters_config"]) -> bool: ...
    def ClearField(self, field_name: _Literal["allow_coalesced_connections", "allow_insecure_cluster_options", "cluster_implementation_specifier", "dns_cache_config", "sub_clusters_config"]) -> None: ...
    def WhichOneof(self, oneof_group: _Literal["cluster_implementation_specifier"]) -> _Literal["dns_cache_config", "sub_clusters_config"] | None: ...

class SubClustersConfig(_Message):
    lb_policy: int
    @property
    def max_sub_clusters(self) -> _protobuf.UInt32Value: ...
    @property
    def sub_cluster_ttl(self) -> _protobuf.Duration: ...
    @property
    def preresolve_clusters(self) -> _Repeated[_core.SocketAddress]: ...
    def __init__(
        self,
        *,
        lb_policy: int | None = ...,
        max_sub_clusters: _protobuf.UInt32Value | None = ...,
        sub_cluster_ttl: _protobuf.Duration | None = ...,
        preresolve_clusters: _Iterable[_core.SocketAddress] | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["max_sub_clusters", "sub_cluster_ttl"]) -> bool: ...
    def ClearField(self, field_name: _Literal["lb_policy", "max_sub_clusters", "preresolve_clusters", "sub_cluster_ttl"]) -> None: ...
