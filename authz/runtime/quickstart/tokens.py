"""Tokens for trying things: an issuer whose RS256 key lives only in this process. Never for production."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

if TYPE_CHECKING:
    from collections.abc import Mapping

ISSUER = "https://login.example.com"
LIFETIME = dt.timedelta(hours=24)
_KEY_ID = "quickstart"


class TokenIssuer:
    """Signs tokens, and tells the key set they verify with."""

    def __init__(self, issuer: str = ISSUER, now: dt.datetime | None = None) -> None:
        self.issuer = issuer
        self._now = now or dt.datetime.now(dt.UTC)
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def jwks(self) -> str:
        """Give the public key as a JSON Web Key Set (RFC 7517)."""
        key = RSAAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        return json.dumps({"keys": [{**key, "kid": _KEY_ID, "alg": "RS256", "use": "sig"}]})

    def mint(self, subject: str, claims: Mapping[str, Any] | None = None) -> str:
        """Sign a token for `subject`, with further claims."""
        standard = {"iss": self.issuer, "sub": subject, "iat": self._now, "exp": self._now + LIFETIME}
        return jwt.encode({**standard, **(claims or {})}, self._key, algorithm="RS256", headers={"kid": _KEY_ID})


def break_signature(token: str) -> str:
    """Change one bit in the middle of the signature; everything else stays as it was signed."""
    signed, _, signature = token.rpartition(".")
    middle = len(signature) // 2
    other = "B" if signature[middle] == "A" else "A"
    return f"{signed}.{signature[:middle]}{other}{signature[middle + 1 :]}"
