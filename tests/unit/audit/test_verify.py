"""Every way to tamper with a log, and where it is found."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from authz.audit.chain import Chain, Signer
from authz.audit.segments import compress, list_segments
from authz.audit.verify import verify_directory
from tests.support.log_files import KEY, LogOnDisk, body

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PUBLIC = KEY.public_key()
FIRST, SECOND, THIRD = (f"w0-000000000{number}.jsonl" for number in (1, 2, 3))


@pytest.fixture
def log(tmp_path: Path) -> LogOnDisk:
    """Three segments of five records, each line of which the test may change."""
    made = LogOnDisk(tmp_path / "log")
    for _ in range(3):
        for _ in range(5):
            made.write(verdict="denied")
        made.writer.close()
    made.place.release()
    return made


def change(log: LogOnDisk, name: str, how: Callable[[list[bytes]], list[bytes]]) -> None:
    (log.directory / name).write_bytes(b"".join(how(log.lines(name))))


def swapped(lines: list[bytes], one: int, other: int) -> list[bytes]:
    lines[one], lines[other] = lines[other], lines[one]
    return lines


def replaced(lines: list[bytes], at: int, old: bytes, new: bytes) -> list[bytes]:
    assert old in lines[at]
    lines[at] = lines[at].replace(old, new, 1)
    return lines


def rechained(lines: list[bytes], at: int, signer: Signer | None = None) -> list[bytes]:
    """As someone does who knows the chain but has no key: one record changed, all that follows linked anew."""
    chain, made = Chain(), []
    for number, line in enumerate(lines):
        record = json.loads(line)
        seq, prev = record.pop("seq"), record.pop("prev")
        record.pop("signature", None)
        if number == 0:
            chain = Chain(seq - 1, prev)
        if number == at:
            record["verdict"] = "allowed"
        content = json.dumps(record, separators=(",", ":")).encode()[:-1]
        is_signed = record["type"] == "checkpoint" and signer is not None
        new, chain = chain.sign(content, signer) if is_signed and signer else chain.link(content)
        made.append(new + b"\n")
    return made


def test_a_log_that_nobody_touched_is_good(log: LogOnDisk) -> None:
    report = verify_directory(log.directory, PUBLIC)
    assert report.is_good
    (worker,) = report.workers
    assert (worker.worker, worker.segments, worker.records, worker.first) == ("w0", 3, 15, 1)
    assert (worker.unsigned, worker.torn, worker.dropped) == (0, 0, 0)
    assert worker.since < worker.until


def test_nothing_at_all_is_not_good(tmp_path: Path) -> None:
    assert not verify_directory(tmp_path, PUBLIC).is_good


TAMPERING: dict[str, tuple[str, Callable[[list[bytes]], list[bytes]], str]] = {
    "a verdict changed": (SECOND, lambda lines: replaced(lines, 3, b"denied", b"allowed"), f"{SECOND}:5"),
    "a blank added": (SECOND, lambda lines: replaced(lines, 3, b'"id"', b' "id"'), f"{SECOND}:5"),
    "a line removed": (SECOND, lambda lines: lines[:3] + lines[4:], f"{SECOND}:4"),
    "a line repeated": (SECOND, lambda lines: lines[:4] + lines[3:], f"{SECOND}:5"),
    "two lines swapped": (SECOND, lambda lines: swapped(lines, 3, 4), f"{SECOND}:4"),
    "a line added": (SECOND, lambda lines: [*lines[:3], body(99) + b"}\n", *lines[3:]], f"{SECOND}:4"),
    "an empty line": (SECOND, lambda lines: [*lines[:3], b"\n", *lines[3:]], f"{SECOND}:4"),
    "the beginning removed": (FIRST, lambda lines: lines[1:], f"{FIRST}:1"),
    "the beginning of a later one removed": (SECOND, lambda lines: lines[1:], f"{SECOND}:1"),
    "the end removed": (FIRST, lambda lines: lines[:-1], f"{SECOND}:1"),
    "all but the first removed": (FIRST, lambda lines: lines[:1], f"{SECOND}:1"),
    "emptied": (SECOND, lambda _: [], f"{THIRD}:1"),
    "half a line at the end": (FIRST, lambda lines: [*lines[:-1], lines[-1][:20]], f"{SECOND}:1"),
    "something added at the end": (FIRST, lambda lines: [*lines, b"x"], f"{SECOND}:1"),
    "the number of the segment": (SECOND, lambda lines: replaced(lines, 0, b'"segment":2', b'"segment":3'), SECOND),
    "a signature removed": (THIRD, lambda lines: rechained(lines, 99), f"{THIRD}:2"),
    "a record changed and all linked anew": (THIRD, lambda lines: rechained(lines, 3), f"{THIRD}:2"),
    "signed by another": (
        THIRD,
        lambda lines: rechained(lines, 3, Signer(Ed25519PrivateKey.generate())),
        f"{THIRD}:2: the signature is not good",
    ),
    "the last segment's end forged": (
        THIRD,
        lambda lines: lines[:2] + rechained(lines[2:], 1),
        f"{THIRD}:8: the checkpoint is not signed",
    ),
}


@pytest.mark.parametrize("name", TAMPERING)
def test_tampering_is_found_where_it_is(log: LogOnDisk, name: str) -> None:
    file, how, place = TAMPERING[name]
    change(log, file, how)
    report = verify_directory(log.directory, PUBLIC)
    assert not report.is_good
    (wrong,) = report.wrong
    assert wrong.startswith(place)


@pytest.mark.parametrize("name", [FIRST, SECOND])
def test_a_segment_that_was_removed_is_missed(log: LogOnDisk, name: str) -> None:
    (log.directory / name).unlink()
    (wrong,) = verify_directory(log.directory, PUBLIC).wrong
    assert "missing" in wrong


def test_segments_with_each_others_names_are_found(log: LogOnDisk) -> None:
    first, second = (log.directory / name for name in (FIRST, SECOND))
    content = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(content)
    assert not verify_directory(log.directory, PUBLIC).is_good


def test_a_segment_of_another_worker_is_found(log: LogOnDisk) -> None:
    for segment in (FIRST, SECOND, THIRD):
        (log.directory / segment).rename(log.directory / segment.replace("w0", "w1"))
    (wrong,) = verify_directory(log.directory, PUBLIC).wrong
    assert wrong.endswith("it is of w0, not of w1")


def test_an_end_that_was_cut_after_a_crash_is_not_taken_for_one(log: LogOnDisk) -> None:
    """The next segment says what the crash had left there."""
    path = log.directory / THIRD
    path.write_bytes(path.read_bytes()[:-10])
    log.open()
    log.write()
    assert verify_directory(log.directory, PUBLIC).is_good
    path.write_bytes(path.read_bytes()[:-10])
    assert verify_directory(log.directory, PUBLIC).wrong[0].startswith("w0-0000000004.jsonl:1")


def test_whoever_signs_with_another_key_is_named(log: LogOnDisk) -> None:
    other = Ed25519PrivateKey.generate().public_key()
    assert "signed with another key" in verify_directory(log.directory, other).wrong[0]


def test_checkpoints_that_were_taken_out_are_missed(tmp_path: Path) -> None:
    log = LogOnDisk(tmp_path, signed=False)
    for _ in range(5):
        log.write(400)
    log.stop()

    def without_checkpoints(lines: list[bytes]) -> list[bytes]:
        kept = [line for line in lines if b'"type":"checkpoint"' not in line]
        chain, made = Chain(), []
        for line in kept:
            new, chain = chain.link(line[: line.rfind(b',"seq":')])
            made.append(new + b"\n")
        return made

    change(log, FIRST, without_checkpoints)
    assert "there is no checkpoint among 1001 lines" in verify_directory(tmp_path).wrong[0]


def test_what_is_not_signed_yet_is_counted(tmp_path: Path) -> None:
    log = LogOnDisk(tmp_path)
    log.write(7)
    assert verify_directory(tmp_path, PUBLIC).workers[0].unsigned == 7
    assert verify_directory(tmp_path, PUBLIC).is_good


def test_a_line_that_is_being_written_is_no_tampering(tmp_path: Path) -> None:
    log = LogOnDisk(tmp_path)
    log.write(3)
    path = tmp_path / FIRST
    path.write_bytes(path.read_bytes() + b'{"v":1,"ty')
    report = verify_directory(tmp_path, PUBLIC)
    assert report.is_good
    assert report.workers[0].torn == 10


def test_records_that_were_lost_are_counted_as_the_log_says(tmp_path: Path) -> None:
    log = LogOnDisk(tmp_path)
    log.writer.write([body(1)], dropped=42)
    assert verify_directory(tmp_path, PUBLIC).workers[0].dropped == 42


def test_compressed_segments_are_looked_into(log: LogOnDisk) -> None:
    for segment in list_segments(log.directory)["w0"]:
        compress(segment)
    assert verify_directory(log.directory, PUBLIC).is_good
    path = log.directory / f"{SECOND}.gz"
    content = gzip.decompress(path.read_bytes())
    path.write_bytes(gzip.compress(content.replace(b"denied", b"allowed", 1)))
    assert verify_directory(log.directory, PUBLIC).wrong[0].startswith(f"{SECOND}.gz:4")


@pytest.mark.parametrize(
    "damage", [lambda data: data[:-30], lambda data: data[:40] + b"\0\0\0\0" + data[44:], lambda _: b"x"]
)
def test_a_damaged_file_is_found(log: LogOnDisk, damage: Callable[[bytes], bytes]) -> None:
    for segment in list_segments(log.directory)["w0"]:
        compress(segment)
    path = log.directory / f"{SECOND}.gz"
    path.write_bytes(damage(path.read_bytes()))
    assert SECOND in verify_directory(log.directory, PUBLIC).wrong[0]


def test_each_worker_is_looked_at(tmp_path: Path) -> None:
    one, other = LogOnDisk(tmp_path), LogOnDisk(tmp_path)
    one.write(2)
    other.write(3)
    report = verify_directory(tmp_path, PUBLIC)
    assert [(worker.worker, worker.records) for worker in report.workers] == [("w0", 2), ("w1", 3)]
    change(one, FIRST, lambda lines: lines[1:])
    report = verify_directory(tmp_path, PUBLIC)
    assert not report.is_good
    assert report.workers[1].records == 3
