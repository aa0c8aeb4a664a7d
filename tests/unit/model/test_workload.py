from __future__ import annotations

import pytest

from authz.model.workload import (
    LABELS_UNKNOWN,
    Target,
    Workload,
    parse_labels,
    parse_target,
    parse_workload,
    render_workload,
)


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("", {}),
        ("a=b", {"a": "b"}),
        ("a=b,c=d", {"a": "b", "c": "d"}),
        ("a=", {"a": ""}),
        ("a=b=c", {"a": "b=c"}),
        (",", {}),
        (",a=b,,", {"a": "b"}),
        ("a=b,a=b", {"a": "b"}),
        ("app.kubernetes.io/name=x", {"app.kubernetes.io/name": "x"}),
    ],
)
def test_labels_are_read(text: str, labels: dict[str, str]) -> None:
    assert parse_labels(text) == frozenset(labels.items())


@pytest.mark.parametrize(
    "text", ["a", "=b", "a=b,c", "a=b,a=c", "=", "a:b", "a=b, c=d", "a= b", " a=b", "a=b\n", "a\t=b"]
)
def test_labels_that_would_select_nothing_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected LABEL=VALUE|given twice"):
        parse_labels(text)


def test_a_target_is_namespace_and_name() -> None:
    assert parse_target("ns/name") == Target("ns", "name")


@pytest.mark.parametrize("text", ["", "/", "a", "a/", "/b", "a/b/c", "a//b"])
def test_a_target_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected NAMESPACE/NAME, found"):
        parse_target(text)


@pytest.mark.parametrize(
    ("text", "workload"),
    [
        ("foo", Workload("foo", LABELS_UNKNOWN)),
        ("foo/", Workload("foo", frozenset())),
        ("foo/a=b,c=d", Workload("foo", frozenset({("a", "b"), ("c", "d")}))),
        ("foo/a.io/b=c", Workload("foo", frozenset({("a.io/b", "c")}))),
    ],
)
def test_unknown_labels_and_no_labels_are_told_apart(text: str, workload: Workload) -> None:
    assert parse_workload(text) == workload


@pytest.mark.parametrize(
    "text",
    ["", "/", "/a=b", "a=b", "=", " foo/a=b", "foo /a=b", "Foo/a=b", "foo/a", "foo/a=b, c=d", "-foo", "foo\n", "*/"],
)
def test_a_workload_that_no_policy_could_mean_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        parse_workload(text)


@pytest.mark.parametrize("text", ["foo", "foo/", "foo/a=b", "foo/a=b,c=d"])
def test_what_was_read_is_written_the_same(text: str) -> None:
    assert render_workload(parse_workload(text)) == text
