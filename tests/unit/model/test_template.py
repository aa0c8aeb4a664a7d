from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authz.model.template import UriTemplate, check_path_braces, is_template, parse_template, template_matches


@pytest.mark.parametrize(
    ("template", "matches", "others"),
    [
        (
            "/foo/{*}",
            ["/foo/bar", "/foo/a%2Fb", "/foo/*", "/foo/..", "/foo/a;b"],
            ["/foo/", "/foo/bar/baz", "/foo", "/foo/bar/", "/FOO/bar", "/x/foo/bar", "foo/bar"],
        ),
        ("/foo/{**}", ["/foo/", "/foo/a/b", "/foo//"], ["/foo", "/fooo/", "/foo/a[b", '/foo/"', "/foo/<", "/foo/é"]),
        ("/{**}", ["/", "/a", "//", "/a/b/"], ["", "a", "/a b"]),
        ("/{*}", ["/a"], ["/", "//", "/a/", "/[", "/é"]),
        ("/a/{**}/b", ["/a//b", "/a/x/y/b", "/a/b/b"], ["/a/b", "/a/x/b/", "/a/xb", "/a/b/c"]),
        ("/foo/{**}/", ["/foo/bar/", "/foo//"], ["/foo/bar", "/foo/"]),
        ("/foo/{*}/bar/{**}", ["/foo/x/bar/", "/foo/x/bar/y/z"], ["/foo/x/bar", "/foo//bar/", "/foo/x/y/bar/"]),
        ("/foo/{*}/", ["/foo/x/"], ["/foo/x", "/foo//", "/foo/"]),
        ("/{*}/{*}", ["/a/b"], ["/a", "/a/", "//b", "/a/b/c"]),
        ("/a/{**}/b/c", ["/a//b/c", "/a/b/c/b/c"], ["/a/b/c", "/a/x/b"]),
        ("/%41/{*}", ["/%41/x"], ["/A/x"]),
    ],
)
def test_a_template_matches_the_whole_path(template: str, matches: list[str], others: list[str]) -> None:
    parsed = parse_template(template)
    assert [path for path in [*matches, *others] if template_matches(parsed, path)] == matches


@pytest.mark.parametrize(
    "text", ["/{*}", "/{**}", "/a/{*}/b", "/-._~%!$&'()+,;:@=/{*}", "/{*}/{*}/{**}", "/{**}/a/b", "/a/{*}/", "/a/{**}/"]
)
def test_a_template_is_accepted(text: str) -> None:
    assert is_template(text)
    assert isinstance(parse_template(text), UriTemplate)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{*}", "begins with '/'"),
        ("a/{*}", "begins with '/'"),
        ("/a{*}", "found 'a{*}'"),
        ("/{*}a", "found '{*}a'"),
        ("/{*}.txt", "found '{*}.txt'"),
        ("/{*}{*}", "found '{*}{*}'"),
        ("/{***}/{*}", "found '{***}'"),
        ("/{id}/{*}", "found '{id}'"),
        ("/{*}/{", "found '{'"),
        ("/{*}/}", "found '}'"),
        ("/{}/{*}", "found '{}'"),
        ("/{**}/{*}", "nothing but literal text"),
        ("/{**}/{**}", "nothing but literal text"),
        ("/{**}/a/{*}", "nothing but literal text"),
        ("/*/a/{*}", "the segment '*'"),
        ("/a*/{*}", "the segment 'a*'"),
        ("/a//{*}", "the segment ''"),
        ("/a b/{*}", "the segment 'a b'"),
        ("/a?b/{*}", "the segment 'a?b'"),
        ("/é/{*}", "the segment 'é'"),
        ("/a#/{*}", "the segment 'a#'"),
        ("/a[/{**}", "the segment 'a['"),
        ("/a\n/{**}", "the segment 'a\\n'"),
    ],
)
def test_a_template_is_refused_with_what_is_wrong(text: str, words: str) -> None:
    assert is_template(text)
    with pytest.raises(ValueError, match=re.escape(words)):
        parse_template(text)


@pytest.mark.parametrize("text", ["/a/{id}", "/{", "/}", "}{", "{}", "/{***}"])
def test_braces_that_are_no_operator_are_refused(text: str) -> None:
    assert not is_template(text)
    assert "{*} (one segment)" in (check_path_braces(text) or "")


@pytest.mark.parametrize("text", ["/a/*/b", "/a*", "*", "/"])
def test_a_path_without_braces_is_no_template_and_fine(text: str) -> None:
    assert not is_template(text)
    assert check_path_braces(text) is None


@given(st.lists(st.sampled_from(["a", "b", "%2F", ".."]), min_size=1, max_size=5), st.data())
def test_what_fills_a_template_matches_it(segments: list[str], data: st.DataObject) -> None:
    holes = data.draw(st.sets(st.integers(0, len(segments) - 1), min_size=1))
    template = "/" + "/".join("{*}" if n in holes else segment for n, segment in enumerate(segments))
    path = "/" + "/".join(segments)
    assert template_matches(parse_template(template), path)
    assert not template_matches(parse_template(template), f"{path}/x")
    assert template_matches(parse_template(f"{template}/{{**}}"), f"{path}/x/y")
