"""Keys that sign tokens, and the key sets that verify them.

A key is for one algorithm, which its kind tells: RSA for RS256, P-256 for ES256, Ed25519 for EdDSA. Source: RFC 7517
(key sets), RFC 7638 (thumbprints, of which a key id is made unless one is given).
"""

import base64
import hashlib
import json
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from authz.runtime.dev.certificates import private_key_pem

Private = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey

_MIN_RSA_BITS = 2048
_THUMBED = ("crv", "e", "kty", "n", "x", "y")


class Algorithm(Enum):
    """What a token is signed with (RFC 7518, section 3.1; RFC 8037)."""

    RS256 = "RS256"
    ES256 = "ES256"
    EDDSA = "EdDSA"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key and what it is for."""

    private: Private = field(repr=False)
    algorithm: Algorithm

    def pem(self) -> bytes:
        """PKCS#8, not encrypted."""
        return private_key_pem(self.private)

    def jwk(self, kid: str | None = None) -> dict[str, Any]:
        """The public half (RFC 7517, section 4), under `kid` or an id of its own."""
        public = _public_jwk(self.private)
        return {**public, "kid": kid or _key_id(public), "alg": self.algorithm.value, "use": "sig"}

    def jwks(self, kid: str | None = None) -> str:
        """A set of this one key, on one line."""
        return json.dumps({"keys": [self.jwk(kid)]}, ensure_ascii=False)


def make_signing_key(algorithm: Algorithm) -> SigningKey:
    """Make a new key."""
    match algorithm:
        case Algorithm.RS256:
            return SigningKey(rsa.generate_private_key(public_exponent=65537, key_size=_MIN_RSA_BITS), algorithm)
        case Algorithm.ES256:
            return SigningKey(ec.generate_private_key(ec.SECP256R1()), algorithm)
        case Algorithm.EDDSA:
            return SigningKey(ed25519.Ed25519PrivateKey.generate(), algorithm)


def read_signing_key(pem: bytes) -> SigningKey:
    """Read a key that can sign tokens. Raises ValueError."""
    try:
        key = load_pem_private_key(pem, password=None)
    except TypeError:
        raise ValueError("is encrypted; write the key without a passphrase") from None
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError("holds no private key in PEM that can be read") from None  # never what it holds
    match key:
        case rsa.RSAPrivateKey() if key.key_size >= _MIN_RSA_BITS:
            return SigningKey(key, Algorithm.RS256)
        case ec.EllipticCurvePrivateKey(curve=ec.SECP256R1()):
            return SigningKey(key, Algorithm.ES256)
        case ed25519.Ed25519PrivateKey():
            return SigningKey(key, Algorithm.EDDSA)
    raise ValueError(f"is neither an RSA key of {_MIN_RSA_BITS} bits or more, nor one on P-256, nor an Ed25519 key")


def _public_jwk(private: Private) -> dict[str, Any]:
    from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm  # noqa: PLC0415 - other verbs need no PyJWT

    match private:
        case rsa.RSAPrivateKey():
            found = RSAAlgorithm.to_jwk(private.public_key(), as_dict=True)
        case ec.EllipticCurvePrivateKey():
            found = ECAlgorithm.to_jwk(private.public_key(), as_dict=True)
        case ed25519.Ed25519PrivateKey():
            found = OKPAlgorithm.to_jwk(private.public_key(), as_dict=True)
    return {name: found[name] for name in ("kty", "crv", "n", "e", "x", "y") if name in found}


def _key_id(public: dict[str, Any]) -> str:
    members = {name: public[name] for name in _THUMBED if name in public}
    digest = hashlib.sha256(json.dumps(members, separators=(",", ":")).encode()).digest()
    return "authz-dev-" + base64.urlsafe_b64encode(digest)[:12].decode()
