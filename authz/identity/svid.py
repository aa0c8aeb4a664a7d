"""The SPIFFE id of a client certificate that a TLS handshake has verified.

Source: the X509-SVID standard, sections 2 (one URI SAN) and 5.2 (what a leaf may be).
"""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from authz.model.spiffe_id import SpiffeId, parse_spiffe_id

_UNREADABLE = (
    ValueError,
    TypeError,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
    UnsupportedAlgorithm,
)


@dataclass(frozen=True, slots=True)
class Svid:
    """Whose certificate it is, and until when."""

    id: SpiffeId
    expires: datetime


@dataclass(frozen=True, slots=True)
class NoSvid:
    """Why a certificate names nobody."""

    reason: str


@lru_cache(maxsize=4096)
def read_svid(pem: bytes) -> Svid | NoSvid:
    """Read the first certificate. Recent ones are kept. Other names than URIs say nothing here."""
    try:
        certificate = x509.load_pem_x509_certificate(pem)
        uris = _uris(certificate.extensions)
        if len(uris) != 1:
            return NoSvid(f"its certificate has {len(uris) or 'no'} URI names; one SPIFFE id is expected")
        if _signs_certificates(certificate.extensions):
            return NoSvid("its certificate is an authority's own")
        return Svid(parse_spiffe_id(uris[0]), certificate.not_valid_after_utc)
    except _UNREADABLE as error:
        return NoSvid(f"its certificate has no SPIFFE id that can be read: {error}")


def _uris(extensions: x509.Extensions) -> list[str]:
    try:
        names = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return names.get_values_for_type(x509.UniformResourceIdentifier)


def _signs_certificates(extensions: x509.Extensions) -> bool:
    for extension in extensions:
        match extension.value:
            case x509.BasicConstraints(ca=True):
                return True
            case x509.KeyUsage() as usage if usage.key_cert_sign or usage.crl_sign:
                return True
    return False
