"""An authority and the certificates that it issues, in memory.

Source of the shape: the X.509-SVID standard, sections 2 (a signing certificate names its trust domain, without a path),
3 and 4 (key usage), and what Istio's agent issues: an empty subject, spiffe://TRUST-DOMAIN/ns/NAMESPACE/sa/ACCOUNT.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from ipaddress import IPv4Address, IPv6Address
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from authz.identity.key_pair import PrivateKey
from authz.model.spiffe_id import SpiffeId, parse_spiffe_id
from authz.runtime.dev import MARK

_CLOCK_SKEW = dt.timedelta(minutes=5)


class Usage(Enum):
    """Which end of TLS a certificate is for."""

    CLIENT = "client"
    SERVER = "server"


_PURPOSES = {Usage.CLIENT: ExtendedKeyUsageOID.CLIENT_AUTH, Usage.SERVER: ExtendedKeyUsageOID.SERVER_AUTH}


@dataclass(frozen=True, slots=True)
class Names:
    """Whom a certificate names. `uris` come first in it, in this order; one SPIFFE id makes an SVID."""

    uris: tuple[str, ...] = ()
    dns: tuple[str, ...] = ()
    addresses: tuple[IPv4Address | IPv6Address, ...] = ()
    common: str = ""


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate and its private key."""

    certificate: x509.Certificate
    key: PrivateKey = field(repr=False)

    def certificate_pem(self) -> bytes:
        """For everybody."""
        return self.certificate.public_bytes(Encoding.PEM)

    def key_pem(self) -> bytes:
        """For its owner: PKCS#8, not encrypted."""
        return private_key_pem(self.key)


@dataclass(frozen=True, slots=True)
class Authority:
    """A CA for leaves; it issues no further CA. `now`: when it does, on its clock."""

    own: Issued
    now: dt.datetime

    @classmethod
    def make(cls, name: str, now: dt.datetime, lifetime: dt.timedelta, trust_domain: SpiffeId | None = None) -> Self:
        """Make one with a new key, good from a little before `now`."""
        key = ec.generate_private_key(ec.SECP256R1())
        organization = x509.NameAttribute(NameOID.ORGANIZATION_NAME, MARK)
        subject = x509.Name([organization, x509.NameAttribute(NameOID.COMMON_NAME, name)])
        builder = _builder(subject, subject, key, now - _CLOCK_SKEW, now + lifetime)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        builder = builder.add_extension(_key_usage(signs_certificates=True), critical=True)
        identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        builder = builder.add_extension(identifier, critical=False)
        if trust_domain:
            sans = x509.SubjectAlternativeName([x509.UniformResourceIdentifier(str(trust_domain))])
            builder = builder.add_extension(sans, critical=False)
        return cls(Issued(builder.sign(key, hashes.SHA256()), key), now)

    @property
    def trust_domain(self) -> SpiffeId | None:
        """The one it names, if it was made here and for one."""
        organizations = self.own.certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
        if [attribute.value for attribute in organizations] != [MARK]:
            return None
        try:
            sans = self.own.certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
            [uri] = sans.get_values_for_type(x509.UniformResourceIdentifier)
            return parse_spiffe_id(uri)
        except (x509.ExtensionNotFound, ValueError):
            return None

    def issue(self, names: Names, lifetime: dt.timedelta, usages: Iterable[Usage] = tuple(Usage)) -> Issued:
        """Issue a leaf with a new key. It ends with the authority at the latest."""
        key, certificate = ec.generate_private_key(ec.SECP256R1()), self.own.certificate
        ends = min(self.now + lifetime, certificate.not_valid_after_utc)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names.common)] if names.common else [])
        builder = _builder(certificate.subject, subject, key, self.now - _CLOCK_SKEW, ends)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(_key_usage(signs_certificates=False), critical=True)
        purposes = x509.ExtendedKeyUsage([_PURPOSES[usage] for usage in usages])
        builder = builder.add_extension(purposes, critical=False)
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.own.key.public_key())
        builder = builder.add_extension(issuer, critical=False)
        sans: list[x509.GeneralName] = [x509.UniformResourceIdentifier(uri) for uri in names.uris]
        sans += [*map(x509.DNSName, names.dns), *map(x509.IPAddress, names.addresses)]
        if sans:
            builder = builder.add_extension(x509.SubjectAlternativeName(sans), critical=not names.common)
        return Issued(builder.sign(self.own.key, hashes.SHA256()), key)


def private_key_pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey) -> bytes:
    """PKCS#8, not encrypted."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _builder(
    issuer: x509.Name, subject: x509.Name, key: ec.EllipticCurvePrivateKey, begins: dt.datetime, ends: dt.datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .issuer_name(issuer)
        .subject_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
    )


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
