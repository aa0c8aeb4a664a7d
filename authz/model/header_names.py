"""Sets of header names as extension providers list them, and what a header field may be made of.

Source: istio/api mesh/v1alpha1/config.proto, includeRequestHeadersInCheck; RFC 9110, sections 5.1 and 5.5.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from authz.model.string_match import ascii_lower

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_FORBIDDEN_IN_VALUE = re.compile(r"[\r\n\0]")

HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""They speak of one connection, and are never carried to another. Source: RFC 9110, section 7.6.1."""

RESERVED = HOP_BY_HOP | {"content-length", "host"}
"""Nobody beside the proxy sets or removes these: they say where a request goes, and where it ends."""


def is_header_name(text: str) -> bool:
    """Whether this can be a header's name; pseudo headers are none."""
    return _TOKEN.fullmatch(text) is not None


def is_header_value(text: str) -> bool:
    """Whether this stays one value on the wire: no line break, no NUL."""
    return _FORBIDDEN_IN_VALUE.search(text) is None


@dataclass(frozen=True, slots=True)
class HeaderNames:
    """Names, and their beginnings and ends; all in lower case, since case does not count."""

    exact: frozenset[str] = frozenset()
    prefixes: tuple[str, ...] = ()
    suffixes: tuple[str, ...] = ()

    def __contains__(self, name: str) -> bool:
        """`name` is in lower case."""
        return name in self.exact or name.startswith(self.prefixes) or name.endswith(self.suffixes)

    def __bool__(self) -> bool:
        return bool(self.exact or self.prefixes or self.suffixes)

    def texts(self) -> tuple[str, ...]:
        """The set as it could be written, in one order."""
        written = [*self.exact, *(f"{text}*" for text in self.prefixes), *(f"*{text}" for text in self.suffixes)]
        return tuple(sorted(written))


NO_NAMES = HeaderNames()


def parse_header_names(texts: Iterable[str]) -> HeaderNames:
    """`abc`, `abc*` and `*abc`. Raises ValueError for a lone star, and for what no header's name can be."""
    exact, prefixes, suffixes = set(), set(), set()
    for text in map(ascii_lower, texts):
        name = text.removeprefix("*") if text.startswith("*") else text.removesuffix("*")
        if not name:
            raise ValueError("a lone `*` is not supported, write the beginning or the end of a name: x-* or *-id")
        if not is_header_name(name.removeprefix(":")):
            raise ValueError(f"no header has a name such as {text!r}")
        if text.startswith("*"):
            suffixes.add(name)
        elif text.endswith("*"):
            prefixes.add(name)
        else:
            exact.add(name)
    return HeaderNames(frozenset(exact), tuple(sorted(prefixes)), tuple(sorted(suffixes)))
