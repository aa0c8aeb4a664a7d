from datetime import timedelta

import pytest

from authz.model.problem import Problems
from authz.model.routing.visibility import NOWHERE, PUBLIC, ExportTo
from authz.model.where import Where
from authz.resources.documents import SourceFile, read_documents
from authz.resources.fields import Fields
from authz.resources.metadata import Metadata
from authz.resources.nodes import Mapping, Node
from authz.resources.routing.values import (
    read_decimal,
    read_duration,
    read_export_to,
    read_host,
    read_labels,
    read_port,
    read_selector_labels,
    refuse_annotations,
    spec_mapping,
)
from tests.support.reading import summaries


def parsed(text: str) -> tuple[Fields, Node]:
    """The value of `a` in a document."""
    problems = Problems()
    (document,) = read_documents([SourceFile("a.yaml", f"a: {text}\n".encode())], problems)
    assert isinstance(document.root, Mapping)
    return Fields("a.yaml", problems), document.root.entries["a"][1]


def codes(fields: Fields) -> list[str]:
    return [problem.code.value for problem in fields.problems]


@pytest.mark.parametrize(
    ("text", "milliseconds"), [("1ms", 1), ("0.001s", 1), ("1.5s", 1500), ("1h", 3_600_000), ("1m0.5s", 60_500)]
)
def test_a_duration_is_whole_milliseconds(text: str, milliseconds: int) -> None:
    fields, node = parsed(text)
    assert read_duration(fields, node, "a") == timedelta(milliseconds=milliseconds)
    assert codes(fields) == []


@pytest.mark.parametrize("text", ["0s", "'0'", "999us", "1.5ms", "-1s", "1 s", "1", "s", "''", "[]", "1d"])
def test_anything_else_is_no_duration(text: str) -> None:
    fields, node = parsed(text)
    assert read_duration(fields, node, "a") is None
    assert codes(fields) in (["AZ591"], ["AZ021"])


def test_no_duration_at_all_is_one_where_it_means_something() -> None:
    fields, node = parsed("0s")
    assert read_duration(fields, node, "a", zero=True) == timedelta(0)
    assert codes(fields) == []


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("1.5", 1.5), ("1e1", 10), (".5", 0.5), ("100", 100)])
def test_a_decimal_is_read(text: str, number: float) -> None:
    fields, node = parsed(text)
    assert read_decimal(fields, node, "a", 100) == number
    assert codes(fields) == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        *[(text, "AZ021") for text in ("'1'", ".inf", ".nan", "1_0", "0x1", "true", "[]")],
        *[(text, "AZ026") for text in ("101", "-0.1", "1e9")],
    ],
)
def test_what_is_no_decimal_or_out_of_range_is_refused(text: str, code: str) -> None:
    fields, node = parsed(text)
    assert read_decimal(fields, node, "a", 100) is None
    assert codes(fields) == [code]


@pytest.mark.parametrize(("text", "port"), [("1", 1), ("65535", 65535), ("0", None), ("65536", None), ("'80'", None)])
def test_a_port_is_a_number_from_1_to_65535(text: str, port: int | None) -> None:
    fields, node = parsed(text)
    assert read_port(fields, node, "a") == port


def test_a_host_is_in_lower_case_from_the_start() -> None:
    fields, node = parsed("A.Example.COM")
    host = read_host(fields, node, "a")
    assert host is not None
    assert host.text == "a.example.com"


@pytest.mark.parametrize(
    ("text", "export_to"),
    [
        ("[]", None),
        ("['*']", PUBLIC),
        ("['.', b]", ExportTo(frozenset({"own", "b"}))),
        ("['~']", NOWHERE),
    ],
)
def test_visibility_is_read_with_its_own_namespace_named(text: str, export_to: ExportTo | None) -> None:
    fields, node = parsed(text)
    assert read_export_to(fields, node, "own", nowhere=True) == export_to
    assert codes(fields) == []


@pytest.mark.parametrize("text", ["['~']", "['*', b]", "[B]"])
def test_visibility_that_is_none_is_refused(text: str) -> None:
    fields, node = parsed(text)
    assert read_export_to(fields, node, "own") is None
    assert codes(fields) == ["AZ593"]


def test_labels_are_as_kubernetes_takes_them() -> None:
    fields, node = parsed("{app.kubernetes.io/name: a-b_c.1, b: ''}")
    assert read_labels(fields, node, "a") == {("app.kubernetes.io/name", "a-b_c.1"), ("b", "")}
    assert codes(fields) == []


@pytest.mark.parametrize("text", ["{a/b/c: d}", "{/a: b}", "{a: -b}", "{_a: b}", "{'': a}", f"{{{'a' * 64}: b}}"])
def test_other_labels_are_refused(text: str) -> None:
    fields, node = parsed(text)
    read_labels(fields, node, "a")
    assert codes(fields) == ["AZ113"]


def test_a_label_with_a_prefix_of_254_characters_is_refused() -> None:
    fields, node = parsed(f"{{{'.'.join(['a' * 63] * 4)}/b: c}}")
    read_labels(fields, node, "a")
    assert codes(fields) == ["AZ113"]


@pytest.mark.parametrize(("text", "expected"), [("{}", ["AZ952"]), ("{a: b}", []), ("[]", ["AZ021"])])
def test_a_selector_without_labels_is_warned_of(text: str, expected: list[str]) -> None:
    fields, node = parsed(text)
    read_selector_labels(fields, node, "spec.selector.labels", node)
    assert codes(fields) == expected


def test_a_selector_has_so_many_labels_at_most() -> None:
    fields, node = parsed("{a: b, c: d, e: f}")
    read_selector_labels(fields, node, "spec.selector.labels", node, 2)
    assert codes(fields) == ["AZ024"]


def test_a_spec_that_is_missing_is_told_at_the_resource() -> None:
    fields, _ = parsed("b")
    metadata = Metadata("default", "a", {}, Where("a.yaml", 3, 1))
    assert spec_mapping(fields, metadata, None, frozenset()).entries == {}
    assert summaries(list(fields.problems)) == ["3:1 AZ022 spec"]


def test_annotations_that_nobody_may_set_are_told_at_their_place() -> None:
    fields, node = parsed("b")
    assert not isinstance(node, Mapping)
    annotations = {"istio.io/dry-run": node, "internal.istio.io/parents": node, "my.own/annotation": node}
    refuse_annotations(fields, Metadata("default", "a", annotations, Where("a.yaml")), "Sidecar")  # type: ignore[arg-type]
    assert [(problem.code.value, problem.field) for problem in fields.problems] == [
        ("AZ115", "metadata.annotations[istio.io/dry-run]"),
        ("AZ594", "metadata.annotations[internal.istio.io/parents]"),
    ]
