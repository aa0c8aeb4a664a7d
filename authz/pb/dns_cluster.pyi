"""The protobuf package `envoy.extensions.clusters.dns.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from typing import Literal as _Literal
from google.protobuf.message import Message as _Message
from authz.pb import core as _core
from authz.pb import protobuf as _protobuf

__all__ = [
    "DnsCluster",
]

class DnsCluster(_Message):
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

    @property
    def dns_refresh_rate(self) -> _protobuf.Duration: ...
    @property
    def dns_failure_refresh_rate(self) -> DnsCluster.RefreshRate: ...
    respect_dns_ttl: bool
    @property
    def dns_jitter(self) -> _protobuf.Duration: ...
    @property
    def typed_dns_resolver_config(self) -> _core.TypedExtensionConfig: ...
    dns_lookup_family: int
    all_addresses_in_single_endpoint: bool
    def __init__(
        self,
        *,
        dns_refresh_rate: _protobuf.Duration | None = ...,
        dns_failure_refresh_rate: DnsCluster.RefreshRate | None = ...,
        respect_dns_ttl: bool | None = ...,
        dns_jitter: _protobuf.Duration | None = ...,
        typed_dns_resolver_config: _core.TypedExtensionConfig | None = ...,
        dns_lookup_family: int | None = ...,
        all_addresses_in_single_endpoint: bool | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["dns_failure_refresh_rate", "dns_jitter", "dns_refresh_rate", "typed_dns_resolver_config"]) -> bool: ...
    def ClearField(self, field_name: _Literal["all_addresses_in_single_endpoint", "dns_failure_refresh_rate", "dns_jitter", "dns_lookup_family", "dns_refresh_rate", "respect_dns_ttl", "typed_dns_resolver_config"]) -> None: ...
