import math
from collections.abc import Callable

import pytest

from authz.identity.jwks import parse_key_set
from authz.identity.jwt import Refused
from authz.identity.token_cache import CacheLimits, TokenCache
from authz.identity.token_places import Places
from authz.identity.tokens import Accepted, TokenRule, accept_token, bind_rules
from authz.model.jwt_rule import ClaimHeader, JwtRule
from authz.model.where import Where
from tests.support.jwts import ISSUER, NOW_S, claims, jwk, jwks, token

HERE = Where("a.yaml", 1, 1)
OLD = parse_key_set(jwks(jwk("rsa1", kid="k1")))
NEW = parse_key_set(jwks(jwk("rsa2", kid="k1")))


def rule(jwt_rule: JwtRule | None = None) -> TokenRule:
    return bind_rules([jwt_rule or JwtRule(ISSUER, HERE)], lambda _: OLD).rules[0]


class Counting:
    """`accept_token`, counted."""

    def __init__(self, accept: Callable[[TokenRule, str, float], Accepted | Refused] = accept_token) -> None:
        self.calls = 0
        self._accept = accept

    def __call__(self, asked: TokenRule, text: str, now_s: float) -> Accepted | Refused:
        self.calls += 1
        return self._accept(asked, text, now_s)


def test_a_good_token_is_verified_once_until_it_expires() -> None:
    counting = Counting()
    cache, text = TokenCache(accept=counting), token(claims(exp=NOW_S))
    first = cache.accept(rule(), text, NOW_S)

    assert isinstance(first, Accepted)
    assert cache.accept(rule(), text, NOW_S + 60.9) is first
    assert counting.calls == 1
    assert cache.accept(rule(), text, NOW_S + 61) == Refused("Jwt is expired")
    assert cache.sizes == (0, 1)


def test_a_clock_that_goes_back_finds_what_it_would_have_found() -> None:
    cache, text = TokenCache(), token(claims(nbf=NOW_S))

    assert isinstance(cache.accept(rule(), text, NOW_S), Accepted)
    assert cache.accept(rule(), text, NOW_S - 61) == accept_token(rule(), text, NOW_S - 61)
    assert isinstance(cache.accept(rule(), text, NOW_S), Accepted)
    expired = token(claims(exp=NOW_S))
    assert isinstance(cache.accept(rule(), expired, NOW_S + 61), Refused)
    assert isinstance(cache.accept(rule(), expired, NOW_S), Accepted)


def test_other_keys_or_another_rule_are_asked_anew() -> None:
    cache, text = TokenCache(), token(claims(aud="a", n=1))
    rotated = bind_rules([JwtRule(ISSUER, HERE)], lambda _: NEW).rules[0]

    assert isinstance(cache.accept(rule(), text, NOW_S), Accepted)
    assert cache.accept(rotated, text, NOW_S) == Refused("Jwt verification fails")
    assert isinstance(cache.accept(rule(), text, NOW_S), Accepted)
    for other in (
        JwtRule("x", HERE),
        JwtRule(ISSUER, HERE, audiences=("b",)),
        JwtRule(ISSUER, HERE, space_delimited_claims=("aud",)),
        JwtRule(ISSUER, HERE, output_payload_to_header="x-p"),
        JwtRule(ISSUER, HERE, output_claim_to_headers=(ClaimHeader("x-a", "aud"),)),
    ):
        assert cache.accept(rule(other), text, NOW_S) == accept_token(rule(other), text, NOW_S)


def test_keys_of_the_cache_are_injective() -> None:
    rules = [
        JwtRule("a", HERE, audiences=("b", "c")),
        JwtRule("a", HERE, audiences=("b,c",)),
        JwtRule("a", HERE, audiences=('b", "c',)),
        JwtRule("a", HERE, audiences=("b",), space_delimited_claims=("c",)),
        JwtRule("a", HERE, space_delimited_claims=("b", "c")),
        JwtRule('a", ["b"', HERE),
        JwtRule("a", HERE, output_claim_to_headers=(ClaimHeader("b", "c"),)),
        JwtRule("a", HERE, output_claim_to_headers=(ClaimHeader("b-c", ""),)),
        JwtRule("a", HERE, output_payload_to_header="b"),
        JwtRule("a", HERE),
        JwtRule("", HERE),
    ]

    assert len({rule(one).cache_key for one in rules}) == len(rules)
    assert rule(JwtRule("a", Where("b.yaml"))).cache_key == rule(JwtRule("a", HERE)).cache_key


def test_a_refused_token_is_kept_for_a_moment() -> None:
    counting = Counting()
    cache, text = TokenCache(accept=counting), token(claims(), "rsa2")

    for now_s in (NOW_S, NOW_S + 9.9, NOW_S + 10):
        assert cache.accept(rule(), text, now_s) == Refused("Jwt verification fails")
    assert counting.calls == 2


def test_what_may_become_good_is_not_kept() -> None:
    cache, text = TokenCache(), token(claims(nbf=NOW_S + 61))

    assert isinstance(cache.accept(rule(), text, NOW_S), Refused)
    assert isinstance(cache.accept(rule(), text, NOW_S + 1), Accepted)


def test_a_flood_of_bad_tokens_evicts_no_good_one_and_stays_bounded() -> None:
    counting = Counting()
    limits = CacheLimits(accepted_bytes=100_000, refused_bytes=100_000)
    cache, good = TokenCache(limits, counting), token(claims())
    cache.accept(rule(), good, NOW_S)
    for number in range(2_000):
        cache.accept(rule(), f"{number}.b.c", NOW_S)
    calls = counting.calls

    assert isinstance(cache.accept(rule(), good, NOW_S), Accepted)
    assert counting.calls == calls
    assert cache.sizes[1] <= 100_000 // 1024


def test_a_token_longer_than_the_cache_is_not_kept() -> None:
    cache = TokenCache(CacheLimits(refused_bytes=2_000))

    assert isinstance(cache.accept(rule(), "a" * 4_000, NOW_S), Refused)
    assert cache.sizes == (0, 0)


def test_good_tokens_are_bounded_too() -> None:
    def accept(_rule: TokenRule, _text: str, _now_s: float) -> Accepted:
        return Accepted({}, (), -math.inf, math.inf)

    cache = TokenCache(CacheLimits(accepted_bytes=200_000), accept)
    for number in range(3_000):
        cache.accept(rule(), f"{number}.b.c", NOW_S)

    assert 100 < cache.sizes[0] <= 200_000 // 1024
    assert cache._accepted_bytes == sum(4 * len(text) + 1024 for _, text in cache._accepted)


@pytest.mark.parametrize("more", ["=", " ", "\t", "=="])
def test_forms_that_anyone_can_make_of_a_token_are_not_kept(more: str) -> None:
    cache = TokenCache()
    cache.accept(rule(), token(claims()) + more, NOW_S)

    assert cache.sizes[0] == 0


def test_nothing_is_kept_without_keys() -> None:
    unkeyed = TokenRule(JwtRule(ISSUER, HERE), rule().expected, Places((), (), ()), (), "")
    cache = TokenCache()

    assert isinstance(cache.accept(unkeyed, token(claims()), NOW_S), Accepted)
    assert cache.sizes == (0, 0)
