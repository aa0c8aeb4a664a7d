from typing import Any

import pytest

from authz.forwarder.translate.header_operations import NO_CHANGES, add_header_changes, header_changes
from authz.pb.packing import to_json
from authz.pb.route import Route, WeightedCluster
from tests.support.routes import to_a


def applied(text: str) -> Any:
    route = Route()
    add_header_changes(route, header_changes(to_a(f"headers: {text}").headers))
    return to_json(route)


def authority(text: str) -> str:
    return header_changes(to_a(f"headers: {{request: {text}}}").headers).authority


def added(name: str, value: str, *, overwrites: bool) -> Any:
    option: dict[str, Any] = {"header": {"key": name, "value": value}}
    return {**option, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"} if overwrites else option


def test_all_that_is_set_comes_before_all_that_is_added_each_by_name() -> None:
    found = applied("{request: {add: {b: '1', a: '2'}, set: {d: '3', c: '4'}, remove: [f, e]}}")
    assert found == {
        "request_headers_to_add": [
            added("c", "4", overwrites=True),
            added("d", "3", overwrites=True),
            added("a", "2", overwrites=False),
            added("b", "1", overwrites=False),
        ],
        "request_headers_to_remove": ["f", "e"],
    }


def test_responses_have_their_own() -> None:
    assert applied("{response: {set: {a: '%DOWNSTREAM_REMOTE_ADDRESS%'}, remove: [b]}}") == {
        "response_headers_to_add": [added("a", "%DOWNSTREAM_REMOTE_ADDRESS%", overwrites=True)],
        "response_headers_to_remove": ["b"],
    }


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("{set: {Host: a.com}}", "a.com"),
        ("{set: {':authority': a.com}}", "a.com"),
        ("{add: {host: a.com}}", "a.com"),
        ("{set: {x: a.com}}", ""),
    ],
)
def test_the_authority_is_no_header_but_a_rewrite(text: str, found: str) -> None:
    assert authority(text) == found


def test_it_is_not_set_as_a_header_as_well() -> None:
    assert applied("{request: {set: {Host: a.com, x: y}}}") == {
        "request_headers_to_add": [added("x", "y", overwrites=True)]
    }


def test_changes_come_after_those_that_are_there() -> None:
    holder = WeightedCluster.ClusterWeight(request_headers_to_remove=["a"])
    add_header_changes(holder, header_changes(to_a("headers: {request: {remove: [b]}}").headers))
    assert list(holder.request_headers_to_remove) == ["a", "b"]


def test_without_headers_nothing_changes() -> None:
    assert header_changes(None) is NO_CHANGES
    route = Route()
    add_header_changes(route, NO_CHANGES)
    assert to_json(route) == {}
