"""The protobuf package `envoy.service.discovery.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from collections.abc import Iterable as _Iterable
from collections.abc import Mapping as _Mapping
from typing import Literal as _Literal
from google.protobuf.internal.containers import RepeatedCompositeFieldContainer as _Repeated
from google.protobuf.internal.containers import RepeatedScalarFieldContainer as _RepeatedScalar
from google.protobuf.internal.containers import ScalarMap as _ScalarMap
from google.protobuf.message import Message as _Message
from authz.pb import core as _core
from authz.pb import protobuf as _protobuf
from authz.pb import rpc as _rpc

__all__ = [
    "DeltaDiscoveryRequest",
    "DeltaDiscoveryResponse",
    "DiscoveryRequest",
    "DiscoveryResponse",
    "Resource",
]

class DeltaDiscoveryRequest(_Message):
    @property
    def node(self) -> _core.Node: ...
    type_url: str
    @property
    def resource_names_subscribe(self) -> _RepeatedScalar[str]: ...
    @property
    def resource_names_unsubscribe(self) -> _RepeatedScalar[str]: ...
    @property
    def initial_resource_versions(self) -> _ScalarMap[str, str]: ...
    response_nonce: str
    @property
    def error_detail(self) -> _rpc.Status: ...
    def __init__(
        self,
        *,
        node: _core.Node | None = ...,
        type_url: str | None = ...,
        resource_names_subscribe: _Iterable[str] | None = ...,
        resource_names_unsubscribe: _Iterable[str] | None = ...,
        initial_resource_versions: _Mapping[str, str] | None = ...,
        response_nonce: str | None = ...,
        error_detail: _rpc.Status | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["error_detail", "node"]) -> bool: ...
    def ClearField(self, field_name: _Literal["error_detail", "initial_resource_versions", "node", "resource_names_subscribe", "resource_names_unsubscribe", "response_nonce", "type_url"]) -> None: ...

class DeltaDiscoveryResponse(_Message):
    system_version_info: str
    @property
    def resources(self) -> _Repeated[Resource]: ...
    type_url: str
    @property
    def removed_resources(self) -> _RepeatedScalar[str]: ...
    nonce: str
    @property
    def control_plane(self) -> _core.ControlPlane: ...
    def __init__(
        self,
        *,
        system_version_info: str | None = ...,
        resources: _Iterable[Resource] | None = ...,
        type_url: str | None = ...,
        removed_resources: _Iterable[str] | None = ...,
        nonce: str | None = ...,
        control_plane: _core.ControlPlane | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["control_plane"]) -> bool: ...
    def ClearField(self, field_name: _Literal["control_plane", "nonce", "removed_resources", "resources", "system_version_info", "type_url"]) -> None: ...

class DiscoveryRequest(_Message):
    version_info: str
    @property
    def node(self) -> _core.Node: ...
    @property
    def resource_names(self) -> _RepeatedScalar[str]: ...
    type_url: str
    response_nonce: str
    @property
    def error_detail(self) -> _rpc.Status: ...
    def __init__(
        self,
        *,
        version_info: str | None = ...,
        node: _core.Node | None = ...,
        resource_names: _Iterable[str] | None = ...,
        type_url: str | None = ...,
        response_nonce: str | None = ...,
        error_detail: _rpc.Status | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["error_detail", "node"]) -> bool: ...
    def ClearField(self, field_name: _Literal["error_detail", "node", "resource_names", "response_nonce", "type_url", "version_info"]) -> None: ...

class DiscoveryResponse(_Message):
    version_info: str
    @property
    def resources(self) -> _Repeated[_protobuf.Any]: ...
    canary: bool
    type_url: str
    nonce: str
    @property
    def control_plane(self) -> _core.ControlPlane: ...
    def __init__(
        self,
        *,
        version_info: str | None = ...,
        resources: _Iterable[_protobuf.Any] | None = ...,
        canary: bool | None = ...,
        type_url: str | None = ...,
        nonce: str | None = ...,
        control_plane: _core.ControlPlane | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["control_plane"]) -> bool: ...
    def ClearField(self, field_name: _Literal["canary", "control_plane", "nonce", "resources", "type_url", "version_info"]) -> None: ...

class Resource(_Message):
    name: str
    @property
    def aliases(self) -> _RepeatedScalar[str]: ...
    version: str
    @property
    def resource(self) -> _protobuf.Any: ...
    @property
    def ttl(self) -> _protobuf.Duration: ...
    @property
    def metadata(self) -> _core.Metadata: ...
    def __init__(
        self,
        *,
        name: str | None = ...,
        aliases: _Iterable[str] | None = ...,
        version: str | None = ...,
        resource: _protobuf.Any | None = ...,
        ttl: _protobuf.Duration | None = ...,
        metadata: _core.Metadata | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["metadata", "resource", "ttl"]) -> bool: ...
    def ClearField(self, field_name: _Literal["aliases", "metadata", "name", "resource", "ttl", "version"]) -> None: ...
