"""HTTP providers: what they are sent, what their answers do, and what becomes of answers that are none."""

from __future__ import annotations

import gzip
import socket
import threading
from typing import TYPE_CHECKING, Any

import pytest

from authz.model.request import Request
from authz.pb import CheckRequest, CheckResponse, HeaderValueOption
from authz.providers.limits import Limits
from tests.support.policies import Document, policy, when
from tests.support.providers import http_provider, mesh_of
from tests.support.proxy import Form, check_request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.unit.providers.conftest import Asker

    MakeAsker = Callable[..., Asker]


def http_mesh(port: int, **settings: Any) -> Document:
    return mesh_of("Http", port, **settings)


def reason(response: CheckResponse) -> str:
    return str(response.dynamic_metadata["reason"])


def said(options: Iterable[HeaderValueOption]) -> list[tuple[str, str]]:
    return [(option.header.key, option.header.value) for option in options]


def test_200_allows_and_later_policies_decide(asker: MakeAsker) -> None:
    with http_provider() as provider:
        allowing = asker(http_mesh(provider.port))
        denying = asker(http_mesh(provider.port), policy("a"))

        assert allowing.ask().status.code == 0
        assert reason(denying.ask()) == "no_allow_rule"
        assert allowing.ask(Request(path="/x")).status.code == 0
    assert len(provider.asked) == 2


def test_the_question_is_the_request_with_few_of_its_headers(asker: MakeAsker) -> None:
    settings = {
        "pathPrefix": "/check",
        "includeRequestHeadersInCheck": ["X-User", "x-team-*", "*-id", "te", "x-fixed"],
        "includeAdditionalHeadersInCheck": {"X-Fixed": "ours", "x-share": "50%%"},
    }
    headers = (
        ("authorization", "Bearer t"),
        ("x-user", "u"),
        ("X-Team-A", " 1 "),
        ("x-team-a", "2"),
        ("my-id", "3"),
        ("cookie", "secret"),
        ("te", "trailers"),
        ("x-fixed", "theirs"),
        ("authz-hops", "0"),
    )
    request = Request(method="DELETE", path="/admin/a%2Fb?q=1&q=2", host="Web.Test:80", headers=headers)
    with http_provider() as provider:
        assert asker(http_mesh(provider.port, **settings)).ask(request).status.code == 0
    (asked,) = provider.asked

    assert (asked.method, asked.path, asked.body) == ("DELETE", "/check/admin/a%2Fb?q=1&q=2", b"")
    assert sorted((name.lower(), value) for name, value in asked.headers) == [
        ("authorization", "Bearer t"),
        ("authz-hops", "1"),
        ("content-length", "0"),
        ("host", "Web.Test:80"),
        ("my-id", "3"),
        ("x-fixed", "ours"),
        ("x-share", "50%"),
        ("x-team-a", "1"),
        ("x-team-a", "2"),
        ("x-user", "u"),
    ]


def test_merged_headers_are_sent_as_they_came(asker: MakeAsker) -> None:
    request = check_request(Request(path="/admin", headers=(("x-a", "1"), ("x-a", "2"))), Form.MERGED)
    with http_provider() as provider:
        asker(http_mesh(provider.port, includeRequestHeadersInCheck=["x-a"])).ask(request)

    assert provider.asked[0].header("x-a") == ["1,2"]


def with_body(body: bytes, *, raw: bool = True) -> bytes:
    message = CheckRequest.FromString(check_request(Request(method="POST", path="/admin")))
    if raw:
        message.attributes.request.http.raw_body = body
    else:
        message.attributes.request.http.body = body.decode()
    return message.SerializeToString()


@pytest.mark.parametrize("raw", [True, False])
@pytest.mark.parametrize(
    ("settings", "sent", "partial"),
    [
        ({}, b"", []),
        ({"includeRequestBodyInCheck": {"maxRequestBytes": 10}}, b"0123456789", []),
        ({"includeRequestBodyInCheck": {"maxRequestBytes": 4, "allowPartialMessage": True}}, b"0123", ["true"]),
        ({"includeRequestBodyInCheck": {"maxRequestBytes": 99, "allowPartialMessage": True}}, b"0123456789", ["false"]),
    ],
)
def test_a_body_is_sent_as_far_as_the_provider_wants_it(
    asker: MakeAsker, settings: dict[str, Any], sent: bytes, partial: list[str], *, raw: bool
) -> None:
    with http_provider() as provider:
        asker(http_mesh(provider.port, **settings)).ask(with_body(b"0123456789", raw=raw))

    assert (provider.asked[0].body, provider.asked[0].header("x-envoy-auth-partial-body")) == (sent, partial)
    assert provider.asked[0].header("content-length") == [str(len(sent))]


