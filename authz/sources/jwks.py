"""Fetching the keys of issuers, in the background.

One thread looks what is due; each fetch is a thread of its own, one a location and 32 in all. A location that fails or
hangs holds up no other: some of the 32 are for those alone that have not failed yet. Deciding reads one reference, and
never waits.
"""

import logging
import random
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Generic

from authz.identity.key_sets import Available, KeyLocation, Keys, KeySets, Unavailable
from authz.observability.key_status import KeyStatus
from authz.sources.dial import FetchError
from authz.sources.jwks_answer import Answer, Get, fetch_key_set
from authz.sources.jwks_entry import Entry, Moment, Standing
from authz.sources.jwks_settings import JwksSettings

_log = logging.getLogger(__name__)

DEFAULT_TIMEOUT = timedelta(seconds=5)
MAX_TIMEOUT = timedelta(seconds=60)
"""Of one location, whatever a policy says: a thread is held so long."""

_AT_ONCE = {Standing.PROVEN: 32, Standing.NEW: 24, Standing.FAILING: 16}
"""A fetch begins when fewer than so many are running."""

_LONGEST_WAIT_SECONDS = 3600.0
_STOP_SECONDS = 2.0
_SHORTEST_TIMEOUT_SECONDS = 0.001


@dataclass(frozen=True, slots=True)
class Wanted:
    """Keys that a policy asks for. Of several timeouts for one location the longest counts."""

    location: KeyLocation
    timeout: timedelta = DEFAULT_TIMEOUT


Start = Callable[[Callable[[], None], str], None]
"""Begin something of that name beside us. Raises if it cannot."""


def start_thread(run: Callable[[], None], name: str) -> None:
    """As a thread that does not keep the process alive."""
    threading.Thread(target=run, name=name, daemon=True).start()


