"""Laws of tokens: what was signed verifies, nothing else does, and a cache changes no answer."""

import json
from functools import cache
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from authz.identity.jwks import KeySet, parse_key_set
from authz.identity.jwt import Refused, Verified, expect, verify_token
from authz.identity.token_cache import CacheLimits, TokenCache
from authz.identity.tokens import accept_token, bind_rules
from authz.model.jwt_rule import ClaimHeader, JwtRule
from authz.model.strict_json import parse_json_object
from authz.model.where import Where
from tests.support.jwts import ISSUER, NOW_S, claims, jwk, jwks, token

FAMILIES = {
    **{f"{family}{bits}": "rsa1" for family in ("RS", "PS") for bits in (256, 384, 512)},
    **{f"HS{bits}": "hs1" for bits in (256, 384, 512)},
    "ES256": "ec1",
    "ES384": "ec384",
    "ES512": "ec521",
    "EdDSA": "ed1",
}
HERE = Where("a.yaml", 1, 1)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
numbers = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
json_values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=10,
)
more_claims = st.dictionaries(texts.filter(lambda name: name not in {"nbf", "iat", "jti", "aud"}), json_values)


@cache
def key_set(*names: str) -> KeySet:
    return parse_key_set(jwks(*(jwk(name) for name in names)))


@given(st.sampled_from(sorted(FAMILIES)), more_claims)
def test_what_a_key_signed_verifies_with_it(alg: str, more: dict[str, Any]) -> None:
    given_claims = {**more, **claims()}
    found = verify_token(token(given_claims, FAMILIES[alg], {}, alg), expect(ISSUER, (), key_set(FAMILIES[alg])), NOW_S)

    assert isinstance(found, Verified)
    assert found.claims == given_claims


@cache
def signed(alg: str) -> str:
    return token(claims(aud="a", n=[1, {"b": None}]), FAMILIES[alg], {"kid": "k1"}, alg)


@given(st.sampled_from(sorted(FAMILIES)), st.integers(0, 10_000), st.characters(max_codepoint=0xFF))
def test_no_character_of_a_token_can_be_another(alg: str, at: int, character: str) -> None:
    text = signed(alg)
    at %= len(text)
    changed = f"{text[:at]}{character}{text[at + 1 :]}"
    found = verify_token(changed, expect(ISSUER, (), key_set(FAMILIES[alg])), NOW_S)

    assert isinstance(found, Verified) == (changed == text)


@given(st.sampled_from(sorted(FAMILIES)), st.sampled_from(sorted(FAMILIES)), st.sampled_from(sorted(FAMILIES)))
def test_a_token_verifies_with_the_algorithm_and_the_key_that_signed_it_alone(signs: str, says: str, has: str) -> None:
    text = token(claims(), FAMILIES[signs], {"alg": says}, signs)
    found = verify_token(text, expect(ISSUER, (), key_set(FAMILIES[has])), NOW_S)

    assert isinstance(found, Verified) == (signs == says and FAMILIES[signs] == FAMILIES[has])


@given(st.text(max_size=60) | st.text(".=aAeyJ0- ", max_size=60))
def test_no_text_raises(text: str) -> None:
    assert isinstance(verify_token(text, expect(ISSUER, (), key_set("rsa1")), NOW_S), Refused)


@cache
def rules() -> Any:
    given_rules = [
        JwtRule(ISSUER, HERE),
        JwtRule(ISSUER, HERE, audiences=("a",)),
        JwtRule("", HERE, output_claim_to_headers=(ClaimHeader("x-n", "n"),)),
        JwtRule("other", HERE),
    ]
    return bind_rules(given_rules, lambda rule: key_set("hs1") if rule.audiences else key_set("rsa1", "hs1")).rules


@cache
def tokens() -> list[str]:
    times: list[dict[str, float]] = [
        {"exp": NOW_S},
        {"exp": NOW_S + 100.5},
        {"nbf": NOW_S},
        {"nbf": NOW_S - 50, "exp": NOW_S + 50},
        {},
    ]
    good = [token({"iss": ISSUER, "aud": "a", "n": 1, **one}, "hs1", {}, "HS256") for one in times]
    return [*good, good[0] + " ", good[0][:-1], token(claims(), "rsa2"), token(claims(iss="other")), "a.b.c", ""]


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 10), st.floats(NOW_S - 200, NOW_S + 200)), max_size=30),
    st.sampled_from([0, 3_000, 1_000_000]),
)
def test_a_cache_gives_the_answers_that_asking_anew_gives(asked: list[tuple[int, int, float]], size: int) -> None:
    remembering = TokenCache(CacheLimits(size, size, 30.0))

    for rule, text, now_s in asked:
        of = rules()[rule], tokens()[text], now_s
        assert remembering.accept(*of) == accept_token(*of)


@given(st.dictionaries(texts, json_values))
def test_json_is_read_as_anyone_reads_it(value: dict[str, Any]) -> None:
    for ascii_only in (True, False):
        text = json.dumps(value, ensure_ascii=ascii_only).encode()
        assert parse_json_object(text, 64) == value
