"""What becomes of closed segments."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from authz.audit.keeper import Keeper
from authz.audit.verify import verify_directory
from tests.support.log_files import KEY, LogOnDisk

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

DAY_S = 86400


def three_segments(directory: Path, **settings: Any) -> LogOnDisk:
    log = LogOnDisk(directory, segment_mib=0, **settings)
    for _ in range(3):
        log.write(10)
        log.writer.tick()
    log.write()
    return log


def keeper(log: LogOnDisk) -> Keeper:
    return Keeper(log.place, log.writer, log.settings, log.clock)


def test_closed_segments_are_compressed_and_the_open_one_is_not(tmp_path: Path) -> None:
    log = three_segments(tmp_path)
    keeper(log).look()
    assert [name.endswith(".gz") for name in log.files()] == [True, True, True, False]
    assert verify_directory(tmp_path, KEY.public_key()).is_good


def test_nothing_is_compressed_where_that_is_not_wanted(tmp_path: Path) -> None:
    log = three_segments(tmp_path, compress=False)
    keeper(log).look()
    assert not any(name.endswith(".gz") for name in log.files())


def test_what_is_too_old_is_removed(tmp_path: Path) -> None:
    log = three_segments(tmp_path, keep_days=2)
    for name, days in zip(log.files(), (5, 3, 1, 0), strict=True):
        os.utime(tmp_path / name, (0, log.clock.now_s - days * DAY_S))
    keeper(log).look()
    log.writer.tick()
    assert [int(name[3:13]) for name in log.files()] == [3, 4]
    assert verify_directory(tmp_path, KEY.public_key()).is_good


def test_the_oldest_are_removed_when_there_is_too_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = three_segments(tmp_path, compress=False)
    sizes = [(tmp_path / name).stat().st_size for name in log.files()]
    monkeypatch.setattr(type(log.settings), "keep_bytes", sizes[2] + sizes[3] + 1)
    keeper(log).look()
    log.writer.tick()
    assert [int(name[3:13]) for name in log.files()] == [3, 4]
    assert verify_directory(tmp_path, KEY.public_key()).is_good


def test_the_open_segment_is_never_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = three_segments(tmp_path, compress=False)
    monkeypatch.setattr(type(log.settings), "keep_bytes", 1)
    keeper(log).look()
    log.writer.tick()
    assert [int(name[3:13]) for name in log.files()] == [4]


def test_zero_keeps_everything(tmp_path: Path) -> None:
    log = three_segments(tmp_path, keep_days=0, keep_mib=0)
    for name in log.files():
        os.utime(tmp_path / name, (0, 0))
    keeper(log).look()
    log.writer.tick()
    assert len(log.files()) == 4


def test_a_directory_that_is_gone_is_told_and_no_end(tmp_path: Path) -> None:
    log = LogOnDisk(tmp_path / "log")
    log.write()
    for path in log.directory.iterdir():
        path.unlink()
    log.directory.rmdir()
    log.directory.write_text("")
    assert "Not a directory" in str(keeper(log).look_safely())
