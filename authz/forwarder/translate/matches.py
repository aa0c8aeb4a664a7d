"""Which requests a route is for: `match` of an HTTP route as Envoy has it.

Source: istio/istio pilot/pkg/networking/core/route/route.go (TranslateRouteMatch, IsCatchAllRoute) and
pilot/pkg/security/authz/matcher/metadata.go (MetadataListMatcher).
"""

from collections.abc import Iterator
from typing import assert_never

from authz.forwarder.translate.string_matchers import string_matcher
from authz.model.routing.http_match import HttpMatch
from authz.model.routing.matching import ClaimMatch, Exact, NamedMatch, Prefix, Present, Regex, StringMatch
from authz.pb.matcher import ListMatcher, MetadataMatcher, OrMatcher, RegexMatcher, ValueMatcher
from authz.pb.protobuf import BoolValue
from authz.pb.route import HeaderMatcher, QueryParameterMatcher, RouteMatch

JWT_FILTER = "envoy.filters.http.jwt_authn"
JWT_PAYLOAD = "payload"
"""Where claims are: in the dynamic metadata of that filter, under that key."""

_ANY_PATH = Prefix("/")
_TAKES_ALL = frozenset({None, _ANY_PATH, Regex(".*")})


def route_match(match: HttpMatch | None) -> RouteMatch:
    """What of a `match` entry is about requests; None: there is no entry, and the route is for all of them."""
    made = RouteMatch()
    if match is None:
        made.prefix = _ANY_PATH.text
        return made
    _add_path(made, match)
    made.headers.extend(_headers(match))
    made.query_parameters.extend(_query_parameter(one) for one in match.query_params)
    made.dynamic_metadata.extend(_claim(one) for one in match.claims)
    made.dynamic_metadata.extend(_claim(one, invert=True) for one in match.without_claims)
    return made


def is_catch_all(match: HttpMatch | None) -> bool:
    """Whether a route takes every request, as Istio sees it: a prefix that is empty does not count."""
    if match is None:
        return True
    if match.uri not in _TAKES_ALL:
        return False
    wants = (match.headers, match.without_headers, match.query_params, match.claims, match.without_claims)
    return not any(wants) and match.method is None and match.authority is None and match.scheme is None


def _add_path(made: RouteMatch, match: HttpMatch) -> None:
    match match.uri:
        case None | Present():
            made.prefix = _ANY_PATH.text
        case Exact(text):
            made.path = text
        case Prefix(text):
            made.prefix = text
        case Regex(text):
            made.safe_regex.CopyFrom(RegexMatcher(regex=text))
        case _:
            assert_never(match.uri)
    if match.ignore_uri_case:
        made.case_sensitive.CopyFrom(BoolValue(value=False))


def _headers(match: HttpMatch) -> Iterator[HeaderMatcher]:
    """Named ones in the order of their names, those that must not be there among them."""
    named = [(one, False) for one in match.headers] + [(one, True) for one in match.without_headers]
    for one, invert in sorted(named, key=lambda pair: pair[0].name):
        yield _header(one, invert=invert)
    for name, want in ((":method", match.method), (":authority", match.authority), (":scheme", match.scheme)):
        if want is not None:
            yield _header(NamedMatch(name, want))


def _header(one: NamedMatch, *, invert: bool = False) -> HeaderMatcher:
    """`invert`: the header is not like that, or not there at all."""
    if isinstance(one.match, Present):
        return HeaderMatcher(name=one.name, present_match=True, invert_match=invert)
    return HeaderMatcher(
        name=one.name,
        string_match=string_matcher(one.match),
        invert_match=invert,
        treat_missing_header_as_empty=invert,
    )


def _query_parameter(one: NamedMatch) -> QueryParameterMatcher:
    if isinstance(one.match, Present):
        return QueryParameterMatcher(name=one.name, present_match=True)
    return QueryParameterMatcher(name=one.name, string_match=string_matcher(one.match))


def _claim(one: ClaimMatch, *, invert: bool = False) -> MetadataMatcher:
    """A claim is a text, or a list in which the text is."""
    path = [MetadataMatcher.PathSegment(key=key) for key in (JWT_PAYLOAD, *one.path)]
    return MetadataMatcher(filter=JWT_FILTER, path=path, value=_claim_value(one.match), invert=invert)


def _claim_value(match: StringMatch) -> ValueMatcher:
    if isinstance(match, Present):
        return ValueMatcher(present_match=True)
    value = ValueMatcher(string_match=string_matcher(match))
    in_list = ValueMatcher(list_match=ListMatcher(one_of=value))
    return ValueMatcher(or_match=OrMatcher(value_matchers=[in_list, value]))
