"""The protobuf package `envoy.type.matcher.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from collections.abc import Iterable as _Iterable
from typing import Literal as _Literal
from google.protobuf.internal.containers import RepeatedCompositeFieldContainer as _Repeated
from google.protobuf.message import Message as _Message
from authz.pb import envoy_type as _envoy_type

__all__ = [
    "DoubleMatcher",
    "ListMatcher",
    "ListStringMatcher",
    "MetadataMatcher",
    "OrMatcher",
    "PathMatcher",
    "RegexMatchAndSubstitute",
    "RegexMatcher",
    "StringMatcher",
    "ValueMatcher",
]

class DoubleMatcher(_Message):
    @property
    def range(self) -> _envoy_type.DoubleRange: ...
    exact: float
    def __init__(
        self,
        *,
        range: _envoy_type.DoubleRange | None = ...,
        exact: float | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["exact", "match_pattern", "range"]) -> bool: ...
    def ClearField(self, field_name: _Literal["exact", "match_pattern", "range"]) -> None: ...
    def WhichOneof(self, oneof_group: _Literal["match_pattern"]) -> _Literal["range", "exact"] | None: ...

class ListMatcher(_Message):
    @property
    def one_of(self) -> ValueMatcher: ...
    def __init__(
        self,
        *,
        one_of: ValueMatcher | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["match_pattern", "one_of"]) -> bool: ...
    def ClearField(self, field_name: _Literal["match_pattern", "one_of"]) -> None: ...
    def WhichOneof(self, oneof_group: _Literal["match_pattern"]) -> _Literal["one_of"] | None: ...

class ListStringMatcher(_Message):
    @property
    def patterns(self) -> _Repeated[StringMatcher]: ...
    def __init__(
        self,
        *,
        patterns: _Iterable[StringMatcher] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: _Literal["patterns"]) -> None: ...

class MetadataMatcher(_Message):
    class PathSegment(_Message):
        key: str
        def __init__(
            self,
            *,
            key: str | None = ...,
        ) -> None: ...
        def HasField(self, field_name: _Literal["key", "segment"]) -> bool: ...
        def ClearField(self, field_name: _Literal["key", "segment"]) -> None: ...
        def WhichOneof(self, oneof_group: _Literal["segment"]) -> _Literal["key"] | None: ...

    filter: str
    @property
    def path(self) -> _Repeated[MetadataMatcher.PathSegment]: ...
    @property
    def value(self) -> ValueMatcher: ...
    invert: bool
    def __init__(
        self,
        *,
        filter: str | None = ...,
        path: _Iterable[MetadataMatcher.PathSegment] | None = ...,
        value: ValueMatcher | None = ...,
        invert: bool | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["value"]) -> bool: ...
    def ClearField(self, field_name: _Literal["filter", "invert", "path", "value"]) -> None: ...

class OrMatcher(_Message):
    @property
    def value_matchers(self) -> _Repeated[ValueMatcher]: ...
    def __init__(
        self,
        *,
        value_matchers: _Iterable[ValueMatcher] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: _Literal["value_matchers"]) -> None: ...

class PathMatcher(_Message):
    @property
    def path(self) -> StringMatcher: ...
    def __init__(
        self,
        *,
        path: StringMatcher | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["path", "rule"]) -> bool: ...
    def ClearField(self, field_name: _Literal["path", "rule"]) -> None: ...
    def WhichOneof(self, oneof_group: _Literal["rule"]) -> _Literal["path"] | None: ...

class RegexMatchAndSubstitute(_Message):
    @property
    def pattern(self) -> RegexMatcher: ...
    substitution: str
    def __init__(
        self,
        *,
        pattern: RegexMatcher | None = ...,
        substitution: str | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["pattern"]) -> bool: ...
    def ClearField(self, field_name: _Literal["pattern", "substitution"]) -> None: ...

class RegexMatcher(_Message):
    regex: str
    def __init__(
        self,
        *,
        regex: str | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: _Literal["regex"]) -> None: ...

class StringMatcher(_Message):
    exact: str
    prefix: str
    suffix: str
    @property
    def safe_regex(self) -> RegexMatcher: ...
    contains: str
    ignore_case: bool
    def __init__(
        self,
        *,
        exact: str | None = ...,
        prefix: str | None = ...,
        suffix: str | None = ...,
        safe_regex: RegexMatcher | None = ...,
        contains: str | None = ...,
        ignore_case: bool | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["contains", "exact", "match_pattern", "prefix", "safe_regex", "suffix"]) -> bool: ...
    def ClearField(self, field_name: _Literal["contains", "exact", "ignore_case", "match_pattern", "prefix", "safe_regex", "suffix"]) -> None: ...
    def WhichOneof(self, oneof_group: _Literal["match_pattern"]) -> _Literal["exact", "prefix", "suffix", "safe_regex", "contains"] | None: ...

class ValueMatcher(_Message):
    class NullMatch(_Message):
        ...

    @property
    def null_match(self) -> ValueMatcher.NullMatch: ...
    @property
    def double_match(self) -> DoubleMatcher: ...
    @property
    def string_match(self) -> StringMatcher: ...
    bool_match: bool
    present_match: bool
    @property
    def list_match(self) -> ListMatcher: ...
    @property
    def or_match(self) -> OrMatcher: ...
    def __init__(
        self,
        *,
        null_match: ValueMatcher.NullMatch | None = ...,
        double_match: DoubleMatcher | None = ...,
        string_match: StringMatcher | None = ...,
        bool_match: bool | None = ...,
        present_match: bool | None = ...,
        list_match: ListMatcher | None = ...,
        or_match: OrMatcher | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["bool_match", "double_match", "list_match", "match_pattern", "null_match", "or_match", "present_match", "string_match"]) -> bool: ...
    def ClearField(self, field_name: _Literal["bool_match", "double_match", "list_match", "match_pattern", "null_match", "or_match", "present_match", "string_match"]) -> None: ...
    def WhichOneof(self, oneof_group: _Literal["match_pattern"]) -> _Literal["null_match", "double_match", "string_match", "bool_match", "present_match", "list_match", "or_match"] | None: ...
