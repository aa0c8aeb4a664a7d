"""Noticing changes and waiting for quiet."""

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from authz.sources.watch import Patience, QuietWatch, fingerprint, notify

QUICK = Patience(quiet=0.02, at_most=0.1, between_looks=0.002)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "a.yaml").write_text("a: 1\n")
    return tmp_path / "policies"


def _write(directory: Path) -> None:
    (directory / "a.yaml").write_text("a: 2\n")


def _write_as_long(directory: Path) -> None:
    path = directory / "a.yaml"
    times = path.stat()
    path.write_text("b: 1\n")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))  # as some tools preserve it


def _replace(directory: Path) -> None:
    (directory / ".a.tmp").write_text("a: 3\n")
    (directory / ".a.tmp").rename(directory / "a.yaml")


def _add_below(directory: Path) -> None:
    (directory / "sub" / "deep").mkdir(parents=True)
    (directory / "sub" / "deep" / "b.yaml").write_text("b: 1\n")


def _remove(directory: Path) -> None:
    (directory / "a.yaml").unlink()


def _rename_directory(directory: Path) -> None:
    directory.rename(directory.with_name("elsewhere"))


CHANGES = [_write, _write_as_long, _replace, _add_below, _remove, _rename_directory]


def test_what_is_to_be_tried_again_has_changed_once_more_after_a_while(directory: Path) -> None:
    now = [0.0]
    watch = QuietWatch((directory,), Patience(quiet=0, between_looks=0, after_mistake=5), clock=lambda: now[0])

    def has_changed(seconds: float) -> bool:
        now[0] = seconds
        return watch.has_changed()

    watch.take()
    watch.try_again()
    assert [has_changed(seconds) for seconds in (4.9, 5.0, 5.1, 99.0)] == [False, True, False, False]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_every_kind_of_change_is_seen(directory: Path, change: Callable[[Path], None]) -> None:
    watch = QuietWatch((directory,), QUICK)
    watch.take()
    change(directory)
    assert watch.has_changed()
    assert not watch.has_changed()


def test_the_links_of_a_mounted_config_map_are_followed(tmp_path: Path) -> None:
    for version in ("1", "2"):
        (tmp_path / f"..{version}").mkdir()
        (tmp_path / f"..{version}" / "a.yaml").write_text(version)
    (tmp_path / "..data").symlink_to("..1")
    (tmp_path / "a.yaml").symlink_to("..data/a.yaml")
    before = fingerprint([tmp_path])
    (tmp_path / "..tmp").symlink_to("..2")
    (tmp_path / "..tmp").rename(tmp_path / "..data")
    assert fingerprint([tmp_path]) != before


def test_nothing_changed_is_nothing_changed(directory: Path) -> None:
    watch = QuietWatch((directory,), QUICK)
    watch.take()
    assert not watch.has_changed()


def test_a_directory_that_is_not_there_is_nothing(tmp_path: Path) -> None:
    assert fingerprint([tmp_path / "none"]) == ()


def test_links_in_a_circle_end(directory: Path) -> None:
    (directory / "circle").symlink_to(directory)
    assert len(fingerprint([directory])) == 3


def test_files_are_left_alone_until_they_are_quiet(directory: Path) -> None:
    """A writer that goes on for a while: what is then known is its last state."""
    watch = QuietWatch((directory,), Patience(quiet=0.4, at_most=5, between_looks=0.002))
    watch.take()
    writing = threading.Event()

    def write() -> None:
        for number in range(20):
            (directory / "a.yaml").write_text(f"a: {number}\n" * number)
            writing.wait(0.005)

    writer = threading.Thread(target=write)
    writer.start()
    while not watch.has_changed():
        pass
    writer.join()
    assert watch.is_as_taken()


def test_a_directory_that_never_rests_is_looked_at_all_the_same(directory: Path) -> None:
    seconds = iter(range(1000))
    watch = QuietWatch((directory,), Patience(quiet=1e9, at_most=5, between_looks=0), clock=lambda: next(seconds))
    watch.take()
    _write(directory)
    assert watch.has_changed()


def test_a_change_while_reading_is_noticed_and_looked_at_again(directory: Path) -> None:
    watch = QuietWatch((directory,), QUICK)
    watch.take()
    _write(directory)
    assert watch.has_changed()
    _replace(directory)
    assert not watch.is_as_taken()
    assert watch.wake.is_set()
    assert watch.has_changed()


def test_looking_takes_a_small_share_of_the_time() -> None:
    patience = Patience(poll=0.25, poll_share=0.05)
    assert patience.until_next_look(0.001) == 0.25
    assert patience.until_next_look(0.1) == pytest.approx(2.0)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_the_system_tells_of_every_kind_of_change(directory: Path, change: Callable[[Path], None]) -> None:
    wake, stop = threading.Event(), threading.Event()
    thread = notify([directory.parent], wake, stop)
    try:
        while not wake.is_set():  # until the system is listening
            (directory.parent / "ready").write_text("x")
            wake.wait(0.05)
        while wake.is_set():  # until it has told all of that
            wake.clear()
            wake.wait(0.2)
        change(directory)
        assert wake.wait(5)
    finally:
        stop.set()
        thread.join(5)
    assert not thread.is_alive()
