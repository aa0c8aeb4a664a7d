"""The protobuf package `envoy.extensions.retry.priority.previous_priorities.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from typing import Literal as _Literal
from google.protobuf.message import Message as _Message

__all__ = [
    "PreviousPrioritiesConfig",
]

class PreviousPrioritiesConfig(_Message):
    update_frequency: int
    def __init__(
        self,
        *,
        update_frequency: int | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: _Literal["update_frequency"]) -> None: ...
