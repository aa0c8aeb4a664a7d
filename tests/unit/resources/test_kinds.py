from __future__ import annotations

import json

import pytest

from authz.model.problem import Code, Problems
from authz.resources.authorization_policy import AuthorizationPolicy
from authz.resources.collection import Collector, read_file
from authz.resources.documents import SourceFile
from authz.resources.kinds import SECURITY_KINDS
from tests.support.reading import HEAD, resources, summaries


def a(kind: str, api_version: str, rest: str = "metadata: {name: a}\n") -> str:
    return f"apiVersion: {api_version}\nkind: {kind}\n{rest}"


@pytest.mark.parametrize(
    ("kind", "versions"),
    [
        ("VirtualService", ["networking.istio.io/v1", "networking.istio.io/v1beta1", "networking.istio.io/v1alpha3"]),
        ("Gateway", ["networking.istio.io/v1", "gateway.networking.k8s.io/v1"]),
        ("EnvoyFilter", ["networking.istio.io/v1alpha3"]),
        ("Telemetry", ["telemetry.istio.io/v1", "telemetry.istio.io/v1alpha1"]),
        ("WasmPlugin", ["extensions.istio.io/v1alpha1"]),
        ("Service", ["v1"]),
        ("Deployment", ["apps/v1"]),
        ("ConfigMap", ["v1"]),
        ("Whatever", ["example.com/v1", "x/v1", "notistio.io/v1"]),
    ],
)
def test_kinds_that_have_no_part_in_decisions_are_passed_over_and_counted(kind: str, versions: list[str]) -> None:
    problems = Problems()
    text = "---\n".join(a(kind, version) for version in versions)
    found = Collector(SECURITY_KINDS).collect([SourceFile("a.yaml", text.encode())], problems)
    assert list(problems) == []
    assert (found.passed_over, found.is_empty) == ({kind: len(versions)}, True)


@pytest.mark.parametrize("kind", ["AuthorizationPolicy", "PeerAuthentication", "RequestAuthentication"])
def test_a_kind_of_another_group_that_is_named_like_ours_is_none_of_ours(kind: str) -> None:
    found, problems = resources(a(kind, "policy.linkerd.io/v1alpha1", "spec: {targetRef: {}}"))
    assert problems == []
    assert (found.passed_over, found.is_empty) == ({f"{kind}.policy.linkerd.io": 1}, True)


@pytest.mark.parametrize(
    ("kind", "api_version", "expected", "words"),
    [
        ("AuthorisationPolicy", "security.istio.io/v1", "2:1 AZ011 kind", "it has AuthorizationPolicy, PeerAuth"),
        ("authorizationpolicy", "security.istio.io/v1", "2:1 AZ011 kind", "no kind 'authorizationpolicy' that we know"),
        ("VirtualService", "security.istio.io/v1", "2:1 AZ011 kind", "no kind 'VirtualService' that we know"),
        ("AuthorizationPolicy", "networking.istio.io/v1", "2:1 AZ011 kind", "it has DestinationRule, EnvoyFilter"),
        ("AuthorizationPolicy", "securty.istio.io/v1", "2:1 AZ011 kind", "it has no kind"),
        ("AuthorizationPolicy", "istio.io/v1", "2:1 AZ011 kind", "it has no kind"),
        ("AuthorizationPolicy", "Security.Istio.IO/v1", "2:1 AZ011 kind", "it has no kind"),
        ("AuthorizationPolicy", "security.istio.io/v1alpha1", "1:1 AZ011 apiVersion", "v1, v1beta1, found 'v1alpha1'"),
        ("AuthorizationPolicy", "security.istio.io/v2", "1:1 AZ011 apiVersion", "v1, v1beta1, found 'v2'"),
        ("AuthorizationPolicy", "security.istio.io/", "1:1 AZ011 apiVersion", "found ''"),
        ("AuthorizationPolicy", "security.istio.io", "1:1 AZ011 apiVersion", "write security.istio.io/v1"),
        ("AuthorizationPolicy", "v1", "1:1 AZ011 apiVersion", "write security.istio.io/v1"),
        ("PeerAuthentication", "apps/v1", "1:1 AZ011 apiVersion", "write security.istio.io/v1"),
        ("IstioOperator", "install.istio.io/v1", "1:1 AZ011 apiVersion", "the versions v1alpha1, found 'v1'"),
    ],
)
def test_a_kind_of_istio_that_nobody_knows_is_a_mistake(kind: str, api_version: str, expected: str, words: str) -> None:
    found, problems = resources(a(kind, api_version))
    assert summaries(problems) == [expected]
    assert words in problems[0].message
    assert (found.passed_over, found.is_empty) == ({}, True)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("a: b", "1:1 AZ010 apiVersion"),
        ("kind: Service", "1:1 AZ010 apiVersion"),
        ("apiVersion: v1", "1:1 AZ010 kind"),
        ("apiVersion: v1\nkind:", "1:1 AZ010 kind"),
        ("apiVersion: v1\nkind: [Service]", "1:1 AZ010 kind"),
        ("apiVersion: ''\nkind: Service", "1:1 AZ010 apiVersion"),
        ("{}", "1:1 AZ010 apiVersion"),
        ("- a", "1:1 AZ010"),
        ("just text", "1:1 AZ010"),
        ("# comment\n80", "2:1 AZ010"),
        ("Kind: Service\napiversion: v1", "1:1 AZ010 apiVersion"),
    ],
)
def test_what_is_no_resource_is_a_mistake(content: str, expected: str) -> None:
    assert summaries(resources(content)[1]) == [expected]


