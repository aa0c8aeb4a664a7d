"""The protobuf package `envoy.extensions.filters.network.ext_authz.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from collections.abc import Iterable as _Iterable
from typing import Literal as _Literal
from google.protobuf.internal.containers import RepeatedScalarFieldContainer as _RepeatedScalar
from google.protobuf.message import Message as _Message
from authz.pb import core as _core
from authz.pb import matcher as _matcher

__all__ = [
    "ExtAuthz",
]

class ExtAuthz(_Message):
    stat_prefix: str
    @property
    def grpc_service(self) -> _core.GrpcService: ...
    failure_mode_allow: bool
    include_peer_certificate: bool
    transport_api_version: int
    @property
    def filter_enabled_metadata(self) -> _matcher.MetadataMatcher: ...
    bootstrap_metadata_labels_key: str
    include_tls_session: bool
    send_tls_alert_on_denial: bool
    @property
    def metadata_context_namespaces(self) -> _RepeatedScalar[str]: ...
    @property
    def typed_metadata_context_namespaces(self) -> _RepeatedScalar[str]: ...
    def __init__(
        self,
        *,
        stat_prefix: str | None = ...,
        grpc_service: _core.GrpcService | None = ...,
        failure_mode_allow: bool | None = ...,
        include_peer_certificate: bool | None = ...,
        transport_api_version: int | None = ...,
        filter_enabled_metadata: _matcher.MetadataMatcher | None = ...,
        bootstrap_metadata_labels_key: str | None = ...,
        include_tls_session: bool | None = ...,
        send_tls_alert_on_denial: bool | None = ...,
        metadata_context_namespaces: _Iterable[str] | None = ...,
        typed_metadata_context_namespaces: _Iterable[str] | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["filter_enabled_metadata", "grpc_service"]) -> bool: ...
    def ClearField(self, field_name: _Literal["bootstrap_metadata_labels_key", "failure_mode_allow", "filter_enabled_metadata", "grpc_service", "include_peer_certificate", "include_tls_session", "metadata_context_namespaces", "send_tls_alert_on_denial", "stat_prefix", "transport_api_version", "typed_metadata_context_namespaces"]) -> None: ...
