"""The laws of a decision, on generated policies and requests.

The index, the explanation and the slow reference agree. One more DENY never allows more, one more ALLOW rule never
denies more where there is an ALLOW policy already. Order of files means nothing. Bytes and values are decided alike.
"""

import random

from hypothesis import given
from hypothesis import strategies as st

from authz.model.decision import Allowed, Decision, Reason
from authz.observability.counters import Counters
from authz.pb import CheckResponse
from authz.server.check import CheckDoor, InForce
from tests import reference
from tests.properties.product import document, engine_for, request_for
from tests.properties.strategies import Situation, rules, situations

_REASONS = {
    Reason.ALLOW_RULE: "allow_rule",
    Reason.NO_ALLOW_POLICY: "no_policy",
    Reason.DENY_RULE: "deny_rule",
    Reason.NO_ALLOW_RULE: "no_allow_rule",
    Reason.CUSTOM_UNAVAILABLE: "custom",
    Reason.MALFORMED_PATH: "bad_path",
}


def decide(situation: Situation, bare: str = "istio") -> Decision:
    engine = engine_for(situation.policies, situation.mesh, bare)
    return engine.decide(request_for(situation.request, situation.workload))


def asked(situation: Situation, bare: reference.model.BareRequestPrincipals = "istio") -> reference.Verdict:
    return reference.decide(
        situation.policies, situation.mesh, situation.workload, situation.request, bare_request_principals=bare
    )


@given(situations(), st.sampled_from(["istio", "subject"]))
def test_the_engine_decides_as_the_reference(situation: Situation, bare: reference.model.BareRequestPrincipals) -> None:
    got, wanted = decide(situation, bare), asked(situation, bare)
    matched = got.by.id if got.by else None
    assert (isinstance(got, Allowed), matched, _REASONS[got.reason]) == (wanted.allowed, wanted.matched, wanted.reason)


@given(situations())
def test_shadows_and_audit_marks_are_those_of_the_reference(situation: Situation) -> None:
    got, wanted = decide(situation), asked(situation)
    for shadow in got.shadows:
        expected = wanted.shadow_deny if shadow.action.value == "DENY" else wanted.shadow_allow
        assert expected == reference.Shadow(not shadow.denied, shadow.by.id if shadow.by else None)
    if got.reason in {Reason.ALLOW_RULE, Reason.NO_ALLOW_POLICY}:
        assert (got.audited_by is not None) == wanted.audited
        told = {shadow.action.value for shadow in got.shadows}
        assert ("DENY" in told) >= bool(wanted.shadow_deny and wanted.shadow_deny.matched)
        assert ("ALLOW" in told) == (wanted.shadow_allow is not None)


@given(situations())
def test_the_explanation_reaches_the_decision_of_the_index(situation: Situation) -> None:
    engine = engine_for(situation.policies, situation.mesh)
    request = request_for(situation.request, situation.workload)
    assert engine.explain(request).decision == engine.decide(request)


@given(situations(), st.randoms(use_true_random=False))
def test_the_order_of_documents_means_nothing(situation: Situation, chance: random.Random) -> None:
    shuffled = list(situation.policies)
    chance.shuffle(shuffled)
    request = request_for(situation.request, situation.workload)
    one, other = engine_for(situation.policies, situation.mesh), engine_for(shuffled, situation.mesh)
    before, after = one.decide(request), other.decide(request)
    assert one.digest == other.digest
    assert (type(before), before.reason, before.by and before.by.id) == (
        type(after),
        after.reason,
        after.by and after.by.id,
    )


@given(situations(), rules("DENY"))
def test_one_more_deny_policy_never_allows_more(situation: Situation, rule: dict[str, object]) -> None:
    extra = document("DENY", [rule], namespace=situation.workload.namespace)
    with_deny = Situation([*situation.policies, extra], situation.mesh, situation.workload, situation.request)
    assert isinstance(decide(situation), Allowed) or not isinstance(decide(with_deny), Allowed)


@given(situations(), rules("ALLOW"))
def test_one_more_allow_policy_beside_another_never_denies_more(situation: Situation, rule: dict[str, object]) -> None:
    namespace = situation.workload.namespace
    none = document("ALLOW", [], name="nothing", namespace=namespace)
    extra = document("ALLOW", [rule], namespace=namespace)
    before = Situation([*situation.policies, none], situation.mesh, situation.workload, situation.request)
    after = Situation([*before.policies, extra], situation.mesh, situation.workload, situation.request)
    assert not isinstance(decide(before), Allowed) or isinstance(decide(after), Allowed)


@given(st.binary(max_size=300))
def test_no_bytes_are_ever_allowed_by_a_set_that_allows_nothing(data: bytes) -> None:
    in_force = InForce.of(engine_for([document("ALLOW", [])], {}))
    door = CheckDoor(lambda: in_force, Counters())
    answer = door.check(data, {"authz-namespace": "foo", "authz-labels": ""}, None)
    assert isinstance(answer, bytes)
    assert CheckResponse.FromString(answer).status.code != 0
