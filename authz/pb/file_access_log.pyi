"""The protobuf package `envoy.extensions.access_loggers.file.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from typing import Literal as _Literal
from google.protobuf.message import Message as _Message
from authz.pb import core as _core

__all__ = [
    "FileAccessLog",
]

class FileAccessLog(_Message):
    path: str
    @property
    def log_format(self) -> _core.SubstitutionFormatString: ...
    def __init__(
        self,
        *,
        path: str | None = ...,
        log_format: _core.SubstitutionFormatString | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["access_log_format", "log_format"]) -> bool: ...
    def ClearField(self, field_name: _Literal["access_log_format", "log_format", "path"]) -> None: ...
    def WhichOneof(self, oneof_group: _Literal["access_log_format"]) -> _Literal["log_format"] | None: ...
