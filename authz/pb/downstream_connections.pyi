"""The protobuf package `envoy.extensions.resource_monitors.downstream_connections.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from typing import Literal as _Literal
from google.protobuf.message import Message as _Message

__all__ = [
    "DownstreamConnectionsConfig",
]

class DownstreamConnectionsConfig(_Message):
    max_active_downstream_connections: int
    def __init__(
        self,
        *,
        max_active_downstream_connections: int | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: _Literal["max_active_downstream_connections"]) -> None: ...