def test_a_body_that_is_too_large_is_413_though_the_provider_fails_open(asker: MakeAsker) -> None:
    settings = {"includeRequestBodyInCheck": {"maxRequestBytes": 9}, "failOpen": True}
    with http_provider() as provider:
        answer = asker(http_mesh(provider.port, **settings)).ask(with_body(b"0123456789"))

    assert (answer.status.code, answer.denied_response.status.code) == (7, 413)
    assert provider.asked == []


ALLOW_LISTS = {"headersToUpstreamOnAllow": ["x-user", "x-r*"], "headersToDownstreamOnAllow": ["set-cookie"]}


def test_listed_headers_go_upstream_and_downstream_when_allowed(asker: MakeAsker) -> None:
    answered = [
        ("X-User", "first"),
        ("x-user", "last"),
        ("x-role", "admin"),
        ("set-cookie", "a=1"),
        ("set-cookie", "b=2"),
        ("x-other", "no"),
        ("x-envoy-auth-headers-to-remove", "authorization, X-Secret,, :path, host"),
    ]
    with http_provider(headers=answered, body=b"a body means nothing") as provider:
        ok = asker(http_mesh(provider.port, **ALLOW_LISTS)).ask().ok_response

    assert said(ok.headers) == [("x-user", "last"), ("x-role", "admin")]
    assert [option.append_action for option in ok.headers] == [HeaderValueOption.OVERWRITE_IF_EXISTS_OR_ADD] * 2
    assert said(ok.response_headers_to_add) == [("set-cookie", "a=1"), ("set-cookie", "b=2")]
    assert list(ok.headers_to_remove) == ["authorization", "x-secret"]


def test_without_lists_no_header_of_the_provider_goes_on(asker: MakeAsker) -> None:
    with http_provider(headers=[("x-user", "u"), ("set-cookie", "a=1")]) as provider:
        ok = asker(http_mesh(provider.port)).ask().ok_response

    assert (said(ok.headers), said(ok.response_headers_to_add)) == ([], [])


def test_later_policies_see_what_the_provider_sets(asker: MakeAsker) -> None:
    with http_provider(headers=[("x-role", "admin")]) as provider:
        asking = asker(http_mesh(provider.port, **ALLOW_LISTS), policy("a", when("request.headers[x-role]", "admin")))

        assert asking.ask().status.code == 0
        provider.headers = [("x-role", "guest")]
        forged = Request(path="/admin", headers=(("x-role", "admin"),))
        assert reason(asking.ask(forged)) == "no_allow_rule"


def test_pseudo_headers_host_and_hop_by_hop_headers_are_not_a_provider_s_to_set(asker: MakeAsker) -> None:
    answered = [("host", "evil"), ("keep-alive", "1"), ("proxy-authorization", "x"), ("x-ok", "1")]
    lists = {"headersToUpstreamOnAllow": ["host", "keep-*", "proxy-*", "x-ok", "content-*"]}
    with http_provider(headers=answered, body=b"x") as provider:
        ok = asker(http_mesh(provider.port, **lists)).ask().ok_response

    assert said(ok.headers) == [("x-ok", "1")]


@pytest.mark.parametrize("status", [201, 204, 302, 400, 401, 404, 429, 499])
def test_any_other_status_denies_with_it(asker: MakeAsker, status: int) -> None:
    headers = [("location", "/login"), ("set-cookie", "a=1"), ("set-cookie", "b=2"), ("content-type", "text/html")]
    with http_provider(status=status, headers=headers, body=b"" if status == 204 else b"<p>no") as provider:
        answer = asker(http_mesh(provider.port, failOpen=True), policy("a", {})).ask()
    denied = answer.denied_response

    assert (answer.status.code, denied.status.code, reason(answer)) == (7, status, "custom_denied")
    assert denied.body == ("" if status == 204 else "<p>no")
    assert said(denied.headers) == headers
    assert [option.append_action for option in denied.headers][1:3] == [
        HeaderValueOption.APPEND_IF_EXISTS_OR_ADD,
        HeaderValueOption.APPEND_IF_EXISTS_OR_ADD,
    ]
    assert answer.dynamic_metadata["custom_provider"] == "px"


