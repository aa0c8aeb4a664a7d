"""Keys and tokens of every sort, good and bad: whatever bytes are asked for are signed."""

import hashlib
import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm
from jwt.utils import der_to_raw_signature

ISSUER = "https://iss.example"
NOW_S = 1_800_000_000
SECRET = b"a secret of thirty-two characters"

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | bytes
_HASHES: dict[str, hashes.HashAlgorithm] = {"384": hashes.SHA384(), "512": hashes.SHA512()}
_CURVES: dict[str, ec.EllipticCurve] = {"ec1": ec.SECP256R1(), "ec384": ec.SECP384R1(), "ec521": ec.SECP521R1()}


@cache
def private_key(name: str) -> PrivateKey:
    """`rsa1`, `rsa2`, `ec1` (P-256), `ec384`, `ec521`, `ed1`, `hs1`: the same all through a run."""
    if name.startswith("rsa"):
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    if name in _CURVES:
        return ec.generate_private_key(_CURVES[name])
    return SECRET if name == "hs1" else ed25519.Ed25519PrivateKey.generate()


def jwk(name: str, **members: str) -> dict[str, Any]:
    """The public key as a JSON Web Key, with more members."""
    match private_key(name):
        case rsa.RSAPrivateKey() as key:
            found = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
        case ec.EllipticCurvePrivateKey() as key:
            found = ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
        case ed25519.Ed25519PrivateKey() as key:
            found = OKPAlgorithm.to_jwk(key.public_key(), as_dict=True)
        case bytes() as secret:
            found = {"kty": "oct", "k": encode(secret)}
    found.pop("key_ops", None)
    return {**found, **members}


def jwks(*keys: Mapping[str, Any]) -> str:
    return json.dumps({"keys": keys})


def encode(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def sign(signed: bytes, alg: str, key: PrivateKey) -> bytes:
    """A signature by `alg`, or what comes nearest to it with such a key."""
    hash_of = _HASHES.get(alg[2:], hashes.SHA256())
    match key:
        case rsa.RSAPrivateKey():
            pss = padding.PSS(padding.MGF1(hash_of), hash_of.digest_size)
            return key.sign(signed, pss if alg.startswith("PS") else padding.PKCS1v15(), hash_of)
        case ec.EllipticCurvePrivateKey():
            return der_to_raw_signature(key.sign(signed, ec.ECDSA(hash_of)), key.curve)
        case ed25519.Ed25519PrivateKey():
            return key.sign(signed)
    return hmac.new(key, signed, getattr(hashlib, hash_of.name)).digest()


def token(
    claims: Mapping[str, Any] | bytes,
    key: str | PrivateKey = "rsa1",
    header: Mapping[str, Any] | bytes | None = None,
    alg: str = "RS256",
) -> str:
    """A token with exactly these claims; bytes are taken as they are. `header`: `{kid: k1}` and `alg`, by default."""
    if header is None:
        header = {"kid": "k1"}
    if not isinstance(header, bytes):
        header = json.dumps({"alg": alg, **header}).encode()
    if not isinstance(claims, bytes):
        claims = json.dumps(claims).encode()
    signed = f"{encode(header)}.{encode(claims)}"
    private = private_key(key) if isinstance(key, str) else key
    return f"{signed}.{encode(sign(signed.encode(), alg, private))}"


def claims(**more: Any) -> dict[str, Any]:
    """Claims of a good token, and more."""
    return {"iss": ISSUER, "sub": "s", "exp": NOW_S + 600, **more}


def certificate_of(name: str) -> str:
    """A certificate for a key, by itself, as PEM; long expired."""
    key = private_key(name)
    assert not isinstance(key, bytes)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "issuer")])
    begins = datetime(2020, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).serial_number(1)
    builder = builder.not_valid_before(begins).not_valid_after(begins + timedelta(days=1)).public_key(key.public_key())
    signed = builder.sign(key, None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256())
    return signed.public_bytes(Encoding.PEM).decode()
