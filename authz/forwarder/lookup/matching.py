"""Whether a request is one that a route is for.

Source: Envoy source/common/router/config_impl.cc and source/common/http/header_utility.cc. Claims of tokens are not
known here: a route that asks for one is for nobody.
"""

from collections.abc import Mapping
from urllib.parse import parse_qsl

import re2

from authz.model.string_match import ascii_lower
from authz.pb.matcher import StringMatcher
from authz.pb.route import HeaderMatcher, QueryParameterMatcher, RouteMatch

Headers = Mapping[str, str]
"""Names in lower case; lines of one name joined by commas. With `:method`, `:authority` and `:scheme`."""


def matches(match: RouteMatch, target: str, headers: Headers) -> bool:
    """Whether a route is for a request. `target`: path and query."""
    path, _, query = target.partition("?")
    if match.dynamic_metadata or not _path_matches(match, path):
        return False
    parameters: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        parameters.setdefault(name, value)  # the first one counts
    return all(_header_matches(one, headers) for one in match.headers) and all(
        _parameter_matches(one, parameters) for one in match.query_parameters
    )


def _path_matches(match: RouteMatch, path: str) -> bool:
    if match.WhichOneof("path_specifier") == "safe_regex":
        return re2.fullmatch(match.safe_regex.regex, path) is not None
    folds = match.HasField("case_sensitive") and not match.case_sensitive.value
    text, seen = match.path or match.prefix, path
    if folds:
        text, seen = ascii_lower(text), ascii_lower(seen)
    return seen == text if match.WhichOneof("path_specifier") == "path" else seen.startswith(text)


def _header_matches(one: HeaderMatcher, headers: Headers) -> bool:
    value = headers.get(one.name)
    if one.WhichOneof("header_match_specifier") == "present_match":
        return (value is not None) is not one.invert_match
    if value is None:
        if not one.treat_missing_header_as_empty:
            return False
        value = ""
    return _text_matches(one.string_match, value) is not one.invert_match


def _parameter_matches(one: QueryParameterMatcher, parameters: Mapping[str, str]) -> bool:
    value = parameters.get(one.name)
    if value is None:
        return False
    is_present = one.WhichOneof("query_parameter_match_specifier") == "present_match"
    return is_present or _text_matches(one.string_match, value)


def _text_matches(matcher: StringMatcher, text: str) -> bool:
    match matcher.WhichOneof("match_pattern"):
        case "exact":
            return text == matcher.exact
        case "prefix":
            return text.startswith(matcher.prefix)
        case _:
            return re2.fullmatch(matcher.safe_regex.regex, text) is not None


def best_domain(domains: Mapping[str, object], host: str) -> str | None:
    """Which of several domains a host is of, its port left out: the very one, else the longest suffix, else `*`."""
    name = ascii_lower(_without_port(host))
    if name in domains:
        return name
    suffixes = [one for one in domains if one.startswith("*") and len(one) > 1 and name.endswith(one[1:])]
    longer = [one for one in suffixes if len(name) > len(one) - 1]
    if longer:
        return max(longer, key=len)
    return "*" if "*" in domains else None


def _without_port(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdigit() else host