def test_with_a_list_a_denial_has_its_headers_and_those_that_a_client_needs(asker: MakeAsker) -> None:
    headers = [("www-authenticate", "Basic"), ("location", "/l"), ("x-why", "1"), ("x-other", "2")]
    with http_provider(status=401, headers=headers) as provider:
        denied = asker(http_mesh(provider.port, headersToDownstreamOnDeny=["x-why"])).ask().denied_response

    assert said(denied.headers) == headers[:3]


@pytest.mark.parametrize(
    ("body", "headers", "text", "kept"),
    [
        (b"caf\xc3\xa9", [], "caf\u00e9", []),
        (b"caf\xe9", [], "caf\ufffd", []),
        (gzip.compress(b"no"), [("content-encoding", "gzip")], "", []),
    ],
)
def test_a_body_is_text(
    asker: MakeAsker, body: bytes, headers: list[tuple[str, str]], text: str, kept: list[tuple[str, str]]
) -> None:
    with http_provider(status=403, headers=headers, body=body) as provider:
        denied = asker(http_mesh(provider.port)).ask().denied_response

    assert (denied.body, said(denied.headers)) == (text, kept)


@pytest.mark.parametrize("fail_open", [False, True])
@pytest.mark.parametrize("status", [500, 503, 599])
def test_5xx_is_a_failure(asker: MakeAsker, status: int, *, fail_open: bool) -> None:
    with http_provider(status=status, body=b"secret trace", headers=[("x-a", "b")]) as provider:
        asking = asker(http_mesh(provider.port, failOpen=fail_open, statusOnError="502"))
        answer = asking.ask()

    assert (answer.status.code == 0) is fail_open
    if fail_open:
        assert "fails open: it answered 5" in str(answer.dynamic_metadata["detail"])
        assert asking.counters.snapshot()["authz_custom_failed_open_total"] == 1
    else:
        assert (reason(answer), answer.denied_response.status.code) == ("custom_failed", 502)
        assert (answer.denied_response.body, said(answer.denied_response.headers)) == ("", [])


def test_failing_open_is_no_allowance_of_the_other_policies(asker: MakeAsker) -> None:
    with http_provider(status=500) as provider:
        answer = asker(http_mesh(provider.port, failOpen=True), policy("d", {}, action="DENY")).ask()

    assert reason(answer) == "deny_rule"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


@pytest.mark.parametrize("fail_open", [False, True])
def test_nobody_there_is_a_failure(asker: MakeAsker, *, fail_open: bool) -> None:
    answer = asker(http_mesh(free_port(), failOpen=fail_open)).ask()

    assert (answer.status.code == 0) is fail_open
    assert fail_open or answer.denied_response.status.code == 403


@pytest.mark.parametrize("fail_open", [False, True])
def test_a_host_that_has_no_address_is_a_failure(asker: MakeAsker, *, fail_open: bool) -> None:
    answer = asker(http_mesh(1, service="no-such-host.invalid", failOpen=fail_open)).ask()

    assert (answer.status.code == 0) is fail_open


