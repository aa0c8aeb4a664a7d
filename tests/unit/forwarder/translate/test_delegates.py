"""authz.forwarder.translate.delegates: what a root hands on, and what its delegates make of it."""

from __future__ import annotations

from typing import Any

import pytest

from authz.forwarder.translate.delegates import MergedService, merge_delegates
from authz.model.routing.http_match import HttpMatch
from authz.model.routing.http_route import Delegate, DirectResponse, HttpRoute, Percent, Redirect, RouteTo
from authz.model.routing.matching import Exact, NamedMatch, Prefix
from authz.model.routing.virtual_service import VirtualService
from tests.support.reading import resources
from tests.support.routes import virtual_service

TO_D = "route: [{destination: {host: d}}]"
NOBODY: dict[str, VirtualService] = {}


def root(*entries: str) -> VirtualService:
    listed = ", ".join(f"{{{entry}}}" for entry in entries)
    return virtual_service(f"{{hosts: [a.com], gateways: [g, other], http: [{listed}]}}")


def delegate(*entries: str) -> VirtualService:
    listed = ", ".join(f"{{{entry}}}" for entry in entries)
    text = f"kind: VirtualService\nmetadata: {{name: d, namespace: teams}}\nspec: {{http: [{listed}]}}\n"
    found, problems = resources(f"apiVersion: networking.istio.io/v1\n{text}", file="d.yaml")
    assert problems == []
    return found.of(VirtualService)[0]


def merged(of_root: VirtualService, known: dict[str, VirtualService]) -> MergedService:
    def find(_: VirtualService, wanted: Delegate) -> VirtualService | None:
        assert wanted.namespace == "teams"
        return known.get(wanted.name)

    return merge_delegates(of_root, find)


def together(of_root: str, of_delegate: str) -> HttpRoute | None:
    """The route of an entry of each; None: they contradict each other."""
    found = merged(root(f"delegate: {{name: d, namespace: teams}}{of_root}"), {"d": delegate(of_delegate)})
    assert len(found.remarks) == 1 - len(found.service.http)
    return found.service.http[0] if found.service.http else None


def match(of_root: str, of_delegate: str) -> tuple[HttpMatch, ...] | None:
    found = together(f", match: [{of_root}]" if of_root else "", f"match: [{of_delegate}], {TO_D}")
    return None if found is None else found.matches


def test_a_service_without_delegates_stays_the_very_same() -> None:
    one = root(TO_D)
    assert merged(one, NOBODY).service is one


def test_the_routes_of_a_delegate_are_where_the_root_names_it() -> None:
    of_root = root(
        "name: first, redirect: {uri: /a}, match: [{port: 1}]", "delegate: {name: d, namespace: teams}", TO_D
    )
    found = merged(of_root, {"d": delegate(f"name: one, match: [{{port: 2}}], {TO_D}", f"name: two, {TO_D}")})
    assert [route.name for route in found.service.http] == ["first", "one", "two", ""]
    assert (found.service.name, found.service.hosts) == (of_root.name, of_root.hosts)
    assert found.service.http[1].where.file == "d.yaml"
    assert isinstance(found.service.http[1].action, RouteTo)
    assert found.service.http[1].action.destinations[0].destination.namespace == "teams"


def test_of_a_delegate_that_is_not_there_only_its_entry_is_gone() -> None:
    of_root = root("match: [{port: 1}], delegate: {name: d, namespace: teams}", TO_D)
    found = merged(of_root, NOBODY)
    assert len(found.service.http) == 1
    (remark,) = found.remarks
    assert remark.where == of_root.http[0].where
    assert "teams/d" in remark.text


@pytest.mark.parametrize(
    ("of_root", "of_delegate", "name"), [("r", "d", "r-d"), ("r", "", "r"), ("", "d", "d"), ("", "", "")]
)
def test_names_are_joined(of_root: str, of_delegate: str, name: str) -> None:
    route = together(f", name: '{of_root}'", f"name: '{of_delegate}', {TO_D}")
    assert route is not None
    assert route.name == name
    matches = match(f"{{name: '{of_root}'}}", f"{{name: '{of_delegate}'}}")
    assert matches is not None
    assert matches[0].name == name


def test_without_matches_of_its_own_each_has_those_of_the_other() -> None:
    ours = together(", match: [{uri: {prefix: /r}}]", TO_D)
    theirs = together("", f"match: [{{uri: {{prefix: /d}}}}], {TO_D}")
    assert ours is not None
    assert theirs is not None
    assert [one.uri for one in ours.matches] == [Prefix("/r")]
    assert [one.uri for one in theirs.matches] == [Prefix("/d")]


