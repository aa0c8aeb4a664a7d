import pytest

from authz.resources.routing.domains import (
    check_domain,
    check_wildcard_domain,
    is_address_or_domain,
    is_label,
    is_partial_wildcard,
)


@pytest.mark.parametrize("text", ["a", "A-1", "1", "a" * 63])
def test_what_can_stand_between_dots(text: str) -> None:
    assert is_label(text)


@pytest.mark.parametrize("text", ["", "-a", "a-", "a_b", "a.b", "*", "ä", "a" * 64, "a\n"])
def test_what_cannot(text: str) -> None:
    assert not is_label(text)


@pytest.mark.parametrize("text", ["a", "a.example.com", "a.example.com.", "1.example", "A.B", "xn--a.b"])
def test_a_domain(text: str) -> None:
    check_domain(text)
    check_wildcard_domain(text)


@pytest.mark.parametrize(
    "text", ["", "a..b", ".a", "a.1", "10.0.0.1", "*.a", "a_b", "a.b..", "b" * 256, f"{'c' * 64}.d", "a.b\n", "."]
)
def test_what_is_no_domain(text: str) -> None:
    with pytest.raises(ValueError, match=r"host"):
        check_domain(text)


@pytest.mark.parametrize("text", ["*", "*.a", "*a", "*-a", "*a.example.com", "123", "*."])
def test_a_wildcard_domain(text: str) -> None:
    check_wildcard_domain(text)


@pytest.mark.parametrize("text", ["", "**", "a*", "a.*", "*.*", "*_a", "*.1", f"*{'a' * 63}", "-.a"])
def test_what_is_no_wildcard_domain(text: str) -> None:
    with pytest.raises(ValueError, match=r"host"):
        check_wildcard_domain(text)


def test_a_star_that_stands_for_a_part_of_a_name() -> None:
    assert [text for text in ("*", "*.a", "*a", "*-a.b", "a") if is_partial_wildcard(text)] == ["*a", "*-a.b"]


def test_what_one_can_connect_to() -> None:
    found = [text for text in ("10.0.0.1", "::1", "a.b", "*.b", "10.0.0", "") if is_address_or_domain(text)]
    assert found == ["10.0.0.1", "::1", "a.b"]
