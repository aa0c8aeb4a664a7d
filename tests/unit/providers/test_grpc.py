"""gRPC providers: what they are sent, what their answers do, and what becomes of answers that are none."""

from __future__ import annotations

import socket
import threading
import time
from typing import TYPE_CHECKING, Any

import grpc
import pytest

from authz.model.request import Request
from authz.pb import CheckRequest, CheckResponse, HeaderMap, HeaderValue, HeaderValueOption
from authz.providers.clients import Providers
from authz.providers.limits import Limits, patience
from authz.resources.extension_provider import ExtensionProvider
from authz.server.check import Pending
from tests.support.certificates import certificate
from tests.support.policies import Document, engine, policy, when
from tests.support.providers import grpc_provider, mesh_of, response
from tests.support.proxy import Form, check_request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.unit.providers.conftest import Asker

    MakeAsker = Callable[..., Asker]


def grpc_mesh(port: int, **settings: Any) -> Document:
    return mesh_of("Grpc", port, **settings)


def reason(answer: CheckResponse) -> str:
    return str(answer.dynamic_metadata["reason"])


def option(name: str, value: str, **fields: Any) -> dict[str, Any]:
    return {"header": {"key": name, "value": value}, **fields}


def said(options: Iterable[HeaderValueOption]) -> list[tuple[str, str]]:
    return [(one.header.key, one.header.value) for one in options]


OVERWRITE, ADD = HeaderValueOption.OVERWRITE_IF_EXISTS_OR_ADD, HeaderValueOption.APPEND_IF_EXISTS_OR_ADD


def test_a_status_of_0_allows_and_later_policies_decide(asker: MakeAsker) -> None:
    with grpc_provider() as provider:
        assert asker(grpc_mesh(provider.port)).ask().status.code == 0
        assert reason(asker(grpc_mesh(provider.port), policy("a")).ask()) == "no_allow_rule"
        assert asker(grpc_mesh(provider.port)).ask(Request(path="/x")).status.code == 0
        assert asker(grpc_mesh(provider.port)).ask(Request(protocol="tcp")).status.code == 0
    assert len(provider.asked) == 3


def test_the_provider_sees_what_istio_would_send_and_no_secrets_beside(asker: MakeAsker) -> None:
    request = Request(
        path="/admin?q",
        host="web",
        principal="spiffe://cluster.local/ns/a/sa/b",
        certificate=certificate(uris=("spiffe://cluster.local/ns/a/sa/b",)),
        sni="web",
        claims={"sub": "user"},
        headers=(("x-a", "1"), ("X-A", "2"), ("cookie", "c=\udcff"), ("x-envoy-auth-partial-body", "true")),
    )
    message = CheckRequest.FromString(check_request(request))
    message.attributes.request.http.raw_body = b"body"
    message.attributes.context_extensions["namespace"] = "foo"
    with grpc_provider() as provider:
        asker(grpc_mesh(provider.port)).ask(message.SerializeToString(), metadata={"authz-namespace": "foo"})
    (seen,), (metadata,) = provider.asked, provider.metadata
    attributes, http = seen.attributes, seen.attributes.request.http

    assert (http.path, http.host, http.method) == ("/admin?q", "web", "GET")
    assert dict(http.headers) == {
        ":authority": "web",
        ":path": "/admin?q",
        ":method": "GET",
        ":scheme": "http",
        "x-a": "1,2",
        "cookie": "c=!",
    }
    assert (http.body, http.raw_body, http.HasField("header_map")) == ("", b"", False)
    assert (attributes.source.principal, attributes.source.certificate) == (request.principal, "")
    assert not attributes.HasField("tls_session")
    assert not attributes.HasField("metadata_context")
    assert attributes.context_extensions["namespace"] == "foo"
    assert (metadata["authz-hops"], metadata["authz-namespace"]) == ("1", "foo")


