"""Tokens through the check door: the bytes of the answer, and what a flood of bad ones costs the good ones."""

from __future__ import annotations

import json
import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from authz.decision.engine import Engine, EngineSettings, Verifying
from authz.decision.tokens import TokenKeys
from authz.identity.jwks import parse_key_set
from authz.identity.token_cache import CacheLimits, TokenCache
from authz.identity.tokens import Accepted, TokenRule, accept_token
from authz.model.request import Request
from authz.model.workload import parse_workload
from authz.observability.counters import Counters
from authz.pb import CheckRequest
from authz.server.check import CheckDoor, InForce
from authz.server.convert import RawCheck
from tests.support.jwts import ISSUER, NOW_S, claims, encode, jwk, jwks, token
from tests.support.policies import WORKLOAD, Document, engine, policy, source
from tests.support.proxy import FORMS, Answer, Form, check_request, read_answer

if TYPE_CHECKING:
    from authz.identity.jwt import Refused

KEYS = jwks(jwk("rsa1", kid="k1"))
ANYONE_KNOWN = policy("known", source(requestPrincipals=["*"]))
LIMITS = CacheLimits(accepted_bytes=400_000, refused_bytes=100_000)
GOOD = [token(claims(sub=f"s{number}")) for number in range(40)]


def tokens(**fields: Any) -> Document:
    return {
        "apiVersion": "security.istio.io/v1",
        "kind": "RequestAuthentication",
        "metadata": {"name": "r", "namespace": "foo"},
        "spec": {"jwtRules": [{"issuer": ISSUER, "jwks": KEYS, **fields}]},
    }


class Door:
    """A check door with a small cache, at NOW_S or so many seconds later. `asked`: how often a token was verified."""

    def __init__(self, policies: tuple[Document, ...] = (ANYONE_KNOWN,), **fields: Any) -> None:
        self.asked: Counter[str] = Counter()
        self.later_s = 0.0
        self.counters = Counters()
        self.cache = TokenCache(LIMITS, self._accept)
        view = engine(tokens(**fields), *policies).view
        keys = TokenKeys(inline={KEYS: parse_key_set(KEYS)}, accept=self.cache.accept)
        decides = Engine(
            view, EngineSettings(default_workload=parse_workload(WORKLOAD)), "d", None, Verifying(tokens=keys)
        )
        in_force = InForce.of(decides)
        self._door = CheckDoor(lambda: in_force, self.counters, lambda: NOW_S + self.later_s)

    def _accept(self, rule: TokenRule, text: str, now_s: float) -> Accepted | Refused:
        self.asked[text] += 1
        return accept_token(rule, text, now_s)

    def ask(self, text: str | None = None, *lines: tuple[str, str], path: str = "/") -> Answer:
        sent = [("authorization", f"Bearer {text}")] if text is not None else []
        return self.send(Request(path=path, host="svc.foo", headers=(*sent, *lines)))

    def send(self, request: Request, form: Form = Form.RAW) -> Answer:
        answer = self._door.check(check_request(request, form), {}, None)
        assert isinstance(answer, bytes)
        return read_answer(answer)


def test_a_token_that_is_refused_is_answered_as_envoy_would() -> None:
    door = Door()
    answer = door.ask(token(claims(), "rsa2"), path="/p?q")

    assert (answer.allowed, answer.code, answer.status) == (False, 16, 401)
    assert (answer.body, answer.reason) == ("Jwt verification fails", "token_refused")
    assert answer.response_headers == {"www-authenticate": 'Bearer realm="http://svc.foo/p?q", error="invalid_token"'}
    assert door.counters.decisions()["denied", "token_refused"] == 1


def test_of_a_wrong_audience_it_is_403() -> None:
    answer = Door(audiences=["a"]).ask(GOOD[0])
    assert (answer.code, answer.status, answer.body) == (7, 403, "Audiences in Jwt are not allowed")


def test_no_token_is_denied_by_the_policies() -> None:
    answer = Door().ask()
    assert (answer.status, answer.body, answer.response_headers) == (403, "RBAC: access denied", {})


def test_claims_are_set_and_the_token_is_taken_out() -> None:
    outputs = [{"header": "x-sub", "claim": "sub"}, {"header": "x-none", "claim": "none"}]
    door = Door(outputClaimToHeaders=outputs)
    for _ in range(2):
        answer = door.ask(GOOD[1], ("x-sub", "forged"), ("x-none", "forged"), path=f"/?access_token={GOOD[2]}")
        assert answer.allowed
        assert answer.set_headers == (("x-sub", "s1"),)
        assert answer.remove_headers == ("authorization", "x-none")
        assert answer.remove_query == ("access_token",)
    assert len(answer.metadata["decision_id"]) == 24


def bad(number: int, chance: random.Random) -> str:
    """A token that is well formed, of the right issuer and key, and not signed."""
    header = encode(b'{"alg":"RS256","kid":"k1"}')
    return f"{header}.{encode(json.dumps(claims(sub=f'x{number}')).encode())}.{encode(chance.randbytes(256))}"


