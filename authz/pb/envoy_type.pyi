"""The protobuf package `envoy.type.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from typing import Literal as _Literal
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper as _EnumTypeWrapper
from google.protobuf.message import Message as _Message

__all__ = [
    "HttpStatus",
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

class HttpStatus(_Message):
    code: int
    def __init__(
        self,
        *,
        code: int | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: _Literal["code"]) -> None: ...
