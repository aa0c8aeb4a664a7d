"""What a TLS server shows and believes: certificate chain, private key, bundle of authorities."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, SECP384R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

PrivateKey = RSAPrivateKey | EllipticCurvePrivateKey

_MIN_RSA_BITS = 2048
_UNREADABLE = (ValueError, TypeError, x509.InvalidVersion, UnsupportedAlgorithm)


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """Where it is. Without `client_ca` clients need no certificate."""

    certificate: Path
    key: Path
    client_ca: Path | None = None

    @property
    def paths(self) -> tuple[Path, ...]:
        """All of them."""
        return (self.certificate, self.key, *([self.client_ca] if self.client_ca else ()))


@dataclass(frozen=True, slots=True)
class TlsMaterial:
    """PEM texts that belong together and have been checked.

    `expires`: when the server's own certificate does. `client_ca_expires`: when the last authority does, after
    which no client is believed. `serial`: of the own certificate, in hexadecimal.
    """

    certificate: bytes
    key: bytes = field(repr=False)
    expires: datetime
    serial: str
    client_ca: bytes | None = None
    client_ca_expires: datetime | None = None


def read_certificates(pem: bytes) -> tuple[x509.Certificate, ...]:
    """The certificates of a PEM text, at least one. Raises ValueError."""
    if b"-----BEGIN CERTIFICATE-----" not in pem:
        raise ValueError("holds no certificate in PEM")
    try:
        return tuple(x509.load_pem_x509_certificates(pem))
    except _UNREADABLE as error:
        raise ValueError(f"holds a certificate that cannot be read: {error}") from None


def read_private_key(pem: bytes) -> PrivateKey:
    """A key that every proxy can talk to: RSA of 2048 bits or more, or P-256 or P-384. Raises ValueError.

    Envoy offers no signatures of P-521 and Ed25519, so that a certificate with such a key would be shown in vain.
    """
    try:
        key = load_pem_private_key(pem, password=None)
    except TypeError:
        raise ValueError("is encrypted; write the key without a passphrase") from None
    except _UNREADABLE:
        raise ValueError("holds no private key in PEM that can be read") from None  # never what it holds
    if isinstance(key, RSAPrivateKey) and key.key_size >= _MIN_RSA_BITS:
        return key
    if isinstance(key, EllipticCurvePrivateKey) and isinstance(key.curve, SECP256R1 | SECP384R1):
        return key
    raise ValueError(f"is neither an RSA key of {_MIN_RSA_BITS} bits or more nor one on P-256 or P-384")


def are_pair(certificate: x509.Certificate, key: PrivateKey) -> bool:
    """Whether the key is the certificate's."""
    try:
        return certificate.public_key() == key.public_key()
    except _UNREADABLE:
        return False


def last_expiry(certificates: Iterable[x509.Certificate]) -> datetime:
    """When the last of them expires."""
    return max(one.not_valid_after_utc for one in certificates)
