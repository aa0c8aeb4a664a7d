"""The protobuf package `envoy.extensions.filters.http.ext_authz.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from collections.abc import Iterable as _Iterable
from collections.abc import Mapping as _Mapping
from typing import Literal as _Literal
from google.protobuf.internal.containers import RepeatedScalarFieldContainer as _RepeatedScalar
from google.protobuf.internal.containers import ScalarMap as _ScalarMap
from google.protobuf.message import Message as _Message
from authz.pb import core as _core
from authz.pb import envoy_type as _envoy_type
from authz.pb import matcher as _matcher
from authz.pb import mutation_rules as _mutation_rules
from authz.pb import protobuf as _protobuf

__all__ = [
    "BufferSettings",
    "CheckSettings",
    "ExtAuthz",
    "ExtAuthzPerRoute",
]

class BufferSettings(_Message):
    max_request_bytes: int
    allow_partial_message: bool
    pack_as_bytes: bool
    def __init__(
        self,
        *,
        max_request_bytes: int | None = ...,
        allow_partial_message: bool | None = ...,
        pack_as_bytes: bool | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: _Literal["allow_partial_message", "max_request_bytes", "pack_as_bytes"]) -> None: ...

class CheckSettings(_Message):
    @property
    def context_extensions(self) -> _ScalarMap[str, str]: ...
    disable_request_body_buffering: bool
    @property
    def with_request_body(self) -> BufferSettings: ...
    @property
    def grpc_service(self) -> _core.GrpcService: ...
    def __init__(
        self,
        *,
        context_extensions: _Mapping[str, str] | None = ...,
        disable_request_body_buffering: bool | None = ...,
        with_request_body: BufferSettings | None = ...,
        grpc_service: _core.GrpcService | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["grpc_service", "service_override", "with_request_body"]) -> bool: ...
    def ClearField(self, field_name: _Literal["context_extensions", "disable_request_body_buffering", "grpc_service", "service_override", "with_request_body"]) -> None: ...
    def WhichOneof(self, oneof_group: _Literal["service_override"]) -> _Literal["grpc_service"] | None: ...

class ExtAuthz(_Message):
    @property
    def grpc_service(self) -> _core.GrpcService: ...
    transport_api_version: int
    failure_mode_allow: bool
    failure_mode_allow_header_add: bool
    @property
    def with_request_body(self) -> BufferSettings: ...
    clear_route_cache: bool
    @property
    def status_on_error(self) -> _envoy_type.HttpStatus: ...
    validate_mutations: bool
    @property
    def metadata_context_namespaces(self) -> _RepeatedScalar[str]: ...
    @property
    def typed_metadata_context_namespaces(self) -> _RepeatedScalar[str]: ...
    @property
    def route_metadata_context_namespaces(self) -> _RepeatedScalar[str]: ...
    @property
    def route_typed_metadata_context_namespaces(self) -> _RepeatedScalar[str]: ...
    @property
    def filter_enabled(self) -> _core.RuntimeFractionalPercent: ...
    @property
    def filter_enabled_metadata(self) -> _matcher.MetadataMatcher: ...
    @property
    def deny_at_disable(self) -> _core.RuntimeFeatureFlag: ...
    include_peer_certificate: bool
    stat_prefix: str
    bootstrap_metadata_labels_key: str
    @property
    def allowed_headers(self) -> _matcher.ListStringMatcher: ...
    @property
    def disallowed_headers(self) -> _matcher.ListStringMatcher: ...
    include_tls_session: bool
    @property
    def charge_cluster_response_stats(self) -> _protobuf.BoolValue: ...
    encode_raw_headers: bool
    @property
    def decoder_header_mutation_rules(self) -> _mutation_rules.HeaderMutationRules: ...
    @property
    def enable_dynamic_metadata_ingestion(self) -> _protobuf.BoolValue: ...
    @property
    def filter_metadata(self) -> _protobuf.Struct: ...
    emit_filter_state_stats: bool
    max_denied_response_body_bytes: int
    enforce_response_header_limits: bool
    def __init__(
        self,
        *,
        grpc_service: _core.GrpcService | None = ...,
        transport_api_version: int | None = ...,
        failure_mode_allow: bool | None = ...,
        failure_mode_allow_header_add: bool | None = ...,
        with_request_body: BufferSettings | None = ...,
        clear_route_cache: bool | None = ...,
        status_on_error: _envoy_type.HttpStatus | None = ...,
        validate_mutations: bool | None = ...,
        metadata_context_namespaces: _Iterable[str] | None = ...,
        typed_metadata_context_namespaces: _Iterable[str] | None = ...,
        route_metadata_context_namespaces: _Iterable[str] | None = ...,
        route_typed_metadata_context_namespaces: _Iterable[str] | None = ...,
        filter_enabled: _core.RuntimeFractionalPercent | None = ...,
        filter_enabled_metadata: _matcher.MetadataMatcher | None = ...,
        deny_at_disable: _core.RuntimeFeatureFlag | None = ...,
        include_peer_certificate: bool | None = ...,
        stat_prefix: str | None = ...,
        bootstrap_metadata_labels_key: str | None = ...,
        allowed_headers: _matcher.ListStringMatcher | None = ...,
        disallowed_headers: _matcher.ListStringMatcher | None = ...,
        include_tls_session: bool | None = ...,
        charge_cluster_response_stats: _protobuf.BoolValue | None = ...,
        encode_raw_headers: bool | None = ...,
        decoder_header_mutation_rules: _mutation_rules.HeaderMutationRules | None = ...,
        enable_dynamic_metadata_ingestion: _protobuf.BoolValue | None = ...,
        filter_metadata: _protobuf.Struct | None = ...,
        emit_filter_state_stats: bool | None = ...,
        max_denied_response_body_bytes: int | None = ...,
        enforce_response_header_limits: bool | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["allowed_headers", "charge_cluster_response_stats", "decoder_header_mutation_rules", "deny_at_disable", "disallowed_headers", "enable_dynamic_metadata_ingestion", "filter_enabled", "filter_enabled_metadata", "filter_metadata", "grpc_service", "services", "status_on_error", "with_request_body"]) -> bool: ...
    def ClearField(self, field_name: _Literal["allowed_headers", "bootstrap_metadata_labels_key", "charge_cluster_response_stats", "clear_route_cache", "decoder_header_mutation_rules", "deny_at_disable", "disallowed_headers", "emit_filter_state_stats", "enable_dynamic_metadata_ingestion", "encode_raw_headers", "enforce_response_header_limits", "failure_mode_allow", "failure_mode_allow_header_add", "filter_enabled", "filter_enabled_metadata", "filter_metadata", "grpc_service", "include_peer_certificate", "include_tls_session", "max_denied_response_body_bytes", "metadata_context_namespaces", "route_metadata_context_namespaces", "route_typed_metadata_context_namespaces", "services", "stat_prefix", "status_on_error", "transport_api_version", "typed_metadata_context_namespaces", "validate_mutations", "with_request_body"]) -> None: ...
    def WhichOneof(self, oneof_group: _Literal["services"]) -> _Literal["grpc_service"] | None: ...

class ExtAuthzPerRoute(_Message):
    disabled: bool
    @property
    def check_settings(self) -> CheckSettings: ...
    def __init__(
        self,
        *,
        disabled: bool | None = ...,
        check_settings: CheckSettings | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["check_settings", "disabled", "override"]) -> bool: ...
    def ClearField(self, field_name: _Literal["check_settings", "disabled", "override"]) -> None: ...
    def WhichOneof(self, oneof_group: _Literal["override"]) -> _Literal["disabled", "check_settings"] | None: ...
