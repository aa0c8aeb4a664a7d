"""The protobuf package `envoy.extensions.transport_sockets.proxy_protocol.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from typing import Literal as _Literal
from google.protobuf.message import Message as _Message
from authz.pb import core as _core

__all__ = [
    "ProxyProtocolUpstreamTransport",
]

class ProxyProtocolUpstreamTransport(_Message):
    @property
    def config(self) -> _core.ProxyProtocolConfig: ...
    @property
    def transport_socket(self) -> _core.TransportSocket: ...
    allow_unspecified_address: bool
    tlv_as_pool_key: bool
    def __init__(
        self,
        *,
        config: _core.ProxyProtocolConfig | None = ...,
        transport_socket: _core.TransportSocket | None = ...,
        allow_unspecified_address: bool | None = ...,
        tlv_as_pool_key: bool | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["config", "transport_socket"]) -> bool: ...
    def ClearField(self, field_name: _Literal["allow_unspecified_address", "config", "tlv_as_pool_key", "transport_socket"]) -> None: ...