@pytest.mark.parametrize(
    ("settings", "text", "raw", "partial"),
    [
        ({"maxRequestBytes": 9}, "caf!", b"", None),
        ({"maxRequestBytes": 9, "packAsBytes": True}, "", b"caf\xe9", None),
        ({"maxRequestBytes": 2, "allowPartialMessage": True}, "ca", b"", "true"),
        ({"maxRequestBytes": 9, "allowPartialMessage": True}, "caf!", b"", "false"),
    ],
)
def test_a_body_has_the_form_that_the_provider_wants(
    asker: MakeAsker, settings: dict[str, Any], text: str, raw: bytes, partial: str | None
) -> None:
    message = CheckRequest.FromString(check_request(Request(path="/admin")))
    message.attributes.request.http.raw_body = b"caf\xe9"
    with grpc_provider() as provider:
        asker(grpc_mesh(provider.port, includeRequestBodyInCheck=settings)).ask(message.SerializeToString())
    http = provider.asked[0].attributes.request.http

    assert (http.body, http.raw_body, http.headers.get("x-envoy-auth-partial-body")) == (text, raw, partial)


def test_all_that_an_allowing_answer_wants_done_reaches_ours(asker: MakeAsker) -> None:
    ok = {
        "headers": [
            option("X-User", "u", append_action=OVERWRITE),
            option("x-add", "1", append_action=ADD),
            option("x-join", "1", append={"value": True}),
            option("x-set", "1", append={"value": False}),
            option("x-once", "1", append_action=HeaderValueOption.ADD_IF_ABSENT),
            option("x-over", "1", append_action=HeaderValueOption.OVERWRITE_IF_EXISTS),
            option(":path", "/other"),
            option("Host", "evil"),
            option("transfer-encoding", "chunked"),
        ],
        "headers_to_remove": ["Cookie", ":method", "HOST"],
        "response_headers_to_add": [option("set-cookie", "a=1", append_action=ADD)],
        "query_parameters_to_set": [{"key": "k", "value": "v"}],
        "query_parameters_to_remove": ["q"],
    }
    with grpc_provider(answer=lambda _: response(ok_response=ok, dynamic_metadata={"reason": "mine"})) as provider:
        answer = asker(grpc_mesh(provider.port)).ask(Request(path="/admin", headers=(("x-join", "0"),)))
    ours = answer.ok_response

    expected = ["x-user", "x-add", "x-join", "x-set", "x-once"]
    assert said(ours.headers) == [(name, "u" if name == "x-user" else "1") for name in expected]
    assert [one.append_action for one in ours.headers] == [2, 2, 0, 2, 2]
    assert [one.append.value for one in ours.headers] == [False, False, True, False, False]
    assert list(ours.headers_to_remove) == ["cookie"]
    assert said(ours.response_headers_to_add) == [("set-cookie", "a=1")]
    assert [(one.key, one.value) for one in ours.query_parameters_to_set] == [("k", "v")]
    assert list(ours.query_parameters_to_remove) == ["q"]
    assert reason(answer) == "no_allow_policy"


def test_later_policies_see_the_headers_that_the_provider_sets_and_removes(asker: MakeAsker) -> None:
    policies = (
        policy("a", when("request.headers[x-role]", "admin")),
        policy("d", when("request.headers[x-bad]", "*"), action="DENY"),
    )
    ok = {"headers": [option("x-role", "admin", append_action=OVERWRITE)], "headers_to_remove": ["x-bad"]}
    request = Request(path="/admin", headers=(("x-bad", "1"),))
    with grpc_provider(answer=lambda _: response(ok_response=ok)) as provider:
        asking = asker(grpc_mesh(provider.port), *policies)
        assert asking.ask(request).status.code == 0
        provider.answer = lambda _: response(ok_response={"headers": ok["headers"]})
        assert reason(asking.ask(request)) == "deny_rule"


def test_what_an_allowing_provider_adds_to_the_response_is_on_a_later_denial_too(asker: MakeAsker) -> None:
    ok = {"response_headers_to_add": [option("x-seen", "1")], "headers": [option("x-secret", "1")]}
    with grpc_provider(answer=lambda _: response(ok_response=ok)) as provider:
        answer = asker(grpc_mesh(provider.port), policy("a")).ask()

    assert (answer.denied_response.body, said(answer.denied_response.headers)) == (
        "RBAC: access denied",
        [("x-seen", "1")],
    )
    assert "x-secret" not in str(answer)


