"""Following the files while serving: from a change on disk to the swap of one reference.

A set is taken whole or not at all, and only from files that have come to rest. What has a problem is not taken: the
last good set stays in force, and the log, the counters and the status say so until a good one comes.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from authz.config import Settings
from authz.decision.engine import Engine
from authz.decision.load import LoadedSet, Loader
from authz.model.errors import AuthzError, PolicyError
from authz.model.problem import Problem, Severity
from authz.observability.counters import Count, Counters
from authz.observability.status import Status
from authz.resources.extension_provider import ExtensionProvider
from authz.resources.kinds import SECURITY_KINDS
from authz.runtime.keys import LiveKeys
from authz.server.check import InForce, Providers
from authz.sources.files import read_policy_files
from authz.sources.watch import Follower, Patience, QuietWatch

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Supplies:
    """What sets need from elsewhere. `keys`: those of issuers; `connect`: gives the clients of CUSTOM providers.

    None: nothing is fetched, nobody is asked.
    """

    keys: LiveKeys | None = None
    connect: Callable[[tuple[ExtensionProvider, ...]], Providers] | None = None


class LivePolicies:
    """The set in force, and the thread that follows its files.

    `reread` gives the settings anew: their file is followed too. Raises PolicyError when the first set has errors.
    """

    def __init__(
        self,
        reread: Callable[[], Settings],
        counters: Counters,
        patience: Patience | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        supplies: Supplies | None = None,
    ) -> None:
        self._reread = reread
        self._settings = reread()
        self._counters = counters
        self._now = now
        self._supplies = supplies or Supplies()
        self._loader = Loader(self._supplies.keys, SECURITY_KINDS)
        self._watch = QuietWatch(_paths(self._settings), patience or Patience())
        self._follower = Follower(self._watch, self._look_safely, "reload")
        self._watch.take()
        loaded = self._load(self._settings)
        if loaded.engine is None:
            raise PolicyError(loaded.problems)
        self.first = loaded
        self._in_force: InForce
        self._put_in_force(loaded.engine)
        began = now()
        self._status = Status(loaded.engine.digest, loaded.policies, began, began, loaded.problems)

    def in_force(self) -> InForce:
        """What decides now. A request asks once, and is decided by what it gets."""
        return self._in_force

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

    def look(self) -> None:
        """Take the files as they are now, if they have changed and are a good set."""
        if not self._watch.has_changed():
            return
        try:
            settings = self._reread()
        except AuthzError as error:
            self._reject(tuple(str(error).splitlines()))
            return
        loaded = self._load(settings)
        if not self._watch.is_as_taken():
            return
        if loaded.engine is None:
            self._reject(loaded.problems)
            return
        restart_needed = settings.needs_restart_for(self._settings)
        if restart_needed:
            _log.warning("settings that only a start reads have changed: listeners, or where the files are")
        new_warnings = [problem for problem in loaded.problems if problem not in self._status.warnings]
        self._put_in_force(loaded.engine)
        self._status = self._accepted(loaded, restart_needed=restart_needed)
        self._counters.add(Count.RELOADS)
        _log.info("in force: policies %d, digest %s", loaded.policies, loaded.engine.digest)
        for problem in new_warnings:
            _log.warning("%s", problem)

    def _load(self, settings: Settings) -> LoadedSet:
        """Load what is followed, which is what the first settings named."""
        files = read_policy_files(self._settings.policies, self._settings.mesh, self._settings.trust)
        return self._loader.load(files, settings.engine, allow_empty=settings.allow_empty)

    def _put_in_force(self, engine: Engine) -> None:
        """Swap, without a gap for tokens: the keys are there before, and those of the set before stay until then."""
        keys, connect = self._supplies.keys, self._supplies.connect
        providers = connect(engine.view.config.extension_providers) if connect else None
        if keys is not None:
            keys.prepare_for(engine)
        self._in_force = InForce.of(engine, providers)
        if keys is not None:
            keys.settle_for(engine)

    def _accepted(self, loaded: LoadedSet, *, restart_needed: bool) -> Status:
        now, digest = self._now(), self._in_force.engine.digest
        return Status(
            digest=digest,
            policies=loaded.policies,
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
