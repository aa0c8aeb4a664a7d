"""The protobuf package `google.protobuf`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from collections.abc import Iterable as _Iterable
from collections.abc import Mapping as _Mapping
from typing import Literal as _Literal
from google.protobuf.internal.containers import MessageMap as _MessageMap
from google.protobuf.internal.containers import RepeatedCompositeFieldContainer as _Repeated
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper as _EnumTypeWrapper
from google.protobuf.message import Message as _Message
from authz.pb import _mixins as _mixins

__all__ = [
    "Any",
    "BoolValue",
    "BytesValue",
    "DoubleValue",
    "Duration",
    "Empty",
    "FloatValue",
    "Int32Value",
    "Int64Value",
    "ListValue",
    "NullValue",
    "StringValue",
    "Struct",
    "Timestamp",
    "UInt32Value",
    "UInt64Value",
    "Value",
]

class _NullValue(_EnumTypeWrapper):
    NULL_VALUE: int
NullValue: _NullValue

class Any(_mixins.Any, _Message):
    type_url: str
    value: bytes
    def __init__(
        self,
        *,
        type_url: str | None = ...,
        value: bytes | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: _Literal["type_url", "value"]) -> None: ...

class BoolValue(_Message):
    value: bool
    def __init__(
        self,
        *,
        value: bool | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: _Literal["value"]) -> None: ...

class BytesValue(_Message):
    value: bytes
    def __init__(
        self,
        *,
        value: bytes | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: _Literal["value"]) -> None: ...

class DoubleValue(_Message):
    value: float
    def __init__(
        self,
        *,
        value: float | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: _Literal["value"]) -> None: ...

class Duration(_mixins.Duration, _Message):
    seconds: int
    nanos: int
    def __init__(
        self,
        *,
        seconds: int | None = ...,
        nanos: int | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: _Literal["nanos", "seconds"]) -> None: ...

class Empty(_Message):
    ...

class FloatValue(_Message):
    value: float
    def __init__(
        self,
        *,
        value: float | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: _Literal["value"]) -> None: ...

class Int32Value(_Message):
    value: int
    def __init__(
        self,
        *,
        value: int | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: _Literal["value"]) -> None: ...

class Int64Value(_Message):
    value: int
    def __init__(
        self,
        *,
        value: int | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: _Literal["value"]) -> None: ...

class ListValue(_mixins.ListValue, _Message):
    @property
    def values(self) -> _Repeated[Value]: ...
    def __init__(
        self,
        *,
        values: _Iterable[Value] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: _Literal["values"]) -> None: ...

class StringValue(_Message):
    value: str
    def __init__(
        self,
        *,
        value: str | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: _Literal["value"]) -> None: ...

class Struct(_mixins.Struct, _Message):
    @property
    def fields(self) -> _MessageMap[str, Value]: ...
    def __init__(
        self,
        *,
        fields: _Mapping[str, Value] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: _Literal["fields"]) -> None: ...

class Timestamp(_mixins.Timestamp, _Message):
    seconds: int
    nanos: int
    def __init__(
        self,
        *,
        seconds: int | None = ...,
        nanos: int | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: _Literal["nanos", "seconds"]) -> None: ...

class UInt32Value(_Message):
    value: int
    def __init__(
        self,
        *,
        value: int | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: _Literal["value"]) -> None: ...

class UInt64Value(_Message):
    value: int
    def __init__(
        self,
        *,
        value: int | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: _Literal["value"]) -> None: ...

class Value(_Message):
    null_value: int
    number_value: float
    string_value: str
    bool_value: bool
    @property
    def struct_value(self) -> Struct: ...
    @property
    def list_value(self) -> ListValue: ...
    def __init__(
        self,
        *,
        null_value: int | None = ...,
        number_value: float | None = ...,
        string_value: str | None = ...,
        bool_value: bool | None = ...,
        struct_value: Struct | None = ...,
        list_value: ListValue | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["bool_value", "kind", "list_value", "null_value", "number_value", "string_value", "struct_value"]) -> bool: ...
    def ClearField(self, field_name: _Literal["bool_value", "kind", "list_value", "null_value", "number_value", "string_value", "struct_value"]) -> None: ...
    def WhichOneof(self, oneof_group: _Literal["kind"]) -> _Literal["null_value", "number_value", "string_value", "bool_value", "struct_value", "list_value"] | None: ...
