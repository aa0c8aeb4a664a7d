"""Tokens: any claims, signed (RFC 7519)."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from authz.runtime.dev import MARK
from authz.runtime.dev.keys import SigningKey


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says. `expires` and `not_before` count from when it is issued, and may lie before; None: unsaid.

    `more` comes last: what it says is said, whatever that is.
    """

    issuer: str
    subject: str | None = None
    audiences: tuple[str, ...] = ()
    expires: dt.timedelta | None = None
    not_before: dt.timedelta | None = None
    more: Mapping[str, Any] = field(default_factory=dict)

    def at(self, now: dt.datetime) -> dict[str, Any]:
        """The claims of a token that is issued now. Times are whole seconds, one audience is no list."""
        issued = int(now.timestamp())
        claims: dict[str, Any] = {"iss": self.issuer}
        if self.subject is not None:
            claims["sub"] = self.subject
        if self.audiences:
            claims["aud"] = self.audiences[0] if len(self.audiences) == 1 else list(self.audiences)
        claims["iat"] = issued
        if self.not_before is not None:
            claims["nbf"] = issued + int(self.not_before.total_seconds())
        if self.expires is not None:
            claims["exp"] = issued + int(self.expires.total_seconds())
        return {**claims, **self.more}


def header_of(key: SigningKey, kid: str | None = None) -> dict[str, str]:
    """The header of a token. `authz` is a name of ours, which verifiers pass over (RFC 7515, section 4)."""
    return {"alg": key.algorithm.value, "typ": "JWT", "kid": kid or key.jwk()["kid"], "authz": MARK}


def sign(claims: Mapping[str, Any], key: SigningKey, kid: str | None = None) -> str:
    """Sign what they are, right or wrong."""
    import jwt  # noqa: PLC0415 - other verbs need no PyJWT

    headers = header_of(key, kid)
    return jwt.encode(dict(claims), key.private, algorithm=key.algorithm.value, headers=headers)
