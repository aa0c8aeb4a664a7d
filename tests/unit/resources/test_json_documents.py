from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authz.model.problem import Code
from authz.resources.json_documents import JsonError, parse_json
from authz.resources.nodes import Mapping, Node, Scalar, Sequence, scalar_type

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


def value_of(node: Node) -> object:
    match node:
        case Scalar(text, plain):
            return json.loads(text) if plain else text
        case Sequence(items):
            return [value_of(item) for item in items]
        case Mapping(entries):
            return {key: value_of(value) for key, (_, value) in entries.items()}


@given(JSON, st.sampled_from([None, 1, "\t"]), st.booleans())
def test_json_is_what_the_standard_library_reads(value: object, indent: int | str | None, ascii_only: bool) -> None:  # noqa: FBT001
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    assert value_of(parse_json(text, 64)) == value


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("", (1, 1), "expected a JSON value"),
        ("nul", (1, 1), "expected a JSON value"),
        ("NaN", (1, 1), "expected a JSON value"),
        ("-Infinity", (1, 1), "expected a JSON value"),
        ("'a'", (1, 1), "expected a JSON value"),
        ("+1", (1, 1), "expected a JSON value"),
        (".5", (1, 1), "expected a JSON value"),
        ("01", (1, 2), "something stands after"),
        ("1.", (1, 2), "something stands after"),
        ("0x10", (1, 2), "something stands after"),
        ("truex", (1, 5), "something stands after"),
        ("{} {}", (1, 4), "something stands after"),
        ("{}\n]", (2, 1), "something stands after"),
        ("[1,]", (1, 4), "expected a JSON value"),
        ("[1 2]", (1, 4), "expected ',' or ']'"),
        ("[", (1, 2), "expected a JSON value"),
        ("[1", (1, 3), "expected ',' or ']'"),
        ("{", (1, 2), "expected a key in double quotes"),
        ("{a: 1}", (1, 2), "expected a key in double quotes"),
        ('{"a": 1,}', (1, 9), "expected a key in double quotes"),
        ('{"a" 1}', (1, 6), "expected ':'"),
        ('{"a":}', (1, 6), "expected a JSON value"),
        ('{"a": 1 "b": 2}', (1, 9), "expected ',' or '}'"),
        ('{"a": 1\n\t"b": 2}', (2, 2), "expected ',' or '}'"),
        ("{1: 2}", (1, 2), "expected a key in double quotes"),
        ('"a', (1, 1), "not a JSON string: Unterminated string"),
        ('"a\nb"', (1, 3), "not a JSON string: Invalid control character"),
        ('"\0"', (1, 2), "not a JSON string: Invalid control character"),
        (r'"\x"', (1, 2), "not a JSON string: Invalid \\escape"),
        (r'"\u12"', (1, 3), "not a JSON string: Invalid \\uXXXX escape"),
        (r'"\ud800"', (1, 9), "half of a surrogate pair"),
        (r'"\udca9\ud83d"', (1, 15), "half of a surrogate pair"),
        (r'{"\ud800": 1}', (1, 10), "half of a surrogate pair"),
        ("// no\n{}", (1, 1), "expected a JSON value"),
        ("\N{NO-BREAK SPACE}{}", (1, 1), "expected a JSON value"),
        ("\ufeff{}", (1, 1), "expected a JSON value"),
        ("é", (1, 1), "expected a JSON value"),
        ('["é",\n  x]', (2, 3), "expected a JSON value"),
        ('["é", x]', (1, 7), "expected a JSON value"),
    ],
)  # fmt: skip
def test_what_is_no_json_is_refused_at_its_place(text: str, place: tuple[int, int], words: str) -> None:
    with pytest.raises(JsonError) as caught:
        parse_json(text, 64)
    assert str(caught.value).startswith(f"not JSON: {words}")
    assert (caught.value.line, caught.value.column, caught.value.code) == (*place, Code.SYNTAX)


@pytest.mark.parametrize("text", ['{"a": 1,\n "a": 2}', '{"a": 1,\n "\\u0061": 2}'])
def test_a_repeated_key_is_refused(text: str) -> None:
    with pytest.raises(JsonError, match="the key 'a' stands here again; first in line 1") as caught:
        parse_json(text, 64)
    assert (caught.value.line, caught.value.column, caught.value.code) == (2, 2, Code.DUPLICATE_KEY)


@pytest.mark.parametrize("opening", ["[", '{"":'])
def test_nesting_has_an_end(opening: str) -> None:
    with pytest.raises(JsonError, match="nested deeper than 64") as caught:
        parse_json(opening * 100_000, 64)
    assert (caught.value.column, caught.value.code) == (64 * len(opening) + 1, Code.TOO_LARGE)


def test_as_deep_as_allowed_is_allowed() -> None:
    assert value_of(parse_json("[[[1]]]", 3)) == [[[1]]]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ('"80"', "string"),
        ("80", "number"),
        ("-1.5e3", "number"),
        ("true", "boolean"),
        ("null", "null"),
        ('""', "string"),
    ],
)
def test_a_json_value_keeps_its_type(text: str, kind: str) -> None:
    node = parse_json(text, 64)
    assert isinstance(node, Scalar)
    assert scalar_type(node) == kind


def test_a_number_of_any_length_is_only_text() -> None:
    node = parse_json("1" * 10_000, 64)
    assert isinstance(node, Scalar)
    assert (len(node.text), scalar_type(node)) == (10_000, "number")
