from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from authz.model.problem import Problem, Problems
from authz.model.settings import DecidingSettings
from authz.resources.collection import Resources
from authz.resources.lint import Linter, lint
from authz.resources.mesh_config import MeshConfig
from tests.support.linting import codes, warnings_of
from tests.support.reading import resources

CONFORMANCE = sorted((Path(__file__).parents[2] / "data" / "conformance").glob("*.jsonl.gz"))
A = "{to: [{operation: {paths: [/a]}}]}"
GET_A = "{to: [{operation: {methods: [GET], paths: [/a]}}]}"
FROM_X = "{from: [{source: {namespaces: [x]}}]}"
X_TO_A = "{from: [{source: {namespaces: [x]}}], to: [{operation: {paths: [/a]}}]}"
X_OR_Y = "{from: [{source: {namespaces: [x]}}, {source: {namespaces: [y]}}]}"
TOKEN_OR_X = "{from: [{source: {requestPrincipals: ['*']}}, {source: {namespaces: [x]}}]}"
APP = "selector: {matchLabels: {app: a}}, "


def policy(name: str, rules: str, place: str = "", namespace: str = "foo", action: str = "ALLOW") -> str:
    return (
        "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\n"
        f"metadata: {{name: {name}, namespace: {namespace}}}\nspec: {{action: {action}, {place}rules: [{rules}]}}\n"
    )


def overlaps(*policies: str, config: MeshConfig | None = None) -> list[Problem]:
    return [one for one in warnings_of("---\n".join(policies), config=config) if one.code.value in {"AZ955", "AZ956"}]


@pytest.mark.parametrize(
    ("wide", "narrow", "swallowed"),
    [
        (A, A, True),
        (A, GET_A, True),
        (GET_A, A, False),
        (A, X_TO_A, True),
        (FROM_X, X_TO_A, True),
        (X_OR_Y, X_TO_A, True),
        (X_OR_Y, FROM_X, True),
        (FROM_X, X_OR_Y, False),
        (TOKEN_OR_X, X_TO_A, True),
        (TOKEN_OR_X, FROM_X, False),
        (A, "{to: [{operation: {paths: [/a, /b]}}]}", False),
        (A, "{to: [{operation: {notPaths: [/a]}}]}", False),
        ("{to: [{operation: {paths: [/b, /a]}}]}", "{to: [{operation: {paths: [/a, /b]}}]}", True),
        ("{when: [{key: source.ip, values: ['::1']}]}", "{when: [{key: remote.ip, values: ['::1']}]}", False),
        ("{when: [{key: source.ip, values: ['::1']}]}", "{when: [{key: source.ip, values: ['::1']}], " + A[1:], True),
    ],
)
def test_a_rule_that_asks_for_all_that_another_asks_for_is_swallowed(wide: str, narrow: str, swallowed: bool) -> None:  # noqa: FBT001
    first, second = (
        overlaps(policy("a", wide, APP), policy("n", narrow, APP)),
        overlaps(policy("w", f"{wide}, {narrow}", APP)),
    )
    assert [one.message.partition(" (")[0] for one in first if "foo/n" not in one.message] == [
        "rules[0] of foo/a"
    ] * swallowed
    assert [one.field for one in second if "rules[0]" in one.message] == ["spec.rules[1]"] * swallowed


def test_tcp_keeps_a_rule_that_http_makes_pointless_for_http() -> None:
    assert codes(overlaps(policy("a", f"{TOKEN_OR_X}, {FROM_X}", APP, action="DENY"))) == ["AZ955"]
    assert codes(overlaps(policy("a", f"{TOKEN_OR_X}, {FROM_X}", APP))) == []


@pytest.mark.parametrize(
    ("first", "second", "swallowed"),
    [
        (policy("a", A, APP), policy("b", A, APP), ["foo/a"]),
        (policy("b", A, APP), policy("a", A, APP), ["foo/a"]),
        (policy("a", A, APP), policy("b", A), ["foo/b"]),
        (policy("a", A, APP), policy("b", A, namespace="istio-system"), ["istio-system/b"]),
        (policy("a", A, APP), policy("b", A, APP, namespace="istio-system"), ["istio-system/b"]),
        (policy("a", A), policy("b", A, namespace="istio-system"), ["istio-system/b"]),
        (policy("a", A, APP), policy("b", A, APP, namespace="bar"), []),
        (policy("a", A, APP), policy("b", A, "selector: {matchLabels: {app: b}}, "), []),
        (policy("a", A, APP), policy("b", A, APP, action="DENY"), []),
        (policy("a", A, APP), policy("b", A, "targetRefs: [{kind: Service, name: a}], "), []),
        (policy("a", A), policy("b", A, "targetRefs: [{kind: Service, name: a}], "), []),
        (policy("a", A, "targetRefs: [{kind: Service, name: a}], "),
         policy("b", A, "targetRefs: [{kind: Service, name: a}], "), ["foo/a"]),
    ],
)  # fmt: skip
def test_policies_for_the_same_workloads_or_wider_count(first: str, second: str, swallowed: list[str]) -> None:
    found = overlaps(first, second)
    assert [one.message.partition(" of ")[2].partition(" ")[0] for one in found] == swallowed


