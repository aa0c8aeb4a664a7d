"""Plain counters: an addition costs a dictionary entry; whoever exports them reads a snapshot."""

from collections import Counter
from enum import Enum


class Count(Enum):
    """What is counted, by the names that metrics will have."""

    ALLOWED = "authz_allowed_total"
    DENIED = "authz_denied_total"
    INTERNAL_ERRORS = "authz_internal_errors_total"
    MALFORMED_REQUESTS = "authz_malformed_requests_total"
    PATHS_NOT_NORMALIZED = "authz_paths_not_normalized_total"
    MERGED_HEADERS = "authz_merged_headers_total"
    RELOADS = "authz_reloads_total"
    RELOADS_REJECTED = "authz_reloads_rejected_total"


class Counters:
    """Additions may race between threads and then lose one: a counter is for watching, not for billing."""

    def __init__(self) -> None:
        self._counts: Counter[Count] = Counter()

    def add(self, count: Count) -> None:
        """Count one."""
        self._counts[count] += 1

    def snapshot(self) -> dict[str, int]:
        """All counts by name; what never happened is 0."""
        return {count.value: self._counts[count] for count in Count}
