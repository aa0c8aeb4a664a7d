"""The files of a log."""

import gzip
import os
import stat
from pathlib import Path

import pytest

from authz.audit.segments import Segment, compress, list_segments, segment_path, take_place


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_directory_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    place = take_place(tmp_path / "log")
    assert mode(tmp_path / "log") == 0o700
    assert mode(tmp_path / "log" / "w0.lock") == 0o600
    place.release()


def test_each_process_has_a_place_of_its_own(tmp_path: Path) -> None:
    places = [take_place(tmp_path) for _ in range(3)]
    assert [place.worker for place in places] == ["w0", "w1", "w2"]
    places[1].release()
    assert take_place(tmp_path).worker == "w1"


def test_a_file_where_the_directory_should_be_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("")
    with pytest.raises(OSError, match="exists"):
        take_place(tmp_path / "log")


def test_segments_are_found_by_worker_and_in_order(tmp_path: Path) -> None:
    for name in ("w10-0000000001.jsonl", "w2-0000000010.jsonl", "w2-0000000009.jsonl.gz", "w2-0000000010.jsonl.gz"):
        (tmp_path / name).write_bytes(b"")
    for name in ("w2.lock", ".w2-0000000003.jsonl.gz.part", "w2-1.jsonl", "x-0000000001.jsonl", "w2-0000000001.json"):
        (tmp_path / name).write_bytes(b"")
    found = list_segments(tmp_path)
    assert list(found) == ["w2", "w10"]
    assert [(one.number, one.is_compressed) for one in found["w2"]] == [(9, True), (10, False)]


def test_a_compressed_segment_says_the_same_and_is_as_old(tmp_path: Path) -> None:
    path = segment_path(tmp_path, "w0", 1)
    path.write_bytes(b"a\nb\n" * 1000)
    os.utime(path, (1_000, 2_000))
    compress(Segment("w0", 1, is_compressed=False, path=path))
    ((segment,),) = list_segments(tmp_path).values()
    assert segment.is_compressed
    assert b"".join(segment.lines()) == b"a\nb\n" * 1000
    assert (segment.path.stat().st_mtime, mode(segment.path)) == (2_000, 0o600)
    assert [one.name for one in tmp_path.iterdir()] == ["w0-0000000001.jsonl.gz"]


def test_what_cannot_be_compressed_stays_as_it_is(tmp_path: Path) -> None:
    path = segment_path(tmp_path, "w0", 1)
    path.write_bytes(b"a\n")
    (tmp_path / f".{path.name}.gz.part").mkdir()
    with pytest.raises(OSError, match="directory"):
        compress(Segment("w0", 1, is_compressed=False, path=path))
    assert path.read_bytes() == b"a\n"


def test_a_segment_is_removed_in_both_its_forms(tmp_path: Path) -> None:
    path = segment_path(tmp_path, "w0", 1)
    path.write_bytes(b"a\n")
    packed = path.with_name(f"{path.name}.gz")
    packed.write_bytes(gzip.compress(b"a\n"))
    Segment("w0", 1, is_compressed=True, path=packed).remove()
    assert list(tmp_path.iterdir()) == []
