"""The protobuf package `envoy.extensions.filters.common.fault.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from typing import Literal as _Literal
from google.protobuf.message import Message as _Message
from authz.pb import envoy_type as _envoy_type
from authz.pb import protobuf as _protobuf

__all__ = [
    "FaultDelay",
]

class FaultDelay(_Message):
    class HeaderDelay(_Message):
        ...

    @property
    def fixed_delay(self) -> _protobuf.Duration: ...
    @property
    def header_delay(self) -> FaultDelay.HeaderDelay: ...
    @property
    def percentage(self) -> _envoy_type.FractionalPercent: ...
    def __init__(
        self,
        *,
        fixed_delay: _protobuf.Duration | None = ...,
        header_delay: FaultDelay.HeaderDelay | None = ...,
        percentage: _envoy_type.FractionalPercent | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["fault_delay_secifier", "fixed_delay", "header_delay", "percentage"]) -> bool: ...
    def ClearField(self, field_name: _Literal["fault_delay_secifier", "fixed_delay", "header_delay", "percentage"]) -> None: ...
    def WhichOneof(self, oneof_group: _Literal["fault_delay_secifier"]) -> _Literal["fixed_delay", "header_delay"] | None: ...
