"""The protobuf package `envoy.extensions.access_loggers.stream.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from typing import Literal as _Literal
from google.protobuf.message import Message as _Message
from authz.pb import core as _core

__all__ = [
    "StderrAccessLog",
    "StdoutAccessLog",
]

class StderrAccessLog(_Message):
    @property
    def log_format(self) -> _core.SubstitutionFormatString: ...
    def __init__(
        self,
        *,
        log_format: _core.SubstitutionFormatString | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["access_log_format", "log_format"]) -> bool: ...
    def ClearField(self, field_name: _Literal["access_log_format", "log_format"]) -> None: ...
    def WhichOneof(self, oneof_group: _Literal["access_log_format"]) -> _Literal["log_format"] | None: ...

class StdoutAccessLog(_Message):
    @property
    def log_format(self) -> _core.SubstitutionFormatString: ...
    def __init__(
        self,
        *,
        log_format: _core.SubstitutionFormatString | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["access_log_format", "log_format"]) -> bool: ...
    def ClearField(self, field_name: _Literal["access_log_format", "log_format"]) -> None: ...
    def WhichOneof(self, oneof_group: _Literal["access_log_format"]) -> _Literal["log_format"] | None: ...