def test_every_match_of_the_delegate_goes_with_every_one_of_the_root_that_it_can() -> None:
    found = match("{uri: {prefix: /a}}, {uri: {prefix: /a/b}}", "{uri: {prefix: /a/b/c}}, {uri: {exact: /a/x}}")
    assert found is not None
    assert [one.uri for one in found] == [Prefix("/a/b/c"), Prefix("/a/b/c"), Exact("/a/x")]


def test_one_match_that_goes_with_none_drops_its_route_and_says_so() -> None:
    of_root = root("match: [{uri: {prefix: /a}}], delegate: {name: d, namespace: teams}")
    of_delegate = delegate(f"match: [{{uri: {{prefix: /a/b}}}}, {{uri: {{prefix: /b}}}}], {TO_D}", TO_D)
    found = merged(of_root, {"d": of_delegate})
    assert len(found.service.http) == 1
    (remark,) = found.remarks
    assert remark.where == of_delegate.http[0].where
    assert str(of_root.http[0].where) in remark.text


@pytest.mark.parametrize(
    ("of_root", "of_delegate"),
    [
        ("{uri: {prefix: /a}}", "{uri: {prefix: /ab}}"),
        ("{uri: {prefix: /a}}", "{uri: {exact: /a/b}}"),
        ("{uri: {exact: /a}}", "{uri: {exact: /a}}"),
        ("{uri: {exact: /a}}", "{method: {exact: GET}}"),
        ("{uri: {regex: '/a.*'}}", "{method: {exact: GET}}"),
        ("{method: {exact: GET}}", "{uri: {regex: '/a.*'}}"),
        ("{headers: {x: {exact: '1'}}}", "{headers: {y: {exact: '2'}}}"),
        ("{headers: {x: {prefix: a}}}", "{headers: {x: {exact: ab}}}"),
        ("{port: 80}", "{port: 80}"),
        ("{port: 80}", "{}"),
        ("{}", "{port: 80}"),
        ("{sourceNamespace: n}", "{sourceNamespace: n}"),
        ("{}", "{sourceNamespace: n}"),
        ("{sourceLabels: {a: b}}", "{sourceLabels: {c: d}}"),
        ("{sourceLabels: {a: b}}", "{sourceLabels: {a: b}}"),
        ("{gateways: [foo/g, foo/other]}", "{gateways: [foo/g]}"),
        ("{gateways: [foo/g]}", "{}"),
        ("{}", "{gateways: [foo/g]}"),
        ("{uri: {prefix: /a}, ignoreUriCase: true}", "{uri: {prefix: /ab}, ignoreUriCase: true}"),
    ],
)
def test_a_delegate_may_ask_for_more_of_what_it_is_handed(of_root: str, of_delegate: str) -> None:
    assert match(of_root, of_delegate) is not None


@pytest.mark.parametrize(
    ("of_root", "of_delegate"),
    [
        ("{uri: {prefix: /a}}", "{uri: {prefix: /b}}"),
        ("{uri: {prefix: /a/b}}", "{uri: {prefix: /a}}"),
        ("{uri: {exact: /a}}", "{uri: {prefix: /a}}"),
        ("{uri: {exact: /a}}", "{uri: {exact: /b}}"),
        ("{uri: {regex: '/a.*'}}", "{uri: {exact: /a}}"),
        ("{uri: {regex: '/a.*'}}", "{uri: {regex: '/a.*'}}"),
        ("{uri: {prefix: /a}}", "{uri: {regex: '/a.*'}}"),
        ("{method: {exact: GET}}", "{method: {exact: POST}}"),
        ("{scheme: {exact: http}}", "{scheme: {exact: https}}"),
        ("{authority: {exact: a}}", "{authority: {exact: b}}"),
        ("{headers: {x: {exact: '1'}}}", "{headers: {x: {exact: '2'}}}"),
        ("{headers: {x: {}}}", "{headers: {x: {exact: '2'}}}"),
        ("{withoutHeaders: {x: {exact: '1'}}}", "{withoutHeaders: {x: {exact: '2'}}}"),
        ("{queryParams: {x: {exact: '1'}}}", "{queryParams: {x: {exact: '2'}}}"),
        ("{port: 80}", "{port: 81}"),
        ("{sourceNamespace: n}", "{sourceNamespace: m}"),
        ("{sourceNamespace: n}", "{}"),
        ("{sourceLabels: {a: b}}", "{sourceLabels: {a: c}}"),
        ("{gateways: [foo/g]}", "{gateways: [foo/other]}"),
        ("{gateways: [foo/g]}", "{gateways: [foo/g, foo/other]}"),
        ("{uri: {prefix: /a}, ignoreUriCase: true}", "{uri: {prefix: /a}}"),
    ],
)
def test_it_may_not_ask_for_anything_else(of_root: str, of_delegate: str) -> None:
    assert match(of_root, of_delegate) is None


