"""The protobuf package `envoy.config.overload.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from collections.abc import Iterable as _Iterable
from typing import Literal as _Literal
from google.protobuf.internal.containers import RepeatedCompositeFieldContainer as _Repeated
from google.protobuf.message import Message as _Message
from authz.pb import protobuf as _protobuf

__all__ = [
    "OverloadAction",
    "OverloadManager",
    "ResourceMonitor",
    "ScaledTrigger",
    "ThresholdTrigger",
    "Trigger",
]

class OverloadAction(_Message):
    name: str
    @property
    def triggers(self) -> _Repeated[Trigger]: ...
    @property
    def typed_config(self) -> _protobuf.Any: ...
    def __init__(
        self,
        *,
        name: str | None = ...,
        triggers: _Iterable[Trigger] | None = ...,
        typed_config: _protobuf.Any | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["typed_config"]) -> bool: ...
    def ClearField(self, field_name: _Literal["name", "triggers", "typed_config"]) -> None: ...

class OverloadManager(_Message):
    @property
    def refresh_interval(self) -> _protobuf.Duration: ...
    @property
    def resource_monitors(self) -> _Repeated[ResourceMonitor]: ...
    @property
    def actions(self) -> _Repeated[OverloadAction]: ...
    def __init__(
        self,
        *,
        refresh_interval: _protobuf.Duration | None = ...,
        resource_monitors: _Iterable[ResourceMonitor] | None = ...,
        actions: _Iterable[OverloadAction] | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["refresh_interval"]) -> bool: ...
    def ClearField(self, field_name: _Literal["actions", "refresh_interval", "resource_monitors"]) -> None: ...

class ResourceMonitor(_Message):
    name: str
    @property
    def typed_config(self) -> _protobuf.Any: ...
    def __init__(
        self,
        *,
        name: str | None = ...,
        typed_config: _protobuf.Any | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["config_type", "typed_config"]) -> bool: ...
    def ClearField(self, field_name: _Literal["config_type", "name", "typed_config"]) -> None: ...
    def WhichOneof(self, oneof_group: _Literal["config_type"]) -> _Literal["typed_config"] | None: ...

class ScaledTrigger(_Message):
    scaling_threshold: float
    saturation_threshold: float
    def __init__(
        self,
        *,
        scaling_threshold: float | None = ...,
        saturation_threshold: float | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: _Literal["saturation_threshold", "scaling_threshold"]) -> None: ...

class ThresholdTrigger(_Message):
    value: float
    def __init__(
        self,
        *,
        value: float | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: _Literal["value"]) -> None: ...

class Trigger(_Message):
    name: str
    @property
    def threshold(self) -> ThresholdTrigger: ...
    @property
    def scaled(self) -> ScaledTrigger: ...
    def __init__(
        self,
        *,
        name: str | None = ...,
        threshold: ThresholdTrigger | None = ...,
        scaled: ScaledTrigger | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["scaled", "threshold", "trigger_oneof"]) -> bool: ...
    def ClearField(self, field_name: _Literal["name", "scaled", "threshold", "trigger_oneof"]) -> None: ...
    def WhichOneof(self, oneof_group: _Literal["trigger_oneof"]) -> _Literal["threshold", "scaled"] | None: ...
