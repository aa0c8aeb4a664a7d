"""The steps and words are Envoy's; where we refuse more, the test's name says so."""

import math
from typing import Any

import pytest

from authz.identity.jwks import parse_key_set
from authz.identity.jwt import (
    MAX_TOKEN_CHARACTERS,
    Expected,
    NoKeys,
    Refused,
    Verified,
    expect,
    is_unknown_issuer,
    verify_token,
)
from tests.support.jwts import ISSUER, NOW_S, claims, encode, jwk, jwks, token

BAD_FORM = "Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections"
NO_KEY = "Jwks doesn't have key to match kid or alg from Jwt"
BAD_SIGNATURE = "Jwt verification fails"


def expected(*keys: dict[str, Any], issuer: str = ISSUER, audiences: tuple[str, ...] = ()) -> Expected:
    return expect(issuer, audiences, parse_key_set(jwks(*(keys or [jwk("rsa1", kid="k1")]))))


def verify(text: str, *keys: dict[str, Any], now_s: float = NOW_S, **more: Any) -> Verified | Refused:
    return verify_token(text, expected(*keys, **more), now_s)


def refusal(text: str, *keys: dict[str, Any], now_s: float = NOW_S, **more: Any) -> str:
    found = verify(text, *keys, now_s=now_s, **more)
    return found.text if isinstance(found, Refused) else "verified"


def test_a_good_token_gives_its_claims_and_how_long_they_hold() -> None:
    text = token(claims(nbf=NOW_S, n=3))
    found = verify(text)

    assert isinstance(found, Verified)
    assert found.claims == {"iss": ISSUER, "sub": "s", "exp": NOW_S + 600, "nbf": NOW_S, "n": 3}
    assert found.payload.decode() == text.split(".")[1]
    assert (found.not_before_s, found.expires_s) == (NOW_S - 60, NOW_S + 661)


HEADER, PAYLOAD, SIGNATURE = token(claims()).split(".")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", BAD_FORM),
        ("abc", BAD_FORM),
        ("a.b", BAD_FORM),
        ("a.b.c.d", BAD_FORM),
        ("..", BAD_FORM),
        (f".{HEADER}.{PAYLOAD}.{SIGNATURE}", BAD_FORM),
        (f"{HEADER}.{PAYLOAD}.", BAD_FORM),
        ("a" * MAX_TOKEN_CHARACTERS + ".b.c", BAD_FORM),
        ("a.b.c", "Jwt header is an invalid Base64url encoded"),
        (f"\u00e9.{PAYLOAD}.{SIGNATURE}", "Jwt header is an invalid Base64url encoded"),
        (f"\ud800.{PAYLOAD}.{SIGNATURE}", "Jwt header is an invalid Base64url encoded"),
        ("Bear" + token(claims()), "Jwt header is an invalid JSON"),
        (" B e ar" + token(claims()), "Jwt header is an invalid JSON"),
        (f"{HEADER}.a.{SIGNATURE}", "Jwt payload is an invalid Base64url encoded"),
        (f"{HEADER}.{encode(b'[]')}.{SIGNATURE}", "Jwt payload is an invalid JSON"),
        (f"{HEADER}.{PAYLOAD}.a", "Jwt signature is an invalid Base64url encoded"),
    ],
)
def test_the_form_of_a_token(text: str, words: str) -> None:
    assert refusal(text) == words


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (b"[]", "Jwt header is an invalid JSON"),
        (b"{}", "Jwt header [alg] field is required and must be a string"),
        (b'{"alg": 1}', "Jwt header [alg] field is required and must be a string"),
        (b'{"alg": "none"}', "Jwt header [alg] is not supported"),
        (b'{"alg": "NONE"}', "Jwt header [alg] is not supported"),
        (b'{"alg": "ES256K"}', "Jwt header [alg] is not supported"),
        (b'{"alg": "rs256"}', "Jwt header [alg] is not supported"),
        (b'{"alg": "RS256", "kid": 5}', "Jwt header [kid] field is not a string"),
        (b'{"alg": "RS256", "kid": null}', "Jwt header [kid] field is not a string"),
        (b'{"alg": "RS256", "kid": "../../k1"}', NO_KEY),
        (b'{"alg": "RS384", "kid": "k1", "typ": 7}', BAD_SIGNATURE),
        (b'{"alg": "RS256", "kid": ""}', "verified"),
    ],
)
def test_the_header(header: bytes, words: str) -> None:
    assert refusal(token(claims(), header=header)) == words


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ({"crit": ["x"], "x": 1}, "Jwt header [crit] field is not supported"),
        ({"crit": []}, "Jwt header [crit] field is not supported"),
        ({"crit": ["b64"], "b64": False}, "Jwt header [crit] field is not supported"),
        ({"b64": False}, "Jwt header [b64] field is not supported"),
        (b'{"alg": "RS256", "alg": "RS256"}', "Jwt header is an invalid JSON"),
        (b'{"alg": "RS256", "x": ' + b"[" * 65 + b"]" * 65 + b"}", "Jwt header is an invalid JSON"),
    ],
)
def test_stricter_than_envoy_in_the_header(header: Any, words: str) -> None:
    assert refusal(token(claims(), header=header)) == words


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        (claims(iss=7), "Jwt payload [iss] field is not a string"),
        (claims(iss=None), "Jwt payload [iss] field is not a string"),
        (claims(sub=7), "Jwt payload [sub] field is not a string"),
        (claims(jti=[]), "Jwt payload [jti] field is not a string"),
        (claims(iat="1"), "Jwt payload [iat] field is not an integer"),
        (claims(nbf=True), "Jwt payload [nbf] field is not an integer"),
        (claims(exp="1999999999"), "Jwt payload [exp] field is not an integer"),
        (claims(exp=None), "Jwt payload [exp] field is not an integer"),
        (claims(exp=-5), "Jwt payload [exp] field is not a positive 64 bit integer"),
        (claims(iat=-0.5), "Jwt payload [iat] field is not a positive 64 bit integer"),
        (claims(exp=2**64), "Jwt payload [exp] field is not a positive 64 bit integer"),
        (claims(nbf=1e300), "Jwt payload [nbf] field is not a positive 64 bit integer"),
        (claims(exp=math.nan), "Jwt payload is an invalid JSON"),
        (claims(exp=math.inf), "Jwt payload is an invalid JSON"),
        (b'{"exp": 1e999}', "Jwt payload is an invalid JSON"),
        (b'{"exp": ' + b"9" * 5000 + b"}", "Jwt payload is an invalid JSON"),
        (claims(aud=7), "Jwt payload [aud] field is not a string or string list"),
        (claims(aud=None), "Jwt payload [aud] field is not a string or string list"),
        (claims(aud={"a": "b"}), "Jwt payload [aud] field is not a string or string list"),
        (claims(aud=["a", 1]), "Jwt payload [aud] field is not a string or string list"),
        (b"{", "Jwt payload is an invalid JSON"),
        (b"\xff", "Jwt payload is an invalid JSON"),
        (claims(exp=2**63), "verified"),
        (claims(exp=4102444800.7), "verified"),
        (claims(iat=NOW_S + 9999), "verified"),
    ],
)
def test_the_types_of_claims(payload: Any, words: str) -> None:
    assert refusal(token(payload)) == words


