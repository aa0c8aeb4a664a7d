"""Following the files of a TLS door: from a new certificate on disk to what the next connection is shown.

What cannot be used is not taken: the last good certificate stays in force, and the log, the counters and the status say
so until a good one comes.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from authz.identity.key_pair import TlsFiles, TlsMaterial
from authz.model.errors import TlsFileError
from authz.observability.counters import Count, Counters
from authz.sources.tls_files import read_tls_files, warn_of_open_key
from authz.sources.watch import Follower, Patience, QuietWatch

_log = logging.getLogger(__name__)

WARN_BEFORE = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class CertificateStatus:
    """What is in force, and what became of the last change.

    `client_ca_expires`: None where clients need no certificate. `rejected`: why the newest files are not in force;
    None when they are.
    """

    serial: str
    expires: datetime
    client_ca_expires: datetime | None
    since: datetime
    rejected: str | None = None
    rejected_at: datetime | None = None

    def unready(self, now: datetime) -> str | None:
        """Why no proxy can connect any more; None: they can."""
        if self.expires <= now:
            return f"the certificate expired on {self.expires}"
        if self.client_ca_expires is not None and self.client_ca_expires <= now:
            return f"the client CA expired on {self.client_ca_expires}"
        return None


class LiveCertificates:
    """Certificate, key and client CA in force, and the thread that follows their files.

    Raises TlsFileError when the first ones cannot be used.
    """

    def __init__(
        self,
        files: TlsFiles,
        counters: Counters,
        patience: Patience | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._files = files
        self._counters = counters
        self._now = now
        self._watch = QuietWatch(files.paths, patience or Patience())
        self._follower = Follower(self._watch, self._look_safely, "certificates")
        self._again_at: datetime | None = None
        self._warned: set[datetime] = set()
        self._watch.take()
        self._in_force = read_tls_files(files, now())
        self._status = self._accepted()

    def in_force(self) -> TlsMaterial:
        """What the next connection is shown."""
        return self._in_force

    def status(self) -> CertificateStatus:
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
        except Exception:  # noqa: BLE001 - following must go on; the last good certificate stays
            _log.exception("following the certificates failed; the last good one stays in force")
            self._counters.add(Count.CERTIFICATE_RELOADS_REJECTED)

    def look(self) -> None:
        """Take the files as they are now, if they have changed and can be used; tell of what expires."""
        is_due = self._again_at is not None and self._now() >= self._again_at
        if self._watch.has_changed() or is_due:
            self._again_at = None
            self._take()
        self._warn_of_expiry()

    def _take(self) -> None:
        try:
            material = read_tls_files(self._files, self._now())
        except TlsFileError as error:
            if self._watch.is_as_taken():
                self._reject(error)
            return
        if not self._watch.is_as_taken():
            return
        if material == self._in_force:
            self._status = replace(self._status, rejected=None, rejected_at=None)
            return
        self._in_force = material
        self._status = self._accepted()
        self._counters.add(Count.CERTIFICATE_RELOADS)

    def _accepted(self) -> CertificateStatus:
        material = self._in_force
        warn_of_open_key(self._files.key)
        _log.info("certificate %s, good until %s", material.serial, material.expires)
        return CertificateStatus(material.serial, material.expires, material.client_ca_expires, self._now())

    def _reject(self, error: TlsFileError) -> None:
        self._again_at = error.try_again_at
        self._status = replace(self._status, rejected=str(error), rejected_at=self._now())
        self._counters.add(Count.CERTIFICATE_RELOADS_REJECTED)
        _log.error("the changed certificate is not taken; %s stays in force: %s", self._status.serial, error)

    def _warn_of_expiry(self) -> None:
        """Once when it is near, once when it has come."""
        now, status = self._now(), self._status
        for what, expires in (("certificate", status.expires), ("client CA", status.client_ca_expires)):
            if expires is None:
                continue
            if now >= expires:
                self._tell_once(expires, logging.ERROR, f"the {what} expired on {expires}; no proxy can connect")
            elif now >= expires - WARN_BEFORE:
                self._tell_once(expires - WARN_BEFORE, logging.WARNING, f"the {what} expires on {expires}")

    def _tell_once(self, moment: datetime, level: int, message: str) -> None:
        if moment not in self._warned:
            self._warned.add(moment)
            _log.log(level, "%s", message)
