from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authz.model.problem import Problems
from authz.model.routing.http_match import HttpMatch
from authz.model.routing.matching import Exact, NamedMatch, Prefix, Present, StringMatch
from authz.model.routing.virtual_service import VirtualService
from authz.model.settings import DecidingSettings
from authz.model.where import Where
from authz.resources.lint import lint
from authz.resources.lint.routes import RouteLinter, _covers, look_at_routes
from authz.resources.mesh_config import MeshConfig
from tests.support.reading import resources
from tests.support.routes import virtual_service

END = "redirect: {uri: /}"
TO_A = "route: [{destination: {host: a}}]"


def warned(spec: str) -> list[str]:
    """Code and field of each warning."""
    virtual_service(spec)  # is read without a problem
    document = f"apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {{name: a}}\nspec: {spec}\n"
    problems = Problems()
    lint(resources(document)[0], MeshConfig(), DecidingSettings(), problems)
    return [f"{problem.code.value} {problem.field}" for problem in problems]


def http(*routes: str) -> list[str]:
    return warned("{hosts: [a.com], http: [" + ", ".join(f"{{{route}}}" for route in routes) + "]}")


def matches(*texts: str) -> list[str]:
    """Of routes with one match each."""
    return http(*(f"match: [{text}], {END}" for text in texts))


@pytest.mark.parametrize("everything", ["", "match: [], ", "match: [{}], ", "match: [{uri: {prefix: /}, name: a}], "])
def test_nothing_comes_after_a_route_for_everything(everything: str) -> None:
    found = http(f"{everything}{END}", f"match: [{{uri: {{exact: /a}}}}], {END}", END)
    assert found == ["AZ982 spec.http[1]", "AZ982 spec.http[2]"]


def test_the_last_route_may_be_for_everything() -> None:
    assert http(f"match: [{{uri: {{exact: /a}}}}], {END}", END) == []


def test_the_message_says_where_the_other_is() -> None:
    document = (
        "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: a}\nspec:\n  hosts: [a.com]\n"
        f"  http:\n  - {END}\n  - {END}\n"
    )
    problems = Problems()
    lint(resources(document)[0], MeshConfig(), DecidingSettings(), problems)
    (only,) = problems
    assert str(only) == (
        "a.yaml:8:5: AZ982 warning: spec.http[1]: no request reaches this: the route at a.yaml:7:5 takes them all; "
        "put it last"
    )


def test_a_route_whose_matches_are_all_taken_is_unreachable() -> None:
    assert matches("{uri: {prefix: /a}}", "{uri: {exact: /ab}}") == ["AZ982 spec.http[1]"]


def test_a_match_that_is_taken_beside_one_that_is_not_is_named_alone() -> None:
    found = http(
        f"match: [{{uri: {{prefix: /a}}}}], {END}", f"match: [{{uri: {{prefix: /b}}}}, {{uri: {{prefix: /ab}}}}], {END}"
    )
    assert found == ["AZ983 spec.http[1].match[1]"]


def test_a_match_twice_in_one_route_is_named_once() -> None:
    assert http(f"match: [{{uri: {{exact: /a}}}}, {{uri: {{exact: /a}}}}], {END}") == ["AZ983 spec.http[0].match[1]"]


