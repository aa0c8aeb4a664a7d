"""Keys of issuers for policy sets that come and go, fetched from real servers on loopback."""

from __future__ import annotations

import json
import logging
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from authz.decision.engine import Engine, EngineSettings, Verifying
from authz.decision.tokens import TokenKeys
from authz.identity.key_sets import Available, KeyLocation
from authz.model.decision import Allowed, Denied, Reason
from authz.model.errors import SettingsError
from authz.model.request import Request
from authz.model.workload import parse_workload
from authz.runtime.keys import LiveKeys
from authz.sources.jwks_settings import JwksSettings
from tests.support.issuer import IssuerServer, Talk, answer
from tests.support.jwts import NOW_S, claims, jwk, jwks, token
from tests.support.policies import Document, engine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

WEB = parse_workload("foo/app=httpbin")
KEYS = answer(jwks(jwk("rsa1", kid="k1")).encode())
BOTH = answer(jwks(jwk("rsa1", kid="k1"), jwk("rsa2", kid="k2")).encode())
SETTINGS = JwksSettings(allow_http=True, allow_loopback=True, proxy="none", unknown_kid_cooldown_seconds=1)


def tokens(*rules: Document) -> Document:
    return {
        "apiVersion": "security.istio.io/v1",
        "kind": "RequestAuthentication",
        "metadata": {"name": "r", "namespace": "foo"},
        "spec": {"jwtRules": list(rules)},
    }


def elsewhere(issuer: str, server: IssuerServer, **fields: Any) -> Document:
    return {"issuer": issuer, "jwksUri": f"{server.url}/keys", **fields}


@contextmanager
def live(settings: JwksSettings = SETTINGS, patience: float = 10.0) -> Iterator[LiveKeys]:
    keys = LiveKeys(settings, patience)
    try:
        yield keys
    finally:
        keys.stop()


def engine_with(keys: LiveKeys, *rules: Document) -> Engine:
    view = engine(tokens(*rules)).view
    return Engine(view, EngineSettings(), "digest", verifying=Verifying(tokens=TokenKeys(keys)))


def outcome(decides: Engine, issuer: str, key: str = "rsa1", kid: str = "k1") -> Reason:
    text = token(claims(iss=issuer), key, {"kid": kid})
    request = Request(headers=(("authorization", f"Bearer {text}"),), workload=WEB)
    decision = decides.decide(request, NOW_S)
    assert isinstance(decision, Allowed | Denied)
    return decision.reason


def until(is_so: Callable[[], bool]) -> None:
    ends = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < ends, "it did not come to be"
        time.sleep(0.01)


def test_a_set_that_is_prepared_has_its_keys() -> None:
    def behave(talk: Talk) -> None:
        document = json.dumps({"jwks_uri": f"{server.url}/found"}).encode()
        (answer(document) if talk.path.startswith("/.well-known") else KEYS)(talk)

    with IssuerServer(behave) as server, live() as keys:
        decides = engine_with(keys, elsewhere("a", server), {"issuer": server.url})
        assert outcome(decides, "a") is Reason.TOKEN_WITHOUT_KEYS
        keys.prepare_for(decides)
        assert (outcome(decides, "a"), outcome(decides, server.url)) == (Reason.NO_ALLOW_POLICY,) * 2
        assert sorted(server.requests) == ["/.well-known/openid-configuration", "/found", "/keys"]


def test_keys_that_stand_in_a_policy_are_not_fetched() -> None:
    with live() as keys:
        decides = engine_with(keys, {"issuer": "a", "jwks": jwks(jwk("rsa1"))})
        keys.prepare_for(decides)
        keys.settle_for(decides)
        assert (keys.status(), keys.in_force().by_location) == ((), {})


def test_what_is_in_force_keeps_its_keys_until_the_next_set_has_settled() -> None:
    with IssuerServer(KEYS) as server, live() as keys:
        first, second = engine_with(keys, elsewhere("a", server)), engine_with(keys, elsewhere("b", server))
        for decides in (first, second):
            keys.prepare_for(decides)
            if decides is first:
                keys.settle_for(first)
        assert (outcome(first, "a"), outcome(second, "b")) == (Reason.NO_ALLOW_POLICY,) * 2
        assert len(server.requests) == 2, "what is there is not fetched again"

        keys.settle_for(second)
        assert (outcome(first, "a"), outcome(second, "b")) == (Reason.TOKEN_WITHOUT_KEYS, Reason.NO_ALLOW_POLICY)
        assert [status.issuer for status in keys.status()] == ["b"]


