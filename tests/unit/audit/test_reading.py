"""Finding records: the newest, those to come, and one by its id."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from authz.audit.reading import Follower, Wanted, find_record, follow, newest, principals_of
from authz.audit.segments import compress, list_segments
from tests.support.log_files import LogOnDisk, body

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ALL = Wanted()


def ids(records: list[dict[str, Any]]) -> list[str]:
    return [record["id"] for record in records]


@pytest.fixture
def log(tmp_path: Path) -> LogOnDisk:
    """Three segments of five records, the first compressed, the last open."""
    made = LogOnDisk(tmp_path / "log", segment_mib=0)
    for number in range(3):
        made.write(5)
        if number < 2:
            made.writer.tick()
    compress(list_segments(made.directory)["w0"][0])
    return made


@pytest.mark.parametrize("count", [1, 4, 7, 15, 99])
def test_the_newest_are_found_across_segments_in_order(log: LogOnDisk, count: int) -> None:
    assert ids(newest(log.directory, count, ALL)) == [f"id{number}" for number in range(15)][-count:]


def test_the_newest_of_several_workers_are_put_in_order_by_time(tmp_path: Path) -> None:
    one, other = LogOnDisk(tmp_path), LogOnDisk(tmp_path)
    one.writer.write([body(1), body(4)])
    other.writer.write([body(2), body(3)])
    assert ids(newest(tmp_path, 3, ALL)) == ["id2", "id3", "id4"]


def test_a_record_is_found_by_its_id_wherever_it_is(log: LogOnDisk) -> None:
    for number in (0, 7, 14):
        found = find_record(log.directory, f"id{number}")
        assert found is not None
        assert found["id"] == f"id{number}"
    assert find_record(log.directory, "id") is None
    assert find_record(log.directory, "id99") is None


RECORD: dict[str, Any] = {
    "type": "decision",
    "verdict": "denied",
    "policy": "foo/deny-admin",
    "peer": {"names": ["spiffe://td/ns/a/sa/b", "b.example"]},
    "token": {"outcome": "accepted", "issuer": "https://i", "subject": "me"},
    "workload": {"namespace": "foo", "labels": {"app": "web", "v": "1"}},
}


@pytest.mark.parametrize(
    ("wanted", "is_found"),
    [
        (Wanted(), True),
        (Wanted(denied=True), True),
        (Wanted(policy="foo/deny-admin"), True),
        (Wanted(policy="deny-admin"), True),
        (Wanted(policy="foo/deny"), False),
        (Wanted(principal="spiffe://td/ns/a/sa/b"), True),
        (Wanted(principal="td/ns/a/sa/b"), True),
        (Wanted(principal="b.example"), True),
        (Wanted(principal="me"), True),
        (Wanted(principal="https://i/me"), True),
        (Wanted(principal="you"), False),
        (Wanted(workload="foo"), True),
        (Wanted(workload="foo/"), True),
        (Wanted(workload="foo/app=web"), True),
        (Wanted(workload="foo/app=web,v=2"), False),
        (Wanted(workload="bar"), False),
        (Wanted(denied=True, policy="deny-admin", principal="me", workload="foo"), True),
        (Wanted(denied=True, policy="other", principal="me", workload="foo"), False),
    ],
)
def test_what_is_wanted_is_found_and_nothing_else(wanted: Wanted, *, is_found: bool) -> None:
    assert (wanted.find(json.dumps(RECORD).encode() + b"\n") is not None) is is_found


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\n",
        b"x\n",
        b"[]\n",
        b'{"type":"checkpoint"}\n',
        b'{"type":"decision"}',
        b'{"type":"decision","verdict":"allowed"}\n',
    ],
)
def test_what_is_no_denied_decision_is_not_found(line: bytes) -> None:
    assert Wanted(denied=True).find(line) is None


def test_a_record_of_nothing_known_has_no_principal() -> None:
    assert principals_of({"type": "decision"}) == set()
    assert Wanted(workload="foo").find(b'{"type":"decision"}\n') is None


@pytest.fixture
def follower(log: LogOnDisk) -> Iterator[Follower]:
    with closing(Follower(log.directory)) as made:
        yield made


def new_ids(follower: Follower) -> list[str]:
    return [record["id"] for line in follower.lines() if (record := ALL.find(line)) is not None]


def test_what_is_written_from_now_on_is_followed_across_segments(log: LogOnDisk, follower: Follower) -> None:
    assert new_ids(follower) == []
    log.write(2)
    assert new_ids(follower) == ["id15", "id16"]
    log.write(1)
    log.writer.tick()
    log.write(1)
    assert new_ids(follower) == ["id17", "id18"]
    assert new_ids(follower) == []


def test_what_was_compressed_meanwhile_is_followed_too(log: LogOnDisk, follower: Follower) -> None:
    log.write(1)
    for _ in range(2):
        log.writer.tick()
        log.write(1)
    for segment in list_segments(log.directory)["w0"][1:-1]:
        compress(segment)
    assert new_ids(follower) == ["id15", "id16", "id17"]
    log.write(1)
    assert new_ids(follower) == ["id18"]


def test_a_line_is_given_once_it_is_whole(log: LogOnDisk, follower: Follower) -> None:
    path = list_segments(log.directory)["w0"][-1].path
    with path.open("ab") as file:
        file.write(body(99)[:30])
        file.flush()
        assert new_ids(follower) == []
        file.write(body(99)[30:] + b"}\n")
    assert new_ids(follower) == ["id99"]


def test_a_worker_that_comes_later_is_followed(log: LogOnDisk, follower: Follower) -> None:
    LogOnDisk(log.directory).writer.write([body(77)])
    assert new_ids(follower) == ["id77"]


def test_following_waits_between_looks(log: LogOnDisk) -> None:
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        log.write(1)

    following = closing(follow(log.directory, ALL, pause))
    with following as found:
        assert [next(found)["id"], next(found)["id"]] == ["id15", "id16"]
    assert pauses == [0.2, 0.2]