@pytest.mark.parametrize(
    "wide,narrow",
    [
        ("{uri: {prefix: /a}}", "{uri: {prefix: /a}, method: {exact: GET}}"),
        ("{uri: {regex: /a.*}}", "{uri: {regex: /a.*}, port: 80}"),
        ("{method: {prefix: P}}", "{method: {exact: PUT}}"),
        ("{headers: {x-a: {}}}", "{headers: {X-A: {regex: b}, x-c: {}}}"),
        ("{queryParams: {a: {prefix: b}}}", "{queryParams: {a: {exact: bc}}}"),
        ("{withoutHeaders: {x-a: {}}}", "{withoutHeaders: {x-a: {}, x-b: {}}}"),
        ("{port: 80}", "{port: 80, uri: {prefix: /a}}"),
        ("{sourceLabels: {app: a}}", "{sourceLabels: {app: a, version: b}, sourceNamespace: c}"),
        ("{gateways: [mesh, g]}", "{gateways: [g]}"),
        ("{uri: {exact: /a}, ignoreUriCase: true}", "{uri: {exact: /a}}"),
    ],
)
def test_a_match_that_asks_for_less_takes_the_requests_of_one_that_asks_for_more(wide: str, narrow: str) -> None:
    assert matches(wide, narrow) == ["AZ982 spec.http[1]"]
    assert matches(narrow, wide) == []


@pytest.mark.parametrize(
    "one,other",
    [
        ("{uri: {exact: /a}}", "{uri: {exact: /a}, name: b, statPrefix: c}"),
        ("{uri: {prefix: /}, method: {exact: GET}}", "{method: {exact: GET}}"),
    ],
)
def test_of_two_that_ask_for_the_same_the_second_has_nothing(one: str, other: str) -> None:
    assert matches(one, other) == matches(other, one) == ["AZ982 spec.http[1]"]


@pytest.mark.parametrize(
    "one,other",
    [
        ("{uri: {prefix: /a}}", "{uri: {prefix: /b}}"),
        ("{uri: {exact: /a}}", "{uri: {prefix: /a}}"),
        ("{uri: {regex: /a.*}}", "{uri: {exact: /ab}}"),
        ("{uri: {prefix: /a}, method: {exact: GET}}", "{uri: {prefix: /ab}}"),
        ("{uri: {prefix: /a}}", "{uri: {prefix: /a}, ignoreUriCase: true}"),
        ("{headers: {x-a: {}}}", "{queryParams: {x-a: {}}}"),
        ("{headers: {x-a: {}}}", "{withoutHeaders: {x-a: {}}}"),
        ("{withoutHeaders: {x-a: {}}}", "{withoutHeaders: {x-a: {exact: b}}}"),
        ("{port: 80}", "{port: 81}"),
        ("{gateways: [g]}", "{uri: {prefix: /a}}"),
        ("{gateways: [g]}", "{gateways: [g, mesh]}"),
        ("{sourceNamespace: a}", "{uri: {prefix: /a}}"),
        # with gateways an HTTP match is for every source, so that it is the other that is wider
        ("{sourceLabels: {app: a}}", "{sourceLabels: {app: a, b: c}, gateways: [g]}"),
    ],
)
def test_where_the_second_may_still_have_requests_nothing_is_said(one: str, other: str) -> None:
    assert matches(one, other) == []


def test_what_a_delegate_leaves_goes_on() -> None:
    assert http("delegate: {name: b}", END) == []
    assert http("match: [{uri: {prefix: /a}}], delegate: {name: b}", f"match: [{{uri: {{prefix: /ab}}}}], {END}") == []


def test_tls_routes_are_looked_at_by_their_server_names() -> None:
    def of(one: str, other: str) -> list[str]:
        routes = ", ".join(f"{{match: [{{sniHosts: [{sni}]}}], {TO_A}}}" for sni in (one, other))
        return warned(f"{{hosts: ['*.a.com'], tls: [{routes}]}}")

    assert of("b.a.com", "b.a.com") == ["AZ982 spec.tls[1]"]
    assert of("'*.a.com'", "b.a.com") == []


def test_tcp_routes_without_match_are_for_everything() -> None:
    one = "{match: [{%s}], " + TO_A + "}"
    assert warned(f"{{hosts: [a.com], tcp: [{{{TO_A}}}, {one % 'port: 1'}]}}") == ["AZ982 spec.tcp[1]"]
    assert warned(f"{{hosts: [a.com], tcp: [{one % 'port: 1'}, {one % 'port: 1, sourceNamespace: b'}]}}") == [
        "AZ982 spec.tcp[1]"
    ]
    subnet = "destinationSubnets: [10.0.0.0/8]"
    assert warned(f"{{hosts: [a.com], tcp: [{one % subnet}, {one % 'port: 1'}]}}") == []


