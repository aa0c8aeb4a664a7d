"""The protobuf package `envoy.config.core.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from collections.abc import Iterable as _Iterable
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar
from typing import Literal as _Literal
from google.protobuf.internal.containers import MessageMap as _MessageMap
from google.protobuf.internal.containers import RepeatedCompositeFieldContainer as _Repeated
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper as _EnumTypeWrapper
from google.protobuf.message import Message as _Message
from authz.pb import protobuf as _protobuf

__all__ = [
    "Address",
    "EnvoyInternalAddress",
    "HeaderMap",
    "HeaderValue",
    "HeaderValueOption",
    "Metadata",
    "Pipe",
    "QueryParameter",
    "SocketAddress",
]

class Address(_Message):
    @property
    def socket_address(self) -> SocketAddress: ...
    @property
    def pipe(self) -> Pipe: ...
    @property
    def envoy_internal_address(self) -> EnvoyInternalAddress: ...
    def __init__(
        self,
        *,
        socket_address: SocketAddress | None = ...,
        pipe: Pipe | None = ...,
        envoy_internal_address: EnvoyInternalAddress | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["address", "envoy_internal_address", "pipe", "socket_address"]) -> bool: ...
    def ClearField(self, field_name: _Literal["address", "envoy_internal_address", "pipe", "socket_address"]) -> None: ...
    def WhichOneof(self, oneof_group: _Literal["address"]) -> _Literal["socket_address", "pipe", "envoy_internal_address"] | None: ...

class EnvoyInternalAddress(_Message):
    server_listener_name: str
    endpoint_id: str
    def __init__(
        self,
        *,
        server_listener_name: str | None = ...,
        endpoint_id: str | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["address_name_specifier", "server_listener_name"]) -> bool: ...
    def ClearField(self, field_name: _Literal["address_name_specifier", "endpoint_id", "server_listener_name"]) -> None: ...
    def WhichOneof(self, oneof_group: _Literal["address_name_specifier"]) -> _Literal["server_listener_name"] | None: ...

class HeaderMap(_Message):
    @property
    def headers(self) -> _Repeated[HeaderValue]: ...
    def __init__(
        self,
        *,
        headers: _Iterable[HeaderValue] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: _Literal["headers"]) -> None: ...

class HeaderValue(_Message):
    key: str
    value: str
    raw_value: bytes
    def __init__(
        self,
        *,
        key: str | None = ...,
        value: str | None = ...,
        raw_value: bytes | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: _Literal["key", "raw_value", "value"]) -> None: ...

class HeaderValueOption(_Message):
    class _HeaderAppendAction(_EnumTypeWrapper):
        APPEND_IF_EXISTS_OR_ADD: int
        ADD_IF_ABSENT: int
        OVERWRITE_IF_EXISTS_OR_ADD: int
        OVERWRITE_IF_EXISTS: int
    HeaderAppendAction: _ClassVar[_HeaderAppendAction]
    APPEND_IF_EXISTS_OR_ADD: _ClassVar[int]
    ADD_IF_ABSENT: _ClassVar[int]
    OVERWRITE_IF_EXISTS_OR_ADD: _ClassVar[int]
    OVERWRITE_IF_EXISTS: _ClassVar[int]
    @property
    def header(self) -> HeaderValue: ...
    @property
    def append(self) -> _protobuf.BoolValue: ...
    append_action: int
    keep_empty_value: bool
    def __init__(
        self,
        *,
        header: HeaderValue | None = ...,
        append: _protobuf.BoolValue | None = ...,
        append_action: int | None = ...,
        keep_empty_value: bool | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["append", "header"]) -> bool: ...
    def ClearField(self, field_name: _Literal["append", "append_action", "header", "keep_empty_value"]) -> None: ...

class Metadata(_Message):
    @property
    def filter_metadata(self) -> _MessageMap[str, _protobuf.Struct]: ...
    def __init__(
        self,
        *,
        filter_metadata: _Mapping[str, _protobuf.Struct] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: _Literal["filter_metadata"]) -> None: ...

class Pipe(_Message):
    path: str
    def __init__(
        self,
        *,
        path: str | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: _Literal["path"]) -> None: ...

class QueryParameter(_Message):
    key: str
    value: str
    def __init__(
        self,
        *,
        key: str | None = ...,
        value: str | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: _Literal["key", "value"]) -> None: ...

class SocketAddress(_Message):
    class _Protocol(_EnumTypeWrapper):
        TCP: int
        UDP: int
    Protocol: _ClassVar[_Protocol]
    TCP: _ClassVar[int]
    UDP: _ClassVar[int]
    protocol: int
    address: str
    port_value: int
    named_port: str
    def __init__(
        self,
        *,
        protocol: int | None = ...,
        address: str | None = ...,
        port_value: int | None = ...,
        named_port: str | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["named_port", "port_specifier", "port_value"]) -> bool: ...
    def ClearField(self, field_name: _Literal["address", "named_port", "port_specifier", "port_value", "protocol"]) -> None: ...
    def WhichOneof(self, oneof_group: _Literal["port_specifier"]) -> _Literal["port_value", "named_port"] | None: ...