@pytest.mark.parametrize("code", [7, 16, 13, 1])
@pytest.mark.parametrize("status", [429, 302, 200, 503])
def test_any_other_status_denies_with_the_provider_s_answer(asker: MakeAsker, code: int, status: int) -> None:
    denied = {"status": {"code": status}, "body": "slow down", "headers": [option("retry-after", "5")]}
    made = response(status={"code": code}, denied_response=denied)
    with grpc_provider(answer=lambda _: made) as provider:
        answer = asker(grpc_mesh(provider.port, failOpen=True), policy("a", {})).ask()

    assert (answer.status.code, reason(answer)) == (7, "custom_denied")
    assert (answer.denied_response.status.code, answer.denied_response.body) == (status, "slow down")
    assert said(answer.denied_response.headers) == [("retry-after", "5")]
    assert answer.dynamic_metadata["matched_policy"] == "istio-ext-authz-px-ns[foo]-policy[c]-rule[0]"


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"denied_response": {}},
        {"denied_response": {"status": {"code": 100}}},
        {"denied_response": {"status": {"code": 99999}}},
        {"ok_response": {"headers": [option("x-a", "1")]}},
    ],
)
def test_a_denial_that_says_no_more_is_403_and_empty(asker: MakeAsker, fields: dict[str, Any]) -> None:
    with grpc_provider(answer=lambda _: response(status={"code": 7}, **fields)) as provider:
        answer = asker(grpc_mesh(provider.port)).ask()

    assert (answer.denied_response.status.code, answer.denied_response.body) == (403, "")
    assert answer.status.code == 7


def test_a_status_of_0_allows_though_there_is_a_denied_response(asker: MakeAsker) -> None:
    with grpc_provider(answer=lambda _: response(denied_response={"status": {"code": 401}})) as provider:
        assert asker(grpc_mesh(provider.port)).ask().status.code == 0


def raw_header(name: str, value: bytes) -> CheckResponse:
    made = CheckResponse()
    made.ok_response.headers.add().header.MergeFrom(HeaderValue(key=name, raw_value=value))
    return made


REFUSED = {
    "no message": b"\xff\xff\xff",
    "line break": response(ok_response={"headers": [option("x-a", "1\r\nx-role: admin")]}),
    "NUL": response(ok_response={"headers": [option("x-a", "1\0")]}),
    "name": response(ok_response={"headers": [option("x-a: b\r\nx", "1")]}),
    "no name": response(ok_response={"headers": [option("", "1")]}),
    "no text": raw_header("x-a", b"\xff").SerializeToString(),
    "response header": response(ok_response={"response_headers_to_add": [option("x-a", "1\n")]}),
    "denial": response(status={"code": 7}, denied_response={"headers": [option("x-a", "1\n")]}),
    "removal": response(ok_response={"headers_to_remove": ["a b"]}),
    "query": response(ok_response={"query_parameters_to_set": [{"key": "k", "value": "v HTTP/1.1\r\nx: y"}]}),
    "fragment": response(ok_response={"query_parameters_to_remove": ["a#b"]}),
    "many": response(ok_response={"headers": [option("x-a", "1")] * 201}),
    "huge": response(ok_response={"headers": [option("x-a", "1" * 200_000)]}),
}


@pytest.mark.parametrize("fail_open", [False, True])
@pytest.mark.parametrize("case", REFUSED)
def test_an_answer_that_cannot_be_carried_on_denies_whatever_fail_open_says(
    asker: MakeAsker, case: str, *, fail_open: bool
) -> None:
    with grpc_provider(answer=lambda _: REFUSED[case]) as provider:
        answer = asker(grpc_mesh(provider.port, failOpen=fail_open), limits=Limits(answer_bytes=100_000)).ask()

    assert (answer.status.code, reason(answer)) == (7, "custom_answer_refused")
    assert answer.denied_response.status.code == 403


@pytest.mark.parametrize("fail_open", [False, True])
@pytest.mark.parametrize("code", [grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.INTERNAL, grpc.StatusCode.UNIMPLEMENTED])
def test_a_call_that_fails_is_a_failure(asker: MakeAsker, code: grpc.StatusCode, *, fail_open: bool) -> None:
    with grpc_provider(code=code) as provider:
        answer = asker(grpc_mesh(provider.port, failOpen=fail_open, statusOnError="503")).ask()

    assert (answer.status.code == 0) is fail_open
    if not fail_open:
        assert (reason(answer), answer.denied_response.status.code) == ("custom_failed", 503)
        assert code.name in str(answer.dynamic_metadata["detail"])


