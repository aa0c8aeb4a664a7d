"""Segments as they are written, closed and continued."""

from __future__ import annotations

import errno
import json
import os
from typing import TYPE_CHECKING

import pytest

from authz.audit.settings import Fsync
from authz.audit.verify import verify_directory
from tests.support.decision_log import assert_valid
from tests.support.log_files import KEY, LogOnDisk

if TYPE_CHECKING:
    from pathlib import Path

PUBLIC = KEY.public_key()
FIRST, SECOND = "w0-0000000001.jsonl", "w0-0000000002.jsonl"


def types(log: LogOnDisk, name: str = FIRST) -> list[str]:
    return [json.loads(line)["type"] for line in log.lines(name)]


def assert_good(log: LogOnDisk) -> None:
    report = verify_directory(log.directory, PUBLIC)
    assert report.wrong == ()
    assert sum(one.records for one in report.workers) == log.written


def test_a_segment_begins_with_a_line_about_itself_and_a_checkpoint(tmp_path: Path) -> None:
    log = LogOnDisk(tmp_path)
    log.write(2)
    assert types(log) == ["segment", "checkpoint", "decision", "decision"]
    assert (tmp_path / FIRST).stat().st_mode & 0o777 == 0o600
    assert_good(log)


def test_every_line_is_as_the_schema_says(tmp_path: Path) -> None:
    log = LogOnDisk(tmp_path)
    log.writer.write([b'{"v":1,"type":"decision","time":"2026-01-01T00:00:00.000000Z"'], dropped=3)
    log.writer.retire(1)
    log.stop()
    for line in log.lines(FIRST):
        record = json.loads(line)
        if record["type"] != "decision":
            assert_valid(record)
    assert types(log)[2:4] == ["gap", "decision"]


def test_nothing_is_made_as_long_as_there_is_nothing_to_write(tmp_path: Path) -> None:
    log = LogOnDisk(tmp_path)
    log.writer.tick()
    log.stop()
    assert log.files() == []


@pytest.mark.parametrize("signed", [True, False])
def test_a_full_segment_is_closed_with_a_checkpoint_and_the_next_continues_it(tmp_path: Path, *, signed: bool) -> None:
    log = LogOnDisk(tmp_path, segment_mib=0, signed=signed)
    for _ in range(3):
        log.write()
        log.writer.tick()
    assert len(log.files()) == 3
    assert types(log) == ["segment", "checkpoint", "decision", "checkpoint"]
    assert verify_directory(tmp_path, PUBLIC if signed else None).is_good
    assert verify_directory(tmp_path, PUBLIC).is_good is signed


def test_an_old_segment_is_closed(tmp_path: Path) -> None:
    log = LogOnDisk(tmp_path, segment_seconds=60)
    log.write()
    log.clock.now_s += 61
    log.writer.tick()
    log.write()
    assert log.files() == [FIRST, SECOND]
    assert_good(log)


def test_there_is_a_checkpoint_every_few_seconds_where_there_is_something_new(tmp_path: Path) -> None:
    log = LogOnDisk(tmp_path)
    log.write()
    for _ in range(3):
        log.clock.now_s += 11
        log.writer.tick()
    assert types(log) == ["segment", "checkpoint", "decision", "checkpoint"]


def test_there_is_one_among_a_thousand_lines(tmp_path: Path) -> None:
    log = LogOnDisk(tmp_path)
    for count in (500, 1, 489, 500, 500, 1, 500):
        log.write(count)
    assert types(log).count("checkpoint") == 4
    assert_good(log)


def test_a_stop_is_followed_by_a_start_without_a_gap(tmp_path: Path) -> None:
    log = LogOnDisk(tmp_path)
    for _ in range(3):
        log.write(2)
        log.stop()
        log.open()
    assert_good(log)


def test_a_crash_is_followed_by_a_start_in_a_new_segment(tmp_path: Path) -> None:
    log = LogOnDisk(tmp_path)
    log.write(2)
    log.restart()
    log.write(2)
    assert log.files() == [FIRST, SECOND]
    assert "torn" not in json.loads(log.lines(SECOND)[0])
    assert_good(log)


@pytest.mark.parametrize("left", range(1, 40, 7))
def test_a_line_that_a_crash_has_torn_is_recognized_and_stays_as_it_is(tmp_path: Path, left: int) -> None:
    log = LogOnDisk(tmp_path)
    log.write(3)
    path = tmp_path / FIRST
    path.write_bytes(path.read_bytes()[:-left])
    log.written -= 1
    torn = log.lines(FIRST)[-1]
    log.restart()
    log.write(2)
    assert json.loads(log.lines(SECOND)[0])["torn"]["bytes"] == len(torn)
    assert log.lines(FIRST)[-1] == torn
    assert_good(log)
    assert verify_directory(tmp_path, PUBLIC).workers[0].torn == len(torn)


@pytest.mark.parametrize("rest", [b"\0" * 4096, b"\0" * 10 + b"\n" + b"\0" * 10, b'{"a":1}\n', b"\xff\n\n"])
def test_so_is_what_a_failing_disk_has_left_there(tmp_path: Path, rest: bytes) -> None:
    log = LogOnDisk(tmp_path)
    log.write(3)
    with (tmp_path / FIRST).open("ab") as file:
        file.write(rest)
    log.restart()
    log.write(2)
    assert_good(log)