def test_a_dry_run_swallows_nothing() -> None:
    tried = policy("a", A, APP).replace("foo}", "foo, annotations: {istio.io/dry-run: 'true'}}")
    assert overlaps(tried, policy("b", A, APP)) == []


def test_an_account_without_namespace_is_another_in_another_namespace() -> None:
    rule = "{from: [{source: {serviceAccounts: [%s]}}]}"
    root = policy("a", rule % "a", namespace="istio-system")
    assert overlaps(root, policy("b", rule % "a")) == []
    assert codes(overlaps(root, policy("b", rule % "istio-system/a"))) == ["AZ955"]


def test_allowing_all_is_said_once_and_of_the_rule_that_does() -> None:
    (one,) = overlaps(policy("all", "{}"), policy("b", f"{A}, {GET_A}", APP), policy("c", FROM_X))
    assert (one.code.value, one.field, one.where.line) == ("AZ956", "spec.rules[0]", 4)
    assert "so that rules[0] of foo/b and 2 more can add nothing" in one.message


@pytest.mark.parametrize(
    "policies",
    [
        (policy("a", "{}"),),
        (policy("a", "{}"), policy("b", "{}, {}")),
        (policy("a", "{}", APP), policy("b", A)),
        (policy("a", "{}", action="DENY"), policy("b", f"{A}, {GET_A}", APP, action="DENY")),
    ],
)
def test_allowing_all_alone_or_denying_all_is_left_alone(policies: tuple[str, ...]) -> None:
    assert overlaps(*policies) == []


def custom(name: str, provider: str, place: str = "") -> str:
    return policy(name, A, f"provider: {{name: {provider}}}, {place}", action="CUSTOM")


@pytest.mark.parametrize(
    ("policies", "where"),
    [
        ((custom("a", "p"), custom("b", "p", APP)), []),
        ((custom("a", "p"), custom("b", "q")), ["foo/a"]),
        ((custom("a", "p", APP), custom("b", "q")), ["foo/b"]),
        ((custom("a", "p", APP), custom("b", "q", "selector: {matchLabels: {app: b}}, ")), []),
    ],
)
def test_two_providers_for_one_workload_deny(policies: tuple[str, ...], where: list[str]) -> None:
    found = [one for one in warnings_of("---\n".join(policies)) if one.code.value == "AZ954"]
    assert [one.message.partition(" ")[0] for one in found] == where


def test_of_several_that_swallow_a_rule_the_first_by_name_is_told() -> None:
    (one,) = overlaps(policy("d", GET_A, APP), policy("c", A, namespace="istio-system"), policy("b", A))[:1]
    assert one.message.startswith("rules[0] of foo/b")


def test_many_rules_alike_are_compared_in_linear_time() -> None:
    rules = ", ".join(f"{{to: [{{operation: {{methods: [GET], paths: [/{n}]}}}}]}}" for n in range(500))
    (one,) = overlaps(policy("a", rules, APP), policy("b", "{to: [{operation: {methods: [GET]}}]}, " + A, APP))[:1]
    assert one.message.startswith("rules[0] of foo/b")


def test_a_policy_that_stayed_the_same_is_not_looked_at_again() -> None:
    linter = Linter()
    kept, _ = resources(policy("a", A.replace("/a", "a"), APP))
    config, settings = MeshConfig(), DecidingSettings()

    def lint_again(found: Resources, config: MeshConfig) -> list[Problem]:
        problems = Problems()
        linter.lint(found, config, settings, problems)
        return list(problems)

    (first,) = lint_again(kept, config)
    (again,) = lint_again(kept, config)
    assert again is first
    (other,) = lint_again(kept, MeshConfig(root_namespace="foo"))
    assert (other is first, other) == (False, first)


@pytest.mark.parametrize("family", CONFORMANCE, ids=lambda path: path.name.partition(".")[0])
def test_no_recorded_policy_is_too_odd_to_look_at(family: Path) -> None:
    with gzip.open(family, "rt", encoding="utf-8") as lines:
        sets = {json.loads(line)["policies"] for line in lines}
    for content in sets:
        found, _ = resources(content)
        lint(found, MeshConfig(), DecidingSettings(), Problems())
