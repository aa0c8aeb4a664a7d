import time
from contextlib import suppress

import pytest

from authz.model.strict_json import parse_json_object


def test_numbers_are_doubles_as_in_a_protobuf_struct() -> None:
    found = parse_json_object(b' {"a": 1, "b": [2.5, -3e2], "c": {"d": 9007199254740993}}\n', 3)

    assert found == {"a": 1.0, "b": [2.5, -300.0], "c": {"d": 9007199254740992.0}}
    assert type(found["a"]) is float


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b'"a"',
        b"{",
        b"{} {}",
        b"\xff",
        b"\xef\xbb\xbf{}",
        b'{"a": "\xff"}',
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": 1e999}',
        b'{"a": ' + b"9" * 400 + b"}",
        b'{"a": "\\ud800"}',
        b'{"\\udc00": 1}',
        b'{"a": 1, "a": 1}',
        b'{"a": 1, "\\u0061": 1}',
        b'{"a": [{"b": 1, "b": 2}]}',
        b"{'a': 1}",
        b'{"a": 01}',
        b'{"a": "\n"}',
        b'{"a": 1,}',
    ],
)
def test_what_readers_could_read_differently_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_json_object(text, 8)


def test_digits_in_a_long_text_are_no_number() -> None:
    digits = "9" * 400

    assert parse_json_object(f'{{"a": "{digits}", "b": 1}}'.encode(), 1) == {"a": digits, "b": 1.0}
    assert parse_json_object(f'{{"a": {digits[:308]}}}'.encode(), 1) == {"a": float(digits[:308])}
    assert parse_json_object(f'{{"a": 0.{digits}}}'.encode(), 1) == {"a": 1.0}


def test_depth_is_counted_outside_of_strings() -> None:
    assert parse_json_object(b'{"a": "[[[[\\"[[[", "b": [[]], "c": [[]], "d": "\\\\"}', 3)
    with pytest.raises(ValueError, match="nested deeper than 3"):
        parse_json_object(b'{"a": [[[]]]}', 3)


@pytest.mark.parametrize(("text", "most"), [(b'{"a":[[]],"b":[{},[{}]]}', 4), (b'{"a":"]]]]","b":[[["[",{}]]]}', 5)])
def test_what_is_nested_as_deep_as_may_be_is_read(text: bytes, most: int) -> None:
    assert parse_json_object(text, most)
    with pytest.raises(ValueError, match="nested deeper"):
        parse_json_object(text, most - 1)


HOSTILE = [
    b"[" * 24_000,
    b'{"a":' * 5_000,
    b'{"a":[' + b"[]," * 8_000 + b"1]}",
    b'{"a":[' + (b"[" * 60 + b"]" * 60 + b",") * 200 + b"1]}",
    b'{"a":"' + b"[" * 24_000 + b'"}',
    b'{"' + b'\\"' * 12_000,
    b"]" * 12_000 + b"[" * 12_000,
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:12].decode())
def test_no_text_costs_much_more_than_a_list_of_numbers(text: bytes) -> None:
    def seconds(text: bytes) -> float:
        """Of the quickest of five."""
        found = []
        for _ in range(5):
            began = time.perf_counter()
            with suppress(ValueError):
                parse_json_object(text, 64)
            found.append(time.perf_counter() - began)
        return min(found)

    assert seconds(text) < 4 * seconds(b'{"a":[' + b"1," * 12_000 + b"1]}")


@pytest.mark.parametrize("text", [b'{"a":' * 100_000, b'{"' + b'\\"' * 100_000, b"[" * 100_000 + b'"'])
def test_hostile_nesting_costs_little(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_json_object(text, 64)


def test_a_surrogate_pair_is_a_character() -> None:
    assert parse_json_object(b'{"a": "\\ud83d\\ude00"}', 1) == {"a": "\U0001f600"}
