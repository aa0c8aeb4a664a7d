"""Checks of VirtualServices: routes and matches that no request reaches, since one before takes them all.

Source: istio/istio pkg/config/validation/validation.go, analyzeUnreachableHTTPRules and its kin. Where Istio guesses,
here is only what is certain: of two matches the first asks for nothing that the second does not ask for.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from authz.model.problem import Code, Problem, Severity
from authz.model.routing.http_match import HttpMatch
from authz.model.routing.http_route import Delegate, HttpRoute
from authz.model.routing.l4_route import TcpMatch, TcpRoute, TlsMatch, TlsRoute
from authz.model.routing.matching import Exact, NamedMatch, Prefix, Present, Regex, StringMatch
from authz.model.routing.virtual_service import VirtualService
from authz.model.where import Where

_Match = HttpMatch | TlsMatch | TcpMatch
_Route = HttpRoute | TlsRoute | TcpRoute
_NOWHERE = Where("")
_ALL_PATHS = (None, Prefix(""), Prefix("/"))
_MAX_COMPARED = 200  # matches of one VirtualService, so that a large one costs no square


class RouteLinter:
    """Looks at set after set. What is the very same VirtualService as before is not looked at again."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[VirtualService, tuple[Problem, ...]]] = {}  # by id, which it has while it is here

    def look_at(self, services: Iterable[VirtualService]) -> list[Problem]:
        """Warnings about routes and matches of each VirtualService."""
        before = self._known
        self._known = {id(one): before.get(id(one)) or (one, tuple(look_at_routes([one]))) for one in services}
        return [problem for _, problems in self._known.values() for problem in problems]


def look_at_routes(services: Iterable[VirtualService]) -> Iterator[Problem]:
    """Warnings about routes and matches of each VirtualService."""
    for service in services:
        yield from _look_at("spec.http", service.http)
        yield from _look_at("spec.tls", service.tls)
        yield from _look_at("spec.tcp", service.tcp)


def _look_at(base: str, routes: Sequence[_Route]) -> Iterator[Problem]:
    """Silent about what comes after a delegate alone: where its own routes are narrower, requests go on to the next."""
    before: list[_Match] = []
    takes_all: Where | None = None
    for index, route in enumerate(routes):
        path = f"{base}[{index}]"
        if takes_all is not None:
            yield _unreachable(path, route, f"the route at {takes_all} takes them all; put it last")
            continue
        covers = list(_covers_of(before, route))
        covered = [(number, match, cover) for number, match, cover in covers if cover is not None]
        if covered and len(covered) == len(covers):
            yield _unreachable(
                path, route, f"its matches are taken before, the first by the one at {covered[0][2].where}"
            )
        else:
            yield from [_ineffective(f"{path}.match[{number}]", match, cover) for number, match, cover in covered]
        if not (isinstance(route, HttpRoute) and isinstance(route.action, Delegate)):
            before.extend(_matches(route)[: _MAX_COMPARED - len(before)])
            takes_all = _takes_all(route)


def _covers_of(before: Sequence[_Match], route: _Route) -> Iterator[tuple[int, _Match, _Match | None]]:
    """Each match, with one that takes all that it asks for: of a route before, or before it in its own."""
    matches = _matches(route)
    for number, match in enumerate(matches):
        earlier = matches[: min(number, _MAX_COMPARED)]
        yield number, match, next((one for one in (*before, *earlier) if _covers(one, match)), None)


def _matches(route: _Route) -> Sequence[_Match]:
    return route.matches


def _takes_all(route: _Route) -> Where | None:
    """Where it says that it is for everything, at whatever proxy."""
    if not route.matches and not isinstance(route, TlsRoute):
        return route.where
    return next((match.where for match in route.matches if _is_empty(match)), None)


def _is_empty(match: _Match) -> bool:
    match match:
        case HttpMatch():
            return match.uri in _ALL_PATHS and HttpMatch(_NOWHERE) == replace(
                match, where=_NOWHERE, name="", stat_prefix="", uri=None, ignore_uri_case=False
            )
        case TcpMatch():
            return replace(match, where=_NOWHERE) == TcpMatch(_NOWHERE)
        case TlsMatch():
            return False


