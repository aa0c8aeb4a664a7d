"""What the vectors don't tell of; they are in `test_token_vectors.py`."""

import base64
import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pytest

from authz.identity.jwks import KeySet, parse_key_set
from authz.identity.jwt import NoKeys, Refused
from authz.identity.tokens import (
    Accepted,
    Anonymous,
    Identified,
    TokenDenied,
    TokenOutcome,
    TokenRule,
    TokenRules,
    accept_token,
    authenticate,
    bind_rules,
    merge_rules,
    render_claim,
)
from authz.model.decision import Effects
from authz.model.facts import Json
from authz.model.jwt_rule import ClaimHeader, HeaderLocation, JwtRule
from authz.model.request import Request
from authz.model.where import Where
from tests.support.jwts import ISSUER, NOW_S, claims, jwk, jwks, token

HERE = Where("a.yaml", 1, 1)
OTHER = "https://other.example"
GOOD, BAD = token(claims()), token(claims(), "rsa2")
OF_OTHER = token(claims(iss=OTHER))
BAD_FORM = "Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections"


def keys() -> KeySet:
    return parse_key_set(jwks(jwk("rsa1", kid="k1")))


def rule(issuer: str = ISSUER, **fields: Any) -> JwtRule:
    return JwtRule(issuer, HERE, **fields)


def ask(rules: list[JwtRule], *headers: tuple[str, str], path: str = "/", method: str = "GET") -> TokenOutcome:
    bound = bind_rules(merge_rules([rules]), lambda _: keys())
    return authenticate(bound, Request(method, path, "svc", headers=headers), NOW_S)


def identity(outcome: TokenOutcome) -> object:
    match outcome:
        case Identified(found):
            return found.get("iss")
        case TokenDenied(refusal):
            return refusal.status, refusal.text
    return None


def bearer(text: str) -> tuple[str, str]:
    return "Authorization", f"Bearer {text}"


def test_rules_are_merged_by_issuer_in_byte_order() -> None:
    one, two = [rule("b", audiences=("1",)), rule("a")], [rule("B"), rule("b", audiences=("2",)), rule("\u00e9")]

    merged = merge_rules([one, two])

    assert [(found.issuer, *found.audiences) for found in merged] == [
        ("B",),
        ("a",),
        ("b", "1"),
        ("b", "2"),
        ("\u00e9",),
    ]


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (f"Bearer {GOOD}", ISSUER),
        (f"  Bearer   \t{GOOD} ", ISSUER),
        (f"Digest a, Bearer {GOOD}", ISSUER),
        (f"Bearer!? {GOOD}", None),
        (f"Bearer !?{GOOD}", ISSUER),
        ("Bearer", None),
        ("Bearer ", None),
        ("Bearer !!", (401, BAD_FORM)),
        (f"bearer {GOOD}", None),
        (f"Bearer {GOOD},Bearer {GOOD}", (401, BAD_FORM)),
        (f"Bearer {GOOD} ,", (401, "Jwt signature is an invalid Base64url encoded")),
    ],
)
def test_a_token_behind_its_prefix(value: str, wanted: object) -> None:
    assert identity(ask([rule()], ("authorization", value))) == wanted


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        (f"/?access_token={GOOD}", ISSUER),
        (f"/?a&access_token={GOOD}&access_token={BAD}", ISSUER),
        (f"/?access_token={BAD}&access_token={GOOD}", (401, "Jwt verification fails")),
        (f"/?access%5ftoken={GOOD.replace('.', '%2E')}", ISSUER),
        (f"/?Access_token={GOOD}", None),
        (f"/access_token={GOOD}", None),
        ("/?access_token", (401, BAD_FORM)),
        ("/?access_token=%", (401, BAD_FORM)),
        ("/?access_token=%ff\udcff\ud800", (401, BAD_FORM)),
    ],
)
def test_a_token_in_the_query(path: str, wanted: object) -> None:
    assert identity(ask([rule()], path=path)) == wanted


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        (f"sess={GOOD}", ISSUER),
        (f'a=b; sess="{GOOD}" ;c', ISSUER),
        (f"sess={GOOD}; sess={BAD}", ISSUER),
        (f"SESS={GOOD}", None),
        ("sess", None),
        ("sess=", (401, BAD_FORM)),
    ],
)
def test_a_token_in_a_cookie(line: str, wanted: object) -> None:
    found = ask([rule(from_cookies=("sess",))], ("cookie", line))

    assert identity(found) == wanted
    if isinstance(found, Identified):
        assert found.effects == Effects()


