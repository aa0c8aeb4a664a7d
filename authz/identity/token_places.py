"""Where tokens are in a request.

Sources: Envoy source/extensions/filters/http/jwt_authn/extractor.cc, and source/common/http/utility.cc for parameters
and cookies.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple, Protocol
from urllib.parse import unquote_to_bytes

from authz.model.jwt_rule import HeaderLocation, JwtRule

_DEFAULT_HEADERS = (HeaderLocation("authorization", "Bearer "),)
_DEFAULT_PARAMS = ("access_token",)
_NO_TOKEN_CHARACTERS = re.compile(r"[^A-Za-z0-9\-_.]*")


class TokenRequest(Protocol):
    """What is read of a request; `authz.model.facts.RawRequest` has it all."""

    @property
    def method(self) -> str:
        """As received."""

    @property
    def target(self) -> str:
        """Path and query."""

    @property
    def host(self) -> str:
        """`:authority`, as received."""

    @property
    def headers_are_merged(self) -> bool:
        """Whether lines of one name arrive joined by commas."""

    def header_lines(self, name: str) -> tuple[str, ...]:
        """The values of a header (name in lower case), and of `:scheme`."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where the tokens of a rule are, in the order in which they count."""

    headers: tuple[HeaderLocation, ...]
    params: tuple[str, ...]
    cookies: tuple[str, ...]

    def has_parameter(self, spellings: Iterable[str]) -> bool:
        """Whether one of these is the name of a parameter in which tokens are looked for."""
        return any(_percent_decode(spelling) in self.params for spelling in spellings)


def places_of(rule: JwtRule) -> Places:
    """What a rule says, or the default places if it says nothing."""
    if not (rule.from_headers or rule.from_params or rule.from_cookies):
        return Places(_DEFAULT_HEADERS, _DEFAULT_PARAMS, ())
    headers = sorted(set(rule.from_headers), key=lambda location: location.name + location.prefix)
    return Places(tuple(headers), tuple(sorted(set(rule.from_params))), tuple(sorted(set(rule.from_cookies))))


class Found(NamedTuple):
    """A token, and where it is. `params`: its query parameter, in every spelling that the query has of that name."""

    token: str
    header: str = ""
    params: tuple[str, ...] = ()


def find_tokens(places: Places, request: TokenRequest, stripped: frozenset[str]) -> list[Found]:
    """All tokens there. Headers that are `stripped`, which nobody else sets, have none."""
    found = []
    for location in places.headers:
        if location.name in stripped:
            continue
        for line in request.header_lines(location.name):
            token = _token_in(line.strip(" \t"), location.prefix)
            if token is not None:
                found.append(Found(token, header=location.name))
    if places.params and "?" in request.target:
        found.extend(_param_tokens(places.params, request.target))
    if places.cookies and "cookie" not in stripped:
        found.extend(_cookie_tokens(places.cookies, request.header_lines("cookie"), merged=request.headers_are_merged))
    return found


def _token_in(value: str, prefix: str) -> str | None:
    """What stands behind the prefix, wherever that is; the whole value where nothing there can begin a token."""
    if not prefix:
        return value
    at = value.find(prefix)
    if at < 0:
        return None
    skipped = _NO_TOKEN_CHARACTERS.match(value, at + len(prefix))
    start = skipped.end() if skipped else len(value)
    return value[start:] if start < len(value) else value


def _param_tokens(names: tuple[str, ...], target: str) -> Iterable[Found]:
    """The first parameter of each name, decoded; `+` stays `+`. Without `=` it is empty, and so no good token.

    Parameters are taken out by their names as they are spelled, so that no spelling carries a token to the workload.
    """
    values: dict[str, str] = {}
    spelled: dict[str, dict[str, None]] = {}
    for parameter in target.partition("?")[2].split("&"):
        spelling, _, value = parameter.partition("=")
        name = _percent_decode(spelling)
        values.setdefault(name, value)
        spelled.setdefault(name, {})[spelling] = None
    return [Found(_percent_decode(values[name]), params=tuple(spelled[name])) for name in names if name in values]


def _percent_decode(text: str) -> str:
    if "%" not in text:
        return text
    return unquote_to_bytes(text.encode("utf-8", "replace")).decode("utf-8", "replace")


def _cookie_tokens(names: tuple[str, ...], lines: tuple[str, ...], *, merged: bool) -> Iterable[Found]:
    """The first cookie of each name; quotes around its value do not count. Source: Envoy's parseCookies.

    Of `merged` lines nobody knows which commas have joined two of them: then every cookie that may be there counts.
    """
    found = {name: values[:1] for name, values in _cookies(names, lines).items()}
    if merged and any("," in line for line in lines):
        for name, values in _cookies(names, [part for line in lines for part in line.split(",")]).items():
            found[name] = list(dict.fromkeys([*found.get(name, ()), *values]))
    return [Found(value) for name in names for value in found.get(name, ())]


def _cookies(names: tuple[str, ...], lines: Iterable[str]) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for line in lines:
        for pair in line.split(";"):
            name, equals, value = pair.strip(" \t").partition("=")
            if equals and name in names:
                values.setdefault(name, []).append(_unquoted(value))
    return values


def _unquoted(value: str) -> str:
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] == '"' else value
