"""Tokens and RequestAuthentications for the end-to-end tests: good now, by the clock of the machine."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from tests.support.jwts import ISSUER, jwk, jwks, token

if TYPE_CHECKING:
    from tests.e2e.support.authorizer import Policy

KEYS = jwks(jwk("rsa1", kid="k1"))
OTHER_ISSUER = "https://other.example"


def authentication(name: str, app: str, *rules: Policy) -> Policy:
    """Write a RequestAuthentication of namespace `default` for workloads with the label `app`."""
    return {
        "apiVersion": "security.istio.io/v1",
        "kind": "RequestAuthentication",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {"selector": {"matchLabels": {"app": app}}, "jwtRules": list(rules)},
    }


def rule(issuer: str = ISSUER, jwks: str = KEYS, **fields: Any) -> Policy:
    """Write a rule whose keys stand in it."""
    return {"issuer": issuer, "jwks": jwks, **fields}


def issued(key: str = "rsa1", header: dict[str, Any] | None = None, alg: str = "RS256", **claims: Any) -> str:
    """A token of ISSUER and the subject `s`, for ten minutes; None takes a claim away."""
    now = int(time.time())
    given = {"iss": ISSUER, "sub": "s", "exp": now + 600, **claims}
    return token({name: value for name, value in given.items() if value is not None}, key, header, alg)


def bearer(text: str) -> tuple[str, str]:
    """The header that carries a token."""
    return "authorization", f"Bearer {text}"
