"""The protobuf package `envoy.config.common.mutation_rules.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from typing import Literal as _Literal
from google.protobuf.message import Message as _Message
from authz.pb import core as _core
from authz.pb import matcher as _matcher
from authz.pb import protobuf as _protobuf

__all__ = [
    "HeaderMutation",
    "HeaderMutationRules",
]

class HeaderMutation(_Message):
    class RemoveOnMatch(_Message):
        @property
        def key_matcher(self) -> _matcher.StringMatcher: ...
        def __init__(
            self,
            *,
            key_matcher: _matcher.StringMatcher | None = ...,
        ) -> None: ...
        def HasField(self, field_name: _Literal["key_matcher"]) -> bool: ...
        def ClearField(self, field_name: _Literal["key_matcher"]) -> None: ...

    remove: str
    @property
    def append(self) -> _core.HeaderValueOption: ...
    @property
    def remove_on_match(self) -> HeaderMutation.RemoveOnMatch: ...
    def __init__(
        self,
        *,
        remove: str | None = ...,
        append: _core.HeaderValueOption | None = ...,
        remove_on_match: HeaderMutation.RemoveOnMatch | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["action", "append", "remove", "remove_on_match"]) -> bool: ...
    def ClearField(self, field_name: _Literal["action", "append", "remove", "remove_on_match"]) -> None: ...
    def WhichOneof(self, oneof_group: _Literal["action"]) -> _Literal["remove", "append", "remove_on_match"] | None: ...

class HeaderMutationRules(_Message):
    @property
    def allow_all_routing(self) -> _protobuf.BoolValue: ...
    @property
    def allow_envoy(self) -> _protobuf.BoolValue: ...
    @property
    def disallow_system(self) -> _protobuf.BoolValue: ...
    @property
    def disallow_all(self) -> _protobuf.BoolValue: ...
    @property
    def allow_expression(self) -> _matcher.RegexMatcher: ...
    @property
    def disallow_expression(self) -> _matcher.RegexMatcher: ...
    @property
    def disallow_is_error(self) -> _protobuf.BoolValue: ...
    def __init__(
        self,
        *,
        allow_all_routing: _protobuf.BoolValue | None = ...,
        allow_envoy: _protobuf.BoolValue | None = ...,
        disallow_system: _protobuf.BoolValue | None = ...,
        disallow_all: _protobuf.BoolValue | None = ...,
        allow_expression: _matcher.RegexMatcher | None = ...,
        disallow_expression: _matcher.RegexMatcher | None = ...,
        disallow_is_error: _protobuf.BoolValue | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["allow_all_routing", "allow_envoy", "allow_expression", "disallow_all", "disallow_expression", "disallow_is_error", "disallow_system"]) -> bool: ...
    def ClearField(self, field_name: _Literal["allow_all_routing", "allow_envoy", "allow_expression", "disallow_all", "disallow_expression", "disallow_is_error", "disallow_system"]) -> None: ...