def test_an_unknown_field_of_a_resource_is_refused() -> None:
    assert summaries(resources(f"{HEAD}specs: {{}}\nstatus: {{x: y}}")[1]) == ["4:1 AZ020 specs"]


@pytest.mark.parametrize("kind", ["List", "AuthorizationPolicyList"])
def test_the_items_of_a_list_are_resources(kind: str) -> None:
    item = json.dumps({"apiVersion": "security.istio.io/v1", "kind": "AuthorizationPolicy"})[1:-1]
    items = [f'{{{item}, "metadata": {{"name": "{name}"}}}}' for name in "ab"]
    found, problems = resources(
        f'{{"kind": "{kind}", "apiVersion": "v1", "items": [{", ".join(items)}]}}', file="a.json"
    )
    assert problems == []
    assert [policy.name for policy in found.of(AuthorizationPolicy)] == ["a", "b"]


def test_a_list_in_a_list_and_an_empty_list_are_fine() -> None:
    inner = "apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: ConfigMap}, {kind: List, items: []}]"
    found, problems = resources(f"{{apiVersion: v1, kind: List, items: [{{{inner}}}]}}")
    assert (found.passed_over, problems) == ({"ConfigMap": 1}, [])


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("{apiVersion: v1, kind: List}", "1:1 AZ022 items"),
        ("{apiVersion: v1, kind: List, itmes: []}", "1:1 AZ022 items"),
        ("{apiVersion: v1, kind: List, items: }", "1:37 AZ021 items"),
        ("{apiVersion: v1, kind: List, items: {}}", "1:37 AZ021 items"),
        ("{apiVersion: v1, kind: List, items: [a]}", "1:38 AZ010 items[0]"),
        ("{apiVersion: v1, kind: List, items: [{kind: List, items: [a]}]}", "1:59 AZ010 items[0].items[0]"),
        ("{apiVersion: security.istio.io/v1, kind: AuthorizationPolicyList}", "1:36 AZ011 kind"),
    ],
)
def test_a_broken_list_is_a_mistake(content: str, expected: str) -> None:
    assert summaries(resources(content)[1]) == [expected]


def test_a_broken_item_does_not_hide_the_others() -> None:
    good = "{apiVersion: security.istio.io/v1, kind: AuthorizationPolicy, metadata: {name: a}}"
    found, problems = resources(
        f"apiVersion: v1\nkind: List\nitems:\n- {good}\n- a: b\n- {good.replace('a}}', 'c}}')}\n"
    )
    assert [policy.name for policy in found.of(AuthorizationPolicy)] == ["a", "c"]
    assert summaries(problems) == ["5:3 AZ010 apiVersion"]


@pytest.mark.parametrize("second", [HEAD, HEAD.replace("/v1", "/v1beta1"), HEAD + "spec: {action: DENY, rules: [{}]}"])
def test_the_same_resource_twice_names_both_places(second: str) -> None:
    found, (problem,) = resources(f"# first\n{HEAD}", f"---\n---\n{second}")
    assert problem.code is Code.DUPLICATE_RESOURCE
    assert (str(problem.where), problem.message) == (
        "2-a.yaml:3:1",
        "AuthorizationPolicy foo/a is defined here again; first at a.yaml:2:1",
    )
    assert len(found.of(AuthorizationPolicy)) == 1


def test_a_missing_namespace_and_default_are_the_same() -> None:
    _, (problem,) = resources(HEAD.replace("foo", "default"), HEAD.replace(", namespace: foo", ""))
    assert "default/a is defined here again" in problem.message


def test_names_are_told_apart_by_namespace() -> None:
    found, problems = resources(HEAD, HEAD.replace("foo", "bar"))
    assert (len(found.of(AuthorizationPolicy)), problems) == (2, [])


def test_the_content_of_a_policy_has_no_places_and_no_order() -> None:
    one, _ = resources(f"{HEAD}spec: {{action: ALLOW, rules: [{{}}]}}")
    head = HEAD.replace("{name: a, namespace: foo}", "{namespace: foo, name: a}")
    same, _ = resources(f"# c\n{head}spec:\n  rules: [{{}}]\n  action: 'ALLOW'")
    other, _ = resources(f"{HEAD}spec: {{action: DENY, rules: [{{}}]}}")
    assert one.contents == same.contents != other.contents


def test_a_file_is_read_by_itself() -> None:
    file = SourceFile("x.yaml", f"{HEAD}---\n{a('ConfigMap', 'v1')}---\na: b\n".encode())
    found = read_file(file)
    assert ([policy.name for policy in found.resources], found.others) == (["a"], {"ConfigMap": 1})
    assert [str(problem.where) for problem in found.problems] == ["x.yaml:9:1"]


def test_a_file_that_stayed_the_same_gives_the_very_same_resources() -> None:
    collector, problems = Collector(), Problems()
    same, changed = SourceFile("a.yaml", HEAD.encode()), HEAD.replace("{name: a", "{name: b").encode()
    first = collector.collect([same, SourceFile("b.yaml", changed)], problems)
    again = collector.collect([same, SourceFile("b.yaml", changed + b"spec: {}\n")], problems)

    assert first.of(AuthorizationPolicy)[0] is again.of(AuthorizationPolicy)[0]
    assert first.of(AuthorizationPolicy)[1] is not again.of(AuthorizationPolicy)[1]
    assert not problems


def test_kinds_that_are_not_wanted_are_counted_and_not_looked_at() -> None:
    problems = Problems()
    broken = SourceFile("a.yaml", f"{HEAD}specs: {{}}\n".encode())
    found = Collector([]).collect([broken], problems)

    assert (found.others, found.of(AuthorizationPolicy), list(problems)) == ({"AuthorizationPolicy": 1}, (), [])
