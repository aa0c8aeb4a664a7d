"""The check door tells its recorder of every decision: each once, with what became known."""

from __future__ import annotations

from concurrent.futures import Future
from typing import TYPE_CHECKING, cast

import pytest

from authz.model.custom import ProviderAllows, ProviderAnswer, ProviderDenies, Question
from authz.model.decision import Reason
from authz.model.request import Request
from authz.observability.counters import Counters
from authz.server.answers import Answers
from authz.server.check import CheckDoor, InForce, Pending
from tests.support.policies import Document, engine, policy, to
from tests.support.proxy import check_request, read_answer

if TYPE_CHECKING:
    from authz.decision.case import Case
    from authz.decision.engine import Engine

MESH = {"extensionProviders": [{"name": "px", "envoyExtAuthzGrpc": {"service": "a", "port": 1}}]}
CUSTOM = policy("c", to(paths=["/admin*"]), action="CUSTOM", provider={"name": "px"})
GOOD = check_request(Request(path="/admin"))


class Kept:
    """A recorder that keeps cases."""

    def __init__(self) -> None:
        self.refuses = False
        self.cases: list[Case] = []

    def record(self, case: Case) -> None:
        self.cases.append(case)

    @property
    def reasons(self) -> list[str]:
        return [case.decision.reason.value for case in self.cases]


class Asked:
    """Providers that answer when told to."""

    def __init__(self) -> None:
        self.future: Future[ProviderAnswer] = Future()

    def ask(self, _: str, __: Question) -> Future[ProviderAnswer]:
        return self.future


def door(*policies: Document, providers: Asked | None = None) -> tuple[CheckDoor, Kept]:
    kept = Kept()
    in_force = InForce.of(engine(*policies, mesh=MESH), providers)
    return CheckDoor(lambda: in_force, Counters(), lambda: 1_000.5, kept), kept


def test_a_decision_is_recorded_with_its_answers_id_and_the_sets_digest() -> None:
    checks, kept = door(policy("p", {}))
    answer = checks.check(GOOD, {}, None)
    assert isinstance(answer, bytes)
    (case,) = kept.cases
    assert read_answer(answer).metadata["decision_id"] == case.decision_id
    assert read_answer(answer).metadata["policy_digest"] == case.digest
    assert (case.decision.reason, case.time_s, case.size) == (Reason.ALLOW_RULE, 1_000.5, len(GOOD))
    assert case.ended_s >= case.began_s
    assert case.raw is not None
    assert case.raw.target == "/admin"


@pytest.mark.parametrize("request_bytes", [b"", b"\xff"])
def test_bytes_that_are_no_request_are_recorded(request_bytes: bytes) -> None:
    checks, kept = door(policy("p", {}))
    checks.check(request_bytes, {}, None)
    assert kept.reasons == ["malformed_request"]
    assert kept.cases[0].raw is None


def test_a_refused_stranger_is_recorded() -> None:
    checks, kept = door(policy("p", {}))
    answer = checks.refuse("who are you")
    assert kept.reasons == ["untrusted_proxy"]
    assert kept.cases[0].decision_id == read_answer(answer).metadata["decision_id"]


def test_a_mistake_of_ours_is_recorded() -> None:
    kept = Kept()
    broken = InForce(cast("Engine", object()), Answers("sha256:x"))
    CheckDoor(lambda: broken, Counters(), recorder=kept).check(GOOD, {}, None)
    assert kept.reasons == ["internal_error"]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [(ProviderAllows(), "allow_rule"), (ProviderDenies(), "custom_denied")],
)
def test_what_a_provider_had_a_say_in_is_recorded_when_it_has_answered(answer: ProviderAnswer, reason: str) -> None:
    asked = Asked()
    checks, kept = door(CUSTOM, policy("p", {}), providers=asked)
    pending = checks.check(GOOD, {}, None)
    assert isinstance(pending, Pending)
    assert kept.cases == []
    asked.future.set_result(answer)
    pending.result()
    assert kept.reasons == [reason]
    assert (kept.cases[0].provider, kept.cases[0].answer) == ("px", answer)


def test_a_request_whose_caller_has_gone_is_recorded_once() -> None:
    checks, kept = door(CUSTOM, policy("p", {}), providers=Asked())
    pending = checks.check(GOOD, {}, None)
    assert isinstance(pending, Pending)
    pending.cancel()
    pending.result()
    assert kept.reasons == ["custom_failed"]
    assert "gone" in kept.cases[0].decision.detail


def test_a_recorder_that_refuses_has_everything_denied_unread() -> None:
    checks, kept = door(policy("p", {}))
    kept.refuses = True
    answer = checks.check(GOOD, {}, None)
    assert isinstance(answer, bytes)
    assert (read_answer(answer).allowed, read_answer(answer).reason) == (False, "log_unavailable")
    assert kept.reasons == ["log_unavailable"]

    kept.refuses = False
    answer = checks.check(GOOD, {}, None)
    assert isinstance(answer, bytes)
    assert read_answer(answer).allowed
