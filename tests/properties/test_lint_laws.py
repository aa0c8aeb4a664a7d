"""What lint says of rules that decide nothing is true: without them every decision is the same."""

import json
from collections.abc import Sequence
from typing import Any

from hypothesis import event, given
from hypothesis import strategies as st

from authz.model.decision import Allowed
from authz.model.problem import Code, Problems
from authz.model.settings import DecidingSettings
from authz.resources.collection import join_files, read_file
from authz.resources.documents import SourceFile
from authz.resources.lint import lint
from authz.resources.mesh_config import MeshConfig
from tests import reference
from tests.properties.product import engine_for, request_for
from tests.properties.strategies import Situation, situations

Policy = dict[str, Any]


def pointless(policies: Sequence[reference.Policy], root: str) -> dict[str, set[int]]:
    """The rules that lint calls swallowed, by the file of their policy: each policy is a file."""
    problems = Problems()
    files = [read_file(SourceFile(str(n), json.dumps(one).encode())) for n, one in enumerate(policies)]
    lint(join_files(files, problems), MeshConfig(root_namespace=root), DecidingSettings(), problems)
    found: dict[str, set[int]] = {}
    for problem in problems:
        if problem.code is Code.SWALLOWED_RULE:
            index = int(problem.field.removeprefix("spec.rules[").removesuffix("]"))
            found.setdefault(problem.where.file, set()).add(index)
    return found


def without(policy: reference.Policy, indices: set[int]) -> Any:
    if not indices:
        return policy
    rules = [rule for index, rule in enumerate(policy["spec"]["rules"]) if index not in indices]
    return {**policy, "spec": {**policy["spec"], "rules": rules}}


@given(situations(), st.randoms(use_true_random=False))
def test_a_swallowed_rule_decides_nothing(situation: Situation, random: Any) -> None:
    policies = [*situation.policies]
    for policy in situation.policies:  # rules that are alike, narrower, or elsewhere are rare otherwise
        rules = policy["spec"].get("rules")
        if rules:
            rule = json.loads(json.dumps(random.choice(rules)))
            if random.random() < 0.5:
                rule.pop(random.choice(list(rule)), None) if rule else None
            spec = {**policy["spec"], "rules": [rule]}
            if random.random() < 0.5:
                spec.pop("selector", None)
            name = f"copy-{len(policies)}"
            policies.append({**policy, "metadata": {**policy["metadata"], "name": name}, "spec": spec})
    found = pointless(policies, situation.mesh.get("rootNamespace", "istio-system"))
    event(f"{len(found)} policies have a swallowed rule")
    kept = [without(policy, found.get(str(n), set())) for n, policy in enumerate(policies)]
    kept = [one for one in kept if one["spec"].get("rules") != [] or one["spec"].get("action", "ALLOW") == "ALLOW"]
    request = request_for(situation.request, situation.workload)
    before = engine_for(policies, situation.mesh).decide(request)
    after = engine_for(kept, situation.mesh).decide(request)
    assert isinstance(before, Allowed) == isinstance(after, Allowed)