def _unreachable(path: str, route: _Route, why: str) -> Problem:
    message = f"no request reaches this: {why}"
    return Problem(Code.UNREACHABLE_ROUTE, route.where, path, message, Severity.WARNING)


def _ineffective(path: str, match: _Match, cover: _Match) -> Problem:
    message = f"no request reaches this: the match at {cover.where} takes all that it asks for"
    return Problem(Code.INEFFECTIVE_MATCH, match.where, path, message, Severity.WARNING)


def _covers(wide: _Match, narrow: _Match) -> bool:
    """Whether all that `narrow` is for `wide` is for, at whatever proxy."""
    if not _covers_proxies(wide, narrow):
        return False
    if isinstance(wide, HttpMatch) and isinstance(narrow, HttpMatch):
        return _covers_http(wide, narrow)
    if isinstance(wide, TlsMatch) and isinstance(narrow, TlsMatch):
        return set(wide.sni_hosts) >= set(narrow.sni_hosts) and _covers_subnets(wide, narrow)
    if isinstance(wide, TcpMatch) and isinstance(narrow, TcpMatch):
        return _covers_subnets(wide, narrow)
    return False


def _covers_proxies(wide: _Match, narrow: _Match) -> bool:
    return (
        wide.port in {None, narrow.port}
        and (not wide.gateways or bool(narrow.gateways and set(narrow.gateways) <= set(wide.gateways)))
        and wide.source_labels <= narrow.source_labels
        and wide.source_namespace in {"", narrow.source_namespace}
        and _same_sources(wide, narrow)
    )


def _same_sources(wide: _Match, narrow: _Match) -> bool:
    """An HTTP match with gateways is for every source, whatever it says of them: then only equal words are compared."""
    if not isinstance(wide, HttpMatch) or not (wide.gateways or narrow.gateways):
        return True
    return (wide.source_labels, wide.source_namespace) == (narrow.source_labels, narrow.source_namespace)


def _covers_subnets(wide: TlsMatch | TcpMatch, narrow: TlsMatch | TcpMatch) -> bool:
    """Subnets make chains of their own, so that only the same ones, or none, are covered."""
    return set(wide.destination_subnets) == set(narrow.destination_subnets)


def _covers_http(wide: HttpMatch, narrow: HttpMatch) -> bool:
    return (
        _covers_uri(wide, narrow)
        and all(
            _covers_text(one, other)
            for one, other in (
                (wide.scheme, narrow.scheme),
                (wide.method, narrow.method),
                (wide.authority, narrow.authority),
            )
        )
        and _covers_named(wide, narrow)
    )


def _covers_uri(wide: HttpMatch, narrow: HttpMatch) -> bool:
    if wide.uri in _ALL_PATHS:
        return True
    if wide.ignore_uri_case != narrow.ignore_uri_case:
        return wide.uri == narrow.uri and not narrow.ignore_uri_case
    return _covers_text(wide.uri, narrow.uri)


def _covers_text(wide: StringMatch | None, narrow: StringMatch | None) -> bool:
    """Whether a text that `narrow` takes `wide` takes too; expressions are compared as they are."""
    if wide is None or wide == narrow:
        return True
    match wide, narrow:
        case Prefix(start), Exact(text) | Prefix(text):
            return text.startswith(start)
        case Present(), Exact() | Prefix() | Regex():
            return True
        case _:
            return False


def _covers_named(wide: HttpMatch, narrow: HttpMatch) -> bool:
    """Whether each header, parameter or claim that `wide` wants `narrow` wants as well, and at least as narrowly."""
    return (
        _covers_each(wide.headers, narrow.headers)
        and _covers_each(wide.query_params, narrow.query_params)
        and set(wide.without_headers) <= set(narrow.without_headers)
        and set(wide.claims) <= set(narrow.claims)
        and set(wide.without_claims) <= set(narrow.without_claims)
    )


def _covers_each(wide: Iterable[NamedMatch], narrow: Iterable[NamedMatch]) -> bool:
    wanted = {one.name: one.match for one in narrow}
    return all(one.name in wanted and _covers_text(one.match, wanted[one.name]) for one in wide)
