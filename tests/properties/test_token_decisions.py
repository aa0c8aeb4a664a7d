"""The laws of a decision where tokens count: whole policy sets with RequestAuthentications.

Engine, explanation and the slow reference agree, about refusals and about what the workload gets to see. A bad token
never allows more than none, nobody but a token says what its claims are, and a RequestAuthentication lets nobody in.
"""

from dataclasses import replace
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from authz.model.decision import Allowed, Decision, Denied, Reason
from tests import reference
from tests.properties.product import document, engine_for, request_for
from tests.properties.strategies import Situation, situations
from tests.properties.test_laws import _REASONS
from tests.properties.tokens import authentications, situations_with_bad_tokens, token_situations
from tests.reference.headers import header_values
from tests.reference.scope import applies
from tests.reference.tokens import merged, output_headers
from tests.support.jwts import NOW_S


def decide(situation: Situation) -> Decision:
    engine = engine_for(situation.policies, situation.mesh)
    return engine.decide(request_for(situation.request, situation.workload), NOW_S)


def asked(situation: Situation) -> tuple[reference.Refused | reference.Verdict, reference.Request]:
    of = situation.policies, situation.mesh, situation.workload, situation.request
    return reference.decide_with_tokens(*of, now_s=NOW_S)


@given(token_situations())
def test_engine_explanation_and_reference_agree(situation: Situation) -> None:
    engine = engine_for(situation.policies, situation.mesh)
    request = request_for(situation.request, situation.workload)
    got, (wanted, seen) = engine.decide(request, NOW_S), asked(situation)
    assert engine.explain(request, NOW_S).decision == got
    assert engine.explain(request).decision == engine.decide(request), "also where nobody says what time it is"
    if got.reason is Reason.UNREADABLE_FACT:
        assert isinstance(got, Denied)
        assert ":path" in got.detail
        assert seen.path != situation.request.path, "only where a token was in the query"
        return
    if isinstance(wanted, reference.Refused):
        assert isinstance(got, Denied)
        assert got.refusal is not None
        told = got.refusal.status, got.refusal.text, got.refusal.www_authenticate
        assert told == (wanted.status, wanted.body, wanted.www_authenticate)
        return
    matched = got.by.id if got.by else None
    assert (isinstance(got, Allowed), matched, _REASONS[got.reason]) == (wanted.allowed, wanted.matched, wanted.reason)
    if isinstance(got, Allowed):
        assert upstream(situation, got) == {name: header_values(seen, name) for name in NAMES}


NAMES = ("authorization", "cookie", "x-a", "x-b", "x-out", "x-t")


def upstream(situation: Situation, allowed: Allowed) -> dict[str, tuple[str, ...]]:
    """How the workload sees these headers."""
    request = request_for(situation.request, situation.workload)
    return {name: allowed.effects.header_lines(name, request.header_lines(name)) for name in NAMES}


def rules_of(situation: Situation) -> list[Any]:
    """The rules of RequestAuthentications that are for the workload."""
    tokens = [one for one in situation.policies if one["kind"] == "RequestAuthentication"]
    return merged(one for one in tokens if applies(one, situation.workload, situation.mesh))


@given(situations_with_bad_tokens())
def test_where_a_token_is_looked_for_and_all_are_bad_nothing_is_allowed(situation: Situation) -> None:
    """So a bad token never allows more than none."""
    assume(situation.workload.role != "waypoint")  # what attaches to services is not for it
    assert isinstance(decide(situation), Denied)


CLAIMED = {"iss": "https://iss.example", "sub": "sub-1", "aud": "a", "groups": ["a", "b"], "scope": "read"}


@given(token_situations(), st.lists(st.sampled_from(["sub-1", "a", "read"]), min_size=1, max_size=2))
def test_nobody_but_a_token_says_what_its_claims_are(situation: Situation, values: list[str]) -> None:
    """Neither a caller in the headers for claims, nor the proxy in its metadata; CUSTOM rules come before all that."""
    rules, request = rules_of(situation), situation.request
    assume(rules and request.protocol == "http")
    names = sorted({name for rule in rules for name in output_headers(rule)})
    lines = tuple([line for line in request.headers if line[0].lower() not in names])
    said = {**request.metadata, "envoy.filters.http.jwt_authn": {"payload": CLAIMED}}
    forged = (*lines, *[(name, value) for name in names for value in values])
    others = [one for one in situation.policies if one["spec"].get("action") != "CUSTOM"]
    honest = replace(situation, policies=others, request=replace(request, headers=lines))
    forging = replace(situation, policies=others, request=replace(request, headers=forged, metadata=said))
    decision = decide(forging)

    assert decision == decide(honest)
    if isinstance(decision, Allowed):
        assert upstream(forging, decision) == upstream(honest, decision)


KNOWN = {"from": [{"source": {"requestPrincipals": ["*"]}}]}


@given(situations(protocol="http"), st.data())
def test_one_more_request_authentication_lets_nobody_in_who_must_be_known_and_has_no_good_token(
    situation: Situation, data: st.DataObject
) -> None:
    known = document("ALLOW", [KNOWN], name="known", namespace=situation.workload.namespace)
    denying = [one for one in situation.policies if one["spec"].get("action") == "DENY"]
    assume(situation.workload.role != "waypoint")
    nobody = replace(situation, policies=[*denying, known], request=replace(situation.request, claims=None))
    before = decide(nobody)
    more = replace(nobody, policies=[*nobody.policies, *data.draw(authentications(nobody))])

    assert isinstance(before, Denied)
    assert isinstance(decide(more), Denied)
