"""The protobuf package `envoy.extensions.filters.listener.proxy_protocol.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from collections.abc import Iterable as _Iterable
from typing import ClassVar as _ClassVar
from typing import Literal as _Literal
from google.protobuf.internal.containers import RepeatedCompositeFieldContainer as _Repeated
from google.protobuf.internal.containers import RepeatedScalarFieldContainer as _RepeatedScalar
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper as _EnumTypeWrapper
from google.protobuf.message import Message as _Message
from authz.pb import core as _core

__all__ = [
    "ProxyProtocol",
]

class ProxyProtocol(_Message):
    class _TlvLocation(_EnumTypeWrapper):
        DYNAMIC_METADATA: int
        FILTER_STATE: int
    TlvLocation: _ClassVar[_TlvLocation]
    DYNAMIC_METADATA: _ClassVar[int]
    FILTER_STATE: _ClassVar[int]
    class KeyValuePair(_Message):
        metadata_namespace: str
        key: str
        def __init__(
            self,
            *,
            metadata_namespace: str | None = ...,
            key: str | None = ...,
        ) -> None: ...
        def ClearField(self, field_name: _Literal["key", "metadata_namespace"]) -> None: ...

    class Rule(_Message):
        tlv_type: int
        @property
        def on_tlv_present(self) -> ProxyProtocol.KeyValuePair: ...
        def __init__(
            self,
            *,
            tlv_type: int | None = ...,
            on_tlv_present: ProxyProtocol.KeyValuePair | None = ...,
        ) -> None: ...
        def HasField(self, field_name: _Literal["on_tlv_present"]) -> bool: ...
        def ClearField(self, field_name: _Literal["on_tlv_present", "tlv_type"]) -> None: ...

    @property
    def rules(self) -> _Repeated[ProxyProtocol.Rule]: ...
    allow_requests_without_proxy_protocol: bool
    @property
    def pass_through_tlvs(self) -> _core.ProxyProtocolPassThroughTLVs: ...
    @property
    def disallowed_versions(self) -> _RepeatedScalar[int]: ...
    stat_prefix: str
    tlv_location: int
    def __init__(
        self,
        *,
        rules: _Iterable[ProxyProtocol.Rule] | None = ...,
        allow_requests_without_proxy_protocol: bool | None = ...,
        pass_through_tlvs: _core.ProxyProtocolPassThroughTLVs | None = ...,
        disallowed_versions: _Iterable[int] | None = ...,
        stat_prefix: str | None = ...,
        tlv_location: int | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["pass_through_tlvs"]) -> bool: ...
    def ClearField(self, field_name: _Literal["allow_requests_without_proxy_protocol", "disallowed_versions", "pass_through_tlvs", "rules", "stat_prefix", "tlv_location"]) -> None: ...
