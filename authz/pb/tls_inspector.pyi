"""The protobuf package `envoy.extensions.filters.listener.tls_inspector.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from typing import Literal as _Literal
from google.protobuf.message import Message as _Message
from authz.pb import protobuf as _protobuf

__all__ = [
    "TlsInspector",
]

class TlsInspector(_Message):
    @property
    def enable_ja3_fingerprinting(self) -> _protobuf.BoolValue: ...
    @property
    def enable_ja4_fingerprinting(self) -> _protobuf.BoolValue: ...
    @property
    def initial_read_buffer_size(self) -> _protobuf.UInt32Value: ...
    close_connection_on_client_hello_parsing_errors: bool
    @property
    def max_client_hello_size(self) -> _protobuf.UInt32Value: ...
    def __init__(
        self,
        *,
        enable_ja3_fingerprinting: _protobuf.BoolValue | None = ...,
        enable_ja4_fingerprinting: _protobuf.BoolValue | None = ...,
        initial_read_buffer_size: _protobuf.UInt32Value | None = ...,
        close_connection_on_client_hello_parsing_errors: bool | None = ...,
        max_client_hello_size: _protobuf.UInt32Value | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["enable_ja3_fingerprinting", "enable_ja4_fingerprinting", "initial_read_buffer_size", "max_client_hello_size"]) -> bool: ...
    def ClearField(self, field_name: _Literal["close_connection_on_client_hello_parsing_errors", "enable_ja3_fingerprinting", "enable_ja4_fingerprinting", "initial_read_buffer_size", "max_client_hello_size"]) -> None: ...
