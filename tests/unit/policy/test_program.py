"""A program has an index for each kind of policy, and tells "no policy" from "a policy that matches nothing"."""

import pytest

from authz.model.decision import Allowed, Denied, Reason
from authz.model.settings import DecidingSettings
from authz.model.workload import Workload
from authz.policy.compile import Compiler
from authz.policy.program import Program
from tests.support.policies import Document, dry_run, engine, policy, to


def program(*policies: Document, tcp: bool = False) -> Program:
    return Compiler(engine(*policies).view, DecidingSettings()).program(Workload("foo"), tcp=tcp)


def kinds(built: Program) -> set[str]:
    names = ("custom", "audit", "deny", "allow", "shadow_deny", "shadow_allow")
    return {name for name in names if getattr(built, name) is not None}


@pytest.mark.parametrize(
    "written, wanted",
    [
        (policy("p", {}), {"allow"}),
        (policy("p"), {"allow"}),
        (policy("p", {}, action="DENY"), {"deny"}),
        (policy("p", {}, action="AUDIT"), {"audit"}),
        (policy("p", action="AUDIT"), set()),
        (policy("p", {}, action="CUSTOM", provider={"name": "x"}), {"custom"}),
        (dry_run(policy("p", {})), {"shadow_allow"}),
        (dry_run(policy("p")), {"shadow_allow"}),
        (dry_run(policy("p", {}, action="DENY")), {"shadow_deny"}),
        (policy("p", {}, namespace="elsewhere"), set()),
    ],
)
def test_each_kind_of_policy_has_its_index(written: Document, wanted: set[str]) -> None:
    assert kinds(program(written)) == wanted


def test_an_allow_policy_that_lost_all_its_rules_is_one_that_matches_nothing() -> None:
    built = program(policy("p", to(paths=["/a"])), tcp=True)

    assert built.allow is not None
    assert built.allow.refs == ()
    assert built.permissions == ()


def test_answers_are_built_once_in_the_order_of_the_ids() -> None:
    built = program(policy("b", {}, {}), policy("a", {}), policy("d", {}, action="DENY"))

    ids = ["ns[foo]-policy[a]-rule[0]", "ns[foo]-policy[b]-rule[0]", "ns[foo]-policy[b]-rule[1]"]
    assert [answer.by.id for answer in built.permissions if answer.by] == ids
    assert all(isinstance(answer, Allowed) for answer in built.permissions)
    assert [(type(answer), answer.reason) for answer in built.denials] == [(Denied, Reason.DENY_RULE)]


@pytest.mark.parametrize("beside", [policy("q", {}, action="AUDIT"), dry_run(policy("q", {}))])
def test_a_program_only_decides_where_nothing_is_to_be_noted(beside: Document) -> None:
    assert program(policy("p", {})).only_decides
    assert not program(policy("p", {}), beside).only_decides
