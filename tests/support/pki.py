"""Authorities and certificates of any shape, as PEM texts."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey

DAY = dt.timedelta(days=1)
WEB = "spiffe://cluster.local/ns/default/sa/web"


@dataclass(frozen=True)
class Pair:
    """A certificate and its key."""

    certificate: bytes
    key: bytes

    def write(self, directory: Path, name: str = "tls") -> None:
        (directory / f"{name}.crt").write_bytes(self.certificate)
        (directory / f"{name}.key").write_bytes(self.key)
        (directory / f"{name}.key").chmod(0o600)


class Authority:
    """A CA. Its certificates are good from five minutes ago, for a day, unless told otherwise."""

    def __init__(self, name: str = "ca", now: dt.datetime | None = None, lifetime: dt.timedelta = 30 * DAY) -> None:
        self.now = now or dt.datetime.now(dt.UTC).replace(microsecond=0)
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        builder = self._builder(self._subject, self._key, self.now - DAY, self.now + lifetime)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        self.certificate = builder.sign(self._key, hashes.SHA256()).public_bytes(Encoding.PEM)

    def issue(
        self,
        *uris: str,
        dns: Sequence[str] = ("localhost",),
        key: Key | None = None,
        begins: dt.datetime | None = None,
        expires: dt.datetime | None = None,
        is_ca: bool = False,
        signs_lists: bool = False,
    ) -> Pair:
        """Issue a certificate; `expires` in a day."""
        own = key or ec.generate_private_key(ec.SECP256R1())
        begins = begins or self.now - dt.timedelta(minutes=5)
        builder = self._builder(x509.Name([]), own, begins, expires or self.now + DAY)
        builder = builder.add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        names = [*map(x509.UniformResourceIdentifier, uris), *map(x509.DNSName, dns)]
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=True)
        if signs_lists:
            usage = x509.KeyUsage(True, False, False, False, False, False, True, False, False)  # noqa: FBT003
            builder = builder.add_extension(usage, critical=True)
        return Pair(builder.sign(self._key, hashes.SHA256()).public_bytes(Encoding.PEM), key_pem(own))

    def _builder(self, subject: x509.Name, key: Key, begins: dt.datetime, ends: dt.datetime) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(begins)
            .not_valid_after(ends)
        )


def key_pem(key: Key) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
