"""The protobuf package `envoy.config.accesslog.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from collections.abc import Iterable as _Iterable
from typing import ClassVar as _ClassVar
from typing import Literal as _Literal
from google.protobuf.internal.containers import RepeatedCompositeFieldContainer as _Repeated
from google.protobuf.internal.containers import RepeatedScalarFieldContainer as _RepeatedScalar
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper as _EnumTypeWrapper
from google.protobuf.message import Message as _Message
from authz.pb import core as _core
from authz.pb import protobuf as _protobuf
from authz.pb import route as _route

__all__ = [
    "AccessLog",
    "AccessLogFilter",
    "AndFilter",
    "ComparisonFilter",
    "DurationFilter",
    "HeaderFilter",
    "OrFilter",
    "ResponseFlagFilter",
    "StatusCodeFilter",
]

class AccessLog(_Message):
    name: str
    @property
    def filter(self) -> AccessLogFilter: ...
    @property
    def typed_config(self) -> _protobuf.Any: ...
    def __init__(
        self,
        *,
        name: str | None = ...,
        filter: AccessLogFilter | None = ...,
        typed_config: _protobuf.Any | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["config_type", "filter", "typed_config"]) -> bool: ...
    def ClearField(self, field_name: _Literal["config_type", "filter", "name", "typed_config"]) -> None: ...
    def WhichOneof(self, oneof_group: _Literal["config_type"]) -> _Literal["typed_config"] | None: ...

class AccessLogFilter(_Message):
    @property
    def status_code_filter(self) -> StatusCodeFilter: ...
    @property
    def duration_filter(self) -> DurationFilter: ...
    @property
    def and_filter(self) -> AndFilter: ...
    @property
    def or_filter(self) -> OrFilter: ...
    @property
    def header_filter(self) -> HeaderFilter: ...
    @property
    def response_flag_filter(self) -> ResponseFlagFilter: ...
    def __init__(
        self,
        *,
        status_code_filter: StatusCodeFilter | None = ...,
        duration_filter: DurationFilter | None = ...,
        and_filter: AndFilter | None = ...,
        or_filter: OrFilter | None = ...,
        header_filter: HeaderFilter | None = ...,
        response_flag_filter: ResponseFlagFilter | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["and_filter", "duration_filter", "filter_specifier", "header_filter", "or_filter", "response_flag_filter", "status_code_filter"]) -> bool: ...
    def ClearField(self, field_name: _Literal["and_filter", "duration_filter", "filter_specifier", "header_filter", "or_filter", "response_flag_filter", "status_code_filter"]) -> None: ...
    def WhichOneof(self, oneof_group: _Literal["filter_specifier"]) -> _Literal["status_code_filter", "duration_filter", "and_filter", "or_filter", "header_filter", "response_flag_filter"] | None: ...

class AndFilter(_Message):
    @property
    def filters(self) -> _Repeated[AccessLogFilter]: ...
    def __init__(
        self,
        *,
        filters: _Iterable[AccessLogFilter] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: _Literal["filters"]) -> None: ...

class ComparisonFilter(_Message):
    class _Op(_EnumTypeWrapper):
        EQ: int
        GE: int
        LE: int
        NE: int
    Op: _ClassVar[_Op]
    EQ: _ClassVar[int]
    GE: _ClassVar[int]
    LE: _ClassVar[int]
    NE: _ClassVar[int]
    op: int
    @property
    def value(self) -> _core.RuntimeUInt32: ...
    def __init__(
        self,
        *,
        op: int | None = ...,
        value: _core.RuntimeUInt32 | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["value"]) -> bool: ...
    def ClearField(self, field_name: _Literal["op", "value"]) -> None: ...

class DurationFilter(_Message):
    @property
    def comparison(self) -> ComparisonFilter: ...
    def __init__(
        self,
        *,
        comparison: ComparisonFilter | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["comparison"]) -> bool: ...
    def ClearField(self, field_name: _Literal["comparison"]) -> None: ...

class HeaderFilter(_Message):
    @property
    def header(self) -> _route.HeaderMatcher: ...
    def __init__(
        self,
        *,
        header: _route.HeaderMatcher | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["header"]) -> bool: ...
    def ClearField(self, field_name: _Literal["header"]) -> None: ...

class OrFilter(_Message):
    @property
    def filters(self) -> _Repeated[AccessLogFilter]: ...
    def __init__(
        self,
        *,
        filters: _Iterable[AccessLogFilter] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: _Literal["filters"]) -> None: ...

class ResponseFlagFilter(_Message):
    @property
    def flags(self) -> _RepeatedScalar[str]: ...
    def __init__(
        self,
        *,
        flags: _Iterable[str] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: _Literal["flags"]) -> None: ...

class StatusCodeFilter(_Message):
    @property
    def comparison(self) -> ComparisonFilter: ...
    def __init__(
        self,
        *,
        comparison: ComparisonFilter | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["comparison"]) -> bool: ...
    def ClearField(self, field_name: _Literal["comparison"]) -> None: ...