@dataclass(frozen=True)
class Merged:
    """A request whose proxy has joined its cookie lines."""

    cookie: str
    method: str = "GET"
    target: str = "/"
    host: str = "svc"
    headers_are_merged: bool = True

    def header_lines(self, name: str) -> tuple[str, ...]:
        return (self.cookie,) if name == "cookie" else ()


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        (f"a=1,sess={GOOD}", ISSUER),
        (f"a=1,sess={BAD}", (401, "Jwt verification fails")),
        (f"a=1,sess={BAD}; sess={GOOD}", (401, "Jwt verification fails")),
        (f"a=1,sess={GOOD},sess={BAD}; sess={GOOD}", (401, "Jwt verification fails")),
        (f"sess={GOOD}; a=1,2; b=3,sess={BAD}", (401, "Jwt verification fails")),
        (f"sess={GOOD},a=1", (401, "Jwt signature is an invalid Base64url encoded")),
        (f"sess={GOOD}; sess={BAD}; a=1", ISSUER),
        ("a=1,2; b=3, 4", None),
    ],
)
def test_where_cookie_lines_may_be_joined_tokens_of_every_reading_must_be_good(line: str, wanted: object) -> None:
    bound = bind_rules([rule(from_cookies=("sess",))], lambda _: keys())

    assert identity(authenticate(bound, Merged(line), NOW_S)) == wanted


def test_every_token_of_a_rule_must_be_good_and_the_first_one_counts() -> None:
    first, second = bearer(token(claims(sub="1"))), bearer(token(claims(sub="2")))
    found = ask([rule()], first, second)

    assert isinstance(found, Identified)
    assert found.claims["sub"] == "1"
    assert identity(ask([rule()], first, bearer(BAD), second)) == (401, "Jwt verification fails")
    assert identity(ask([rule()], bearer(BAD), bearer("x"))) == (401, BAD_FORM)


def test_of_very_many_tokens_none_is_looked_at() -> None:
    asked: list[str] = []

    def accept(rule: TokenRule, text: str, now_s: float) -> Accepted | Refused:
        asked.append(text)
        return accept_token(rule, text, now_s)

    bound = bind_rules([rule()], lambda _: keys())
    outcomes = [
        identity(authenticate(bound, Request(headers=(bearer(GOOD),) * count), NOW_S, accept)) for count in (16, 17)
    ]

    assert outcomes == [ISSUER, (401, "More than 16 Jwts where one is looked for")]
    assert len(asked) == 16


def seconds(rules: TokenRules, requests: Iterable[Request]) -> float:
    """Of the quickest."""
    found = []
    for request in requests:
        began = time.perf_counter()
        assert isinstance(authenticate(rules, request, NOW_S), TokenDenied)
        found.append(time.perf_counter() - began)
    return min(found)


def test_a_large_token_is_read_once_however_many_rules_ask_for_it() -> None:
    one, many = (bind_rules([rule(f"https://{n}") for n in range(count)], lambda _: keys()) for count in (1, 60))

    def large(number: int) -> Request:
        return Request(headers=(bearer(token(claims(n=[number] * 8000))),))

    assert seconds(many, map(large, range(5))) < 15 * seconds(one, map(large, range(5, 10)))


def test_lines_are_looked_through_once_however_many_rules_ask_for_them() -> None:
    one, many = (bind_rules([rule(f"https://{n}") for n in range(count)], lambda _: keys()) for count in (1, 60))
    lines = Request(headers=(bearer("x"), *[("authorization", "Basic " + "x" * 500)] * 2000))

    assert seconds(many, [lines] * 5) < 15 * seconds(one, [lines] * 5)


def test_a_failure_tells_more_than_that_a_token_is_of_another_issuer() -> None:
    rules = [rule(), rule(OTHER, audiences=("a",))]

    assert identity(ask(rules, bearer(OF_OTHER))) == (403, "Audiences in Jwt are not allowed")
    assert identity(ask(rules, bearer(BAD))) == (401, "Jwt verification fails")
    assert identity(ask(rules, bearer(token(claims(iss="x"))))) == (401, "Jwt issuer is not configured")


