"""The protobuf package `envoy.extensions.filters.network.sni_dynamic_forward_proxy.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from typing import Literal as _Literal
from google.protobuf.message import Message as _Message
from authz.pb import dns_cache as _dns_cache

__all__ = [
    "FilterConfig",
]

class FilterConfig(_Message):
    @property
    def dns_cache_config(self) -> _dns_cache.DnsCacheConfig: ...
    port_value: int
    save_upstream_address: bool
    def __init__(
        self,
        *,
        dns_cache_config: _dns_cache.DnsCacheConfig | None = ...,
        port_value: int | None = ...,
        save_upstream_address: bool | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["dns_cache_config", "port_specifier", "port_value"]) -> bool: ...
    def ClearField(self, field_name: _Literal["dns_cache_config", "port_specifier", "port_value", "save_upstream_address"]) -> None: ...
    def WhichOneof(self, oneof_group: _Literal["port_specifier"]) -> _Literal["port_value"] | None: ...
