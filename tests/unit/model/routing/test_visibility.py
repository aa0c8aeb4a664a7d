import pytest

from authz.model.routing.visibility import NOWHERE, PUBLIC, ExportTo, parse_export_to


def test_without_a_word_it_is_for_the_mesh_to_say() -> None:
    assert parse_export_to([], "a") is None


def test_a_star_is_every_namespace() -> None:
    assert parse_export_to(["*"], "a") == PUBLIC
    assert PUBLIC.visible_to("anything")


def test_a_dot_is_the_own_namespace() -> None:
    found = parse_export_to([".", "b"], "a")
    assert found == ExportTo(frozenset({"a", "b"}))
    assert found.visible_to("a")
    assert not found.visible_to("c")


def test_a_tilde_is_nobody_where_it_is_allowed() -> None:
    assert parse_export_to(["~"], "a", nowhere=True) == NOWHERE
    assert not NOWHERE.visible_to("a")
    with pytest.raises(ValueError, match=r"expected `\*`, `.`, a namespace, found '~'"):
        parse_export_to(["~"], "a")


@pytest.mark.parametrize(
    "words,message",
    [
        (["*", "b"], "stand alone"),
        (["~", "b"], "stand alone"),
        (["*", "*"], "stand alone"),
        ([".", "a"], "the same namespace twice; `.` is 'a'"),
        (["b", "b"], "the same namespace twice"),
        (["B"], "or `~`, found 'B'"),
        (["b.c"], "found 'b.c'"),
        (["b*"], "found 'b\\*'"),
        (["a" * 64], "found 'aaa"),
        ([""], "found ''"),
    ],
)
def test_anything_else_is_refused(words: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_export_to(words, "a", nowhere=True)
