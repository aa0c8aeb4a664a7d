"""Authorities of trust domains, certificates of any shape that they issue, and lists of what they have revoked."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING
from urllib.parse import quote

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.support.pki import Pair, key_pem

if TYPE_CHECKING:
    from collections.abc import Iterable

NOW = dt.datetime(2026, 8, 22, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
WEB = "spiffe://cluster.local/ns/foo/sa/web"
CLIENT, SERVER = ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH


def usage(*, signs: bool = False, certificates: bool = False, lists: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(signs, False, not signs, False, False, certificates, lists, False, False)  # noqa: FBT003


SIGNS = usage(signs=True)


class TrustDomain:
    """An authority. With a `parent` it is an intermediate one. Everything it makes is good around `now`."""

    def __init__(
        self,
        name: str = "root",
        parent: TrustDomain | None = None,
        now: dt.datetime = NOW,
        *,
        lifetime: dt.timedelta = 1000 * HOUR,
        is_ca: bool | None = True,
        key_usage: x509.KeyUsage | None = None,
        extensions: Iterable[tuple[x509.ExtensionType, bool]] = (),
    ) -> None:
        self.now = now
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self._parent = parent or self
        more = [*extensions]
        if is_ca is not None:
            more.append((x509.BasicConstraints(ca=is_ca, path_length=None), True))
        if key_usage is not None:
            more.append((key_usage, True))
        self.certificate = self._parent._sign(self.name, self.key, now - lifetime, now + lifetime, more)
        self.pem = self.certificate.public_bytes(Encoding.PEM)

    def _sign(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        begins: dt.datetime,
        ends: dt.datetime,
        extensions: Iterable[tuple[x509.ExtensionType, bool]],
    ) -> x509.Certificate:
        builder = x509.CertificateBuilder(subject_name=subject, issuer_name=self.name, public_key=key.public_key())
        builder = builder.serial_number(x509.random_serial_number()).not_valid_before(begins).not_valid_after(ends)
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        return builder.sign(self.key, hashes.SHA256())

    def issue(
        self,
        *uris: str,
        dns: Iterable[str] = (),
        common_name: str = "",
        begins: dt.timedelta = -HOUR,
        ends: dt.timedelta = HOUR,
        key_usage: x509.KeyUsage | None = SIGNS,
        extended: Iterable[x509.ObjectIdentifier] = (CLIENT, SERVER),
        is_ca: bool | None = False,
        more: Iterable[tuple[x509.ExtensionType, bool]] = (),
    ) -> Issued:
        """Issue a certificate to somebody; without `extended` it has no extended key usage."""
        names = [*map(x509.UniformResourceIdentifier, uris), *map(x509.DNSName, dns)]
        extensions: list[tuple[x509.ExtensionType, bool]] = [*more]
        if names:
            extensions.append((x509.SubjectAlternativeName(names), not common_name))
        if is_ca is not None:
            extensions.append((x509.BasicConstraints(ca=is_ca, path_length=None), True))
        if key_usage is not None:
            extensions.append((key_usage, True))
        if extended:
            extensions.append((x509.ExtendedKeyUsage(extended), False))
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)] if common_name else [])
        key = ec.generate_private_key(ec.SECP256R1())
        return Issued(self._sign(subject, key, self.now + begins, self.now + ends, extensions), key)

    def issue_to_itself(self, *uris: str) -> Issued:
        """A certificate that this authority's own key has signed for itself, and that is none of an authority."""
        names = x509.SubjectAlternativeName([*map(x509.UniformResourceIdentifier, uris)])
        return Issued(self._sign(self.name, self.key, self.now - HOUR, self.now + HOUR, [(names, False)]), self.key)

    def revoke(
        self,
        *certificates: x509.Certificate,
        since: dt.timedelta = -HOUR,
        until: dt.timedelta | None = HOUR,
        extension: x509.ExtensionType | None = None,
    ) -> x509.CertificateRevocationList:
        """A list of what is revoked."""
        builder = x509.CertificateRevocationListBuilder().issuer_name(self.name).last_update(self.now + since)
        builder = builder.next_update(self.now + (until or HOUR))
        for certificate in certificates:
            revoked = x509.RevokedCertificateBuilder().serial_number(certificate.serial_number)
            builder = builder.add_revoked_certificate(revoked.revocation_date(self.now + since).build())
        if extension is not None:
            builder = builder.add_extension(extension, critical=True)
        return builder.sign(self.key, hashes.SHA256())


class Issued:
    """A certificate with its key."""

    def __init__(self, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
        self.certificate = certificate
        self.key = key
        self.pem = certificate.public_bytes(Encoding.PEM)
        self.pair = Pair(self.pem, key_pem(key))

    @property
    def sent(self) -> str:
        """As Envoy sends it."""
        return url_encoded(self.pem)


def url_encoded(pem: bytes) -> str:
    return quote(pem.decode(), safe="")


def pem_of(*lists: x509.CertificateRevocationList) -> bytes:
    return b"".join(one.public_bytes(Encoding.PEM) for one in lists)
