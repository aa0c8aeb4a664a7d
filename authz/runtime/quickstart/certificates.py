"""Short-lived certificates of the quickstart: one CA that lives in this process, leaves with SPIFFE ids."""

from __future__ import annotations

import datetime as dt
import ipaddress
from typing import TYPE_CHECKING

from authz.runtime.dev.certificates import Authority, Names
from authz.runtime.dev.files import KeyPair, write_pair, write_private

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["CertificateAuthority", "KeyPair", "write_private"]

LIFETIME = dt.timedelta(hours=24)


class CertificateAuthority:
    """A CA whose key never leaves this process; its leaves are written into `directory`."""

    def __init__(self, directory: Path, name: str = "ca", now: dt.datetime | None = None) -> None:
        self._directory = directory
        self._authority = Authority.make(name, now or dt.datetime.now(dt.UTC), LIFETIME)
        self.certificate = write_private(directory / f"{name}.pem", self._authority.own.certificate_pem())

    def issue(
        self,
        name: str,
        *,
        spiffe_ids: Sequence[str] = (),
        dns_names: Sequence[str] = (),
        addresses: Sequence[str] = (),
        common_name: str = "",
    ) -> KeyPair:
        """Issue a leaf for both ends of TLS, into `NAME.pem` and `NAME.key`.

        `spiffe_ids` become URI SANs in the given order. Without a `common_name`
        the subject is empty, as in Istio's certificates.
        """
        names = Names(tuple(spiffe_ids), tuple(dns_names), tuple(map(ipaddress.ip_address, addresses)), common_name)
        pair = KeyPair(self._directory / f"{name}.pem", self._directory / f"{name}.key")
        write_pair(pair, self._authority.issue(names, LIFETIME))
        return pair