def test_of_very_many_matches_the_first_are_compared() -> None:
    texts = [f"{{uri: {{exact: /{number}}}}}" for number in range(1000)]
    assert matches(*texts, texts[0], texts[-1]) == ["AZ982 spec.http[1000]"]


def test_files_with_errors_are_not_looked_at() -> None:
    document = (
        "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: a}\n"
        f"spec: {{hosts: [a_b], http: [{{{END}}}, {{{END}}}]}}\n"
    )
    found, read = resources(document)
    problems = Problems()
    problems.extend(read)
    lint(found, MeshConfig(), DecidingSettings(), problems)
    assert [problem.code.value for problem in problems] == ["AZ592"]


TEXTS = st.sampled_from(["", "/", "/a", "/ab", "/b"])
STRING_MATCHES = st.one_of(TEXTS.map(Exact), TEXTS.map(Prefix), st.just(Present()))
MATCHES = st.builds(
    HttpMatch,
    where=st.just(Where("a.yaml")),
    uri=st.none() | TEXTS.map(Exact) | TEXTS.map(Prefix),
    ignore_uri_case=st.booleans(),
    method=st.none() | STRING_MATCHES,
    headers=st.lists(st.builds(NamedMatch, st.sampled_from("ab"), STRING_MATCHES), max_size=2).map(tuple),
    without_headers=st.lists(st.builds(NamedMatch, st.sampled_from("ab"), STRING_MATCHES), max_size=2).map(tuple),
)
REQUESTS = st.tuples(
    TEXTS.map(lambda path: path or "/A"), TEXTS, st.dictionaries(st.sampled_from("ab"), TEXTS, max_size=2)
)


def takes(match: StringMatch | None, text: str | None) -> bool:
    match match:
        case None:
            return True
        case Exact(wanted):
            return text == wanted
        case Prefix(start):
            return text is not None and text.startswith(start)
        case _:
            return text is not None


def matches_request(match: HttpMatch, request: tuple[str, str, dict[str, str]]) -> bool:
    """The plain meaning, of what these matches have."""
    path, method, headers = request
    uri = match.uri
    if match.ignore_uri_case and isinstance(uri, Exact | Prefix):
        path, uri = path.lower(), type(uri)(uri.text.lower())
    return (
        takes(uri, path)
        and takes(match.method, method)
        and all(takes(one.match, headers.get(one.name)) for one in match.headers)
        and not any(takes(one.match, headers.get(one.name)) for one in match.without_headers)
    )


@given(MATCHES, MATCHES, REQUESTS)
def test_what_covers_takes_every_request(
    wide: HttpMatch, narrow: HttpMatch, request: tuple[str, str, dict[str, str]]
) -> None:
    if _covers(wide, narrow) and matches_request(narrow, request):
        assert matches_request(wide, request)


def test_set_after_set_the_warnings_are_those_of_the_set_alone() -> None:
    def warning(path: str) -> VirtualService:
        return virtual_service(f"{{hosts: [a.com], http: [{{{END}}}, {{match: [{{uri: {{exact: {path}}}}}], {END}}}]}}")

    linter, first, second, third = RouteLinter(), warning("/a"), warning("/b"), warning("/c")
    for services in ([first, second], [second], [third, second], [], [first]):
        found = linter.look_at(services)
        assert found == list(look_at_routes(services))
        assert len(found) == len(services)


def test_what_is_the_very_same_as_before_is_not_looked_at_again() -> None:
    linter, service = RouteLinter(), virtual_service(f"{{hosts: [a.com], http: [{{{END}}}, {{{END}}}]}}")

    (first,), (second,) = linter.look_at([service]), linter.look_at([service])

    assert first is second
