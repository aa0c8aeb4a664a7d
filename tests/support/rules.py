"""Lowered rules without the policies they would come from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from authz.decision.facts import FactSettings, RequestFacts
from authz.model.decision import RuleRef
from authz.model.request import Request
from authz.model.rule import Action, Attribute, AttributeKind, Requirement
from authz.model.string_match import Exact
from authz.model.where import Where
from authz.policy.ir import Fact, FactRef, Form, LoweredRule, Matcher, Test

if TYPE_CHECKING:
    from authz.policy.ir import Conjunction

HERE = Where("test.yaml", 1, 1)
ORIGIN = Requirement(Attribute(AttributeKind.PATH), (Exact("/"),), ("/",), negated=False, field="to[0]", where=HERE)


def wants(fact: Fact, *forms: Form, name: tuple[str, ...] = (), negated: bool = False) -> Test:
    """A test: some value of the fact has one of the forms."""
    return Test(tuple([Matcher(FactRef(fact, name), form) for form in forms]), negated, ORIGIN)


def rule(
    policy: str,
    *conditions: Test,
    sources: tuple[Conjunction, ...] = (),
    operations: tuple[Conjunction, ...] = (),
) -> LoweredRule:
    ref = RuleRef(f"ns[foo]-policy[{policy}]-rule[0]", "foo", policy, 0, Action.ALLOW, HERE)
    return LoweredRule(ref, sources, operations, conditions)


def facts(request: Request | None = None, *, trusted_proxies: int = 0) -> RequestFacts:
    return RequestFacts(request or Request(), FactSettings(trusted_proxies))
