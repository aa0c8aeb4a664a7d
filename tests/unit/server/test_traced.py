from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from authz.model.custom import ProviderAllows, ProviderAnswer
from authz.model.request import Request
from authz.model.workload import parse_workload
from authz.observability.counters import Counters
from authz.server.check import CheckDoor, InForce, Pending
from authz.server.traced import TracedCheck
from tests.support.policies import engine, policy, to
from tests.support.proxy import check_request, read_answer

if TYPE_CHECKING:
    from collections.abc import Mapping

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
ENGINE = engine(policy("p", to(paths=["/a"])))


@dataclass
class Recorded:
    """A span, and all spans: keeps what it is told."""

    has_own_roots: bool = False
    fails: bool = False
    begun: list[tuple[str | None, str | None]] = field(default_factory=list)
    ended: list[Mapping[str, str]] = field(default_factory=list)

    def begin(self, parent: str | None, state: str | None) -> Recorded | None:
        self.begun.append((parent, state))
        return self if parent or self.has_own_roots else None

    def end(self, attributes: Mapping[str, str]) -> None:
        if self.fails:
            raise RuntimeError("no")
        self.ended.append(attributes)


def door(spans: Recorded, *, with_paths: bool = False) -> TracedCheck:
    inner = CheckDoor(lambda: InForce.of(ENGINE), Counters())
    return TracedCheck(inner.check, spans, ENGINE.workload, with_paths)


def request(path: str = "/a", *headers: tuple[str, str]) -> bytes:
    return check_request(Request(path=path, headers=headers, workload=parse_workload("foo/app=httpbin")))


def ask(door: TracedCheck, asked: bytes) -> bool:
    answer = door.check(asked, {}, None)
    assert isinstance(answer, bytes)
    return read_answer(answer).allowed


def test_a_decision_is_told_with_its_reason_and_nothing_of_the_request() -> None:
    spans = Recorded()
    headers = (("traceparent", PARENT), ("tracestate", "a=1"), ("authorization", "Bearer secret"))
    assert ask(door(spans), request("/a?token=secret", *headers))
    assert not ask(door(spans), request("/b", *headers))
    assert spans.begun == [(PARENT, "a=1")] * 2
    allowed, denied = map(dict, spans.ended)
    assert len({allowed.pop("authz.decision_id"), denied.pop("authz.decision_id")}) == 2
    assert allowed == {
        "authz.decision": "allowed",
        "authz.reason": "allow_rule",
        "authz.matched_policy": "ns[foo]-policy[p]-rule[0]",
        "authz.digest": ENGINE.digest,
        "authz.workload.namespace": "foo",
    }
    assert (denied["authz.decision"], denied["authz.reason"]) == ("denied", "no_allow_rule")


def test_a_path_is_told_only_if_that_is_set_and_never_its_query() -> None:
    spans = Recorded()
    ask(door(spans, with_paths=True), request("/a?token=secret", ("traceparent", PARENT)))
    assert spans.ended[0]["url.path"] == "/a"


def test_a_request_without_a_parent_is_not_even_read() -> None:
    spans = Recorded()
    assert ask(door(spans), request())
    assert spans.begun == []


def test_it_may_begin_a_trace() -> None:
    spans = Recorded(has_own_roots=True)
    assert ask(door(spans), request())
    assert (spans.begun, len(spans.ended)) == ([(None, None)], 1)


@pytest.mark.parametrize(
    "headers",
    [[("traceparent", PARENT), ("traceparent", PARENT)], [("x-traceparent", PARENT)], [("x", "traceparent")]],
)
def test_a_repeated_parent_is_none_and_so_is_another_header(headers: list[tuple[str, str]]) -> None:
    spans = Recorded()
    assert ask(door(spans), request("/a", *headers))
    assert (spans.begun, spans.ended) == ([(None, None)], [])


@pytest.mark.parametrize("asked", [b"", b"traceparent", b"\x0a\xff traceparent"])
def test_what_cannot_be_read_is_denied_as_without_tracing(asked: bytes) -> None:
    assert not ask(door(Recorded(has_own_roots=True)), asked)


def test_a_span_that_fails_changes_no_answer(caplog: pytest.LogCaptureFixture) -> None:
    assert ask(door(Recorded(fails=True)), request("/a", ("traceparent", PARENT)))
    assert "a span could not end" in caplog.text


def test_a_decision_that_waits_for_a_provider_ends_its_span_when_it_is_made() -> None:
    spans = Recorded()
    inner = door(Recorded()).check(request("/b"), {}, None)
    assert isinstance(inner, bytes)
    asked: Future[ProviderAnswer] = Future()
    waiting = TracedCheck(lambda *_: Pending(asked, None, lambda _: inner), spans, ENGINE.workload)
    answer = waiting.check(request("/b", ("traceparent", PARENT)), {}, None)
    assert isinstance(answer, Pending)
    assert spans.ended == []
    asked.set_result(ProviderAllows())
    assert answer.result() == inner
    assert spans.ended[0]["authz.decision"] == "denied"
