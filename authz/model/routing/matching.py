"""How routing resources match texts: a path, a method, a header, a query parameter.

Source: istio/api networking/v1alpha3/virtual_service.proto, StringMatch and HTTPMatchRequest.
"""

from dataclasses import dataclass

MAX_REGEX_PROGRAM = 32_768
"""How large RE2's program of an expression may be. Envoy's own limit is 100: its `re2.max_program_size.error_level` has
to be set to this, as Istio does."""


@dataclass(frozen=True, slots=True)
class Exact:
    """The whole text."""

    text: str


@dataclass(frozen=True, slots=True)
class Prefix:
    """How the text begins. A plain beginning of a string: `/v1` is one of `/v1beta`."""

    text: str


@dataclass(frozen=True, slots=True)
class Regex:
    """An expression of RE2 that the whole text matches."""

    text: str


@dataclass(frozen=True, slots=True)
class Present:
    """Any text, an empty one too; but there must be one."""


StringMatch = Exact | Prefix | Regex | Present


@dataclass(frozen=True, slots=True)
class NamedMatch:
    """What a header (its name in lower case) or a query parameter must be like."""

    name: str
    match: StringMatch


@dataclass(frozen=True, slots=True)
class ClaimMatch:
    """What a claim of a verified token must be like. `path`: the names of the claims it is nested in, and its own."""

    path: tuple[str, ...]
    match: StringMatch
