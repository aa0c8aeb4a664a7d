"""The protobuf package `envoy.extensions.http.early_header_mutation.header_mutation.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from collections.abc import Iterable as _Iterable
from typing import Literal as _Literal
from google.protobuf.internal.containers import RepeatedCompositeFieldContainer as _Repeated
from google.protobuf.message import Message as _Message
from authz.pb import mutation_rules as _mutation_rules

__all__ = [
    "HeaderMutation",
]

class HeaderMutation(_Message):
    @property
    def mutations(self) -> _Repeated[_mutation_rules.HeaderMutation]: ...
    def __init__(
        self,
        *,
        mutations: _Iterable[_mutation_rules.HeaderMutation] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: _Literal["mutations"]) -> None: ...
