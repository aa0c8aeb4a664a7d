"""Documents of routing kinds, from their specs."""

from __future__ import annotations

from typing import TypeVar

from authz.resources.kinds import Resource
from tests.support.reading import resources

Kind = TypeVar("Kind", bound=Resource)


def document(kind: str, spec: str, metadata: str = "name: a", api_version: str = "networking.istio.io/v1") -> str:
    """Three lines, then the spec in line 4, from column 7."""
    return f"apiVersion: {api_version}\nkind: {kind}\nmetadata: {{{metadata}}}\nspec: {spec}\n"


def read(kind: type[Kind], text: str) -> Kind:
    """The only resource of a text, without problems; warnings are none either."""
    found, problems = resources(text)
    assert problems == []
    (one,) = found.of(kind)
    return one