@pytest.mark.parametrize(
    "payload",
    [
        b'{"iss": "https://iss.example", "iss": "https://iss.example"}',
        b'{"iss": "https://iss.example", "a": {"b": 1, "b": 2}}',
        b'{"iss": "https://iss.example", "a": ' + b"[" * 64 + b"]" * 64 + b"}",
        b'{"iss": "https://iss.example", "a": "\\ud800"}',
    ],
    ids=["a key twice", "a key twice inside", "too deep", "half a surrogate pair"],
)
def test_stricter_than_envoy_in_the_payload(payload: bytes) -> None:
    assert refusal(token(payload)) == "Jwt payload is an invalid JSON"


def test_the_issuer_is_compared_as_it_is() -> None:
    assert refusal(token(claims(iss=f"{ISSUER}/"))) == "Jwt issuer is not configured"
    assert refusal(token(claims(iss=ISSUER[:-1]))) == "Jwt issuer is not configured"
    assert refusal(token({"sub": "s"})) == "Jwt issuer is not configured"
    assert refusal(token({"sub": "s"}), issuer="") == "verified"
    found = verify(token(claims(iss="x")))
    assert isinstance(found, Refused)
    assert is_unknown_issuer(found)


@pytest.mark.parametrize(
    ("times", "now_s", "words"),
    [
        ({"exp": NOW_S}, NOW_S + 60.9, "verified"),
        ({"exp": NOW_S}, NOW_S + 61, "Jwt is expired"),
        ({"exp": NOW_S + 0.9}, NOW_S + 61, "Jwt is expired"),
        ({"nbf": NOW_S}, NOW_S - 60, "verified"),
        ({"nbf": NOW_S}, NOW_S - 60.1, "Jwt not yet valid"),
        ({"nbf": NOW_S + 0.9}, NOW_S - 60, "verified"),
        ({"exp": 0}, NOW_S, "verified"),
        ({"exp": 0.5}, NOW_S, "verified"),
        ({"exp": 1}, NOW_S, "Jwt is expired"),
        ({"exp": 1, "nbf": 2**62}, NOW_S, "Jwt not yet valid"),
    ],
)
def test_times_have_a_skew_of_sixty_seconds(times: dict[str, float], now_s: float, words: str) -> None:
    assert refusal(token({"iss": ISSUER, **times}), now_s=now_s) == words


