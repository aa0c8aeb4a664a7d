import pytest

from authz.model.routing.http_route import HeaderOperations, Headers, RouteTo
from tests.support.routes import http, problems_of, to_a


def test_every_operation_is_read_sorted_by_name() -> None:
    found = to_a(
        "headers: {request: {set: {X-B: c, Host: d.com}, add: {x-a: '%REQ(x-b)%'}, remove: [x-d, X-C]},"
        " response: {set: {x-e: f}}}"
    ).headers
    assert found == Headers(
        HeaderOperations((("Host", "d.com"), ("X-B", "c")), (("x-a", "%REQ(x-b)%"),), ("x-d", "X-C")),
        HeaderOperations((("x-e", "f"),)),
    )


def test_a_destination_has_operations_of_its_own() -> None:
    action = http("{route: [{destination: {host: a}, headers: {response: {remove: [x-a]}}}]}").action
    assert isinstance(action, RouteTo)
    assert action.destinations[0].headers == Headers(response=HeaderOperations(remove=("x-a",)))


def test_nothing_written_is_not_the_same_as_nothing_done() -> None:
    assert to_a("name: a").headers is None
    assert to_a("headers: {}").headers == Headers()


def value_problems(value: str) -> list[str]:
    found = problems_of(
        "VirtualService",
        f"{{hosts: [a], http: [{{redirect: {{uri: /}}, headers: {{request: {{set: {{x-a: {value}}}}}}}}}]}}",
    )
    assert {problem.code.value for problem in found} <= {"AZ526"}
    return [problem.message for problem in found]


@pytest.mark.parametrize(
    "value",
    [
        "''",
        "'a b'",
        "'%%'",
        "'%%%%'",
        "'100%%'",
        "'%HOSTNAME%'",
        "'a%HOSTNAME%b%%c'",
        "'%REQ(:path?x-a):10%'",
        "'%START_TIME(%Y/%m/%dT%H:%M:%S%z)%'",
        '''"%DYNAMIC_METADATA([\\"a\\", \\"b\\"])%"''',
        "'%DOWNSTREAM_PEER_CERT_V_START(%b %d)%'",
    ],
)
def test_values_are_format_strings_of_envoy(value: str) -> None:
    assert value_problems(value) == []


@pytest.mark.parametrize(
    "value",
    ["'%'", "'100%'", "'%%%'", "'%a%'", "'%hostname%'", "'%REQ('", "'%REQ(a)'", "'%REQ(a)x%'", "'%A%%'", "'% A%'"],
)
def test_a_percent_sign_that_begins_no_command_is_refused(value: str) -> None:
    assert value_problems(value) == [f"expected %COMMAND% as Envoy has it, or %% for a percent sign, found {value}"]


@pytest.mark.parametrize("character", ["\\n", "\\r", "\\0", "\\x1f", "\\x7f"])
def test_a_value_is_one_line(character: str) -> None:
    (message,) = value_problems(f'"a{character}b"')
    assert message.startswith("a header's value has no control characters")


def test_a_long_value_of_beginnings_is_refused_in_time() -> None:
    assert len(value_problems("'" + "%A()%" * 20_000 + "%A(" + ")x" * 20_000 + "'")) == 1


@pytest.mark.parametrize("name", ["Host", ":authority", ":AUTHORITY"])
def test_the_authority_can_be_set_in_requests_only(name: str) -> None:
    assert to_a(f"headers: {{request: {{set: {{'{name}': a.com}}}}}}").headers
    for place in (
        f"request: {{remove: ['{name}']}}",
        f"response: {{set: {{'{name}': a}}}}",
        f"response: {{remove: ['{name}']}}",
    ):
        text = f"{{hosts: [a], http: [{{redirect: {{uri: /}}, headers: {{{place}}}}}]}}"
        assert [problem.code.value for problem in problems_of("VirtualService", text)] == ["AZ526"]


def test_all_places_that_set_the_authority_are_named() -> None:
    text = "rewrite: {authority: a}, headers: {request: {set: {host: b}, add: {':authority': c}}}"
    route = f"{{route: [{{destination: {{host: a}}}}], {text}}}"
    (problem,) = problems_of("VirtualService", f"{{hosts: [a], http: [{route}]}}")
    assert problem.message == (
        "the authority is set in one place; found rewrite.authority and headers.request.set[host]"
        " and headers.request.add[:authority]"
    )
