"""Client certificates as a proxy sends them: URL-encoded PEM."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from collections.abc import Iterable

NOW = dt.datetime(2026, 8, 22, tzinfo=dt.UTC)
_KEY = ec.generate_private_key(ec.SECP256R1())


@lru_cache
def certificate(*, uris: tuple[str, ...] = (), names: tuple[str, ...] = (), common_name: str = "") -> str:
    """A certificate with URI and DNS names, and a subject if there is a common name."""
    subject = [x509.NameAttribute(NameOID.COMMON_NAME, common_name)] if common_name else []
    sans = [*map(x509.UniformResourceIdentifier, uris), *map(x509.DNSName, names)]
    return sign(subject, sans)


def sign(subject: Iterable[x509.NameAttribute[str]] | x509.Name, sans: Iterable[x509.GeneralName]) -> str:
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject if isinstance(subject, x509.Name) else x509.Name(subject))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")]))
        .public_key(_KEY.public_key())
        .serial_number(1)
        .not_valid_before(NOW)
        .not_valid_after(NOW + dt.timedelta(days=1))
    )
    held = list(sans)
    if held:
        builder = builder.add_extension(x509.SubjectAlternativeName(held), critical=False)
    made = builder.sign(_KEY, hashes.SHA256())
    return quote(made.public_bytes(serialization.Encoding.PEM).decode(), safe="")
