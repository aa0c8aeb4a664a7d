"""The recorder takes every case, at once, and gives each sink its record."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from authz.audit.masking import Masker
from authz.audit.queue import RecordQueue
from authz.audit.record import Records
from authz.audit.recorder import DecisionLog
from authz.audit.settings import DecisionLogSettings, WhenFull
from authz.audit.sink import Sink
from authz.model.decision import Denied, Reason
from authz.model.request import Request
from tests.support.decision_log import case_of
from tests.support.policies import Document, dry_run, policy, to
from tests.support.sinks import Written, wait_for

if TYPE_CHECKING:
    from authz.decision.case import Case

ANY = policy("any", {})
NOBODY = policy("nobody")


def log(*queues: RecordQueue, chance: float = 0.5, **settings: Any) -> tuple[DecisionLog, list[Written]]:
    set_ = DecisionLogSettings(**settings)
    writers = [Written() for _ in queues]
    sinks = [
        Sink(f"s{number}", queue, lambda writer=writer: writer)  # type: ignore[misc] # bound here
        for number, (queue, writer) in enumerate(zip(queues, writers, strict=True))
    ]
    return DecisionLog(Records(set_, Masker()), sinks, set_, lambda: chance), writers


def queue(records: int = 10_000) -> RecordQueue:
    return RecordQueue(records, 1 << 30)


def recorded(writer: Written) -> list[dict[str, Any]]:
    return [json.loads(body + b"}") for body in writer.bodies]


def case(*policies: Document, path: str = "/") -> Case:
    return case_of(Request(path=path), *(policies or (ANY,)))


def test_every_case_reaches_every_sink() -> None:
    kept, writers = log(queue(), queue())
    kept.start()
    cases = [case() for _ in range(40)]
    for one in cases:
        kept.record(one)
    kept.stop()
    for writer in writers:
        assert [record["id"] for record in recorded(writer)] == [one.decision_id for one in cases]


def test_what_was_handed_over_before_the_end_is_kept() -> None:
    kept, (writer,) = log(queue())
    for _ in range(20):
        kept.record(case())
    kept.start()
    kept.stop()
    assert len(writer.bodies) == 20


def test_where_very_many_wait_the_thread_that_decides_makes_its_record_itself() -> None:
    waits = queue()
    kept, _ = log(waits)
    one = case()
    for _ in range(1024):
        kept.record(one)
    assert waits.records == 0
    kept.record(one)
    assert waits.records == 1


@pytest.mark.parametrize(
    ("policies", "settings", "is_kept"),
    [
        ((ANY,), {"sample_allowed": 0.4}, False),
        ((ANY,), {"sample_allowed": 0.6}, True),
        ((ANY,), {"sample_allowed": 0.0}, False),
        ((NOBODY,), {"sample_allowed": 0.0}, True),
        ((NOBODY,), {"sample_denied": 0.4}, False),
        ((NOBODY,), {"sample_denied": 0.6}, True),
        ((ANY, policy("a", {}, action="AUDIT")), {"sample_allowed": 0.0}, True),
        ((ANY, dry_run(policy("d", {}, action="DENY"))), {"sample_allowed": 0.0}, True),
        ((ANY, dry_run(policy("d", to(paths=["/x"]), action="DENY"))), {"sample_allowed": 0.0}, False),
    ],
)
def test_a_share_is_kept_and_what_somebody_asked_for(
    policies: tuple[Document, ...], settings: dict[str, float], *, is_kept: bool
) -> None:
    kept, (writer,) = log(queue(), **settings)
    kept.start()
    kept.record(case(*policies))
    kept.stop()
    assert bool(writer.bodies) is is_kept


def test_a_full_queue_drops_and_counts_where_that_is_wanted() -> None:
    kept, _ = log(queue(1))
    for _ in range(3):
        kept._keep(case())
    assert not kept.refuses
    assert kept.status().sinks[0].dropped == 2
    assert not kept.status().is_denying


def test_a_full_queue_refuses_where_that_is_wanted_and_keeps_what_was_decided_before() -> None:
    full = queue(1)
    kept, _ = log(full, when_full=WhenFull.DENY)
    refuses = [kept.refuses]
    kept._keep(case())
    refuses.append(kept.refuses)
    assert kept.status().is_denying
    kept._keep(case())
    assert (full.records, full.dropped) == (2, 0)
    refused = case()
    refused.decision = Denied(Reason.LOG_UNAVAILABLE)
    kept._keep(refused)
    assert (full.records, full.dropped) == (2, 1)
    full.take(10, 1 << 20, 0)
    assert [*refuses, kept.refuses] == [False, True, False]


def test_only_the_first_sink_can_refuse() -> None:
    first, second = queue(), queue(1)
    kept, _ = log(first, second, when_full=WhenFull.DENY)
    for _ in range(3):
        kept._keep(case())
    assert not kept.refuses
    assert (first.dropped, second.dropped) == (0, 2)


def test_a_mistake_of_ours_leaves_a_record_of_the_decision(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> bytes:
        raise RecursionError("too deep")

    monkeypatch.setattr(Records, "_request", fail)
    kept, (writer,) = log(queue())
    kept.start()
    for _ in range(2):
        kept.record(case())
    kept.stop()
    found = recorded(writer)
    assert [(record["verdict"], record["left_out"]) for record in found] == [("allowed", ["request"])] * 2
    assert kept.status().incomplete == 2
    assert caplog.text.count("a record could not be made") == 1


def test_it_keeps_what_comes_while_it_runs() -> None:
    kept, (writer,) = log(queue())
    kept.start()
    for _ in range(100):
        kept.record(case())
    wait_for(lambda: len(writer.bodies) == 100)
    kept.stop()
