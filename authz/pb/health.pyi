"""The protobuf package `grpc.health.v1`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from typing import ClassVar as _ClassVar
from typing import Literal as _Literal
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper as _EnumTypeWrapper
from google.protobuf.message import Message as _Message

__all__ = [
    "HealthCheckRequest",
    "HealthCheckResponse",
]

class HealthCheckRequest(_Message):
    service: str
    def __init__(
        self,
        *,
        service: str | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: _Literal["service"]) -> None: ...

class HealthCheckResponse(_Message):
    class _ServingStatus(_EnumTypeWrapper):
        UNKNOWN: int
        SERVING: int
        NOT_SERVING: int
        SERVICE_UNKNOWN: int
    ServingStatus: _ClassVar[_ServingStatus]
    UNKNOWN: _ClassVar[int]
    SERVING: _ClassVar[int]
    NOT_SERVING: _ClassVar[int]
    SERVICE_UNKNOWN: _ClassVar[int]
    status: int
    def __init__(
        self,
        *,
        status: int | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: _Literal["status"]) -> None: ...