@pytest.mark.parametrize("fail_open", [False, True])
def test_nobody_there_is_a_failure_until_somebody_is(asker: MakeAsker, *, fail_open: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    answer = asker(grpc_mesh(port, failOpen=fail_open)).ask()

    assert (answer.status.code == 0) is fail_open


@pytest.mark.parametrize("fail_open", [False, True])
@pytest.mark.parametrize(("timeout", "seconds"), [("50ms", 10.0), ("10s", 0.1), ("10s", 0.001)])
def test_a_slow_provider_is_a_failure_in_time(
    asker: MakeAsker, timeout: str, seconds: float, *, fail_open: bool
) -> None:
    with grpc_provider(release=threading.Event()) as provider:
        answer = asker(grpc_mesh(provider.port, timeout=timeout, failOpen=fail_open)).ask(seconds=seconds)

    assert (answer.status.code == 0) is fail_open


@pytest.mark.parametrize(
    ("timeout", "caller", "wanted"),
    [
        (600.0, None, 600.0),
        (600.0, 2.0, 1.9),
        (600.0, 0.2, 0.18),
        (0.1, 2.0, 0.1),
        (600.0, 100.0, 99.9),
        (1.0, 0.005, -0.005),
    ],
)
def test_patience_leaves_time_to_answer(timeout: float, caller: float | None, wanted: float) -> None:
    assert patience(timeout, caller) == pytest.approx(wanted)


def test_one_connection_serves_many_questions(asker: MakeAsker) -> None:
    with grpc_provider() as provider:
        asking = asker(grpc_mesh(provider.port))
        for _ in range(20):
            asking.ask()

    assert (len(provider.asked), len(provider.peers)) == (20, 1)


def test_a_circle_of_authorizers_ends(asker: MakeAsker) -> None:
    with grpc_provider() as provider:
        asking = asker(grpc_mesh(provider.port, failOpen=True))
        assert asking.ask(metadata={"authz-hops": "3"}).status.code == 0
        assert reason(asking.ask(metadata={"authz-hops": "4"})) == "custom_loop"
    assert [metadata["authz-hops"] for metadata in provider.metadata] == ["4"]


def test_two_hundred_questions_wait_without_a_thread_for_each(asker: MakeAsker) -> None:
    with grpc_provider(release=threading.Event()) as provider:
        asking = asker(grpc_mesh(provider.port))
        before = threading.active_count()
        waiting = [asking.pending() for _ in range(200)]
        while len(provider.asked) < 200:
            time.sleep(0.001)
        ours = threading.active_count() - before - 200 - 8  # the provider of this test has a thread for each
        assert provider.release is not None
        provider.release.set()

        assert ours < 20
        for one in waiting:
            assert isinstance(one, Pending)
            assert CheckResponse.FromString(one.result()).status.code == 0


def providers_of(port: int, **settings: Any) -> tuple[ExtensionProvider, ...]:
    return engine(mesh=grpc_mesh(port, **settings)).view.config.extension_providers


def test_a_provider_that_stays_the_same_keeps_its_client() -> None:
    providers = Providers()
    first = providers.connect(providers_of(1))
    again = providers.connect(providers_of(1))
    other = providers.connect(providers_of(1, timeout="1s"))

    assert first._clients["px"] is again._clients["px"]
    assert first._clients["px"] is not other._clients["px"]
    providers.close()


def test_what_is_in_flight_outlives_the_set_that_asked_it(asker: MakeAsker) -> None:
    with grpc_provider(release=threading.Event()) as provider:
        asking = asker(grpc_mesh(provider.port))
        waiting = asking.pending()
        while not provider.asked:
            time.sleep(0.001)
        asking.providers.connect(())
        asking.door = None  # type: ignore[assignment] # nobody else knows the old set
        assert provider.release is not None
        provider.release.set()

        assert isinstance(waiting, Pending)
        assert CheckResponse.FromString(waiting.result()).status.code == 0


def test_the_form_of_headers_does_not_change_what_is_asked(asker: MakeAsker) -> None:
    request = Request(path="/admin", headers=(("x-a", "1"), ("x-a", "2")))
    with grpc_provider() as provider:
        asking = asker(grpc_mesh(provider.port))
        for form in Form:
            asking.ask(check_request(request, form))
    first, second = (dict(one.attributes.request.http.headers) for one in provider.asked)

    assert first == second
    assert HeaderMap() == provider.asked[0].attributes.request.http.header_map
