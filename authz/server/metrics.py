"""`/metrics`: counters and what is in force, as metrics."""

import platform
from collections.abc import Iterator

from authz import __version__
from authz.observability.counters import Count, Counters
from authz.observability.key_status import key_families
from authz.observability.log_status import log_families
from authz.observability.prometheus import Family, Labels, counter, gauge, info
from authz.observability.status import Status
from authz.server.readiness import CertificateView, Readiness

_HELP = {
    Count.INTERNAL_ERRORS: "Requests denied since deciding failed; the traceback is in the log.",
    Count.MALFORMED_REQUESTS: "Calls whose bytes are no CheckRequest.",
    Count.PATHS_NOT_NORMALIZED: "Requests whose path was not in the mesh's normal form.",
    Count.MERGED_HEADERS: "Requests whose header lines the proxy had merged.",
    Count.RELOADS: "Changes of the files that came into force.",
    Count.RELOADS_REJECTED: "Changes of the files that were rejected; the set before them stayed in force.",
    Count.UNTRUSTED_PROXIES: "Calls of proxies whose SPIFFE id is not allowed.",
    Count.CERTIFICATE_RELOADS: "Changes of the certificate that came into force.",
    Count.CERTIFICATE_RELOADS_REJECTED: "Changes of the certificate that were rejected.",
}


def families(counters: Counters, readiness: Readiness, started_at: float) -> Iterator[Family]:
    """Every metric. `started_at`: when the process began, in seconds since 1970."""
    yield from process_families(started_at)
    yield from _counted(counters)
    yield gauge("authz_ready", readiness.is_ready, "1 while calls are welcome.")
    yield gauge("authz_draining", readiness.draining, "1 once told to stop.")
    yield from set_families(readiness.status)
    if readiness.certificate is not None:
        yield from _certificate(readiness.certificate)
    yield from key_families(readiness.keys)
    if readiness.log is not None:
        yield from log_families(readiness.log)


def process_families(started_at: float) -> Iterator[Family]:
    """What is running, since when."""
    yield info(
        "authz_build_info",
        {"version": __version__, "python": platform.python_version()},
        "What is running; always 1.",
    )
    yield gauge("process_start_time_seconds", started_at, "Start of the process, in seconds since 1970.")


def count_family(counters: Counters, count: Count) -> Family:
    """One counter."""
    return counter(count.value, counters.snapshot()[count.value], _HELP.get(count, f"{count.name} so far."))


def _counted(counters: Counters) -> Iterator[Family]:
    decisions = [
        ({"verdict": verdict, "reason": reason}, float(number))
        for (verdict, reason), number in counters.decisions().items()
    ]
    yield Family("authz_decisions_total", "counter", "Decisions, by verdict and reason.", tuple(decisions))
    for count in Count:
        if count not in (Count.ALLOWED, Count.DENIED):  # sums of the decisions, which a query can sum itself
            yield count_family(counters, count)


def set_families(status: Status) -> Iterator[Family]:
    """The set in force, and what became of the last change."""
    yield info("authz_set_info", {"digest": status.digest}, "The policy set in force; always 1.")
    yield gauge("authz_policies", status.policies, "Policies in force.")
    yield gauge("authz_policy_warnings", len(status.warnings), "Warnings about the policies in force.")
    yield gauge("authz_set_since_timestamp_seconds", status.since.timestamp(), "Since when this set is in force.")
    yield gauge(
        "authz_last_reload_timestamp_seconds", status.loaded_at.timestamp(), "When the files were last read and taken."
    )
    yield gauge(
        "authz_change_rejected",
        bool(status.rejected),
        "1 while the newest files are rejected and an older set decides.",
    )
    rejected_at: tuple[tuple[Labels, float], ...] = ()
    if status.rejected_at is not None:
        rejected_at = (({}, status.rejected_at.timestamp()),)
    yield Family(  # also without a sample: whoever asks for the names first must find it
        "authz_last_rejected_timestamp_seconds", "gauge", "When the newest files were rejected.", rejected_at
    )
    yield gauge("authz_restart_needed", status.restart_needed, "1 while changed settings wait for the next start.")


def _certificate(certificate: CertificateView) -> Iterator[Family]:
    expires = certificate.expires.timestamp()
    yield gauge("authz_certificate_expires_timestamp_seconds", expires, "When the certificate in force expires.")
    if certificate.client_ca_expires is not None:
        expires = certificate.client_ca_expires.timestamp()
        yield gauge("authz_client_ca_expires_timestamp_seconds", expires, "When the client CA in force expires.")
    rejected = certificate.rejected is not None
    yield gauge("authz_certificate_change_rejected", rejected, "1 while the newest certificate is rejected.")
