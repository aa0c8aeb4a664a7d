"""The protobuf package `envoy.extensions.filters.http.header_mutation.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from collections.abc import Iterable as _Iterable
from typing import Literal as _Literal
from google.protobuf.internal.containers import RepeatedCompositeFieldContainer as _Repeated
from google.protobuf.message import Message as _Message
from authz.pb import mutation_rules as _mutation_rules

__all__ = [
    "HeaderMutation",
    "HeaderMutationPerRoute",
    "Mutations",
]

class HeaderMutation(_Message):
    @property
    def mutations(self) -> Mutations: ...
    most_specific_header_mutations_wins: bool
    def __init__(
        self,
        *,
        mutations: Mutations | None = ...,
        most_specific_header_mutations_wins: bool | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["mutations"]) -> bool: ...
    def ClearField(self, field_name: _Literal["most_specific_header_mutations_wins", "mutations"]) -> None: ...

class HeaderMutationPerRoute(_Message):
    @property
    def mutations(self) -> Mutations: ...
    def __init__(
        self,
        *,
        mutations: Mutations | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["mutations"]) -> bool: ...
    def ClearField(self, field_name: _Literal["mutations"]) -> None: ...

class Mutations(_Message):
    @property
    def request_mutations(self) -> _Repeated[_mutation_rules.HeaderMutation]: ...
    @property
    def response_mutations(self) -> _Repeated[_mutation_rules.HeaderMutation]: ...
    @property
    def response_trailers_mutations(self) -> _Repeated[_mutation_rules.HeaderMutation]: ...
    @property
    def request_trailers_mutations(self) -> _Repeated[_mutation_rules.HeaderMutation]: ...
    def __init__(
        self,
        *,
        request_mutations: _Iterable[_mutation_rules.HeaderMutation] | None = ...,
        response_mutations: _Iterable[_mutation_rules.HeaderMutation] | None = ...,
        response_trailers_mutations: _Iterable[_mutation_rules.HeaderMutation] | None = ...,
        request_trailers_mutations: _Iterable[_mutation_rules.HeaderMutation] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: _Literal["request_mutations", "request_trailers_mutations", "response_mutations", "response_trailers_mutations"]) -> None: ...
