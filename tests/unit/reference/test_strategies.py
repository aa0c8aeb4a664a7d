"""What the strategies give is varied enough to prove something."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, seed, settings

from tests.properties.strategies import Situation, situations
from tests.reference import decide
from tests.reference.model import Verdict
from tests.reference.paths import path_forms
from tests.reference.scope import applies

EXAMPLES = 500

Drawn = list[tuple[Situation, Verdict]]


@pytest.fixture(scope="module")
def drawn() -> Drawn:
    """The same examples in every run."""
    kept: Drawn = []

    @seed(1)
    @settings(max_examples=EXAMPLES, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(situations())
    def draw(one: Situation) -> None:
        kept.append((one, decide(one.policies, one.mesh, one.workload, one.request)))

    draw()
    return kept


def share(drawn: Drawn, holds: Callable[[Situation, Verdict], object]) -> float:
    return sum(bool(holds(situation, verdict)) for situation, verdict in drawn) / len(drawn)


def forms_disagree(situation: Situation) -> bool:
    """Whether the path as sent and its normal form are decided differently."""
    mesh = {**situation.mesh, "pathNormalization": {"normalization": "NONE"}}
    forms = path_forms(situation.request, situation.mesh)
    return len({decide(situation.policies, mesh, situation.workload, form).allowed for form in forms}) > 1


def test_decisions_go_both_ways(drawn: Drawn) -> None:
    assert 0.3 < share(drawn, lambda _, verdict: verdict.allowed) < 0.7


def test_rules_match_often(drawn: Drawn) -> None:
    assert share(drawn, lambda _, verdict: verdict.matched) > 0.4


def test_every_reason_is_given(drawn: Drawn) -> None:
    reasons = Counter(verdict.reason for _, verdict in drawn)

    assert set(reasons) == {"custom", "deny_rule", "allow_rule", "no_allow_rule", "no_policy", "bad_path"}
    assert min(reasons.values()) > EXAMPLES / 100, reasons


def test_most_policies_apply(drawn: Drawn) -> None:
    pairs = [applies(one, situation.workload, situation.mesh) for situation, _ in drawn for one in situation.policies]

    assert len(pairs) > EXAMPLES
    assert 0.5 < sum(pairs) / len(pairs) < 0.95


def test_policies_are_valid(drawn: Drawn) -> None:
    problems = [problem for situation, _ in drawn for one in situation.policies for problem in problems_of(one["spec"])]

    assert problems == []


def problems_of(spec: dict[str, Any]) -> Iterator[tuple[str, object]]:
    """What Istio's validation would reject (section 12 of the semantics), as far as the strategies could go wrong."""
    action, rules = spec.get("action", "ALLOW"), spec.get("rules") or []
    if action in ("DENY", "CUSTOM") and not rules:
        yield "no rules", spec
    for rule in rules:
        sources, operations = (
            [one["source"] for one in rule.get("from", ())],
            [one["operation"] for one in rule.get("to", ())],
        )
        conditions = rule.get("when", [])
        for fields in [
            *sources,
            *operations,
            *({"v": c.get("values", ["x"]), "n": c.get("notValues", ["x"])} for c in conditions),
        ]:
            if (
                not fields
                or not all(fields.values())
                or not all(value for values in fields.values() for value in values)
            ):
                yield "empty", rule
        for fields in sources:
            words = {name.removeprefix("not").lower() for name in fields}
            if "serviceaccounts" in words and words & {"principals", "namespaces"}:
                yield "service accounts beside others", fields
        asked = {name for one in sources for name in one} | {one["key"] for one in conditions}
        if action == "CUSTOM" and any(
            re.search("(?i)principal|namespace|account|domain|request.auth", one) for one in asked
        ):
            yield "identity in CUSTOM", rule
        for path in (value for one in operations for name in ("paths", "notPaths") for value in one.get(name, ())):
            if not is_valid_path(path):
                yield "path", path


def is_valid_path(value: str) -> bool:
    """Section 4: a plain value has no brace; in a template each segment is an operator, or plain without star."""
    if "{*}" not in value and "{**}" not in value:
        return "{" not in value and "}" not in value
    literal = r"[a-zA-Z0-9-._~%!$&'()+,;:@=]+"
    segments = value.strip("/").split("/")
    after_any = segments[segments.index("{**}") + 1 :] if "{**}" in segments else []
    return all(re.fullmatch(rf"\{{\*\*?\}}|{literal}", one) for one in segments) and "{" not in "".join(after_any)


@pytest.mark.parametrize(
    "holds",
    [
        lambda situation, _: situation.request.protocol == "tcp",
        lambda situation, _: situation.request.header_form == "merged",
        lambda situation, _: len(situation.request.peer_names) > 1,
        lambda situation, _: len(path_forms(situation.request, situation.mesh)) > 1,
        lambda situation, _: forms_disagree(situation),
        lambda situation, _: situation.request.claims,
        lambda situation, _: situation.workload.role != "sidecar",
        lambda situation, _: "{*" in json.dumps(situation.policies),
        lambda _, verdict: verdict.shadow_allow or verdict.shadow_deny,
        lambda _, verdict: verdict.audited,
        lambda situation, verdict: situation.request.protocol == "tcp" and verdict.matched,
    ],
    ids=[
        "tcp",
        "merged",
        "many-names",
        "two-forms",
        "two-verdicts",
        "token",
        "gateways",
        "templates",
        "shadows",
        "audit",
        "tcp-match",
    ],
)
def test_no_corner_is_rare(drawn: Drawn, holds: Callable[[Situation, Verdict], object]) -> None:
    assert share(drawn, holds) > 0.001