def test_of_failures_at_several_places_the_first_tells_and_the_last_behind_a_token_of_another_issuer() -> None:
    rules = [rule(from_headers=(HeaderLocation(name),)) for name in ("a", "b", "c")]
    expired, foreign = token(claims(exp=1)), token(claims(iss="x"))

    assert identity(ask(rules, ("b", BAD), ("c", expired))) == (401, "Jwt verification fails")
    assert identity(ask(rules, ("a", expired), ("b", BAD), ("c", foreign))) == (401, "Jwt is expired")
    assert identity(ask(rules, ("a", foreign), ("b", BAD), ("c", expired))) == (401, "Jwt is expired")
    assert identity(ask(rules, ("a", foreign), ("b", BAD), ("c", foreign))) == (401, "Jwt verification fails")


def test_keys_that_are_missing_deny_the_tokens_of_their_issuer_alone() -> None:
    bound = bind_rules([rule(), rule(OTHER)], lambda one: keys() if one.issuer == ISSUER else NoKeys.FETCH_FAILED)

    assert identity(authenticate(bound, Request(headers=(bearer(GOOD),)), NOW_S)) == ISSUER
    denied = authenticate(bound, Request(headers=(bearer(OF_OTHER),)), NOW_S)
    assert identity(denied) == (401, "Jwks remote fetch is failed")
    assert [one.cache_key != "" for one in bound.rules] == [True, False]


def test_an_unknown_key_is_told() -> None:
    found = ask([rule(), rule(OTHER)], bearer(token(claims(), header={"kid": "new"})))

    assert isinstance(found, TokenDenied)
    assert found.unknown_key_for == (rule(),)


@pytest.mark.parametrize(
    ("headers", "method", "skipped"),
    [
        ({"origin": "https://a", "access-control-request-method": "GET"}, "OPTIONS", True),
        ({"origin": "https://a", "access-control-request-method": "GET"}, "GET", False),
        ({"origin": "https://a"}, "OPTIONS", False),
        ({"origin": "", "access-control-request-method": "GET"}, "OPTIONS", False),
    ],
)
def test_a_preflight_is_not_looked_at_and_still_sets_no_claim_header(
    headers: dict[str, str], method: str, *, skipped: bool
) -> None:
    found = ask([rule(output_payload_to_header="x-p")], bearer(BAD), *headers.items(), method=method)

    assert isinstance(found, TokenDenied) != skipped
    if skipped:
        assert found == Anonymous(Effects(remove_headers=("x-p",)))


def test_a_header_for_claims_is_never_one_for_tokens() -> None:
    rules = [rule(from_headers=(HeaderLocation("x-jwt"),)), rule(OTHER, output_payload_to_header="x-jwt")]

    assert ask(rules, ("x-jwt", GOOD)) == Anonymous(Effects(remove_headers=("x-jwt",)))


def test_what_is_set_is_not_removed() -> None:
    outputs = (ClaimHeader("x-sub", "sub"), ClaimHeader("x-sub", "iss"), ClaimHeader("x-none", "none"))
    found = ask(
        [rule(output_claim_to_headers=outputs, output_payload_to_header="x-p")],
        bearer(GOOD),
        path=f"/?access_token={GOOD}",
    )

    assert isinstance(found, Identified)
    assert found.effects == Effects(
        set_headers=(("x-p", GOOD.split(".")[1]), ("x-sub", "s"), ("x-sub", ISSUER)),
        remove_headers=("authorization", "x-none"),
        remove_query_parameters=("access_token",),
    )
    assert found.effects.header_lines("x-sub", ("evil",)) == ("s", ISSUER)
    assert found.effects.header_lines("x-none", ("evil",)) == ()
    assert found.effects.header_lines("x-other", ("kept",)) == ("kept",)


def test_a_token_is_taken_out_of_the_query_however_its_name_is_spelled() -> None:
    found = ask([rule()], path=f"/?access%5Ftoken={GOOD}&b%5F=1&access_token=x&acces%73_token=y&access_token=z")

    assert isinstance(found, Identified)
    assert found.effects.remove_query_parameters == ("acces%73_token", "access%5Ftoken", "access_token")


