"""Plain counters: an addition costs a dictionary entry; whoever exports them reads a snapshot."""

from enum import Enum

from authz.model.decision import Allowed, Decision, Reason


class Count(Enum):
    """What is counted, by the names that metrics have. ALLOWED and DENIED are sums over reasons."""

    ALLOWED = "authz_allowed_total"
    DENIED = "authz_denied_total"
    INTERNAL_ERRORS = "authz_internal_errors_total"
    MALFORMED_REQUESTS = "authz_malformed_requests_total"
    PATHS_NOT_NORMALIZED = "authz_paths_not_normalized_total"
    MERGED_HEADERS = "authz_merged_headers_total"
    CUSTOM_ASKED = "authz_custom_asked_total"
    CUSTOM_FAILED_OPEN = "authz_custom_failed_open_total"
    RELOADS = "authz_reloads_total"
    RELOADS_REJECTED = "authz_reloads_rejected_total"
    UNTRUSTED_PROXIES = "authz_untrusted_proxies_total"
    CERTIFICATE_RELOADS = "authz_certificate_reloads_total"
    CERTIFICATE_RELOADS_REJECTED = "authz_certificate_reloads_rejected_total"

    __hash__ = object.__hash__  # Enum's own is a Python function


class Counters:
    """Additions may race between threads and then lose one: a counter is for watching, not for billing."""

    def __init__(self) -> None:
        self._counts = dict.fromkeys(Count, 0)
        self._allowed = dict.fromkeys(Reason, 0)
        self._denied = dict.fromkeys(Reason, 0)

    def add(self, count: Count) -> None:
        """Count one; a decision is counted by `decided`."""
        self._counts[count] += 1

    def decided(self, decision: Decision) -> None:
        """Count a decision by its verdict and reason."""
        if decision.__class__ is Allowed:
            self._allowed[decision.reason] += 1
        else:
            self._denied[decision.reason] += 1

    def snapshot(self) -> dict[str, int]:
        """All counts by name; what never happened is 0."""
        counts = {count.value: number for count, number in self._counts.items()}
        counts[Count.ALLOWED.value] += sum(self._allowed.values())
        counts[Count.DENIED.value] += sum(self._denied.values())
        return counts

    def decisions(self) -> dict[tuple[str, str], int]:
        """Decisions by verdict (`allowed`, `denied`) and reason. Together they are ALLOWED and DENIED."""
        return {
            (verdict, reason.value): number
            for verdict, counts in (("allowed", self._allowed), ("denied", self._denied))
            for reason, number in counts.items()
            if number or (reason in _ALLOWING) is (verdict == "allowed")
        }


_ALLOWING = frozenset({Reason.ALLOW_RULE, Reason.NO_ALLOW_POLICY})
