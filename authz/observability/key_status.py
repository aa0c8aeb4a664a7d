"""What became of fetching keys, as operators are told: for readiness and metrics."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from authz.observability.prometheus import Family, Labels


@dataclass(frozen=True, slots=True)
class KeyStatus:
    """The keys of one location.

    `fetched_at`: when they were last fetched, None before the first time. `error`: why the last fetch failed, None if
    it did not; `failing_since`: since when all have. `unavailable`: why no token of this issuer can be verified; None:
    they can.
    """

    issuer: str
    jwks_uri: str | None
    version: str | None = None
    fetched_at: datetime | None = None
    fetches: int = 0
    failures: int = 0
    error: str | None = None
    failing_since: datetime | None = None
    unavailable: str | None = None

    @property
    def reason(self) -> str | None:
        """What is not as it should be, in a line; None: nothing. It does not make an authorizer unready."""
        named = f"keys of {self.issuer or self.jwks_uri}"
        if self.unavailable is not None:
            return f"{named}: none, its tokens are denied: {self.unavailable}"
        if self.error is not None:
            return f"{named}: not refreshed since {self.fetched_at}, the last good ones are used: {self.error}"
        return None


def key_families(statuses: Iterable[KeyStatus]) -> Iterator[Family]:
    """Metrics of fetching keys, by issuer and place; nothing where no policy names an issuer."""
    found = [({"issuer": one.issuer, "jwks_uri": one.jwks_uri or ""}, one) for one in statuses]
    if not found:
        return
    yield _family(
        "authz_keys_available",
        "gauge",
        "0 while there are no keys, and so every token of that issuer is denied.",
        ((labels, one.unavailable is None) for labels, one in found),
    )
    yield _family(
        "authz_keys_fetched_timestamp_seconds",
        "gauge",
        "When the keys were last fetched.",
        ((labels, one.fetched_at.timestamp()) for labels, one in found if one.fetched_at is not None),
    )
    yield _family(
        "authz_keys_failing",
        "gauge",
        "1 while fetching the keys fails; the last good ones are used as long as there are any.",
        ((labels, one.error is not None) for labels, one in found),
    )
    yield _family(
        "authz_keys_fetches_total",
        "counter",
        "Fetches of keys that have ended, by issuer and place.",
        ((labels, one.fetches) for labels, one in found),
    )
    yield _family(
        "authz_keys_fetch_failures_total",
        "counter",
        "Fetches of keys that failed, by issuer and place.",
        ((labels, one.failures) for labels, one in found),
    )


def _family(name: str, kind: str, text: str, samples: Iterable[tuple[Labels, float]]) -> Family:
    return Family(name, kind, text, tuple((labels, float(value)) for labels, value in samples))
