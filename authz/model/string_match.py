"""The general value form of a policy: `abc`, `abc*`, `*abc`, `*`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Exact:
    """The whole text."""

    text: str


@dataclass(frozen=True, slots=True)
class Prefix:
    """How the text begins; nothing need be left over."""

    text: str


@dataclass(frozen=True, slots=True)
class Suffix:
    """How the text ends; nothing need stand before it."""

    text: str


@dataclass(frozen=True, slots=True)
class NonEmpty:
    """At least one character and no line feed, Istio's `.+`: what a lone `*` means for most fields."""


@dataclass(frozen=True, slots=True)
class Present:
    """Any value, an empty one too: what a lone `*` means for headers, hosts and methods."""


StringMatch = Exact | Prefix | Suffix | NonEmpty | Present


def parse_string_match(text: str, star: StringMatch = NonEmpty()) -> StringMatch:
    """Read one match string; `star` is what a lone `*` means for the field.

    Only the first or the last `*` is special; with one at both ends the leading one wins and the rest, its `*`
    included, is a literal suffix. Source: istio/istio pilot/pkg/security/authz/matcher/string.go.
    """
    if text == "*":
        return star
    if text.startswith("*"):
        return Suffix(text[1:])
    return Prefix(text[:-1]) if text.endswith("*") else Exact(text)


def string_matches(pattern: StringMatch, text: str) -> bool:
    """Whether one value has the form. The plain meaning; compiled checks must agree with it."""
    match pattern:
        case Exact(wanted):
            return text == wanted
        case Prefix(start):
            return text.startswith(start)
        case Suffix(end):
            return text.endswith(end)
        case NonEmpty():
            return text != "" and "\n" not in text
        case Present():
            return True


def ascii_lower(text: str) -> str:
    """Lower-case A to Z and nothing else, as Envoy folds hosts and server names.

    `str.lower` would also fold the Kelvin sign into `k`, and so let one host pass as another.
    """
    return text.lower() if text.isascii() else text.translate(_ASCII_LOWER)


_ASCII_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}
