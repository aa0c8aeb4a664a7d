"""The protobuf package `envoy.type.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from typing import ClassVar as _ClassVar
from typing import Literal as _Literal
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper as _EnumTypeWrapper
from google.protobuf.message import Message as _Message

__all__ = [
    "DoubleRange",
    "FractionalPercent",
    "HashPolicy",
    "HttpStatus",
    "Int32Range",
    "Int64Range",
    "Percent",
    "SemanticVersion",
    "StatusCode",
]

class _StatusCode(_EnumTypeWrapper):
    Empty: int
    Continue: int
    OK: int
    Created: int
    Accepted: int
    NonAuthoritativeInformation: int
    NoContent: int
    ResetContent: int
    PartialContent: int
    MultiStatus: int
    AlreadyReported: int
    IMUsed: int
    MultipleChoices: int
    MovedPermanently: int
    Found: int
    SeeOther: int
    NotModified: int
    UseProxy: int
    TemporaryRedirect: int
    PermanentRedirect: int
    BadRequest: int
    Unauthorized: int
    PaymentRequired: int
    Forbidden: int
    NotFound: int
    MethodNotAllowed: int
    NotAcceptable: int
    ProxyAuthenticationRequired: int
    RequestTimeout: int
    Conflict: int
    Gone: int
    LengthRequired: int
    PreconditionFailed: int
    PayloadTooLarge: int
    URITooLong: int
    UnsupportedMediaType: int
    RangeNotSatisfiable: int
    ExpectationFailed: int
    MisdirectedRequest: int
    UnprocessableEntity: int
    Locked: int
    FailedDependency: int
    UpgradeRequired: int
    PreconditionRequired: int
    TooManyRequests: int
    RequestHeaderFieldsTooLarge: int
    InternalServerError: int
    NotImplemented: int
    BadGateway: int
    ServiceUnavailable: int
    GatewayTimeout: int
    HTTPVersionNotSupported: int
    VariantAlsoNegotiates: int
    InsufficientStorage: int
    LoopDetected: int
    NotExtended: int
    NetworkAuthenticationRequired: int
StatusCode: _StatusCode

class DoubleRange(_Message):
    start: float
    end: float
    def __init__(
        self,
        *,
        start: float | None = ...,
        end: float | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: _Literal["end", "start"]) -> None: ...

class FractionalPercent(_Message):
    class _DenominatorType(_EnumTypeWrapper):
        HUNDRED: int
        TEN_THOUSAND: int
        MILLION: int
    DenominatorType: _ClassVar[_DenominatorType]
    HUNDRED: _ClassVar[int]
    TEN_THOUSAND: _ClassVar[int]
    MILLION: _ClassVar[int]
    numerator: int
    denominator: int
    def __init__(
        self,
        *,
        numerator: int | None = ...,
        denominator: int | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: _Literal["denominator", "numerator"]) -> None: ...

class HashPolicy(_Message):
    class SourceIp(_Message):
        ...

    class FilterState(_Message):
        key: str
        def __init__(
            self,
            *,
            key: str | None = ...,
        ) -> None: ...
        def ClearField(self, field_name: _Literal["key"]) -> None: ...

    @property
    def source_ip(self) -> HashPolicy.SourceIp: ...
    @property
    def filter_state(self) -> HashPolicy.FilterState: ...
    def __init__(
        self,
        *,
        source_ip: HashPolicy.SourceIp | None = ...,
        filter_state: HashPolicy.FilterState | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["filter_state", "policy_specifier", "source_ip"]) -> bool: ...
    def ClearField(self, field_name: _Literal["filter_state", "policy_specifier", "source_ip"]) -> None: ...
    def WhichOneof(self, oneof_group: _Literal["policy_specifier"]) -> _Literal["source_ip", "filter_state"] | None: ...

class HttpStatus(_Message):
    code: int
    def __init__(
        self,
        *,
        code: int | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: _Literal["code"]) -> None: ...

class Int32Range(_Message):
    start: int
    end: int
    def __init__(
        self,
        *,
        start: int | None = ...,
        end: int | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: _Literal["end", "start"]) -> None: ...

class Int64Range(_Message):
    start: int
    end: int
    def __init__(
        self,
        *,
        start: int | None = ...,
        end: int | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: _Literal["end", "start"]) -> None: ...

class Percent(_Message):
    value: float
    def __init__(
        self,
        *,
        value: float | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: _Literal["value"]) -> None: ...

class SemanticVersion(_Message):
    major_number: int
    minor_number: int
    patch: int
    def __init__(
        self,
        *,
        major_number: int | None = ...,
        minor_number: int | None = ...,
        patch: int | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: _Literal["major_number", "minor_number", "patch"]) -> None: ...
