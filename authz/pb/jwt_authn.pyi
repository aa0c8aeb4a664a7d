"""The protobuf package `envoy.extensions.filters.http.jwt_authn.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from collections.abc import Iterable as _Iterable
from collections.abc import Mapping as _Mapping
from typing import Literal as _Literal
from google.protobuf.internal.containers import MessageMap as _MessageMap
from google.protobuf.internal.containers import RepeatedCompositeFieldContainer as _Repeated
from google.protobuf.internal.containers import RepeatedScalarFieldContainer as _RepeatedScalar
from google.protobuf.message import Message as _Message
from authz.pb import core as _core
from authz.pb import matcher as _matcher
from authz.pb import protobuf as _protobuf
from authz.pb import route as _route

__all__ = [
    "JwksAsyncFetch",
    "JwtAuthentication",
    "JwtCacheConfig",
    "JwtClaimToHeader",
    "JwtHeader",
    "JwtProvider",
    "JwtRequirement",
    "JwtRequirementAndList",
    "JwtRequirementOrList",
    "PerRouteConfig",
    "ProviderWithAudiences",
    "RemoteJwks",
    "RequirementRule",
]

class JwksAsyncFetch(_Message):
    fast_listener: bool
    @property
    def failed_refetch_duration(self) -> _protobuf.Duration: ...
    def __init__(
        self,
        *,
        fast_listener: bool | None = ...,
        failed_refetch_duration: _protobuf.Duration | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["failed_refetch_duration"]) -> bool: ...
    def ClearField(self, field_name: _Literal["failed_refetch_duration", "fast_listener"]) -> None: ...

class JwtAuthentication(_Message):
    @property
    def providers(self) -> _MessageMap[str, JwtProvider]: ...
    @property
    def rules(self) -> _Repeated[RequirementRule]: ...
    bypass_cors_preflight: bool
    @property
    def requirement_map(self) -> _MessageMap[str, JwtRequirement]: ...
    strip_failure_response: bool
    stat_prefix: str
    def __init__(
        self,
        *,
        providers: _Mapping[str, JwtProvider] | None = ...,
        rules: _Iterable[RequirementRule] | None = ...,
        bypass_cors_preflight: bool | None = ...,
        requirement_map: _Mapping[str, JwtRequirement] | None = ...,
        strip_failure_response: bool | None = ...,
        stat_prefix: str | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: _Literal["bypass_cors_preflight", "providers", "requirement_map", "rules", "stat_prefix", "strip_failure_response"]) -> None: ...

class JwtCacheConfig(_Message):
    jwt_cache_size: int
    jwt_max_token_size: int
    def __init__(
        self,
        *,
        jwt_cache_size: int | None = ...,
        jwt_max_token_size: int | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: _Literal["jwt_cache_size", "jwt_max_token_size"]) -> None: ...

class JwtClaimToHeader(_Message):
    header_name: str
    claim_name: str
    def __init__(
        self,
        *,
        header_name: str | None = ...,
        claim_name: str | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: _Literal["claim_name", "header_name"]) -> None: ...

class JwtHeader(_Message):
    name: str
    value_prefix: str
    def __init__(
        self,
        *,
        name: str | None = ...,
        value_prefix: str | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: _Literal["name", "value_prefix"]) -> None: ...

class JwtProvider(_Message):
    class NormalizePayload(_Message):
        @property
        def space_delimited_claims(self) -> _RepeatedScalar[str]: ...
        def __init__(
            self,
            *,
            space_delimited_claims: _Iterable[str] | None = ...,
        ) -> None: ...
        def ClearField(self, field_name: _Literal["space_delimited_claims"]) -> None: ...

    issuer: str
    @property
    def audiences(self) -> _RepeatedScalar[str]: ...
    @property
    def subjects(self) -> _matcher.StringMatcher: ...
    require_expiration: bool
    @property
    def max_lifetime(self) -> _protobuf.Duration: ...
    @property
    def remote_jwks(self) -> RemoteJwks: ...
    @property
    def local_jwks(self) -> _core.DataSource: ...
    forward: bool
    @property
    def from_headers(self) -> _Repeated[JwtHeader]: ...
    @property
    def from_params(self) -> _RepeatedScalar[str]: ...
    @property
    def from_cookies(self) -> _RepeatedScalar[str]: ...
    forward_payload_header: str
    pad_forward_payload_header: bool
    payload_in_metadata: str
    @property
    def normalize_payload_in_metadata(self) -> JwtProvider.NormalizePayload: ...
    header_in_metadata: str
    failed_status_in_metadata: str
    clock_skew_seconds: int
    @property
    def jwt_cache_config(self) -> JwtCacheConfig: ...
    @property
    def claim_to_headers(self) -> _Repeated[JwtClaimToHeader]: ...
    clear_route_cache: bool
    def __init__(
        self,
        *,
        issuer: str | None = ...,
        audiences: _Iterable[str] | None = ...,
        subjects: _matcher.StringMatcher | None = ...,
        require_expiration: bool | None = ...,
        max_lifetime: _protobuf.Duration | None = ...,
        remote_jwks: RemoteJwks | None = ...,
        local_jwks: _core.DataSource | None = ...,
        forward: bool | None = ...,
        from_headers: _Iterable[JwtHeader] | None = ...,
        from_params: _Iterable[str] | None = ...,
        from_cookies: _Iterable[str] | None = ...,
        forward_payload_header: str | None = ...,
        pad_forward_payload_header: bool | None = ...,
        payload_in_metadata: str | None = ...,
        normalize_payload_in_metadata: JwtProvider.NormalizePayload | None = ...,
        header_in_metadata: str | None = ...,
        failed_status_in_metadata: str | None = ...,
        clock_skew_seconds: int | None = ...,
        jwt_cache_config: JwtCacheConfig | None = ...,
        claim_to_headers: _Iterable[JwtClaimToHeader] | None = ...,
        clear_route_cache: bool | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["jwks_source_specifier", "jwt_cache_config", "local_jwks", "max_lifetime", "normalize_payload_in_metadata", "remote_jwks", "subjects"]) -> bool: ...
    def ClearField(self, field_name: _Literal["audiences", "claim_to_headers", "clear_route_cache", "clock_skew_seconds", "failed_status_in_metadata", "forward", "forward_payload_header", "from_cookies", "from_headers", "from_params", "header_in_metadata", "issuer", "jwks_source_specifier", "jwt_cache_config", "local_jwks", "max_lifetime", "normalize_payload_in_metadata", "pad_forward_payload_header", "payload_in_metadata", "remote_jwks", "require_expiration", "subjects"]) -> None: ...
    def WhichOneof(self, oneof_group: _Literal["jwks_source_specifier"]) -> _Literal["remote_jwks", "local_jwks"] | None: ...

class JwtRequirement(_Message):
    provider_name: str
    @property
    def provider_and_audiences(self) -> ProviderWithAudiences: ...
    @property
    def requires_any(self) -> JwtRequirementOrList: ...
    @property
    def requires_all(self) -> JwtRequirementAndList: ...
    @property
    def allow_missing_or_failed(self) -> _protobuf.Empty: ...
    @property
    def allow_missing(self) -> _protobuf.Empty: ...
    def __init__(
        self,
        *,
        provider_name: str | None = ...,
        provider_and_audiences: ProviderWithAudiences | None = ...,
        requires_any: JwtRequirementOrList | None = ...,
        requires_all: JwtRequirementAndList | None = ...,
        allow_missing_or_failed: _protobuf.Empty | None = ...,
        allow_missing: _protobuf.Empty | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["allow_missing", "allow_missing_or_failed", "provider_and_audiences", "provider_name", "requires_all", "requires_any", "requires_type"]) -> bool: ...
    def ClearField(self, field_name: _Literal["allow_missing", "allow_missing_or_failed", "provider_and_audiences", "provider_name", "requires_all", "requires_any", "requires_type"]) -> None: ...
    def WhichOneof(self, oneof_group: _Literal["requires_type"]) -> _Literal["provider_name", "provider_and_audiences", "requires_any", "requires_all", "allow_missing_or_failed", "allow_missing"] | None: ...

class JwtRequirementAndList(_Message):
    @property
    def requirements(self) -> _Repeated[JwtRequirement]: ...
    def __init__(
        self,
        *,
        requirements: _Iterable[JwtRequirement] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: _Literal["requirements"]) -> None: ...

class JwtRequirementOrList(_Message):
    @property
    def requirements(self) -> _Repeated[JwtRequirement]: ...
    def __init__(
        self,
        *,
        requirements: _Iterable[JwtRequirement] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: _Literal["requirements"]) -> None: ...

class PerRouteConfig(_Message):
    disabled: bool
    requirement_name: str
    def __init__(
        self,
        *,
        disabled: bool | None = ...,
        requirement_name: str | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["disabled", "requirement_name", "requirement_specifier"]) -> bool: ...
    def ClearField(self, field_name: _Literal["disabled", "requirement_name", "requirement_specifier"]) -> None: ...
    def WhichOneof(self, oneof_group: _Literal["requirement_specifier"]) -> _Literal["disabled", "requirement_name"] | None: ...

class ProviderWithAudiences(_Message):
    provider_name: str
    @property
    def audiences(self) -> _RepeatedScalar[str]: ...
    def __init__(
        self,
        *,
        provider_name: str | None = ...,
        audiences: _Iterable[str] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: _Literal["audiences", "provider_name"]) -> None: ...

class RemoteJwks(_Message):
    @property
    def http_uri(self) -> _core.HttpUri: ...
    @property
    def cache_duration(self) -> _protobuf.Duration: ...
    @property
    def async_fetch(self) -> JwksAsyncFetch: ...
    @property
    def retry_policy(self) -> _core.RetryPolicy: ...
    def __init__(
        self,
        *,
        http_uri: _core.HttpUri | None = ...,
        cache_duration: _protobuf.Duration | None = ...,
        async_fetch: JwksAsyncFetch | None = ...,
        retry_policy: _core.RetryPolicy | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["async_fetch", "cache_duration", "http_uri", "retry_policy"]) -> bool: ...
    def ClearField(self, field_name: _Literal["async_fetch", "cache_duration", "http_uri", "retry_policy"]) -> None: ...

class RequirementRule(_Message):
    @property
    def match(self) -> _route.RouteMatch: ...
    @property
    def requires(self) -> JwtRequirement: ...
    requirement_name: str
    def __init__(
        self,
        *,
        match: _route.RouteMatch | None = ...,
        requires: JwtRequirement | None = ...,
        requirement_name: str | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["match", "requirement_name", "requirement_type", "requires"]) -> bool: ...
    def ClearField(self, field_name: _Literal["match", "requirement_name", "requirement_type", "requires"]) -> None: ...
    def WhichOneof(self, oneof_group: _Literal["requirement_type"]) -> _Literal["requires", "requirement_name"] | None: ...
