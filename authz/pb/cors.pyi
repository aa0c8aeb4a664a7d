"""The protobuf package `envoy.extensions.filters.http.cors.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from collections.abc import Iterable as _Iterable
from typing import Literal as _Literal
from google.protobuf.internal.containers import RepeatedCompositeFieldContainer as _Repeated
from google.protobuf.message import Message as _Message
from authz.pb import core as _core
from authz.pb import matcher as _matcher
from authz.pb import protobuf as _protobuf

__all__ = [
    "Cors",
    "CorsPolicy",
]

class Cors(_Message):
    ...

class CorsPolicy(_Message):
    @property
    def allow_origin_string_match(self) -> _Repeated[_matcher.StringMatcher]: ...
    allow_methods: str
    allow_headers: str
    expose_headers: str
    max_age: str
    @property
    def allow_credentials(self) -> _protobuf.BoolValue: ...
    @property
    def filter_enabled(self) -> _core.RuntimeFractionalPercent: ...
    @property
    def shadow_enabled(self) -> _core.RuntimeFractionalPercent: ...
    @property
    def allow_private_network_access(self) -> _protobuf.BoolValue: ...
    @property
    def forward_not_matching_preflights(self) -> _protobuf.BoolValue: ...
    def __init__(
        self,
        *,
        allow_origin_string_match: _Iterable[_matcher.StringMatcher] | None = ...,
        allow_methods: str | None = ...,
        allow_headers: str | None = ...,
        expose_headers: str | None = ...,
        max_age: str | None = ...,
        allow_credentials: _protobuf.BoolValue | None = ...,
        filter_enabled: _core.RuntimeFractionalPercent | None = ...,
        shadow_enabled: _core.RuntimeFractionalPercent | None = ...,
        allow_private_network_access: _protobuf.BoolValue | None = ...,
        forward_not_matching_preflights: _protobuf.BoolValue | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["allow_credentials", "allow_private_network_access", "filter_enabled", "forward_not_matching_preflights", "shadow_enabled"]) -> bool: ...
    def ClearField(self, field_name: _Literal["allow_credentials", "allow_headers", "allow_methods", "allow_origin_string_match", "allow_private_network_access", "expose_headers", "filter_enabled", "forward_not_matching_preflights", "max_age", "shadow_enabled"]) -> None: ...