class JwksSource(Generic[Keys]):
    """The keys of all locations that the policies in force name, as last fetched.

    `get` fetches what an URL names; `read` makes keys of the bytes of a key set, and raises ValueError where it cannot.
    `changed` is called, by any thread, when `in_force` gives something new; it must not wait.
    """

    def __init__(  # noqa: PLR0913 - clocks, chance and threads are passed in
        self,
        get: Get,
        read: Callable[[bytes], Keys],
        settings: JwksSettings,
        *,
        changed: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        jitter: Callable[[], float] = random.random,
        start: Start = start_thread,
    ) -> None:
        self._get = get
        self._read = read
        self._settings = settings
        self._changed = changed
        self._clock = clock
        self._now = now
        self._jitter = jitter
        self._start = start
        self._lock = threading.Lock()
        self._ended_one = threading.Condition(self._lock)
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._entries: dict[KeyLocation, Entry[Keys]] = {}
        self._running: set[KeyLocation] = set()
        self._in_force: KeySets[Keys] = KeySets()

    def in_force(self) -> KeySets[Keys]:
        """The keys now. A request asks once."""
        return self._in_force

    def want(self, wanted: Iterable[Wanted]) -> None:
        """From now on keep the keys of these locations and of no others. New ones are fetched at once.

        To change policies without a gap: want the locations of both sets, `wait_until_tried`, swap the policies, want
        those of the new set.
        """
        timeouts: dict[KeyLocation, float] = {}
        for one in wanted:
            seconds = min(one.timeout, MAX_TIMEOUT).total_seconds()
            timeouts[one.location] = max(seconds, timeouts.get(one.location, _SHORTEST_TIMEOUT_SECONDS))
        with self._lock:
            moment, before = self._moment(), self._entries
            self._entries = {location: before.get(location) or self._new(location, moment) for location in timeouts}
            for location, seconds in timeouts.items():
                self._entries[location].timeout_seconds = seconds
            changed = self._entries.keys() != before.keys()
            self._publish(changed=changed)
            self._ended_one.notify_all()
        self._tell(changed=changed)
        self._wake.set()

    def saw_unknown_key(self, location: KeyLocation) -> None:
        """Say that a token named a key that the keys of a location do not have. Costs nothing where that is off."""
        if not self._settings.unknown_kid_cooldown_seconds:
            return
        entry = self._entries.get(location)
        if entry is not None and entry.want_again(self._clock()):
            self._wake.set()

    def status(self) -> tuple[KeyStatus, ...]:
        """Of every location, for readiness and metrics, in their order."""
        with self._lock:
            return tuple(self._entries[location].status() for location in sorted(self._entries, key=str))

    def wait_until_tried(self, seconds: float) -> bool:
        """Wait until every location has been fetched or has failed once; whether that came to be."""
        with self._ended_one:
            return self._ended_one.wait_for(lambda: all(entry.fetches for entry in self._entries.values()), seconds)

    def follow(self) -> None:
        """Fetch what is due from now on, in threads of our own."""
        self._thread = threading.Thread(target=self._run, name="keys", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Fetch no more; what is in force stays so. Fetches that have begun end by their time limits."""
        self._stop.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(_STOP_SECONDS)
        with self._ended_one:
            self._ended_one.wait_for(lambda: not self._running, _STOP_SECONDS)

    def look(self) -> float:
        """Begin to fetch what is due, as many as may run at once; seconds until it is time to look again."""
        with self._lock:
            moment = self._moment()
            expired = [entry.location for entry in self._entries.values() if entry.expire(moment)]
            due = self._due(moment.seconds)
            for entry in due:
                entry.began_at = moment.seconds
            jobs = [(entry.location, entry.timeout_seconds) for entry in due]
            wait = self._until_next(moment.seconds)
            self._publish(changed=bool(expired))
        for location in expired:
            _log.error("keys of %s: the last good ones are too old; its tokens are denied", location)
        self._tell(changed=bool(expired))
        for location, seconds in jobs:
            self._begin(location, seconds)
        return wait

    def _run(self) -> None:
        while not self._stop.is_set():
            self._wake.clear()
            try:
                wait = self.look()
            except Exception:  # noqa: BLE001 - going on is what matters; the keys in force stay
                _log.exception("looking for keys to fetch failed; trying again")
                wait = 1.0
            self._wake.wait(wait)

    def _new(self, location: KeyLocation, moment: Moment) -> Entry[Keys]:
        state = Unavailable("not fetched yet", moment.time)
        return Entry(location, DEFAULT_TIMEOUT.total_seconds(), self._settings, state, due_at=moment.seconds)

    def _moment(self) -> Moment:
        return Moment(self._clock(), self._now())

    def _due(self, now: float) -> list[Entry[Keys]]:
        """What begins now, and is counted as running."""
        due = [entry for entry in self._entries.values() if entry.due_at <= now and entry.location not in self._running]
        begun = []
        for entry in sorted(due, key=lambda entry: (entry.standing, entry.due_at)):
            if len(self._running) >= _AT_ONCE[entry.standing]:
                break
            self._running.add(entry.location)
            begun.append(entry)
        return begun

    def _until_next(self, now: float) -> float:
        moments = [
            moment
            for entry in self._entries.values()
            if (moment := entry.next_at(running=entry.location in self._running, now=now)) is not None
        ]
        return max(0.0, min(min(moments, default=now + _LONGEST_WAIT_SECONDS) - now, _LONGEST_WAIT_SECONDS))

    def _begin(self, location: KeyLocation, seconds: float) -> None:
        try:
            self._start(lambda: self._fetch(location, seconds), "keys of " + location.issuer[:40])
        except Exception as error:  # noqa: BLE001 - no threads, no memory; it would be running for ever
            self._ended(location, str(error) or type(error).__name__)

    def _fetch(self, location: KeyLocation, seconds: float) -> None:
        outcome: Available[Keys] | str = "a mistake of ours; the log says more"
        try:
            outcome = self._made(location, fetch_key_set(location, seconds, self._get, self._clock))
        except FetchError as error:
            outcome = str(error)
        except ValueError as error:
            outcome = f"the key set cannot be used: {error}"
        except Exception:  # noqa: BLE001 - one location's trouble is a failure of that one
            _log.exception("keys of %s: fetching them failed", location)
        finally:
            self._ended(location, outcome)

    def _made(self, location: KeyLocation, answer: Answer) -> Available[Keys]:
        before = self._in_force.of(location)
        if isinstance(before, Available) and before.version == answer.version:
            return before
        return Available(self._read(answer.body), answer.version)

    def _ended(self, location: KeyLocation, outcome: Available[Keys] | str) -> None:
        with self._lock:
            self._running.discard(location)
            entry, moment = self._entries.get(location), self._moment()
            changed = entry is not None and self._take(entry, outcome, moment)
            self._publish(changed=changed)
            self._ended_one.notify_all()
        self._tell(changed=changed)
        self._wake.set()

    def _take(self, entry: Entry[Keys], outcome: Available[Keys] | str, moment: Moment) -> bool:
        error, jitter = entry.error, self._jitter()
        if isinstance(outcome, str):
            changed = entry.failed(outcome, moment, jitter)
            if outcome != error:
                meanwhile = "the last good ones are used" if entry.good_until else "its tokens are denied"
                _log.warning("keys of %s: cannot be fetched, %s: %s", entry.location, meanwhile, outcome)
            return changed
        changed = entry.succeeded(outcome, moment, jitter)
        if changed or error is not None:
            what = "new keys" if changed else "fetched again, the same keys"
            _log.info("keys of %s: %s (version %.12s)", entry.location, what, outcome.version)
        return changed

    def _publish(self, *, changed: bool) -> None:
        if changed:
            states = {location: entry.state for location, entry in self._entries.items()}
            self._in_force = KeySets(MappingProxyType(states))

    def _tell(self, *, changed: bool) -> None:
        if not changed:
            return
        try:
            self._changed()
        except Exception:  # noqa: BLE001 - keys go on being fetched, whoever listens
            _log.exception("somebody could not be told that keys have changed")
