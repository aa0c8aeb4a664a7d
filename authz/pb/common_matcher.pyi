"""The protobuf package `envoy.config.common.matcher.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from collections.abc import Iterable as _Iterable
from typing import Literal as _Literal
from google.protobuf.internal.containers import RepeatedCompositeFieldContainer as _Repeated
from google.protobuf.message import Message as _Message
from authz.pb import route as _route

__all__ = [
    "HttpHeadersMatch",
    "MatchPredicate",
]

class HttpHeadersMatch(_Message):
    @property
    def headers(self) -> _Repeated[_route.HeaderMatcher]: ...
    def __init__(
        self,
        *,
        headers: _Iterable[_route.HeaderMatcher] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: _Literal["headers"]) -> None: ...

class MatchPredicate(_Message):
    class MatchSet(_Message):
        @property
        def rules(self) -> _Repeated[MatchPredicate]: ...
        def __init__(
            self,
            *,
            rules: _Iterable[MatchPredicate] | None = ...,
        ) -> None: ...
        def ClearField(self, field_name: _Literal["rules"]) -> None: ...

    @property
    def or_match(self) -> MatchPredicate.MatchSet: ...
    @property
    def and_match(self) -> MatchPredicate.MatchSet: ...
    @property
    def not_match(self) -> MatchPredicate: ...
    any_match: bool
    @property
    def http_request_headers_match(self) -> HttpHeadersMatch: ...
    @property
    def http_request_trailers_match(self) -> HttpHeadersMatch: ...
    @property
    def http_response_headers_match(self) -> HttpHeadersMatch: ...
    @property
    def http_response_trailers_match(self) -> HttpHeadersMatch: ...
    def __init__(
        self,
        *,
        or_match: MatchPredicate.MatchSet | None = ...,
        and_match: MatchPredicate.MatchSet | None = ...,
        not_match: MatchPredicate | None = ...,
        any_match: bool | None = ...,
        http_request_headers_match: HttpHeadersMatch | None = ...,
        http_request_trailers_match: HttpHeadersMatch | None = ...,
        http_response_headers_match: HttpHeadersMatch | None = ...,
        http_response_trailers_match: HttpHeadersMatch | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["and_match", "any_match", "http_request_headers_match", "http_request_trailers_match", "http_response_headers_match", "http_response_trailers_match", "not_match", "or_match", "rule"]) -> bool: ...
    def ClearField(self, field_name: _Literal["and_match", "any_match", "http_request_headers_match", "http_request_trailers_match", "http_response_headers_match", "http_response_trailers_match", "not_match", "or_match", "rule"]) -> None: ...
    def WhichOneof(self, oneof_group: _Literal["rule"]) -> _Literal["or_match", "and_match", "not_match", "any_match", "http_request_headers_match", "http_request_trailers_match", "http_response_headers_match", "http_response_trailers_match"] | None: ...
