"""The laws of a decision where tokens count: whole policy sets with RequestAuthentications.

Engine, explanation and the slow reference agree, about refusals and about what the workload gets to see. A token never
allows more than its claims do, nobody but a token sets a claim, and one more RequestAuthentication lets nobody in.
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
from tests.properties.tokens import authentications, token_situations
from tests.reference.headers import header_values
from tests.reference.scope import applies
from tests.reference.tokens import is_preflight, merged, output_headers, tokens_of
from tests.support.jwts import NOW_S


def decide(situation: Situation) -> Decision:
    engine = engine_for(situation.policies, situation.mesh)
    return engine.decide(request_for(situation.request, situation.workload), NOW_S)


def asked(situation: Situation) -> tuple[reference.Refused | reference.Verdict, reference.Request]:
    of = situation.policies, situation.mesh, situation.workload, situation.request
    return reference.decide_with_tokens(*of, now_s=NOW_S)


@given(token_situations())
def test_the_engine_decides_as_the_reference(situation: Situation) -> None:
    got, (wanted, seen) = decide(situation), asked(situation)
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


def with_headers(situation: Situation, *lines: tuple[str, str]) -> Situation:
    return replace(situation, request=replace(situation.request, headers=(*situation.request.headers, *lines)))


@given(token_situations())
def test_the_explanation_reaches_the_decision_of_the_engine(situation: Situation) -> None:
    engine = engine_for(situation.policies, situation.mesh)
    request = request_for(situation.request, situation.workload)
    for now_s in (NOW_S, None):
        assert engine.explain(request, now_s).decision == engine.decide(request, now_s)


@given(token_situations(only_bad=True))
def test_where_a_token_is_looked_for_and_all_are_bad_nothing_is_allowed(situation: Situation) -> None:
    """So a bad token never allows more than none."""
    rules, request = rules_of(situation), situation.request
    names = [name for rule in rules for name in output_headers(rule)]
    assume(request.protocol == "http" and not is_preflight(request))
    assume(any(tokens_of(rule, request, names) for rule in rules))
    assert isinstance(decide(situation), Denied)


@given(token_situations(), st.lists(st.sampled_from(["s", "sub-1", "a", "forged"]), min_size=1, max_size=2))
def test_a_caller_sets_no_header_for_claims_whatever_the_decision(situation: Situation, values: list[str]) -> None:
    names = sorted({name for rule in rules_of(situation) for name in output_headers(rule)})
    plain = replace(situation, policies=[one for one in situation.policies if one["spec"].get("action") != "CUSTOM"])
    plain = replace(
        plain,
        request=replace(
            plain.request, headers=tuple([line for line in plain.request.headers if line[0].lower() not in names])
        ),
    )
    assume(names and situation.request.protocol == "http")
    forging = with_headers(plain, *[(name, value) for name in names for value in values])
    honest, forged = decide(plain), decide(forging)

    assert honest == forged
    if isinstance(forged, Allowed):
        assert upstream(forging, forged) == upstream(plain, forged)


@given(token_situations(), st.sampled_from(["https://iss.example", "iss"]))
def test_what_a_proxy_says_of_claims_counts_nowhere_where_tokens_are_verified(
    situation: Situation, issuer: str
) -> None:
    assume(rules_of(situation) and situation.request.protocol == "http")
    said = {"payload": {"iss": issuer, "sub": "sub-1", "aud": "a", "groups": ["a", "b"], "scope": "read"}}
    metadata = {**situation.request.metadata, "envoy.filters.http.jwt_authn": said}
    telling = replace(situation, request=replace(situation.request, metadata=metadata))
    assert decide(telling) == decide(situation)


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


@given(token_situations())
def test_a_token_allows_no_more_than_its_claims_do_from_a_proxy(situation: Situation) -> None:
    """The same request, its claims verified by the proxy and its headers as the workload would see them."""
    got, (wanted, seen) = decide(situation), asked(situation)
    assume(isinstance(got, Allowed) and isinstance(wanted, reference.Verdict))
    plain = [one for one in situation.policies if one["kind"] != "RequestAuthentication"]
    told = decide(replace(situation, policies=plain, request=seen))
    assert isinstance(told, Allowed) or told.reason is Reason.CUSTOM_UNAVAILABLE
