"""Whether calls are welcome, what is in force and what was rejected: `/readyz`, as JSON and in short."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from authz import __version__
from authz.model.problem import Problem
from authz.observability.key_status import KeyStatus
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

    @property
    def is_ready(self) -> bool:
        """Whether calls are welcome. An older set is no reason against: it decides as it did."""
        return not self.draining and self.unready is None

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
        return found


class ReadinessView:
    """Looks at the parts of a running authorizer. Each is asked when someone asks us."""

    def __init__(
        self,
        status: Callable[[], Status],
        health: HealthDoor,
        certificate: Callable[[], CertificateView] | None = None,
        keys: Callable[[], tuple[KeyStatus, ...]] = tuple,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._status = status
        self._health = health
        self._certificate = certificate
        self._keys = keys
        self._now = now

    def look(self) -> Readiness:
        """Now."""
        certificate = self._certificate() if self._certificate is not None else None
        unready = certificate.unready(self._now()) if certificate is not None else None
        return Readiness(self._status(), not self._health.is_serving, certificate, unready, self._keys())


def readiness_json(readiness: Readiness) -> dict[str, Any]:
    """For machines. Field names are stable."""
    status, certificate = readiness.status, readiness.certificate
    return {
        "ready": readiness.is_ready,
        "draining": readiness.draining,
        "reasons": readiness.reasons,
        "version": __version__,
        "set": {
            "digest": status.digest,
            "policies": status.policies,
            "warnings": len(status.warnings),
            "since": _time(status.since),
            "loaded_at": _time(status.loaded_at),
        },
        "rejected": _rejected(status),
        "restart_needed": status.restart_needed,
        "certificate": None if certificate is None else _certificate(certificate),
        "keys": [_keys(one) for one in readiness.keys],
    }


def _rejected(status: Status) -> dict[str, Any] | None:
    if not status.rejected:
        return None
    problems = [_problem(one) for one in status.rejected[:MAX_PROBLEMS]]
    return {"at": _time(status.rejected_at), "total": len(status.rejected), "problems": problems}


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
        "expires": _time(certificate.expires),
        "client_ca_expires": _time(certificate.client_ca_expires),
        "since": _time(certificate.since),
        "rejected": certificate.rejected,
        "rejected_at": _time(certificate.rejected_at),
    }


def _keys(status: KeyStatus) -> dict[str, Any]:
    return {
        "issuer": status.issuer,
        "jwks_uri": status.jwks_uri,
        "available": status.unavailable is None,
        "version": status.version,
        "fetched_at": _time(status.fetched_at),
        "error": status.error,
        "failing_since": _time(status.failing_since),
    }


def _time(moment: datetime | None) -> str | None:
    """RFC 3339, UTC."""
    return None if moment is None else moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def readiness_text(readiness: Readiness) -> str:
    """For people: a word, then what is in force, then what is not as it should be."""
    status = readiness.status
    count = f"{status.policies} {'policy' if status.policies == 1 else 'policies'}"
    lines = [
        "ready" if readiness.is_ready else "not ready",
        f"in force since {_time(status.since)}: {count}, digest {status.digest}",
        *readiness.reasons,
        *(f"  {problem}" for problem in status.rejected[:MAX_PROBLEMS]),
    ]
    return "".join(f"{line}\n" for line in lines)
