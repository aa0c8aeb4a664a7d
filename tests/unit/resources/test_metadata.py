from __future__ import annotations

import pytest

from authz.resources.authorization_policy import AuthorizationPolicy
from tests.support.reading import resources, summaries

REST = "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nspec: {}\n"


@pytest.mark.parametrize(
    ("metadata", "key"),
    [
        ("{name: a}", ("default", "a")),
        ("{name: a, namespace: foo}", ("foo", "a")),
        ("{name: a.b-c.1, namespace: f-1}", ("f-1", "a.b-c.1")),
        ("{name: '1'}", ("default", "1")),
        ("{name: a, labels: {x: y}, uid: u, resourceVersion: '1', generation: 3}", ("default", "a")),
        ("{name: a, creationTimestamp: null, managedFields: [{manager: x}], ownerReferences: []}", ("default", "a")),
        ("{name: a, annotations: }", ("default", "a")),
    ],
)
def test_a_resource_is_known_by_namespace_and_name(metadata: str, key: tuple[str, str]) -> None:
    found, problems = resources(f"{REST}metadata: {metadata}")
    assert problems == []
    assert [policy.key for policy in found.of(AuthorizationPolicy)] == [key]


def test_a_resource_stands_where_it_begins() -> None:
    found, _ = resources(f"---\n# comment\n{REST}metadata: {{name: a}}")
    assert str(found.of(AuthorizationPolicy)[0].where) == "a.yaml:3:1"


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ("", ["4:10 AZ022 metadata"]),
        ("[a]", ["4:11 AZ022 metadata"]),
        ("{}", ["4:11 AZ022 metadata.name"]),
        ("{generateName: a-}", ["4:11 AZ022 metadata.name"]),
        ("{name: }", ["4:18 AZ021 metadata.name"]),
        ("{name: 80}", ["4:18 AZ021 metadata.name"]),
        ("{name: true}", ["4:18 AZ021 metadata.name"]),
        ("{name: ''}", ["4:18 AZ023 metadata.name"]),
        ("{name: A}", ["4:18 AZ023 metadata.name"]),
        ("{name: a_b}", ["4:18 AZ023 metadata.name"]),
        ("{name: -a}", ["4:18 AZ023 metadata.name"]),
        ("{name: a-}", ["4:18 AZ023 metadata.name"]),
        ("{name: 'a]-policy[b'}", ["4:18 AZ023 metadata.name"]),
        ('{name: "a\\n"}', ["4:18 AZ023 metadata.name"]),
        (f"{{name: {'a' * 254}}}", ["4:18 AZ023 metadata.name"]),
        ("{name: a, namespace: ''}", ["4:32 AZ023 metadata.namespace"]),
        ("{name: a, namespace: foo/bar}", ["4:32 AZ023 metadata.namespace"]),
        ("{name: a, namespace: Foo}", ["4:32 AZ023 metadata.namespace"]),
        ("{name: a, nmespace: foo}", ["4:21 AZ020 metadata.nmespace"]),
        ("{name: a, annotation: {}}", ["4:21 AZ020 metadata.annotation"]),
        ("{name: a, annotations: [b]}", ["4:34 AZ021 metadata.annotations"]),
        ("{name: a, annotations: {b: 1}}", ["4:38 AZ021 metadata.annotations.b"]),
        ("{name: a, annotations: {istio.io/dry-run: true}}", ["4:53 AZ021 metadata.annotations.istio.io/dry-run"]),
    ],
)
def test_what_is_wrong_with_metadata_is_said_at_its_place(metadata: str, expected: list[str]) -> None:
    assert summaries(resources(f"{REST}metadata: {metadata}")[1]) == expected


def test_a_resource_without_metadata_is_refused() -> None:
    assert summaries(resources(REST)[1]) == ["1:1 AZ022 metadata"]


def test_a_mistyped_namespace_says_what_is_meant() -> None:
    _, (problem,) = resources(f"{REST}metadata: {{name: a, nmespace: foo}}")
    assert problem.message == "there is no such field; did you mean 'namespace'?"
