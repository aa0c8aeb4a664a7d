"""authz.forwarder.translate.matches: each field of a match, and which match takes all."""

from typing import Any

import pytest

from authz.forwarder.translate.matches import is_catch_all, route_match
from authz.pb.packing import to_json
from tests.support.routes import match


def made(text: str) -> Any:
    return to_json(route_match(match(text, gateways="[a]")))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("{}", {"prefix": "/"}),
        ("{uri: {}}", {"prefix": "/"}),
        ("{uri: {exact: /a}}", {"path": "/a"}),
        ("{uri: {prefix: /a}}", {"prefix": "/a"}),
        ("{uri: {prefix: ''}}", {"prefix": ""}),
        ("{uri: {regex: '/a.*'}}", {"safe_regex": {"regex": "/a.*"}}),
        ("{uri: {prefix: /a}, ignoreUriCase: true}", {"prefix": "/a", "case_sensitive": False}),
        ("{port: 80, sourceLabels: {a: b}, sourceNamespace: c, gateways: [a]}", {"prefix": "/"}),
    ],
)
def test_a_path_is_compared_as_a_string(text: str, found: Any) -> None:
    assert made(text) == found


def test_case_counts_in_an_expression_whatever_is_said_of_it() -> None:
    assert made("{uri: {regex: /A}, ignoreUriCase: true}")["safe_regex"] == {"regex": "/A"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("{method: {exact: GET}}", [{"name": ":method", "string_match": {"exact": "GET"}}]),
        ("{scheme: {exact: http}}", [{"name": ":scheme", "string_match": {"exact": "http"}}]),
        ("{authority: {prefix: a}}", [{"name": ":authority", "string_match": {"prefix": "a"}}]),
        ("{headers: {x-b: {exact: '1'}}}", [{"name": "x-b", "string_match": {"exact": "1"}}]),
        ("{headers: {x-b: {}}}", [{"name": "x-b", "present_match": True}]),
        (
            "{headers: {x-b: {regex: v.}, x-a: {prefix: v}}}",
            [
                {"name": "x-a", "string_match": {"prefix": "v"}},
                {"name": "x-b", "string_match": {"safe_regex": {"regex": "v."}}},
            ],
        ),
        (
            "{withoutHeaders: {x-b: {exact: '1'}}}",
            [
                {
                    "name": "x-b",
                    "string_match": {"exact": "1"},
                    "invert_match": True,
                    "treat_missing_header_as_empty": True,
                }
            ],
        ),
        ("{withoutHeaders: {x-b: {}}}", [{"name": "x-b", "present_match": True, "invert_match": True}]),
        (
            "{scheme: {exact: s},method: {exact: M}, authority: {exact: a}, headers: {b: {}}, withoutHeaders: {a: {}}}",
            [
                {"name": "a", "present_match": True, "invert_match": True},
                {"name": "b", "present_match": True},
                {"name": ":method", "string_match": {"exact": "M"}},
                {"name": ":authority", "string_match": {"exact": "a"}},
                {"name": ":scheme", "string_match": {"exact": "s"}},
            ],
        ),
    ],
)
def test_headers_are_in_the_order_of_their_names(text: str, found: Any) -> None:
    assert made(text) == {"prefix": "/", "headers": found}


def test_query_parameters_are_compared_or_only_have_to_be_there() -> None:
    assert made("{queryParams: {b: {}, a: {exact: '1'}}}")["query_parameters"] == [
        {"name": "a", "string_match": {"exact": "1"}},
        {"name": "b", "present_match": True},
    ]


@pytest.mark.parametrize("name", ["@request.auth.claims.group.id", "@request.auth.claims[group][id]"])
def test_a_claim_is_a_text_or_in_a_list_of_what_the_token_filter_has_found(name: str) -> None:
    (found,) = made(f"{{headers: {{'{name}': {{exact: dev}}}}}}")["dynamic_metadata"]
    assert found["filter"] == "envoy.filters.http.jwt_authn"
    assert [segment["key"] for segment in found["path"]] == ["payload", "group", "id"]
    text = {"string_match": {"exact": "dev"}}
    assert found["value"] == {"or_match": {"value_matchers": [{"list_match": {"one_of": text}}, text]}}


def test_a_claim_may_have_to_be_there_or_not_to_be_like_that() -> None:
    found = made("{headers: {'@request.auth.claims.a': {}}, withoutHeaders: {'@request.auth.claims.b': {exact: c}}}")
    there, without = found["dynamic_metadata"]
    assert there["value"] == {"present_match": True}
    assert "invert" not in there
    assert without["invert"] is True


@pytest.mark.parametrize(
    "text", ["{}", "{uri: {prefix: /}}", "{uri: {regex: '.*'}}", "{uri: {}}", "{name: a, port: 80}"]
)
def test_what_asks_for_nothing_of_a_request_takes_all(text: str) -> None:
    assert is_catch_all(match(text))


@pytest.mark.parametrize(
    "text",
    [
        "{uri: {prefix: /a}}",
        "{uri: {prefix: ''}}",
        "{uri: {exact: /}}",
        "{uri: {regex: '/.*'}}",
        "{method: {exact: GET}}",
        "{scheme: {exact: http}}",
        "{authority: {exact: a}}",
        "{headers: {a: {}}}",
        "{withoutHeaders: {a: {}}}",
        "{queryParams: {a: {}}}",
        "{headers: {'@request.auth.claims.a': {}}}",
        "{withoutHeaders: {'@request.auth.claims.a': {}}}",
    ],
)
def test_what_asks_for_anything_does_not(text: str) -> None:
    assert not is_catch_all(match(text, gateways="[a]"))


def test_a_route_without_matches_takes_all() -> None:
    assert is_catch_all(None)
    assert to_json(route_match(None)) == {"prefix": "/"}
