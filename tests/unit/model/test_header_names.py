"""Names of headers as extension providers list them."""

import pytest

from authz.model.header_names import HeaderNames, is_header_name, is_header_value, parse_header_names


@pytest.mark.parametrize(
    ("written", "holds", "does_not"),
    [
        ("X-User", "x-user", "x-users"),
        ("x-*", "x-", "ax-"),
        ("X-*", "x-a", "y"),
        ("*-ID", "my-id", "my-ids"),
        ("*-*", "a-*", "a-b"),
    ],
)
def test_a_name_its_beginning_and_its_end_in_any_case(written: str, holds: str, does_not: str) -> None:
    names = parse_header_names([written])

    assert holds in names
    assert does_not not in names
    assert names.texts() == (written.lower(),)


def test_an_empty_list_holds_nothing() -> None:
    assert not parse_header_names([])
    assert "a" not in HeaderNames()
    assert "" not in HeaderNames()


@pytest.mark.parametrize("written", ["*", "", "a b", "a:b", "x-\u00e9", "a\r\n", "**:"])
def test_what_no_header_is_called(written: str) -> None:
    with pytest.raises(ValueError, match=r"lone|no header"):
        parse_header_names([written])


@pytest.mark.parametrize("value", ["a\rb", "a\nb", "a\r\nset-cookie: x", "\0"])
def test_a_value_stays_one_line(value: str) -> None:
    assert not is_header_value(value)


def test_names_and_values_that_can_be_sent() -> None:
    assert is_header_name("x-User_1!")
    assert not is_header_name(":path")
    assert not is_header_name("")
    assert is_header_value("caf\u00e9\t ;")
