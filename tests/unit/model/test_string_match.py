from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authz.model.string_match import (
    Exact,
    NonEmpty,
    Prefix,
    Present,
    StringMatch,
    Suffix,
    ascii_lower,
    parse_string_match,
    string_matches,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("abc", Exact("abc")),
        ("abc*", Prefix("abc")),
        ("*abc", Suffix("abc")),
        ("*", NonEmpty()),
        ("**", Suffix("*")),
        ("***", Suffix("**")),
        ("*a*", Suffix("a*")),
        ("a*b", Exact("a*b")),
        ("a*b*", Prefix("a*b")),
        ("*a*b", Suffix("a*b")),
        (" *", Prefix(" ")),
        ("a?b", Exact("a?b")),
    ],
)
def test_only_the_first_or_the_last_star_is_special(text: str, expected: StringMatch) -> None:
    assert parse_string_match(text) == expected


def test_what_a_lone_star_means_is_the_fields_choice() -> None:
    assert parse_string_match("*", Present()) == Present()
    assert parse_string_match("**", Present()) == Suffix("*")


@pytest.mark.parametrize(
    ("pattern", "matches", "others"),
    [
        ("abc", ["abc"], ["", "ab", "abcd", "ABC", "xabc"]),
        ("abc*", ["abc", "abcd", "abc*"], ["", "ab", "xabc", "ABC"]),
        ("*abc", ["abc", "xabc", "*abc"], ["", "bc", "abcx"]),
        ("*", ["a", " ", "*"], [""]),
        ("**", ["*", "a*"], ["", "a"]),
        ("*a*", ["a*", "xa*"], ["a", "xax"]),
        ("a*b", ["a*b"], ["ab", "axb"]),
    ],
)
def test_a_form_matches_whole_values(pattern: str, matches: list[str], others: list[str]) -> None:
    form = parse_string_match(pattern)
    assert [text for text in [*matches, *others] if string_matches(form, text)] == matches


def test_presence_counts_an_empty_value() -> None:
    assert string_matches(Present(), "")
    assert string_matches(Present(), "a")


@pytest.mark.parametrize(
    ("text", "lowered"),
    [
        ("SeCret.COM:8080", "secret.com:8080"),
        ("\N{KELVIN SIGN}", "\N{KELVIN SIGN}"),
        ("A\N{KELVIN SIGN}", "a\N{KELVIN SIGN}"),
        ("\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}X", "\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}x"),
        ("\N{LATIN CAPITAL LETTER E WITH ACUTE}", "\N{LATIN CAPITAL LETTER E WITH ACUTE}"),
        ("\N{FULLWIDTH LATIN CAPITAL LETTER A}", "\N{FULLWIDTH LATIN CAPITAL LETTER A}"),
        ("A\udc80", "a\udc80"),
        ("@[`{", "@[`{"),
    ],
)
def test_nothing_but_a_to_z_is_lowered(text: str, lowered: str) -> None:
    assert ascii_lower(text) == lowered


@given(st.text())
def test_lowering_keeps_the_length_and_is_done_once(text: str) -> None:
    lowered = ascii_lower(text)
    assert len(lowered) == len(text)
    assert ascii_lower(lowered) == lowered
    assert lowered.encode("utf-8", "surrogatepass") == text.encode("utf-8", "surrogatepass").lower()
