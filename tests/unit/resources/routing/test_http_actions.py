import pytest

from authz.model.routing.http_route import (
    Delegate,
    DerivedPort,
    DirectResponse,
    Redirect,
    RegexRewrite,
    Rewrite,
    RouteTo,
)
from tests.support.reading import summaries
from tests.support.routes import http, problems_of, problems_to_a, to_a


@pytest.mark.parametrize(
    "text,wanted",
    [
        ("{uri: /a}", Redirect(uri="/a")),
        ("{prefixRewrite: /a, redirectCode: 302}", Redirect(prefix_rewrite="/a", code=302)),
        ("{authority: a.com, redirectCode: 0}", Redirect(authority="a.com", code=301)),
        ("{scheme: https, port: 8443}", Redirect(scheme="https", port=8443)),
        ("{derivePort: FROM_REQUEST_PORT}", Redirect(port=DerivedPort.FROM_REQUEST_PORT)),
        ("{derivePort: FROM_PROTOCOL_DEFAULT}", Redirect(port=DerivedPort.FROM_PROTOCOL_DEFAULT)),
    ],
)
def test_a_redirect_changes_what_is_written_and_has_code_301(text: str, wanted: Redirect) -> None:
    assert http(f"{{redirect: {text}}}").action == wanted


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_these_are_the_codes_of_redirects(code: int) -> None:
    assert http(f"{{redirect: {{uri: /, redirectCode: {code}}}}}").action == Redirect(uri="/", code=code)


@pytest.mark.parametrize("code", [300, 304, 305, 306, 309, 399])
def test_codes_that_envoy_does_not_have_are_refused_by_name(code: int) -> None:
    (problem,) = problems_of(
        "VirtualService", f"{{hosts: [a], http: [{{redirect: {{uri: /, redirectCode: {code}}}}}]}}"
    )
    assert problem.message == f"Envoy redirects with one of 301, 302, 303, 307, 308, found {code}"


@pytest.mark.parametrize(
    "text,wanted",
    [
        ("{status: 503}", DirectResponse(503)),
        ("{status: 200, body: {string: 'ä'}}", DirectResponse(200, "ä".encode())),
        ("{status: 599, body: {bytes: AAEC}}", DirectResponse(599, b"\0\1\2")),
        ("{status: 200, body: {}}", DirectResponse(200)),
    ],
)
def test_an_answer_has_a_status_and_maybe_a_body(text: str, wanted: DirectResponse) -> None:
    assert http(f"{{directResponse: {text}}}").action == wanted


def test_a_delegate_is_of_the_own_namespace_unless_another_is_named() -> None:
    assert http("{delegate: {name: b}}").action == Delegate("foo", "b")
    assert http("{delegate: {name: b, namespace: c}}").action == Delegate("c", "b")


def test_a_root_may_say_what_its_delegate_answers() -> None:
    found = http("{delegate: {name: b}, directResponse: {status: 404}, timeout: 1s}")
    assert found.action == Delegate("foo", "b", DirectResponse(404))
    assert found.timeout is not None


def test_a_route_goes_to_workloads() -> None:
    action = http("{route: [{destination: {host: a}, weight: 1}, {destination: {host: b}, weight: 2}]}").action
    assert isinstance(action, RouteTo)
    assert [(one.destination.host, one.weight) for one in action.destinations] == [("a", 1), ("b", 2)]


@pytest.mark.parametrize(
    "text,wanted",
    [
        ("{uri: /a}", Rewrite(uri="/a")),
        ("{authority: a.com}", Rewrite(authority="a.com")),
        (
            r"{uriRegexRewrite: {match: '/(a)(b)', rewrite: '/\2\1\0\\'}}",
            Rewrite(uri_regex=RegexRewrite("/(a)(b)", r"/\2\1\0\\")),
        ),
    ],
)
def test_a_rewrite_is_literal_or_by_groups(text: str, wanted: Rewrite) -> None:
    assert to_a(f"rewrite: {text}").rewrite == wanted


@pytest.mark.parametrize("rewrite,found", [(r"\3", r"\3"), ("a\\", "\\"), (r"\a", r"\a"), (r"\1\2\9", r"\9")])
def test_a_rewrite_by_a_group_that_there_is_not_is_refused(rewrite: str, found: str) -> None:
    (problem,) = problems_to_a(f"rewrite: {{uriRegexRewrite: {{match: '(a)(b)', rewrite: '{rewrite}'}}}}")
    assert problem.message.endswith(f"the number of a group of match; found {found}")


@pytest.mark.parametrize(
    "text,expected",
    [
        ("{redirect: /}", "AZ021 spec.http[0].redirect"),
        ("{redirect: {uri: /, path: /}}", "AZ020 spec.http[0].redirect.path"),
        ("{directResponse: {status: '200'}}", "AZ021 spec.http[0].directResponse.status"),
        ("{directResponse: {status: 200, body: a}}", "AZ021 spec.http[0].directResponse.body"),
        ("{delegate: b}", "AZ021 spec.http[0].delegate"),
        ("{delegate: {name: b, namespace: C}}", "AZ023 spec.http[0].delegate.namespace"),
        ("{route: {host: a}}", "AZ021 spec.http[0].route"),
    ],
)
def test_a_problem_is_at_its_place(text: str, expected: str) -> None:
    found = summaries(problems_of("VirtualService", f"{{hosts: [a.com], http: [{text}]}}"))
    assert [one.partition(" ")[2] for one in found] == [expected]
