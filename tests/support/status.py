"""What a running authorizer could say of itself."""

from dataclasses import dataclass
from datetime import UTC, datetime

from authz.model.problem import Code, Problem
from authz.model.where import Where
from authz.observability.status import Status

SINCE = datetime(2026, 1, 2, 3, 4, 5, 600, tzinfo=UTC)
LATER = datetime(2026, 1, 2, 4, 0, 0, tzinfo=UTC)
PROBLEM = Problem(Code.BAD_PORT, Where("b.yaml", 3, 7), "spec", "bad")
GOOD = Status("sha256:x", 6, SINCE, LATER)


@dataclass(frozen=True)
class Certificate:
    """As `CertificateView` wants it."""

    serial: str = "0a"
    expires: datetime = LATER
    client_ca_expires: datetime | None = None
    since: datetime = SINCE
    rejected: str | None = None
    rejected_at: datetime | None = None
    unreadiness: str | None = None

    def unready(self, now: datetime) -> str | None:  # noqa: ARG002
        return self.unreadiness