def test_a_flood_of_distinct_bad_tokens_costs_no_good_one_and_stays_small() -> None:
    door, chance = Door(), random.Random(1)
    for text in GOOD:
        assert door.ask(text).allowed
    for number in range(3_000):
        assert door.ask(bad(number, chance)).body == "Jwt verification fails"
        if number % 50 == 0:
            assert door.ask(GOOD[number // 50 % len(GOOD)]).allowed

    assert all(door.ask(text).allowed for text in GOOD)
    assert [door.asked[text] for text in GOOD] == [1] * len(GOOD)
    kept, refused = door.cache.sizes
    assert kept == len(GOOD)
    assert 0 < refused <= LIMITS.refused_bytes / 1024


def test_so_does_a_flood_of_copies_of_one_bad_token_which_is_verified_once() -> None:
    door, text = Door(), bad(0, random.Random(1))
    assert {door.ask(text).status for _ in range(200)} == {401}
    assert door.asked[text] == 1


def test_a_flood_of_good_tokens_stays_in_bounds_and_each_is_decided_right() -> None:
    door = Door()
    size = LIMITS.accepted_bytes // (4 * len(GOOD[0]) + 1024)
    texts = [token(claims(sub=f"s{number}"), "rsa1") for number in range(2 * size)]
    assert all(door.ask(text).allowed for text in texts)
    assert door.cache.sizes[0] <= size + 1


def test_a_token_that_expires_is_refused_though_it_is_remembered() -> None:
    door = Door()
    assert door.ask(GOOD[0]).allowed
    door.later_s = 600 + 61
    assert door.ask(GOOD[0]).body == "Jwt is expired"


@pytest.mark.parametrize("text", ["", "a.b", "a.b.c", "." * 10_000, "é", "e30.e30.e30"])
def test_no_text_for_a_token_is_let_through(text: str) -> None:
    assert not Door().ask(text).allowed


BAD = token(claims(sub="bad"), "rsa2")
BEARER = ("authorization", f"Bearer {BAD}")
PREFLIGHT = (("origin", "https://a"), ("access-control-request-method", "GET"))
HIDDEN = {
    "behind many lines": Request(headers=(*[("authorization", "Basic eA==")] * 3_000, BEARER)),
    "before a good one": Request(headers=(BEARER, ("authorization", f"Bearer {GOOD[0]}"))),
    "behind a good one": Request(headers=(("authorization", f"Bearer {GOOD[0]}"), BEARER)),
    "among very many": Request(headers=(*[("authorization", f"Bearer {GOOD[0]}")] * 3_000, BEARER)),
    "behind bytes that are no text": Request(headers=(("authorization", f"Bearer \udcff{BAD}"),)),
    "behind a NUL": Request(headers=(("authorization", f"Bearer \0{BAD}"),)),
    "behind blanks": Request(headers=(("authorization", f" \t Bearer \t {BAD} \t"),)),
    "very long": Request(headers=(("authorization", f"Bearer {BAD}{'A' * 60_000}"),)),
    "in the query": Request(path=f"/?a=1&access_token={BAD}"),
    "in the query, spelled otherwise": Request(path=f"/?%61ccess%5ftoken={BAD.replace('.', '%2e')}"),
    "in the query, before a good one": Request(path=f"/?access_token={BAD}&access_token={GOOD[0]}"),
    "in the query, and a good one as bearer": Request(
        path=f"/?access_token={BAD}", headers=(("authorization", f"Bearer {GOOD[0]}"),)
    ),
    "behind a second question mark": Request(path=f"/secure??&access_token={BAD}"),
    "with an empty query": Request(path="/secure?", headers=(BEARER,)),
    "with a fragment": Request(path="/secure#", headers=(BEARER,)),
    "on a path in another form": Request(path="/public/..//%61dmin", headers=(BEARER,)),
    "of a GET that looks like a preflight": Request(headers=(*PREFLIGHT, BEARER)),
    "of options in small letters": Request(method="options", headers=(*PREFLIGHT, BEARER)),
    "of a preflight without an origin": Request(method="OPTIONS", headers=(("origin", ""), PREFLIGHT[1], BEARER)),
    "of OPTIONS *": Request(method="OPTIONS", path="*", headers=(BEARER,)),
    "of CONNECT": Request(method="CONNECT", path="", headers=(BEARER,)),
    "of no method at all": Request(method="", headers=(BEARER,)),
    "with claims that the proxy has found": Request(
        headers=(BEARER,), dynamic_metadata={"envoy.filters.http.jwt_authn": {"payload": claims()}}
    ),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", HIDDEN)
def test_a_bad_token_is_found_however_it_is_sent(name: str, form: Form) -> None:
    door = Door(policies=())
    answer = door.send(replace(HIDDEN[name], host="svc.foo"), form)

    assert door.ask().allowed, "without one everybody may come in"
    assert not answer.allowed
    assert answer.status in {401, 403}
    assert "matched_policy" not in answer.metadata


def test_no_message_of_a_proxy_vouches_for_claims() -> None:
    said = Request(dynamic_metadata={"envoy.filters.http.jwt_authn": {"payload": claims()}})
    message = CheckRequest.FromString(check_request(said))

    assert RawCheck(message, {"authz-claims": "{}", "claims": "{}"}).vouched_claims is None
    assert Door().send(said).reason == "no_allow_rule"


def test_many_threads_at_once_change_no_answer() -> None:
    door, chance = Door(), random.Random(2)
    asked = [(text, True) for text in GOOD] * 10 + [(bad(number, chance), False) for number in range(400)]
    chance.shuffle(asked)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda one: door.ask(one[0]).allowed, asked))
    assert answers == [good for _, good in asked]