def test_a_forwarded_token_stays() -> None:
    found = ask([rule(forward_original_token=True)], bearer(GOOD), path=f"/?access_token={GOOD}")

    assert isinstance(found, Identified)
    assert found.effects == Effects()


@pytest.mark.parametrize("text", ["a\nb", "a\rb", "a\0b"])
def test_a_claim_that_can_be_no_header_is_not_sent(text: str) -> None:
    outputs = (ClaimHeader("x-a", "a"),)
    found = ask([rule(output_claim_to_headers=outputs)], bearer(token(claims(a=text))))

    assert isinstance(found, Identified)
    assert found.effects == Effects(remove_headers=("authorization", "x-a"))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        ("", ""),
        ("a b", "a b"),
        (True, "true"),
        (False, "false"),
        (0.0, "0"),
        (-0.0, "0"),
        (12.0, "12"),
        (-3.0, "-3.000000"),
        (1.5, "1.500000"),
        (2.0**63, "9223372036854775808"),
        (2.0**64, "18446744073709551616.000000"),
    ],
)
def test_a_claim_as_text(value: Any, text: str) -> None:
    assert render_claim(value) == text


def test_lists_and_objects_are_base64_of_the_json_that_protobuf_writes() -> None:
    value: Json = {
        "b": [1.0, 1.5, 1e20, True, None, 0.1, 123456789012345680.0],
        "a": '<"\u00e9\u200b\U0001d173',
        "c": {},
    }
    rendered = base64.b64decode(render_claim(value)).decode()

    assert json.loads(rendered) == value
    assert rendered == (
        '{"a":"\\u003c\\"\u00e9\\u200b\\ud834\\udd73","b":[1,1.5,1e+20,true,null,0.1,1.2345678901234568e+17],"c":{}}'
    )


def test_scopes_are_split_at_blanks() -> None:
    given = claims(scope="r  w", permission=["a b"], roles="x y", blank=" ", **{"a.b": "c d"})
    found = ask([rule(space_delimited_claims=("a.b", "blank"))], bearer(token(given)))

    assert isinstance(found, Identified)
    assert {name: found.claims[name] for name in ("scope", "permission", "roles", "blank", "a.b")} == {
        "scope": ["r", "w"],
        "permission": ["a b"],
        "roles": "x y",
        "blank": " ",
        "a.b": ["c", "d"],
    }


def test_the_realm_is_the_request_with_its_path_cut_and_nothing_unprintable() -> None:
    path = f"/{'a' * 300}"
    denied = authenticate(
        bind_rules([rule()], lambda _: keys()),
        Request(host="A.b:80\r\n\u00e9\udcff", path=path, scheme="https", headers=(bearer(BAD),)),
        NOW_S,
    )

    assert isinstance(denied, TokenDenied)
    assert denied.refusal.www_authenticate == f'Bearer realm="https://A.b:80{path[:256]}", error="invalid_token"'


class TestPresence:
    """`presence: REQUIRED`: istio/istio pull request 60830."""

    TWO = (
        rule(
            from_headers=(HeaderLocation("x-a"),),
            is_required=True,
            output_claim_to_headers=(ClaimHeader("x-1", "sub"),),
        ),
        rule(OTHER, from_headers=(HeaderLocation("x-b"),), output_claim_to_headers=(ClaimHeader("x-2", "sub"),)),
    )

    def test_a_required_token_must_be_there(self) -> None:
        found = ask([*self.TWO], ("x-b", OF_OTHER))

        assert isinstance(found, TokenDenied)
        assert (found.refusal.status, found.refusal.text) == (401, "Jwt is missing")
        assert found.refusal.www_authenticate == 'Bearer realm="http://svc/"'

    def test_an_optional_one_must_not_be_bad(self) -> None:
        assert identity(ask([*self.TWO], ("x-a", GOOD), ("x-b", "x"))) == (401, BAD_FORM)
        assert identity(ask([*self.TWO], ("x-a", GOOD))) == ISSUER

    def test_with_both_the_last_one_counts_and_both_have_effects(self) -> None:
        found = ask([*self.TWO], ("x-a", GOOD), ("x-b", OF_OTHER))

        assert identity(found) == OTHER
        assert isinstance(found, Identified)
        assert found.effects == Effects((("x-1", "s"), ("x-2", "s")), ("x-a", "x-b"))
