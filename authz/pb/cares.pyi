"""The protobuf package `envoy.extensions.network.dns_resolver.cares.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from collections.abc import Iterable as _Iterable
from typing import Literal as _Literal
from google.protobuf.internal.containers import RepeatedCompositeFieldContainer as _Repeated
from google.protobuf.message import Message as _Message
from authz.pb import core as _core
from authz.pb import protobuf as _protobuf

__all__ = [
    "CaresDnsResolverConfig",
]

class CaresDnsResolverConfig(_Message):
    @property
    def resolvers(self) -> _Repeated[_core.Address]: ...
    use_resolvers_as_fallback: bool
    filter_unroutable_families: bool
    @property
    def dns_resolver_options(self) -> _core.DnsResolverOptions: ...
    @property
    def udp_max_queries(self) -> _protobuf.UInt32Value: ...
    @property
    def query_timeout_seconds(self) -> _protobuf.UInt64Value: ...
    @property
    def query_tries(self) -> _protobuf.UInt32Value: ...
    rotate_nameservers: bool
    @property
    def edns0_max_payload_size(self) -> _protobuf.UInt32Value: ...
    @property
    def max_udp_channel_duration(self) -> _protobuf.Duration: ...
    reinit_channel_on_timeout: bool
    def __init__(
        self,
        *,
        resolvers: _Iterable[_core.Address] | None = ...,
        use_resolvers_as_fallback: bool | None = ...,
        filter_unroutable_families: bool | None = ...,
        dns_resolver_options: _core.DnsResolverOptions | None = ...,
        udp_max_queries: _protobuf.UInt32Value | None = ...,
        query_timeout_seconds: _protobuf.UInt64Value | None = ...,
        query_tries: _protobuf.UInt32Value | None = ...,
        rotate_nameservers: bool | None = ...,
        edns0_max_payload_size: _protobuf.UInt32Value | None = ...,
        max_udp_channel_duration: _protobuf.Duration | None = ...,
        reinit_channel_on_timeout: bool | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["dns_resolver_options", "edns0_max_payload_size", "max_udp_channel_duration", "query_timeout_seconds", "query_tries", "udp_max_queries"]) -> bool: ...
    def ClearField(self, field_name: _Literal["dns_resolver_options", "edns0_max_payload_size", "filter_unroutable_families", "max_udp_channel_duration", "query_timeout_seconds", "query_tries", "reinit_channel_on_timeout", "resolvers", "rotate_nameservers", "udp_max_queries", "use_resolvers_as_fallback"]) -> None: ...
