"""Trust bundles: the authorities of trust domains, and lists of what they have revoked.

Sources: the SPIFFE Trust Domain and Bundle standard, section 4; RFC 5280, sections 4.2 and 5.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding

from authz.identity.certificate import UNREADABLE
from authz.identity.key_pair import read_certificates
from authz.model.spiffe_id import parse_spiffe_id

_PEM_LIST = re.compile(rb"-----BEGIN X509 CRL-----\s.*?-----END X509 CRL-----", re.DOTALL)

Value = TypeVar("Value", bound=x509.ExtensionType)
Revocations = tuple[x509.CertificateRevocationList, ...]


@dataclass(frozen=True, slots=True)
class Authorities:
    """The authorities of one trust domain. `roots` are believed; `intermediates` are where a root has signed them."""

    roots: tuple[x509.Certificate, ...]
    intermediates: tuple[x509.Certificate, ...] = ()

    @property
    def all(self) -> tuple[x509.Certificate, ...]:
        """Both."""
        return self.roots + self.intermediates

    def __add__(self, other: "Authorities") -> "Authorities":
        return Authorities(self.roots + other.roots, self.intermediates + other.intermediates)


@dataclass(frozen=True, slots=True)
class TrustBundles:
    """Authorities by trust domain, and what they have revoked. Without any, nothing is verified here."""

    by_trust_domain: Mapping[str, Authorities] = field(default_factory=dict)
    revocations: Revocations = ()

    def content(self) -> object:
        """What it holds, for a digest: the same for the same certificates in whatever order and file."""
        domains = {
            domain: sorted({_name_of(one) for one in authorities.all})
            for domain, authorities in sorted(self.by_trust_domain.items())
        }
        return [domains, sorted({_name_of(one) for one in self.revocations})]


@dataclass(frozen=True, slots=True)
class TrustPaths:
    """Where bundles and lists are: each bundle with its trust domain, empty for the mesh's own."""

    bundles: tuple[tuple[str, Path], ...] = ()
    revocations: tuple[Path, ...] = ()

    @property
    def paths(self) -> tuple[Path, ...]:
        """All of them."""
        return (*[path for _, path in self.bundles], *self.revocations)


def parse_bundle_path(text: str) -> tuple[str, Path]:
    """Read `FILE` or `TRUST-DOMAIN=FILE`. Raises ValueError."""
    domain, equals, path = text.partition("=")
    if not equals or "/" in domain:  # ./a=b is a file
        domain, path = "", text
    else:
        parse_spiffe_id(f"spiffe://{domain}")
    if not path:
        raise ValueError(f"expected [TRUST-DOMAIN=]FILE, found {text!r}")
    return domain, Path(path)


def _name_of(one: x509.Certificate | x509.CertificateRevocationList) -> str:
    return hashlib.sha256(one.public_bytes(Encoding.DER)).hexdigest()


def read_authorities(pem: bytes) -> Authorities:
    """Read a bundle file. Raises ValueError for a certificate that is no authority's.

    One whose issuer is in the file too is an intermediate authority; all others are roots.
    """
    certificates = tuple(dict.fromkeys(read_certificates(pem)))
    try:
        for certificate in certificates:
            _check_authority(certificate)
        subjects = {certificate.subject for certificate in certificates}
        roots = tuple([one for one in certificates if one.subject == one.issuer or one.issuer not in subjects])
    except UNREADABLE as error:
        raise ValueError(f"holds a certificate that cannot be used: {error}") from None
    if not roots:
        raise ValueError("holds no root: each of its certificates is signed by another one of them")
    return Authorities(roots, tuple([one for one in certificates if one not in roots]))


def _check_authority(certificate: x509.Certificate) -> None:
    constraints = extension(certificate, x509.BasicConstraints)
    usage = extension(certificate, x509.KeyUsage)
    if constraints is None or not constraints.ca or (usage is not None and not usage.key_cert_sign):
        raise ValueError(f"that of {certificate.subject.rfc4514_string()!r} is not an authority's")


def read_revocations(content: bytes) -> Revocations:
    """Read lists of revoked certificates: any number in PEM, or one in DER. Raises ValueError.

    Refused are lists that say only what has changed, or only of some certificates, or in the name of other issuers.
    """
    texts = _PEM_LIST.findall(content)
    try:
        lists = tuple(map(x509.load_pem_x509_crl, texts)) if texts else (x509.load_der_x509_crl(content),)
        critical = next((one for found in lists for one in found.extensions if one.critical), None)
    except (*UNREADABLE, UnsupportedAlgorithm):
        raise ValueError("holds no list of revoked certificates that can be read") from None
    if critical is not None:
        raise ValueError(f"has the critical extension {critical.oid.dotted_string}, which is not supported")
    return lists


def issued(authority: x509.Certificate, revoked: x509.CertificateRevocationList) -> bool:
    """Whether a list is an authority's own."""
    try:
        return revoked.issuer == authority.subject and revoked.is_signature_valid(authority.public_key())  # type: ignore[arg-type]
    except (*UNREADABLE, UnsupportedAlgorithm):
        return False


def extension(certificate: x509.Certificate, kind: type[Value]) -> Value | None:
    """The value of an extension; None without it. Raises one of UNREADABLE."""
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None
