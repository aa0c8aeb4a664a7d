"""What Envoy gets: Istio's answers, and metadata that says why."""

import gc

import pytest

from authz.model.decision import Allowed, Decision, Denied, Reason, RuleRef, Shadow
from authz.model.rule import Action
from authz.model.where import Where
from authz.pb import CheckResponse
from authz.server.answers import ID_LENGTH, Answers
from tests.support.proxy import Answer, read_answer

ID = "0123456789abcdef01234567"
OTHER_ID = ID[::-1]
DIGEST = "sha256:d"


def ref(name: str) -> RuleRef:
    return RuleRef(f"ns[foo]-policy[{name}]-rule[0]", "foo", name, 0, Action.ALLOW, Where("a.yaml", 1, 1))


def answer(decision: Decision) -> Answer:
    return read_answer(Answers(DIGEST).render(decision, ID))


def test_a_denial_is_istios() -> None:
    message = CheckResponse.FromString(Answers(DIGEST).render(Denied(Reason.NO_ALLOW_RULE), ID))

    assert message.status.code == 7
    assert message.WhichOneof("http_response") == "denied_response"
    assert message.denied_response.status.code == 403
    assert message.denied_response.body == "RBAC: access denied"
    assert not message.denied_response.headers


def test_an_allowed_request_has_an_ok_response_and_no_status() -> None:
    message = CheckResponse.FromString(Answers(DIGEST).render(Allowed(Reason.ALLOW_RULE, ref("a")), ID))

    assert (message.status.code, message.WhichOneof("http_response")) == (0, "ok_response")


@pytest.mark.parametrize(
    "reason", [reason for reason in Reason if reason.value not in {"allow_rule", "no_allow_policy"}]
)
def test_every_reason_to_deny_denies(reason: Reason) -> None:
    given = answer(Denied(reason))

    assert (given.allowed, given.code, given.status, given.body) == (False, 7, 403, "RBAC: access denied")
    assert given.reason == reason.value


def test_the_metadata_of_a_plain_decision() -> None:
    assert answer(Allowed(Reason.ALLOW_RULE, ref("a"))).metadata == {
        "reason": "allow_rule",
        "matched_policy": "ns[foo]-policy[a]-rule[0]",
        "policy_digest": DIGEST,
        "decision_id": ID,
    }
    assert answer(Denied(Reason.NO_ALLOW_RULE)).metadata == {
        "reason": "no_allow_rule",
        "policy_digest": DIGEST,
        "decision_id": ID,
    }


def test_the_metadata_of_a_decision_with_notes() -> None:
    shadows = Shadow(Action.DENY, denied=True, by=ref("d")), Shadow(Action.ALLOW, denied=True, by=None)
    noted = Allowed(
        Reason.NO_ALLOW_POLICY, None, audited_by=ref("u"), shadows=shadows, path_not_normalized=True, detail="why"
    )

    assert answer(noted).metadata == {
        "reason": "no_allow_policy",
        "policy_digest": DIGEST,
        "decision_id": ID,
        "detail": "why",
        "path_not_normalized": True,
        "access_log_hint": True,
        "audited_by": "ns[foo]-policy[u]-rule[0]",
        "istio_dry_run_deny_shadow_engine_result": "denied",
        "istio_dry_run_deny_shadow_effective_policy_id": "ns[foo]-policy[d]-rule[0]",
        "istio_dry_run_allow_shadow_engine_result": "denied",
    }


def test_a_dry_run_allow_rule_that_matches_would_have_allowed() -> None:
    noted = Allowed(Reason.NO_ALLOW_POLICY, None, shadows=(Shadow(Action.ALLOW, denied=False, by=ref("s")),))

    assert answer(noted).metadata["istio_dry_run_allow_shadow_engine_result"] == "allowed"


@pytest.mark.parametrize("detail, told", [("a\udcffb", "a\\udcffb"), ("x" * 5000, "x" * 1000), ("a\0b", "a\0b")])
def test_any_detail_can_be_told(detail: str, told: str) -> None:
    assert answer(Denied(Reason.MALFORMED_PATH, detail=detail)).metadata["detail"] == told


DECISIONS: list[Decision] = [
    Allowed(Reason.ALLOW_RULE, ref("a")),
    Allowed(Reason.NO_ALLOW_POLICY, None),
    Denied(Reason.DENY_RULE, ref("d")),
    Denied(Reason.NO_ALLOW_RULE),
]


@pytest.mark.parametrize("decision", DECISIONS)
def test_a_kept_answer_is_the_one_that_would_be_made_anew(decision: Decision) -> None:
    answers = Answers(DIGEST)
    first, again = answers.render(decision, ID), answers.render(decision, ID)

    assert first == again == Answers(DIGEST).render(decision, ID)
    assert len(answers._cached) == 1


def test_the_id_is_the_only_thing_that_differs_from_call_to_call() -> None:
    answers, decision = Answers(DIGEST), DECISIONS[0]
    one, other = answers.render(decision, ID), answers.render(decision, OTHER_ID)

    assert one.replace(ID.encode(), OTHER_ID.encode()) == other
    assert read_answer(one).metadata["decision_id"] == ID
    assert read_answer(other).metadata["decision_id"] == OTHER_ID
    assert len(ID) == ID_LENGTH


def test_appending_the_id_is_the_same_as_having_it_in_one_message() -> None:
    appended = CheckResponse.FromString(Answers(DIGEST).render(DECISIONS[2], ID))
    whole = CheckResponse.FromString(appended.SerializeToString())

    assert appended == whole
    assert set(whole.dynamic_metadata.fields) == {"reason", "matched_policy", "policy_digest", "decision_id"}


@pytest.mark.parametrize(
    "decision",
    [
        Denied(Reason.UNREADABLE_FACT, detail="once"),
        Denied(Reason.MALFORMED_PATH, detail="once"),
        Denied(Reason.UNKNOWN_WORKLOAD, detail="once"),
        Denied(Reason.DENY_RULE, ref("d"), path_not_normalized=True),
        Allowed(Reason.ALLOW_RULE, ref("a"), audited_by=ref("u")),
        Allowed(Reason.ALLOW_RULE, ref("a"), shadows=(Shadow(Action.DENY, denied=True, by=None),)),
    ],
)
def test_what_is_decided_for_one_request_is_not_kept(decision: Decision) -> None:
    answers = Answers(DIGEST)
    answers.render(decision, ID)

    assert answers._cached == {}


def test_decisions_that_live_in_the_same_place_one_after_the_other_are_not_mixed_up() -> None:
    answers = Answers(DIGEST)
    for number in range(2_000):
        by = ref(f"p{number}")
        decision = Allowed(Reason.ALLOW_RULE, by) if number % 2 else Denied(Reason.DENY_RULE, by)
        given = read_answer(answers.render(decision, ID))
        assert (given.allowed, given.rule) == (bool(number % 2), by.id)
        del decision
        if number % 500 == 0:
            gc.collect()


def test_equal_decisions_have_equal_answers() -> None:
    answers = Answers(DIGEST)

    assert answers.render(Denied(Reason.DENY_RULE, ref("d")), ID) == answers.render(DECISIONS[2], ID)