@pytest.mark.parametrize("fail_open", [False, True])
@pytest.mark.parametrize("raw", [b"", b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc"])
def test_hanging_up_is_a_failure_or_refused_but_never_hangs(asker: MakeAsker, raw: bytes, *, fail_open: bool) -> None:
    with http_provider(raw=raw) as provider:
        answer = asker(http_mesh(provider.port, failOpen=fail_open)).ask()

    assert answer.status.code == (0 if fail_open and not raw else 7)
    assert len(provider.asked) == (1 if raw else 2)


@pytest.mark.parametrize(
    "raw",
    [
        b"what?\r\n\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nx-user: a\rb\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nx-user: a\0b\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nx user: a\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nx-user: \xff\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nx-user: " + b"a" * 200_000 + b"\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"x-a: b\r\n" * 300 + b"content-length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nx-envoy-auth-headers-to-remove: a b\r\ncontent-length: 0\r\n\r\n",
        b"\x16\x03\x01\x02\x00",
    ],
)
@pytest.mark.parametrize("fail_open", [False, True])
def test_an_answer_that_cannot_be_carried_on_denies_whatever_fail_open_says(
    asker: MakeAsker, raw: bytes, *, fail_open: bool
) -> None:
    with http_provider(raw=raw) as provider:
        answer = asker(http_mesh(provider.port, failOpen=fail_open, **ALLOW_LISTS)).ask()

    assert (answer.status.code, reason(answer)) == (7, "custom_answer_refused"), str(answer)
    assert answer.denied_response.status.code == 403


def test_a_huge_body_is_refused_without_being_read(asker: MakeAsker) -> None:
    with http_provider(status=403, body=b"x" * 3_000_000) as provider:
        answer = asker(http_mesh(provider.port, failOpen=True), limits=Limits(answer_bytes=100_000)).ask()

    assert reason(answer) == "custom_answer_refused"


@pytest.mark.parametrize(
    "request_",
    [
        Request(path="/admin/\u00e9"),
        Request(path="/admin /x"),
        Request(path="/admin\x7f"),
        Request(path="/admin", method="G\u00cbT"),
        Request(path="/admin", method="CONNECT"),
        Request(path="/admin", host="a b"),
        Request(path="/admin", headers=(("authorization", "a\r\nx: b"),)),
        Request(path="/admin", headers=(("authorization", "a\x01b"),)),
    ],
    ids=str,
)
def test_what_cannot_be_asked_about_denies_whatever_fail_open_says(asker: MakeAsker, request_: Request) -> None:
    with http_provider() as provider:
        answer = asker(http_mesh(provider.port, failOpen=True)).ask(request_)

    assert (answer.status.code, reason(answer)) == (7, "custom_not_askable")
    assert provider.asked == []


@pytest.mark.parametrize("fail_open", [False, True])
@pytest.mark.parametrize(("timeout", "seconds"), [("50ms", 10.0), ("10s", 0.1), ("10s", 0.001)])
def test_a_slow_provider_is_a_failure_in_time(
    asker: MakeAsker, timeout: str, seconds: float, *, fail_open: bool
) -> None:
    with http_provider(release=threading.Event()) as provider:
        answer = asker(http_mesh(provider.port, timeout=timeout, failOpen=fail_open)).ask(seconds=seconds)

    assert (answer.status.code == 0) is fail_open


def test_connections_are_kept(asker: MakeAsker) -> None:
    with http_provider() as provider:
        asking = asker(http_mesh(provider.port))
        for _ in range(20):
            assert asking.ask().status.code == 0

    assert (len(provider.asked), len(provider.connections)) == (20, 1)


def test_redirects_are_not_followed(asker: MakeAsker) -> None:
    with http_provider() as other, http_provider(status=302) as provider:
        provider.headers = [("location", f"http://127.0.0.1:{other.port}/")]
        answer = asker(http_mesh(provider.port)).ask()

    assert (answer.denied_response.status.code, other.asked) == (302, [])


def test_an_http_provider_is_not_asked_about_tcp(asker: MakeAsker) -> None:
    with http_provider(status=403) as provider:
        answer = asker(http_mesh(provider.port)).ask(Request(protocol="tcp"))

    assert (answer.status.code, provider.asked) == (0, [])


@pytest.mark.parametrize(("hops", "asked"), [("3", True), ("4", False), ("99", False), ("x", True), ("\u0664", True)])
def test_authorizers_that_ask_one_another_in_a_circle_deny(asker: MakeAsker, hops: str, *, asked: bool) -> None:
    with http_provider() as provider:
        request = Request(path="/admin", headers=(("authz-hops", hops),))
        answer = asker(http_mesh(provider.port, failOpen=True)).ask(request)

    assert bool(provider.asked) is asked
    assert asked or reason(answer) == "custom_loop"


def test_more_questions_than_wait_at_once_are_denied(asker: MakeAsker) -> None:
    with http_provider(release=threading.Event()) as provider:
        asking = asker(http_mesh(provider.port, failOpen=True), limits=Limits(concurrent=3))
        waiting = [asking.pending() for _ in range(3)]
        refused = asking.ask()
        assert provider.release is not None
        provider.release.set()
        for one in waiting:
            assert not isinstance(one, bytes)
            one.result()

        assert reason(refused) == "custom_overloaded"
        assert asking.ask().status.code == 0


def test_whoever_hangs_up_leaves_his_place(asker: MakeAsker) -> None:
    with http_provider(release=threading.Event()) as provider:
        asking = asker(http_mesh(provider.port), limits=Limits(concurrent=1))
        waiting = asking.pending()
        assert not isinstance(waiting, bytes)
        waiting.cancel()
        assert reason(_read(waiting.result())) == "custom_failed"
        assert provider.release is not None
        provider.release.set()

        assert asking.ask().status.code == 0


def _read(answer: bytes) -> CheckResponse:
    return CheckResponse.FromString(answer)
