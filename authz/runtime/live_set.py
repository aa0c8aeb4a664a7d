"""Following files while running: from a change on disk to the swap of what is in force.

A set is taken whole or not at all, and only from files that have come to rest. What has a problem is not taken: the
last good set stays in force, and the log, the counters and the status say so until a good one comes.
"""

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from authz.config import Settings
from authz.model.errors import AuthzError, PolicyError
from authz.model.garbage import collector_paused
from authz.model.problem import Problem, Severity
from authz.observability.counters import Count, Counters
from authz.observability.status import Status
from authz.sources.watch import Follower, Patience, QuietWatch

_log = logging.getLogger(__name__)


class Loaded(Protocol):
    """What has become of reading files."""

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Errors and warnings, in order."""

    @property
    def is_good(self) -> bool:
        """Whether it may come into force."""


AnyLoaded = TypeVar("AnyLoaded", bound=Loaded)


@dataclass(frozen=True, slots=True)
class Following:
    """How files are followed; `now`: a clock for people."""

    patience: Patience = field(default_factory=Patience)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


class LiveSet(ABC, Generic[AnyLoaded]):
    """The set in force, and the thread that follows its files.

    `of`: what is counted. `reread` gives the settings anew: their file is followed too. Raises PolicyError when the
    first set has errors.
    """

    of = "policies"

    def __init__(self, reread: Callable[[], Settings], counters: Counters, following: Following | None = None) -> None:
        following = following or Following()
        self._reread = reread
        self._settings = reread()
        self._counters = counters
        self._now = following.now
        self._watch = QuietWatch(_paths(self._settings), following.patience)
        self._follower = Follower(self._watch, self._look_safely, "reload")
        self._watch.take()
        with collector_paused():
            loaded = self.first = self._load(self._settings)
            if not loaded.is_good:
                raise PolicyError(loaded.problems)
            digest, count = self._put_in_force(loaded)
        began = self._now()
        self._status = Status(digest, count, began, began, loaded.problems)

    @abstractmethod
    def _load(self, settings: Settings) -> AnyLoaded:
        """Read what is followed, which is what the first settings named."""

    @abstractmethod
    def _put_in_force(self, loaded: AnyLoaded) -> tuple[str, int]:
        """Swap. Gives the digest of the set, and how many resources it has."""

    def status(self) -> Status:
        """What to tell people."""
        return self._status

    def follow(self) -> None:
        """Follow the files from now on, in threads of our own."""
        self._follower.start()

    def look_now(self) -> None:
        """Do not wait for a notification."""
        self._follower.look_now()

    def stop(self) -> None:
        """Follow no longer; what is in force stays so."""
        self._follower.stop()

    def _look_safely(self) -> None:
        try:
            self.look()
        except Exception:  # noqa: BLE001 - following must go on; the last good set stays
            _log.exception("following the files failed; the last good set stays in force")
            self._reject(("the files could not be followed; the log says why",))
            self._watch.try_again()

    def look(self) -> None:
        """Take the files as they are now, if they have changed and are a good set."""
        if self._watch.has_changed():
            with collector_paused():
                self._take()

    def _take(self) -> None:
        try:
            settings = self._reread()
        except AuthzError as error:
            self._reject(tuple(str(error).splitlines()))
            return
        loaded = self._load(settings)
        if not self._watch.is_as_taken():
            return
        if not loaded.is_good:
            self._reject(loaded.problems)
            return
        restart_needed = settings.needs_restart_for(self._settings)
        if restart_needed:
            _log.warning("settings that only a start reads have changed: listeners, or where the files are")
        digest, count = self._put_in_force(loaded)
        new_warnings = [problem for problem in loaded.problems if problem not in self._status.warnings]
        self._status = self._accepted(loaded, digest, count, restart_needed=restart_needed)
        self._counters.add(Count.RELOADS)
        _log.info("in force: %s %d, digest %s", self.of, count, digest)
        for problem in new_warnings:
            _log.warning("%s", problem)

    def _accepted(self, loaded: AnyLoaded, digest: str, count: int, *, restart_needed: bool) -> Status:
        now = self._now()
        return Status(
            digest=digest,
            policies=count,
            since=self._status.since if digest == self._status.digest else now,
            loaded_at=now,
            warnings=loaded.problems,
            restart_needed=restart_needed,
        )

    def _reject(self, problems: tuple[Problem | str, ...]) -> None:
        errors = tuple(one for one in problems if isinstance(one, str) or one.severity is Severity.ERROR)
        status = self._status = replace(self._status, rejected=errors, rejected_at=self._now())
        self._counters.add(Count.RELOADS_REJECTED)
        _log.error("the changed files are not taken; the last good set stays in force (digest %s)", status.digest)
        for problem in errors:
            _log.error("%s", problem)


def _paths(settings: Settings) -> tuple[Path, ...]:
    named = tuple(path for path in (settings.mesh, settings.file) if path is not None)
    return settings.policies + named + settings.trust.paths