def test_claims_are_the_roots_to_ask_for() -> None:
    claims = "headers: {'@request.auth.claims.a': {exact: b}}, withoutHeaders: {'@request.auth.claims.c': {}}"
    found = match(f"{{{claims}}}", "{uri: {exact: /a}}")
    assert found is not None
    assert [one.path for one in (*found[0].claims, *found[0].without_claims)] == [("a",), ("c",)]


def test_what_only_one_of_them_asks_for_both_ask_for() -> None:
    of_root = (
        "{method: {exact: GET}, headers: {x: {exact: '1'}, z: {prefix: a}}, sourceLabels: {a: b}, gateways: [foo/g],"
        " statPrefix: s}"
    )
    found = match(of_root, "{uri: {exact: /a}, headers: {y: {exact: '2'}, z: {exact: ab}}, sourceLabels: {c: d}}")
    assert found is not None
    (one,) = found
    assert (one.method, one.uri, one.stat_prefix) == (Exact("GET"), Exact("/a"), "s")
    assert one.headers == (
        NamedMatch("x", Exact("1")),
        NamedMatch("y", Exact("2")),
        NamedMatch("z", Exact("ab")),
    )
    assert one.source_labels == {("a", "b"), ("c", "d")}
    assert [str(gateway) for gateway in one.gateways] == ["foo/g"]


@pytest.mark.parametrize(
    ("block", "field"),
    [
        ("rewrite: {uri: /%s}", "rewrite"),
        ("timeout: %ss", "timeout"),
        ("retries: {attempts: %s}", "retries"),
        ("fault: {abort: {httpStatus: 50%s, percentage: {value: 1}}}", "fault"),
        ("mirrors: [{destination: {host: m%s}}]", "mirrors"),
        ("corsPolicy: {allowHeaders: [x-%s]}", "cors"),
        ("headers: {request: {remove: [x-%s]}}", "headers"),
    ],
)
def test_a_block_is_the_delegates_or_else_the_roots(block: str, field: str) -> None:
    def value(of_root: str, of_delegate: str) -> Any:
        route = together(f", {of_root}" if of_root else "", f"{of_delegate}, {TO_D}" if of_delegate else TO_D)
        return getattr(route, field)

    ours, theirs = block % 1, block % 2
    assert value(ours, "") != value("", theirs)
    assert value(ours, theirs) == value("", theirs)
    assert value(ours, "") == value(ours, "")


def test_a_mirror_and_its_percentage_are_two_blocks() -> None:
    route = together(", mirror: {host: m}, mirrorPercentage: {value: 5}", f"mirror: {{host: n}}, {TO_D}")
    assert route is not None
    assert route.mirror is not None
    assert route.mirror.host == "n"
    assert route.mirror_percentage == Percent(5.0)


@pytest.mark.parametrize(
    ("of_delegate", "kind"),
    [(TO_D, 418), ("directResponse: {status: 503}", 503), ("redirect: {uri: /a}", None)],
)
def test_an_answer_of_the_root_is_for_routes_to_workloads_alone(of_delegate: str, kind: int | None) -> None:
    route = together(", directResponse: {status: 418}", of_delegate)
    assert route is not None
    if kind is None:
        assert isinstance(route.action, Redirect)
    else:
        assert route.action == DirectResponse(kind)


def test_a_merged_service_holds_as_long_as_its_delegates_are_the_very_same() -> None:
    of_root, of_delegate = root("delegate: {name: d, namespace: teams}"), delegate(TO_D)
    found = merged(of_root, {"d": of_delegate})
    assert found.still_holds(of_root, lambda *_: of_delegate)
    assert not found.still_holds(of_root, lambda *_: delegate(TO_D))
    assert not found.still_holds(of_root, lambda *_: None)
    assert not found.still_holds(root("delegate: {name: d, namespace: teams}"), lambda *_: of_delegate)
