"""Noticing that files have changed, and reading them only when they have come to rest.

A notification is a hint that saves waiting; what decides is a look at sizes and times. So file systems that notify of
nothing are followed as well, only a little later.
"""

import logging
import math
import os
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import watchfiles

_log = logging.getLogger(__name__)
_STOP_SECONDS = 5.0

Fingerprint = tuple[tuple[str, int, int, int, int], ...]
"""Path, inode, size, time of modification and of change, of every file and directory. Equal: nothing has changed."""


def fingerprint(paths: Iterable[Path]) -> Fingerprint:
    """Look at files and, below directories, at everything but hidden names; links are followed.

    What is not there is no part of it.
    """
    found: dict[str, tuple[str, int, int, int, int]] = {}
    pending = [os.fspath(path) for path in paths]
    seen: set[tuple[int, int]] = set()
    while pending:
        path = pending.pop()
        with suppress(OSError):
            status = os.stat(path)  # noqa: PTH116 - ten thousand of them
            found[path] = (path, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
            if os.path.isdir(path) and (status.st_dev, status.st_ino) not in seen:  # noqa: PTH112
                seen.add((status.st_dev, status.st_ino))
                pending.extend(os.path.join(path, name) for name in os.listdir(path) if name[0] != ".")  # noqa: PTH118, PTH208
    return tuple(sorted(found.values()))


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait, in seconds. `quiet`: nothing may have changed for so long before files are read.

    `at_most`: then they are read all the same, and taken if nothing changes while they are. `between_looks`: while
    waiting for quiet. `poll`: between looks when nothing was notified; a look at very many files is taken less often.
    `after_mistake`: before the same files are tried again, when it was not they that failed.
    """

    quiet: float = 0.2
    at_most: float = 0.8
    between_looks: float = 0.04
    poll: float = 0.25
    poll_share: float = 0.05
    after_mistake: float = 5.0

    def until_next_look(self, look_seconds: float) -> float:
        """Seconds to the next look, so that looking takes at most `poll_share` of the time."""
        return max(self.poll, look_seconds / self.poll_share)


@dataclass(slots=True)
class QuietWatch:
    """Says when watched files have changed and come to rest.

    `changed` is asked in a loop by whoever reloads; `wake` may be set by anyone to look at once.
    """

    paths: tuple[Path, ...]
    patience: Patience = field(default_factory=Patience)
    clock: Callable[[], float] = time.monotonic
    wake: threading.Event = field(default_factory=threading.Event)
    _taken: Fingerprint = ()
    _look_seconds: float = 0.0
    _again_at: float = math.inf

    def take(self) -> Fingerprint:
        """Look, and count what is seen as known."""
        self._taken = self._look()
        return self._taken

    def wait(self) -> None:
        """Wait for a hint, or until it is time to look without one."""
        self.wake.wait(self.patience.until_next_look(self._look_seconds))
        self.wake.clear()

    def has_changed(self) -> bool:
        """Whether anything is different from what is known. Waits until it has come to rest, and then knows it."""
        before = self._look()
        if before == self._taken and self.clock() < self._again_at:
            return False
        self._again_at = math.inf
        self._taken = self._rest(before)
        return True

    def is_as_taken(self) -> bool:
        """Whether what was read since `has_changed` is all of one moment. If not, look again soon."""
        unchanged = self._look() == self._taken
        if not unchanged:
            self._taken = ()
            self.wake.set()
        return unchanged

    def try_again(self) -> None:
        """Count what is known as changed once more, after a while."""
        self._again_at = self.clock() + self.patience.after_mistake

    def _rest(self, before: Fingerprint) -> Fingerprint:
        started = quiet_since = self.clock()
        pause = threading.Event()
        while True:
            pause.wait(self.patience.between_looks)
            now, seen = self.clock(), self._look()
            if seen != before:
                before, quiet_since = seen, now
            if now - quiet_since >= self.patience.quiet or now - started >= self.patience.at_most:
                return seen

    def _look(self) -> Fingerprint:
        started = self.clock()
        seen = fingerprint(self.paths)
        self._look_seconds = self.clock() - started
        return seen


class Follower:
    """The threads that follow a watch: one is told of changes by the system, one calls `look`, which must not raise.

    `look` is called once when it starts, and then whenever there is a hint or it is time.
    """

    def __init__(self, watch: QuietWatch, look: Callable[[], None], name: str) -> None:
        self._watch = watch
        self._look = look
        self._name = name
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Follow from now on."""
        self._threads = [
            notify(self._watch.paths, self._watch.wake, self._stop),
            threading.Thread(target=self._run, name=self._name, daemon=True),
        ]
        self._threads[1].start()

    def look_now(self) -> None:
        """Do not wait for a notification."""
        self._watch.wake.set()

    def stop(self) -> None:
        """Follow no longer. A thread that waits for the system must have ended before the interpreter does."""
        self._stop.set()
        self._watch.wake.set()
        for thread in self._threads:
            thread.join(_STOP_SECONDS)

    def _run(self) -> None:
        while not self._stop.is_set():
            self._look()
            self._watch.wait()


def notify(paths: Iterable[Path], wake: threading.Event, stop: threading.Event) -> threading.Thread:
    """Start a thread that sets `wake` when the system tells of a change, until `stop`."""
    thread = threading.Thread(target=_notify, args=(tuple(paths), wake, stop), name="notify", daemon=True)
    thread.start()
    return thread


def _notify(paths: tuple[Path, ...], wake: threading.Event, stop: threading.Event) -> None:
    while not stop.is_set():
        # files are replaced, and directories too: their parents are told
        watched = {path if path.is_dir() else path.parent for path in paths}
        try:
            for _ in watchfiles.watch(
                *watched, watch_filter=None, debounce=50, step=20, stop_event=stop, raise_interrupt=False
            ):
                wake.set()
        except (OSError, RuntimeError) as error:
            _log.debug("no notification of changes: %s", error)
            stop.wait(1)