def test_a_set_that_was_prepared_and_not_taken_leaves_no_keys_behind() -> None:
    with IssuerServer(KEYS) as server, live() as keys:
        first = engine_with(keys, elsewhere("a", server))
        keys.prepare_for(first)
        keys.settle_for(first)
        keys.prepare_for(engine_with(keys, elsewhere("b", server)))
        third = engine_with(keys, elsewhere("c", server))
        keys.prepare_for(third)
        assert {location.issuer for location in keys.in_force().by_location} == {"a", "c"}


def test_an_issuer_that_hangs_is_given_its_rule_s_time_and_no_more() -> None:
    with IssuerServer(Talk.hang) as server, live() as keys:
        began = time.monotonic()
        keys.prepare_for(engine_with(keys, elsewhere("a", server, timeout="50ms")))
        assert time.monotonic() - began < 5
        (status,) = keys.status()
        assert status.unavailable == "no whole answer within 0.05 s"


def test_a_set_does_not_wait_for_ever_and_goes_on_without(caplog: pytest.LogCaptureFixture) -> None:
    with IssuerServer(Talk.hang) as server, IssuerServer(KEYS) as good, live(patience=0.3) as keys:
        decides = engine_with(keys, elsewhere("a", server, timeout="2s"), elsewhere("b", good))
        with caplog.at_level(logging.WARNING):
            keys.prepare_for(decides)
        assert "keys: not all could be fetched in 0.3 s; going on without" in caplog.text
        until(lambda: outcome(decides, "b") is Reason.NO_ALLOW_POLICY)
        assert outcome(decides, "a") is Reason.TOKEN_WITHOUT_KEYS


def test_of_two_rules_for_one_place_the_longer_time_counts() -> None:
    def slow(talk: Talk) -> None:
        talk.closing.wait(0.3)
        KEYS(talk)

    with IssuerServer(slow) as server, live() as keys:
        rules = [elsewhere("a", server, timeout=timeout) for timeout in ("50ms", "5s", "60ms")]
        decides = engine_with(keys, *rules)
        keys.prepare_for(decides)
        assert outcome(decides, "a") is Reason.NO_ALLOW_POLICY


def test_a_token_of_an_unknown_key_has_them_fetched_again() -> None:
    with IssuerServer(KEYS) as server, live() as keys:
        decides = engine_with(keys, elsewhere("a", server))
        keys.prepare_for(decides)
        server.behave = BOTH
        assert outcome(decides, "a", "rsa2", "k2") is Reason.TOKEN_REFUSED
        until(lambda: outcome(decides, "a", "rsa2", "k2") is Reason.NO_ALLOW_POLICY)
        assert len(server.requests) == 2


@pytest.mark.parametrize("body", [b"\xff", b'{"keys": [{"kty": "oct", "kty": "oct"}]}'])
def test_what_is_no_key_set_is_a_failure_with_a_reason(body: bytes) -> None:
    with IssuerServer(answer(body)) as server, live() as keys:
        keys.prepare_for(engine_with(keys, elsewhere("a", server)))
        (status,) = keys.status()
        assert status.unavailable
        assert not isinstance(keys.in_force().of(KeyLocation("a", f"{server.url}/keys")), Available)


def test_stopped_it_fetches_no_more_and_what_is_in_force_stays() -> None:
    with IssuerServer(KEYS) as server:
        with live() as keys:
            decides = engine_with(keys, elsewhere("a", server))
            keys.prepare_for(decides)
        keys.saw_unknown_key(KeyLocation("a", f"{server.url}/keys"))
        assert outcome(decides, "a") is Reason.NO_ALLOW_POLICY
        assert len(server.requests) == 1


def test_settings_that_cannot_be_used_are_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(SettingsError):
        LiveKeys(JwksSettings(ca_file=tmp_path / "none.pem"))
