"""Tokens of the quickstart: an issuer whose RS256 key lives only in this process."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from authz.runtime.dev.keys import Algorithm, make_signing_key
from authz.runtime.dev.tokens import Claims, sign

if TYPE_CHECKING:
    from collections.abc import Mapping

LIFETIME = dt.timedelta(hours=24)
_KEY_ID = "quickstart"


class TokenIssuer:
    """Signs tokens, and tells the key set they verify with."""

    def __init__(self, issuer: str, now: dt.datetime | None = None) -> None:
        self.issuer = issuer
        self._now = now or dt.datetime.now(dt.UTC)
        self._key = make_signing_key(Algorithm.RS256)

    def jwks(self) -> str:
        """Give the public key as a JSON Web Key Set (RFC 7517)."""
        return self._key.jwks(_KEY_ID)

    def mint(self, subject: str, claims: Mapping[str, Any] | None = None, lifetime: dt.timedelta = LIFETIME) -> str:
        """Sign a token for `subject`, with further claims. One with a negative lifetime has expired."""
        said = Claims(self.issuer, subject, expires=lifetime, more=claims or {})
        return sign(said.at(self._now), self._key, _KEY_ID)


def break_signature(token: str) -> str:
    """Change one bit in the middle of the signature; everything else stays as it was signed."""
    signed, _, signature = token.rpartition(".")
    middle = len(signature) // 2
    other = "B" if signature[middle] == "A" else "A"
    return f"{signed}.{signature[:middle]}{other}{signature[middle + 1 :]}"
