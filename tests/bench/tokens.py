"""What a token costs: the signature alone, a whole verification, and an answer that is kept."""

import statistics
import time
from base64 import urlsafe_b64decode
from collections.abc import Callable

import jwt
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256

from authz.identity.jwks import parse_key_set
from authz.identity.jwt import Verified, verify_token
from authz.identity.token_cache import TokenCache
from authz.identity.tokens import Identified, authenticate, bind_rules
from authz.model.jwt_rule import JwtRule
from authz.model.request import Request
from authz.model.where import Where
from tests.support.jwts import ISSUER, NOW_S, claims, jwk, jwks, private_key, token

_ROUNDS = 40
_TIMES = 200
_MORE = {"iat": NOW_S, "nbf": NOW_S, "jti": "x" * 36, "scope": "openid profile email", "azp": "client", "groups": ["a"]}


def print_tokens() -> None:
    key = private_key("rsa1")
    assert isinstance(key, RSAPrivateKey)
    public, rule = key.public_key(), JwtRule(ISSUER, Where("bench"), audiences=("api",))
    rules = bind_rules([rule], lambda _: parse_key_set(jwks(jwk("rsa1", kid="k1", alg="RS256"))))
    text = token(claims(aud="api", **_MORE))
    request = Request(headers=(("authorization", f"Bearer {text}"),))
    cache, expected, sent = TokenCache(), rules.rules[0].expected, text.encode()
    signed, _, signature_text = text.rpartition(".")
    signature, padding, sha256 = urlsafe_b64decode(f"{signature_text}=="), PKCS1v15(), SHA256()
    assert isinstance(verify_token(text, expected, NOW_S), Verified)
    assert isinstance(authenticate(rules, request, NOW_S, cache.accept), Identified)
    bare, ours, pyjwt, hit, whole = _medians(
        lambda: public.verify(signature, signed.encode(), padding, sha256),
        lambda: verify_token(text, expected, NOW_S),
        lambda: jwt.decode(
            text, public, ["RS256"], audience="api", issuer=ISSUER, options={"verify_nbf": False, "verify_iat": False}
        ),
        lambda: cache.accept(rules.rules[0], sent.decode(), NOW_S),  # a new text each time, as from a request
        lambda: authenticate(rules, request, NOW_S, cache.accept),
    )
    print(f"\nA token of {len(text)} characters, microseconds:")
    print(f"  RS256, the signature alone  {bare:6.1f}")
    print(f"  RS256, verified             {ours:6.1f}  ({ours / bare:.2f} times; PyJWT's decode {pyjwt:.1f})")
    print(f"  kept, looked up             {hit:6.2f}")
    print(f"  kept, a whole request       {whole:6.2f}")


def _medians(*functions: Callable[[], object]) -> list[float]:
    """In turns, so that whatever else the machine does is shared."""
    taken: list[list[float]] = [[] for _ in functions]
    for _ in range(_ROUNDS):
        for function, times in zip(functions, taken, strict=True):
            start = time.perf_counter()
            for _ in range(_TIMES):
                function()
            times.append((time.perf_counter() - start) / _TIMES * 1e6)
    return [statistics.median(times) for times in taken]
