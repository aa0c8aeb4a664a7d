"""The protobuf package `google.rpc`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from typing import Literal as _Literal
from google.protobuf.message import Message as _Message

__all__ = [
    "Status",
]

class Status(_Message):
    code: int
    message: str
    def __init__(
        self,
        *,
        code: int | None = ...,
        message: str | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: _Literal["code", "message"]) -> None: ...
