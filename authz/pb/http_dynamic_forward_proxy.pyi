"""The protobuf package `envoy.extensions.filters.http.dynamic_forward_proxy.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from typing import Literal as _Literal
from google.protobuf.message import Message as _Message
from authz.pb import dns_cache as _dns_cache
from authz.pb import protobuf as _protobuf

__all__ = [
    "FilterConfig",
    "PerRouteConfig",
    "SubClusterConfig",
]

class FilterConfig(_Message):
    @property
    def dns_cache_config(self) -> _dns_cache.DnsCacheConfig: ...
    @property
    def sub_cluster_config(self) -> SubClusterConfig: ...
    save_upstream_address: bool
    allow_dynamic_host_from_filter_state: bool
    def __init__(
        self,
        *,
        dns_cache_config: _dns_cache.DnsCacheConfig | None = ...,
        sub_cluster_config: SubClusterConfig | None = ...,
        save_upstream_address: bool | None = ...,
        allow_dynamic_host_from_filter_state: bool | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["dns_cache_config", "implementation_specifier", "sub_cluster_config"]) -> bool: ...
    def ClearField(self, field_name: _Literal["allow_dynamic_host_from_filter_state", "dns_cache_config", "implementation_specifier", "save_upstream_address", "sub_cluster_config"]) -> None: ...
    def WhichOneof(self, oneof_group: _Literal["implementation_specifier"]) -> _Literal["dns_cache_config", "sub_cluster_config"] | None: ...

class PerRouteConfig(_Message):
    host_rewrite_literal: str
    host_rewrite_header: str
    def __init__(
        self,
        *,
        host_rewrite_literal: str | None = ...,
        host_rewrite_header: str | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["host_rewrite_header", "host_rewrite_literal", "host_rewrite_specifier"]) -> bool: ...
    def ClearField(self, field_name: _Literal["host_rewrite_header", "host_rewrite_literal", "host_rewrite_specifier"]) -> None: ...
    def WhichOneof(self, oneof_group: _Literal["host_rewrite_specifier"]) -> _Literal["host_rewrite_literal", "host_rewrite_header"] | None: ...

class SubClusterConfig(_Message):
    @property
    def cluster_init_timeout(self) -> _protobuf.Duration: ...
    def __init__(
        self,
        *,
        cluster_init_timeout: _protobuf.Duration | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["cluster_init_timeout"]) -> bool: ...
    def ClearField(self, field_name: _Literal["cluster_init_timeout"]) -> None: ...
