"""The order of actions: CUSTOM, DENY, ALLOW; AUDIT and dry-run policies only note."""

import pytest

from authz.decision.evaluate import decide
from authz.model.decision import Allowed, Decision, Denied, Reason
from authz.model.facts import UnreadableFactError
from authz.model.request import Request
from authz.model.rule import Action
from authz.model.settings import DecidingSettings
from authz.model.workload import Workload
from authz.policy.compile import Compiler
from tests.support.policies import Document, dry_run, engine, policy, to, when
from tests.support.rules import facts

ALLOW, DENY = policy("a", {}), policy("d", {}, action="DENY")
AUDIT = policy("u", {}, action="AUDIT")
CUSTOM = policy("c", {}, action="CUSTOM", provider={"name": "x"})
NEVER = to(paths=["/never"])
BROKEN = Request(headers=(("x", "\0"),))
READS = when("request.headers[x]", "a")


def decision_of(*policies: Document, request: Request | None = None) -> Decision:
    program = Compiler(engine(*policies).view, DecidingSettings()).program(Workload("foo"), tcp=False)
    return decide(program, facts(request))


@pytest.mark.parametrize(
    "policies, kind, reason, by",
    [
        ((), Allowed, Reason.NO_ALLOW_POLICY, None),
        ((ALLOW,), Allowed, Reason.ALLOW_RULE, "a"),
        ((policy("a", NEVER),), Denied, Reason.NO_ALLOW_RULE, None),
        ((policy("a"),), Denied, Reason.NO_ALLOW_RULE, None),
        ((policy("a", NEVER), policy("b", {})), Allowed, Reason.ALLOW_RULE, "b"),
        ((DENY, ALLOW), Denied, Reason.DENY_RULE, "d"),
        ((policy("d", NEVER, action="DENY"),), Allowed, Reason.NO_ALLOW_POLICY, None),
        ((policy("d", NEVER, action="DENY"), ALLOW), Allowed, Reason.ALLOW_RULE, "a"),
        ((CUSTOM, DENY, ALLOW), Denied, Reason.CUSTOM_UNAVAILABLE, "c"),
        ((policy("c", NEVER, action="CUSTOM", provider={"name": "x"}), ALLOW), Allowed, Reason.ALLOW_RULE, "a"),
        ((AUDIT,), Allowed, Reason.NO_ALLOW_POLICY, None),
        ((dry_run(DENY), dry_run(policy("a"))), Allowed, Reason.NO_ALLOW_POLICY, None),
    ],
)
def test_the_first_action_that_decides(
    policies: tuple[Document, ...], kind: type, reason: Reason, by: str | None
) -> None:
    decision = decision_of(*policies)

    assert isinstance(decision, kind)
    assert (decision.reason, decision.by.policy if decision.by else None) == (reason, by)


@pytest.mark.parametrize("others, allowed", [((), True), ((ALLOW,), True), ((policy("a"),), False), ((DENY,), False)])
def test_an_audit_rule_that_matches_is_noted_whatever_is_decided(
    others: tuple[Document, ...], *, allowed: bool
) -> None:
    decision = decision_of(AUDIT, *others)

    assert decision.audited_by is not None
    assert decision.audited_by.policy == "u"
    assert isinstance(decision, Allowed) is allowed


def test_an_audit_rule_that_does_not_match_leaves_the_programs_own_decision() -> None:
    program = Compiler(engine(ALLOW, policy("u", NEVER, action="AUDIT")).view, DecidingSettings()).program(
        Workload("foo"), tcp=False
    )

    assert decide(program, facts()) is decide(program, facts()) is program.permissions[0]


@pytest.mark.parametrize(
    "tried, action, denied, by",
    [
        (policy("s", {}), Action.ALLOW, False, "s"),
        (policy("s", NEVER), Action.ALLOW, True, None),
        (policy("s"), Action.ALLOW, True, None),
        (policy("s", {}, action="DENY"), Action.DENY, True, "s"),
        (policy("s", NEVER, action="DENY"), Action.DENY, False, None),
    ],
)
def test_a_dry_run_policy_says_what_it_would_have_done(
    tried: Document, action: Action, *, denied: bool, by: str | None
) -> None:
    (shadow,) = decision_of(dry_run(tried), ALLOW).shadows

    assert (shadow.action, shadow.denied, shadow.by.policy if shadow.by else None) == (action, denied, by)


def test_behind_a_deny_rule_nobody_asks_what_a_dry_run_allow_policy_would_say() -> None:
    shadows = decision_of(DENY, dry_run(policy("s", {})), dry_run(policy("t", {}, action="DENY"))).shadows

    assert [shadow.action for shadow in shadows] == [Action.DENY]


@pytest.mark.parametrize(
    "policies",
    [
        (policy("p", READS),),
        (policy("p", READS, action="DENY"), ALLOW),
        (policy("p", READS, action="CUSTOM", provider={"name": "x"}), ALLOW),
        (policy("p", when("request.headers[x]", not_values=["a"])),),
        (policy("p", when("request.headers[x]", not_values=["a"]), action="DENY"), ALLOW),
    ],
)
def test_a_fact_that_a_deciding_rule_needs_and_cannot_read_decides_nothing(policies: tuple[Document, ...]) -> None:
    with pytest.raises(UnreadableFactError):
        decision_of(*policies, request=BROKEN)


def test_audit_and_dry_run_policies_that_cannot_read_a_fact_change_no_verdict() -> None:
    audit, shadow = policy("u", READS, action="AUDIT"), dry_run(policy("s", READS))
    decision = decision_of(ALLOW, audit, shadow, dry_run(policy("t", READS, action="DENY")), request=BROKEN)

    assert isinstance(decision, Allowed)
    assert decision.audited_by is None
    assert [(one.denied, one.by) for one in decision.shadows] == [(True, None), (True, None)]
