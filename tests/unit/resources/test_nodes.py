from __future__ import annotations

import pytest

from authz.resources.nodes import Mapping, Scalar, Sequence, boolean_of, plain_value, scalar_type, text_of


def plain(text: str) -> Scalar:
    return Scalar(text, plain=True, line=1, column=1)


def quoted(text: str) -> Scalar:
    return Scalar(text, plain=False, line=1, column=1)


@pytest.mark.parametrize(
    ("kind", "texts"),
    [
        ("null", ["", "~", "null", "Null", "NULL"]),
        ("boolean", ["true", "True", "TRUE", "false", "yes", "Yes", "NO", "on", "Off", "off"]),
        (
            "number",
            ["0", "80", "-1", "+1", "012", "08", "0x1F", "0o17", "0b11", "1e3", "1.5", ".5", "5.", "-.5e-3", "1_000",
             ".inf", "-.INF", "+.Inf", ".nan", "1e400", "1" * 5000],
        ),
        (
            "string",
            ["a", "nULL", "tRUE", "yEs", "2024-01-01", "12:30:45", "1.2.3.4", "10.0.0.0/8", "::1", "1.2.3", "-", ".",
             "+", "0x", "0xg", "e3", "1e", "80-90", "8080a", "_1", "infinity", "nan", "\N{ARABIC-INDIC DIGIT THREE}",
             "1\N{ARABIC-INDIC DIGIT THREE}", "1\N{SUPERSCRIPT TWO}", "1 0", "=", "<<", "*"],
        ),
    ],
)  # fmt: skip
def test_what_stands_without_quotes_is_what_a_kubernetes_client_reads(kind: str, texts: list[str]) -> None:
    assert {text: scalar_type(plain(text)) for text in texts} == dict.fromkeys(texts, kind)


@pytest.mark.parametrize("text", ["", "~", "80", "true", "0x1F", "null"])
def test_what_stands_in_quotes_is_text(text: str) -> None:
    assert scalar_type(quoted(text)) == "string"


@pytest.mark.parametrize(
    ("text", "value"), [("true", True), ("Yes", True), ("ON", True), ("False", False), ("no", False)]
)
def test_a_boolean_has_its_value(text: str, value: bool) -> None:  # noqa: FBT001
    assert boolean_of(plain(text)) is value


def test_only_a_scalar_has_text() -> None:
    assert text_of(plain("a")) == "a"
    assert [text_of(node) for node in (None, Sequence([plain("a")], 1, 1), Mapping({}, 1, 1))] == ["", "", ""]


def test_a_mapping_gives_the_value_of_a_key() -> None:
    mapping = Mapping({"a": (plain("a"), quoted("b"))}, 1, 1)
    assert mapping.get("a") == quoted("b")
    assert mapping.get("b") is None


def test_content_without_places_keeps_quoted_and_plain_apart() -> None:
    tree = Sequence(
        [plain("80"), quoted("80"), plain("a"), quoted("a"), Mapping({"k": (plain("k"), plain("~"))}, 9, 9)], 1, 1
    )
    assert plain_value(tree) == [["80"], "80", "a", "a", {"k": ["~"]}]