@pytest.mark.parametrize("content", [b"", b'{"v":1,"type":"segm'])
def test_a_segment_without_a_line_is_begun_anew(tmp_path: Path, content: bytes) -> None:
    log = LogOnDisk(tmp_path)
    log.write(2)
    log.stop()
    (tmp_path / SECOND).write_bytes(content)
    log.open()
    log.write(2)
    assert log.files() == [FIRST, SECOND]
    assert_good(log)


class FullDisk:
    """`os.write` of a disk that has room for so many bytes more."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.room = 1 << 40
        self._write = os.write
        monkeypatch.setattr("authz.audit.writer.os.write", self)

    def __call__(self, descriptor: int, data: memoryview) -> int:
        if self.room <= 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        written = self._write(descriptor, data[: self.room])
        self.room -= written
        return written


@pytest.mark.parametrize("room", [0, 1, 100, 300])
def test_what_a_full_disk_takes_half_of_is_taken_back_and_written_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    log, disk = LogOnDisk(tmp_path), FullDisk(monkeypatch)
    log.write(2)
    before, disk.room = (tmp_path / FIRST).read_bytes(), room
    for _ in range(2):
        with pytest.raises(OSError, match="No space"):
            log.write(3)
        assert (tmp_path / FIRST).read_bytes() == before
    disk.room = 1 << 40
    log.write(3)
    assert_good(log)


def test_where_it_cannot_be_taken_back_the_next_segment_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    log, disk = LogOnDisk(tmp_path), FullDisk(monkeypatch)
    log.write(2)
    disk.room = 100
    with monkeypatch.context() as patched:
        patched.setattr("authz.audit.writer.os.ftruncate", refuse)
        with pytest.raises(OSError, match="No space"):
            log.write(3)
    disk.room = 1 << 40
    log.write(3)
    assert json.loads(log.lines(SECOND)[0])["torn"]["bytes"] == 100
    assert_good(log)


def test_a_segment_that_cannot_be_begun_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log, disk = LogOnDisk(tmp_path), FullDisk(monkeypatch)
    disk.room = 50
    with pytest.raises(OSError, match="No space"):
        log.write()
    assert log.files() == []
    disk.room = 1 << 40
    log.write()
    assert_good(log)


def test_a_final_checkpoint_that_cannot_be_written_is_written_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, disk = LogOnDisk(tmp_path, segment_mib=0), FullDisk(monkeypatch)
    log.write()
    disk.room = 0
    with pytest.raises(OSError, match="No space"):
        log.writer.tick()
    disk.room = 1 << 40
    log.writer.tick()
    log.write()
    assert log.files() == [FIRST, SECOND]
    assert_good(log)


def test_a_file_that_was_removed_is_noticed(tmp_path: Path) -> None:
    log = LogOnDisk(tmp_path)
    log.write()
    (tmp_path / FIRST).unlink()
    log.clock.now_s += 2
    with pytest.raises(OSError, match="was removed"):
        log.writer.tick()
    log.write()
    report = verify_directory(tmp_path, PUBLIC)
    assert "segments 1 to 1 are missing" in report.wrong[0]


@pytest.mark.parametrize(("fsync", "expected"), [(Fsync.NEVER, 0), (Fsync.INTERVAL, 2), (Fsync.BATCH, 4)])
def test_records_are_forced_to_the_disk_as_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fsync: Fsync, expected: int
) -> None:
    synced: list[int] = []
    monkeypatch.setattr("authz.audit.writer.os.fsync", synced.append)
    log = LogOnDisk(tmp_path, fsync=fsync, fsync_ms=1000)
    for seconds in (0, 0.5, 0.6, 1.1):
        log.clock.now_s += seconds
        log.write()
        log.writer.tick()
        log.writer.tick()
    assert len(synced) == expected


def test_what_is_retired_is_noted_before_it_is_removed(tmp_path: Path) -> None:
    log = LogOnDisk(tmp_path, segment_mib=0)
    for _ in range(4):
        log.write()
        log.writer.tick()
    log.writer.retire(2)
    log.writer.tick()
    assert [name for name in log.files() if int(name[3:13]) <= 2] == []
    report = verify_directory(tmp_path, PUBLIC)
    assert (report.wrong, report.workers[0].first, report.workers[0].records) == ((), 3, 2)


def test_a_restart_remembers_what_was_retired(tmp_path: Path) -> None:
    log = LogOnDisk(tmp_path, segment_mib=0)
    for _ in range(3):
        log.write()
        log.writer.tick()
    log.writer.retire(1)
    log.writer.tick()
    log.restart()
    log.write()
    assert json.loads(log.lines(log.files()[-1])[0])["retired"] == 1
    assert verify_directory(tmp_path, PUBLIC).is_good


def test_a_clock_that_steps_changes_nothing_for_the_chain(tmp_path: Path) -> None:
    log = LogOnDisk(tmp_path)
    for step in (0, -3600, 86400, -86400):
        log.clock.now_s += step
        log.write()
        log.writer.tick()
    assert_good(log)
