"""Whose request it is: field by field, each from the first place that has it, nothing guessed."""

import pytest

from authz.decision.workload import UnknownWorkloadError, resolve_workload
from authz.model.workload import LABELS_UNKNOWN, Role, Target, Texts, Workload, WorkloadTexts

DEFAULT = Workload(
    "foo",
    frozenset({("app", "default")}),
    service_account="default-sa",
    role=Role.WAYPOINT,
    gateways=frozenset({Target("foo", "gw")}),
    services=frozenset({Target("foo", "svc")}),
    service_entries=frozenset({Target("foo", "entry")}),
)
SPIFFE = "spiffe://td/ns/bar/sa/own"


def said(**texts: str) -> Texts:
    return tuple(texts.items())


@pytest.mark.parametrize(
    "texts, namespace",
    [
        (WorkloadTexts(said(namespace="a"), said(namespace="b"), (), SPIFFE), "a"),
        (WorkloadTexts((), said(namespace="b"), (), SPIFFE), "b"),
        (WorkloadTexts((), (), (), SPIFFE), "bar"),
        (WorkloadTexts((), (), (), "spiffe://td/ns/bar"), "foo"),
        (WorkloadTexts((), (), (), "td/ns/bar/sa/own"), "foo"),
        (WorkloadTexts((), (), (), "spiffe://td/ns//sa/own"), "foo"),
        (WorkloadTexts(said(namespace="")), "foo"),
        (WorkloadTexts(), "foo"),
    ],
)
def test_the_namespace_is_from_the_first_place_that_has_one(texts: WorkloadTexts, namespace: str) -> None:
    assert resolve_workload(texts, DEFAULT).namespace == namespace


@pytest.mark.parametrize(
    "texts, labels",
    [
        (WorkloadTexts(said(labels="a=b,c=d"), said(labels="x=y"), (("p", "q"),)), {("a", "b"), ("c", "d")}),
        (WorkloadTexts((), said(labels="x=y"), (("p", "q"),)), {("x", "y")}),
        (WorkloadTexts((), (), (("p", "q"),)), {("p", "q")}),
        (WorkloadTexts(said(labels="")), set()),
        (WorkloadTexts(), {("app", "default")}),
    ],
)
def test_so_are_the_labels_of_which_empty_text_means_none(texts: WorkloadTexts, labels: set[tuple[str, str]]) -> None:
    assert resolve_workload(texts, DEFAULT).labels == frozenset(labels)


def test_fields_are_taken_each_by_itself() -> None:
    texts = WorkloadTexts(said(labels="a=b"), said(service_account="x", labels="c=d"), (), SPIFFE)

    resolved = resolve_workload(texts, DEFAULT)
    assert resolved == Workload("bar", frozenset({("a", "b")}), service_account="x")


def test_the_settings_count_only_for_their_own_namespace() -> None:
    resolved = resolve_workload(WorkloadTexts(said(namespace="other")), DEFAULT)

    assert resolved == Workload("other", LABELS_UNKNOWN)


def test_the_settings_say_what_the_proxy_does_not() -> None:
    assert resolve_workload(WorkloadTexts(), DEFAULT) == DEFAULT
    assert resolve_workload(WorkloadTexts(said(namespace="foo")), DEFAULT) == DEFAULT


def test_the_proxy_may_say_that_there_are_no_targets() -> None:
    resolved = resolve_workload(WorkloadTexts(said(gateway="", service="", service_entry="")), DEFAULT)

    assert (resolved.gateways, resolved.services, resolved.service_entries) == (frozenset(),) * 3


def test_targets_are_lists_of_names() -> None:
    texts = WorkloadTexts(said(namespace="a", service="a/b,c/d", gateway="a/g", service_entry="a/e", role="waypoint"))

    resolved = resolve_workload(texts, None)
    assert resolved.services == {Target("a", "b"), Target("c", "d")}
    assert resolved.gateways | resolved.service_entries == {Target("a", "g"), Target("a", "e")}
    assert resolved.role is Role.WAYPOINT


def test_without_a_namespace_anywhere_the_text_tells_how_to_send_it() -> None:
    with pytest.raises(UnknownWorkloadError, match=r"context_extensions `namespace`.*authz-namespace.*--workload"):
        resolve_workload(WorkloadTexts(said(labels="a=b")), None)


@pytest.mark.parametrize(
    "wrong",
    [
        said(role="king"),
        said(labels="a"),
        said(labels="a=b,a=c"),
        said(service="b"),
        said(gateway="a/b/c"),
        said(role=""),
    ],
)
def test_what_cannot_be_understood_is_not_guessed(wrong: Texts) -> None:
    with pytest.raises(UnknownWorkloadError):
        resolve_workload(WorkloadTexts((*said(namespace="foo"), *wrong)), DEFAULT)


def test_two_ways_of_writing_fields_are_two_workloads() -> None:
    one = resolve_workload(WorkloadTexts(said(namespace="a", labels="x=y,z=")), None)
    other = resolve_workload(WorkloadTexts(said(namespace="a", labels="x=y", service_account="z=")), None)

    assert one != other


@pytest.mark.parametrize("namespace", ["Foo", " foo", "foo/", "foo bar", "-foo", "foo\n", "fóo"])
def test_what_is_no_namespace_is_not_a_workload_without_policies(namespace: str) -> None:
    with pytest.raises(UnknownWorkloadError, match="is no namespace"):
        resolve_workload(WorkloadTexts(extensions=(("namespace", namespace),)), None)
