"""One location of keys: what is known of it, and when it is to be fetched next. No threads and no clock of its own."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Generic

from authz.identity.key_sets import Available, KeyLocation, Keys, Unavailable
from authz.observability.key_status import KeyStatus
from authz.sources.jwks_settings import JwksSettings

FIRST_RETRY_SECONDS = 1.0
LONGEST_RETRY_SECONDS = 60.0
"""Without keys, while an issuer's tokens are denied."""
LONGEST_RETRY_WITH_KEYS_SECONDS = 300.0

_REFRESH_JITTER, _RETRY_JITTER = 0.2, 0.5


class Standing(IntEnum):
    """What to expect of a location; the first are fetched first."""

    PROVEN = 0
    NEW = 1
    FAILING = 2


@dataclass(frozen=True, slots=True)
class Moment:
    """Now, on the clock that counts and on the one for people."""

    seconds: float
    time: datetime


@dataclass(slots=True)
class Entry(Generic[Keys]):
    """Times are seconds of the clock that counts. `good_until`: when the last good keys are too old, if there are any.

    `jitter` below is a number from 0 to 1, by which a wait is shortened, so that many do not fetch at once.
    """

    location: KeyLocation
    timeout_seconds: float
    settings: JwksSettings
    state: Available[Keys] | Unavailable
    due_at: float
    good_until: float | None = None
    began_at: float | None = None
    fetched_at: datetime | None = None
    fetches: int = 0
    failures: int = 0
    in_a_row: int = 0
    error: str | None = None
    failing_since: datetime | None = None

    @property
    def standing(self) -> Standing:
        """By what became of the last fetch."""
        if self.in_a_row:
            return Standing.FAILING
        return Standing.PROVEN if self.fetches else Standing.NEW

    def succeeded(self, found: Available[Keys], now: Moment, jitter: float) -> bool:
        """Take keys; whether they are others than before. Those in force stay, if they are the same."""
        self.fetches += 1
        self.in_a_row, self.error, self.failing_since = 0, None, None
        self.fetched_at = now.time
        self.good_until = now.seconds + self.settings.keep_seconds
        self.due_at = now.seconds + self.settings.refresh_seconds * (1 - _REFRESH_JITTER * jitter)
        if isinstance(self.state, Available) and self.state.version == found.version:
            return False
        self.state = found
        return True

    def failed(self, reason: str, now: Moment, jitter: float) -> bool:
        """Keep what there is, and try again later and later; whether anything is different for tokens."""
        self.fetches += 1
        self.failures += 1
        self.in_a_row += 1
        self.error = reason
        self.failing_since = self.failing_since or now.time
        longest = LONGEST_RETRY_SECONDS if self.good_until is None else LONGEST_RETRY_WITH_KEYS_SECONDS
        wait = min(FIRST_RETRY_SECONDS * 2 ** min(self.in_a_row - 1, 16), longest)
        self.due_at = now.seconds + wait * (1 - _RETRY_JITTER * jitter)
        if isinstance(self.state, Available) or self.state.reason == reason:
            return False
        self.state = Unavailable(reason, self.state.since)
        return True

    def expire(self, now: Moment) -> bool:
        """Drop keys that are too old; whether there were any."""
        if self.good_until is None or now.seconds < self.good_until:
            return False
        self.good_until = None
        days = self.settings.keep_seconds / 86400
        self.state = Unavailable(f"the last good keys are older than {days:g} days; {self.error}", now.time)
        return True

    def want_again(self, seconds: float) -> bool:
        """A token names a key that is not there: fetch now, unless that was tried lately; whether it is due now."""
        cooldown = self.settings.unknown_kid_cooldown_seconds
        if not cooldown or self.in_a_row or self.began_at is None or seconds - self.began_at < cooldown:
            return False
        if self.due_at <= seconds:
            return False
        self.due_at = seconds
        return True

    def next_at(self, *, running: bool, now: float) -> float | None:
        """When there is something to do next, besides what somebody else will wake us for."""
        moments = [] if self.good_until is None else [self.good_until]
        if not running and self.due_at > now:
            moments.append(self.due_at)
        return min(moments, default=None)

    def status(self) -> KeyStatus:
        """For people and metrics."""
        return KeyStatus(
            issuer=self.location.issuer,
            jwks_uri=self.location.jwks_uri,
            version=self.state.version if isinstance(self.state, Available) else None,
            fetched_at=self.fetched_at,
            fetches=self.fetches,
            failures=self.failures,
            error=self.error,
            failing_since=self.failing_since,
            unavailable=self.state.reason if isinstance(self.state, Unavailable) else None,
        )
