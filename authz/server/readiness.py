"""Whether calls are welcome, what is in force and what was rejected: `/readyz`, as JSON and in short."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from authz import __version__
from authz.model.problem import Problem
from authz.observability.key_status import KeyStatus
from authz.observability.log_status import LogStatus
from authz.observability.status import Status
from authz.server.health import HealthDoor

MAX_PROBLEMS = 100
"""So many problems of a rejected change are told; `total` says how many there are."""


class CertificateView(Protocol):
    """What can be told of a certificate that is followed."""

    @property
    def serial(self) -> str:
        """Of the certificate in force."""

    @property
    def expires(self) -> datetime:
        """When it does."""

    @property
    def client_ca_expires(self) -> datetime | None:
        """When the last authority of clients does."""

    @property
    def since(self) -> datetime:
        """When it came into force."""

    @property
    def rejected(self) -> str | None:
        """Why the newest files are not in force; None when they are."""

    @property
    def rejected_at(self) -> datetime | None:
        """When that came to be."""

    def unready(self, now: datetime) -> str | None:
        """Why nobody can connect; None: they can."""


@dataclass(frozen=True, slots=True)
class Readiness:
    """One moment of a running authorizer."""

    status: Status
    draining: bool
    certificate: CertificateView | None
    unready: str | None
    keys: tuple[KeyStatus, ...] = ()
    log: LogStatus | None = None

    @property
    def is_ready(self) -> bool:
        """Whether calls are welcome. An older set is no reason against: it decides as it did."""
        return not self.draining and self.unready is None and not (self.log is not None and self.log.is_denying)

    @property
    def reasons(self) -> list[str]:
        """What is not as it should be."""
        found = []
        if self.draining:
            found.append("draining: told to stop, calls in flight end")
        if self.unready is not None:
            found.append(self.unready)
        if self.status.rejected:
            found.append("the newest files were rejected, an older set is in force")
        if self.certificate is not None and self.certificate.rejected is not None:
            found.append("the newest certificate was rejected, an older one is in force")
        if self.status.restart_needed:
            found.append("settings have changed that come into force with the next start")
        found.extend([one.reason for one in self.keys if one.reason is not None])
        found.extend(self.log.reasons if self.log is not None else ())
        return found

    def as_json(self) -> dict[str, Any]:
        """For machines. Field names are stable."""
        return {
            "ready": self.is_ready,
            "draining": self.draining,
            "reasons": self.reasons,
            "version": __version__,
            "set": set_json(self.status),
            "rejected": rejected_json(self.status),
            "restart_needed": self.status.restart_needed,
            "certificate": None if self.certificate is None else _certificate(self.certificate),
            "keys": [_keys(one) for one in self.keys],
            "log": None if self.log is None else asdict(self.log),
        }

    def as_text(self) -> str:
        """For people: a word, then what is in force, then what is not as it should be."""
        return standing_text(self.status, "policy", is_ready=self.is_ready, reasons=self.reasons)


class ReadinessView:
    """Looks at the parts of a running authorizer. Each is asked when someone asks us."""

    def __init__(  # noqa: PLR0913, PLR0917 - a part each
        self,
        status: Callable[[], Status],
        health: HealthDoor,
        certificate: Callable[[], CertificateView] | None = None,
        keys: Callable[[], tuple[KeyStatus, ...]] = tuple,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        log: Callable[[], LogStatus | None] = lambda: None,
    ) -> None:
        self._status = status
        self._health = health
        self._certificate = certificate
        self._keys = keys
        self._now = now
        self._log = log

    def look(self) -> Readiness:
        """Now."""
        certificate = self._certificate() if self._certificate is not None else None
        unready = certificate.unready(self._now()) if certificate is not None else None
        return Readiness(self._status(), not self._health.is_serving, certificate, unready, self._keys(), self._log())


def set_json(status: Status) -> dict[str, Any]:
    """The set in force, for machines."""
    return {
        "digest": status.digest,
        "policies": status.policies,
        "warnings": len(status.warnings),
        "since": time_json(status.since),
        "loaded_at": time_json(status.loaded_at),
    }


def rejected_json(status: Status) -> dict[str, Any] | None:
    """What was rejected and why; None: the newest files are in force."""
    if not status.rejected:
        return None
    problems = [_problem(one) for one in status.rejected[:MAX_PROBLEMS]]
    return {"at": time_json(status.rejected_at), "total": len(status.rejected), "problems": problems}


def _problem(problem: Problem | str) -> dict[str, Any]:
    if isinstance(problem, str):
        return {"text": problem}
    return {
        "text": str(problem),
        "code": problem.code.value,
        "severity": problem.severity.value,
        "file": problem.where.file,
        "line": problem.where.line,
        "column": problem.where.column,
        "field": problem.field,
        "message": problem.message,
    }


def _certificate(certificate: CertificateView) -> dict[str, Any]:
    return {
        "serial": certificate.serial,
        "expires": time_json(certificate.expires),
        "client_ca_expires": time_json(certificate.client_ca_expires),
        "since": time_json(certificate.since),
        "rejected": certificate.rejected,
        "rejected_at": time_json(certificate.rejected_at),
    }


def _keys(status: KeyStatus) -> dict[str, Any]:
    return {
        "issuer": status.issuer,
        "jwks_uri": status.jwks_uri,
        "available": status.unavailable is None,
        "version": status.version,
        "fetched_at": time_json(status.fetched_at),
        "error": status.error,
        "failing_since": time_json(status.failing_since),
    }


def time_json(moment: datetime | None) -> str | None:
    """RFC 3339, UTC."""
    return None if moment is None else moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def standing_text(status: Status, of: str, *, is_ready: bool, reasons: Sequence[str]) -> str:
    """For people: a word, then what is in force, then what is not as it should be. `of`: what is counted, one of it."""
    many = f"{of.removesuffix('y')}ies" if of.endswith("y") else f"{of}s"
    count = f"{status.policies} {of if status.policies == 1 else many}"
    lines = [
        "ready" if is_ready else "not ready",
        f"in force since {time_json(status.since)}: {count}, digest {status.digest}",
        *reasons,
        *(f"  {problem}" for problem in status.rejected[:MAX_PROBLEMS]),
    ]
    return "".join(f"{line}\n" for line in lines)