@pytest.mark.parametrize(
    ("wanted", "audience", "good"),
    [
        ((), "zzz", True),
        (("https://api.example/", "b"), ["x", "b"], True),
        (("https://api.example/",), "api.example", True),
        (("api.example",), "http://api.example/", True),
        (("api.example",), "http://api.example//", False),
        (("api.example",), "https://http://api.example", False),
        (("a",), "A", False),
        (("a",), [], False),
        (("a",), "ab", False),
        (("ab",), "a", False),
    ],
)
def test_audiences(wanted: tuple[str, ...], audience: Any, *, good: bool) -> None:
    found = verify(token(claims(aud=audience)), audiences=wanted)

    assert isinstance(found, Verified) == good
    assert good or found == Refused("Audiences in Jwt are not allowed", 403)


@pytest.mark.parametrize("reason", NoKeys)
def test_without_keys_a_token_may_become_good(reason: NoKeys) -> None:
    found = verify_token(token(claims()), expect(ISSUER, (), reason), NOW_S)

    assert found == Refused(reason.value, 401, may_become_good=True)


FAMILIES = [
    *[("rsa1", f"{family}{bits}") for family in ("RS", "PS") for bits in (256, 384, 512)],
    *[("hs1", f"HS{bits}") for bits in (256, 384, 512)],
    ("ec1", "ES256"),
    ("ec384", "ES384"),
    ("ec521", "ES512"),
    ("ed1", "EdDSA"),
]


@pytest.mark.parametrize(("key", "alg"), FAMILIES)
def test_every_algorithm(key: str, alg: str) -> None:
    text = token(claims(), key, {"kid": "x"}, alg)

    assert refusal(text, jwk(key)) == refusal(text, jwk(key, alg=alg)) == "verified"
    assert refusal(text, jwk("rsa2"), jwk(key)) == "verified"
    assert refusal(text, jwk(key, kid="y")) == NO_KEY
    assert refusal(f"{text[:-20]}{'A' * 20}", jwk(key)) == BAD_SIGNATURE
    assert refusal(f"{text.rpartition('.')[0]}.AAAA", jwk(key)) == (
        "Jwt ED25519 signature is wrong length" if alg == "EdDSA" else BAD_SIGNATURE
    )


@pytest.mark.parametrize(("key", "alg"), FAMILIES)
@pytest.mark.parametrize("other", ["RS256", "PS256", "HS256", "ES256", "ES384", "EdDSA"])
def test_a_key_verifies_with_no_algorithm_but_its_own(key: str, alg: str, other: str) -> None:
    """Signed by `alg`, said to be `other`: as when a public key is taken for a secret."""
    if alg == other:
        return
    text = token(claims(), key, {"alg": other}, alg)

    assert refusal(text, jwk(key)) in {BAD_SIGNATURE, "Jwt ED25519 signature is wrong length"}
    assert refusal(text, jwk(key, alg=alg)) == NO_KEY


@pytest.mark.parametrize("alg", ["HS256", "HS384", "HS512"])
def test_a_public_key_is_no_secret(alg: str) -> None:
    public = jwk("rsa1")

    for secret in (public["n"].encode(), jwks(public).encode(), b""):
        assert refusal(token(claims(), secret, {"kid": "k1"}, alg)) == BAD_SIGNATURE


def test_the_key_id_of_the_token_chooses() -> None:
    both = jwk("rsa1", kid="k1"), jwk("rsa2", kid="k2")

    assert refusal(token(claims(), "rsa2", {"kid": "k2"}), *both) == "verified"
    assert refusal(token(claims(), "rsa2", {"kid": "k1"}), *both) == BAD_SIGNATURE
    assert refusal(token(claims(), "rsa2", {}), *both) == "verified"
    assert refusal(token(claims(), "rsa2", {"kid": "zz"}), jwk("rsa1", kid="k1"), jwk("rsa2")) == "verified"
    assert refusal(token(claims(), "rsa2", {"kid": "k"}), jwk("rsa1", kid="k"), jwk("rsa2", kid="k")) == "verified"
    found = verify(token(claims(), header={"kid": "zz"}))
    assert isinstance(found, Refused)
    assert found.unknown_key


def test_blanks_and_padding_are_read_as_envoy_reads_them() -> None:
    text = token(claims())

    assert refusal(f"{text} ") == refusal(f"{text}==") == "verified"
    assert refusal(f"{text}=") == "Jwt signature is an invalid Base64url encoded"
    assert refusal(f" {text}") == BAD_SIGNATURE
