"""The protobuf package `envoy.extensions.common.dynamic_forward_proxy.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from collections.abc import Iterable as _Iterable
from typing import Literal as _Literal
from google.protobuf.internal.containers import RepeatedCompositeFieldContainer as _Repeated
from google.protobuf.message import Message as _Message
from authz.pb import cluster as _cluster
from authz.pb import core as _core
from authz.pb import protobuf as _protobuf

__all__ = [
    "DnsCacheCircuitBreakers",
    "DnsCacheConfig",
]

class DnsCacheCircuitBreakers(_Message):
    @property
    def max_pending_requests(self) -> _protobuf.UInt32Value: ...
    def __init__(
        self,
        *,
        max_pending_requests: _protobuf.UInt32Value | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["max_pending_requests"]) -> bool: ...
    def ClearField(self, field_name: _Literal["max_pending_requests"]) -> None: ...

class DnsCacheConfig(_Message):
    name: str
    dns_lookup_family: int
    @property
    def dns_refresh_rate(self) -> _protobuf.Duration: ...
    @property
    def dns_min_refresh_rate(self) -> _protobuf.Duration: ...
    @property
    def host_ttl(self) -> _protobuf.Duration: ...
    @property
    def max_hosts(self) -> _protobuf.UInt32Value: ...
    disable_dns_refresh_on_failure: bool
    @property
    def dns_failure_refresh_rate(self) -> _cluster.Cluster.RefreshRate: ...
    @property
    def dns_cache_circuit_breaker(self) -> DnsCacheCircuitBreakers: ...
    @property
    def typed_dns_resolver_config(self) -> _core.TypedExtensionConfig: ...
    @property
    def preresolve_hostnames(self) -> _Repeated[_core.SocketAddress]: ...
    @property
    def dns_query_timeout(self) -> _protobuf.Duration: ...
    def __init__(
        self,
        *,
        name: str | None = ...,
        dns_lookup_family: int | None = ...,
        dns_refresh_rate: _protobuf.Duration | None = ...,
        dns_min_refresh_rate: _protobuf.Duration | None = ...,
        host_ttl: _protobuf.Duration | None = ...,
        max_hosts: _protobuf.UInt32Value | None = ...,
        disable_dns_refresh_on_failure: bool | None = ...,
        dns_failure_refresh_rate: _cluster.Cluster.RefreshRate | None = ...,
        dns_cache_circuit_breaker: DnsCacheCircuitBreakers | None = ...,
        typed_dns_resolver_config: _core.TypedExtensionConfig | None = ...,
        preresolve_hostnames: _Iterable[_core.SocketAddress] | None = ...,
        dns_query_timeout: _protobuf.Duration | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["dns_cache_circuit_breaker", "dns_failure_refresh_rate", "dns_min_refresh_rate", "dns_query_timeout", "dns_refresh_rate", "host_ttl", "max_hosts", "typed_dns_resolver_config"]) -> bool: ...
    def ClearField(self, field_name: _Literal["disable_dns_refresh_on_failure", "dns_cache_circuit_breaker", "dns_failure_refresh_rate", "dns_lookup_family", "dns_min_refresh_rate", "dns_query_timeout", "dns_refresh_rate", "host_ttl", "max_hosts", "name", "preresolve_hostnames", "typed_dns_resolver_config"]) -> None: ...
