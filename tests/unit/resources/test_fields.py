from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from authz.model.problem import Problems
from authz.resources.documents import SourceFile, read_documents
from authz.resources.fields import Fields, join
from authz.resources.nodes import Mapping, Node

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def fields() -> Fields:
    return Fields("a.yaml", Problems())


def node(value: str) -> Node:
    (document,) = read_documents([SourceFile("a.yaml", f"key: {value}".encode())], Problems())
    assert isinstance(document.root, Mapping)
    return document.root.entries["key"][1]


def messages(fields: Fields) -> list[str]:
    return [f"{problem.where.column} {problem.field}: {problem.message}" for problem in fields.problems]


@pytest.mark.parametrize(
    ("read", "value", "message"),
    [
        (Fields.string, "80", 'expected a string, found the number 80; write "80" in quotes'),
        (Fields.string, "0x1F", 'expected a string, found the number 0x1F; write "0x1F" in quotes'),
        (Fields.string, "1e3", 'expected a string, found the number 1e3; write "1e3" in quotes'),
        (Fields.string, ".5", 'expected a string, found the number .5; write ".5" in quotes'),
        (Fields.string, "1_000", 'expected a string, found the number 1_000; write "1_000" in quotes'),
        (Fields.string, "012", 'expected a string, found the number 012; write "012" in quotes'),
        (Fields.string, "true", 'expected a string, found the boolean true; write "true" in quotes'),
        (Fields.string, "yes", 'expected a string, found the boolean yes; write "yes" in quotes'),
        (Fields.string, "~", 'expected a string, found nothing; write "~" in quotes'),
        (Fields.string, "[a]", "expected a string, found a list"),
        (Fields.string, "{a: b}", "expected a string, found a mapping"),
        (Fields.strings, "a", "expected a list of strings, found 'a'"),
        (Fields.strings, "~", "expected a list of strings, found nothing; remove the field or give it a value"),
        (Fields.strings, "{a: b}", "expected a list of strings, found a mapping"),
        (Fields.string_map, "[a]", "expected a mapping of strings, found a list"),
        (Fields.string_map, "a", "expected a mapping of strings, found 'a'"),
        (Fields.boolean, "'true'", "expected true or false, found 'true'"),
        (Fields.boolean, "1", "expected true or false, found the number 1"),
        (Fields.boolean, "~", "expected true or false, found nothing; remove the field or give it a value"),
    ],
)
def test_another_type_is_named_with_what_was_expected(
    fields: Fields, read: Callable[..., object], value: str, message: str
) -> None:
    assert not read(fields, node(value), "x")
    assert messages(fields) == [f"6 x: {message}"]


def test_an_absent_field_is_no_problem(fields: Fields) -> None:
    assert fields.string(None, "x") is None
    assert fields.boolean(None, "x") is None
    assert fields.integer(None, "x", 0, 1) is None
    assert fields.mapping(None, "x", ()) is None
    assert (fields.strings(None, "x"), fields.string_map(None, "x"), list(fields.items(None, "x"))) == ([], {}, [])
    assert messages(fields) == []


@pytest.mark.parametrize(("value", "text"), [("a", "a"), ("'80'", "80"), ("''", ""), ("2024-01-01", "2024-01-01")])
def test_a_string_is_read(fields: Fields, value: str, text: str) -> None:
    assert fields.string(node(value), "x") == text
    assert messages(fields) == []


def test_every_wrong_element_of_a_list_is_a_problem(fields: Fields) -> None:
    found = fields.strings(node("[a, 80, '', [b], ~, {c: d}, e]"), "x")
    assert [(index, text) for index, text, _ in found] == [(0, "a"), (6, "e")]
    assert [message.partition(",")[0] for message in messages(fields)] == [
        "10 x[1]: expected a string",
        "14 x[2]: an empty value is not allowed",
        "18 x[3]: expected a string",
        "23 x[4]: expected a string",
        "26 x[5]: expected a string",
    ]


def test_a_map_of_strings_is_read(fields: Fields) -> None:
    found = fields.string_map(node("{a: b, 'c': '80', '1': ''}"), "x")
    assert {key: value.text for key, (_, value) in found.items()} == {"a": "b", "c": "80", "1": ""}


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("{a: 80}", '10 x.a: expected a string, found the number 80; write "80" in quotes'),
        ("{a: [b]}", "10 x.a: expected a string, found a list"),
        ("{80: a}", '7 x.80: expected a string, found the number 80; write "80" in quotes'),
        ("{on: a}", '7 x.on: expected a string, found the boolean on; write "on" in quotes'),
    ],
)
def test_a_key_or_value_that_is_no_text_is_a_problem(fields: Fields, value: str, message: str) -> None:
    fields.string_map(node(value), "x")
    assert messages(fields) == [message]


@pytest.mark.parametrize(("value", "number"), [("0", 0), ("7", 7), ("10", 10)])
def test_a_whole_number_is_read(fields: Fields, value: str, number: int) -> None:
    assert fields.integer(node(value), "x", 0, 10) == number
    assert messages(fields) == []


@pytest.mark.parametrize("value", ["'7'", "-1", "+1", "1.0", "1e1", "0x1", "012", "1_0", "~", "a", "[1]", "1²", "true"])
def test_what_is_no_whole_number_is_refused(fields: Fields, value: str) -> None:
    assert fields.integer(node(value), "x", 0, 10) is None
    assert messages(fields)[0].startswith("6 x: expected a whole number, found ")


@pytest.mark.parametrize("value", ["11", "9" * 5000])
def test_a_number_out_of_range_is_refused(fields: Fields, value: str) -> None:
    assert fields.integer(node(value), "x", 0, 10) is None
    assert messages(fields) == [f"6 x: expected a number from 0 to 10, found {value}"]


@pytest.mark.parametrize(("value", "expected"), [("true", True), ("no", False), ("ON", True)])
def test_a_boolean_is_read(fields: Fields, value: str, expected: bool) -> None:  # noqa: FBT001
    assert fields.boolean(node(value), "x") is expected


@pytest.mark.parametrize("value", ["deny", "Deny", "''", "'DENY '"])
def test_a_word_is_one_of_a_list(fields: Fields, value: str) -> None:
    assert fields.one_of(node("DENY"), "x", ["ALLOW", "DENY"]) == "DENY"
    assert fields.one_of(node(value), "x", ["ALLOW", "DENY"]) is None
    assert messages(fields)[0].startswith("6 x: expected one of ALLOW, DENY, found '")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("{colour: b}", "7 x.colour: there is no such field; did you mean 'color'?"),
        ("{Color: b}", "7 x.Color: there is no such field; did you mean 'color'?"),
        ("{zzz: b}", "7 x.zzz: there is no such field; expected one of color, size"),
        ("{'': b}", "7 x.: there is no such field; expected one of color, size"),
        ("{color: a, ~: b}", "17 x.~: there is no such field; expected one of color, size"),
    ],
)
def test_an_unknown_field_is_refused_with_what_is_meant(fields: Fields, value: str, message: str) -> None:
    assert fields.mapping(node(value), "x", {"color", "size"}) is not None
    assert messages(fields) == [message]


def test_a_very_long_field_name_costs_no_time(fields: Fields) -> None:
    fields.mapping(node(f"{{{'color' * 200}: b}}"), "", {"color"})
    assert messages(fields)[0].endswith("there is no such field; expected one of color")


def test_a_path_is_joined_with_dots() -> None:
    assert (join("", "a"), join("a", "b")) == ("a", "a.b")
