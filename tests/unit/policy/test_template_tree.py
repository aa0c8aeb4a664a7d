"""The tree finds the templates that a plain comparison finds."""

import random

import pytest

from authz.model.template import parse_template, template_matches
from authz.policy.template_tree import TemplateTree

WRITTEN = ["/a/{*}", "/{*}/b", "/a/{**}", "/{**}", "/a/{**}/b", "/a/{*}/b/{**}", "/{*}/{*}", "/a/{**}/", "/{*}"]


def tree_of(written: list[str]) -> TemplateTree[str]:
    return TemplateTree([(parse_template(text), text) for text in written])


@pytest.mark.parametrize(
    "path, wanted",
    [
        ("/", {"/{**}"}),
        ("/a", {"/{**}", "/{*}"}),
        ("/a/", {"/{**}", "/a/{**}"}),
        ("/a/b", {"/{**}", "/a/{*}", "/a/{**}", "/{*}/b", "/{*}/{*}"}),
        ("/a//b", {"/{**}", "/a/{**}", "/a/{**}/b"}),
        ("/a/x/b/", {"/{**}", "/a/{**}", "/a/{*}/b/{**}", "/a/{**}/"}),
        ('/a/"', set()),
        ("", set()),
        ("a", set()),
    ],
)
def test_every_template_that_matches_is_found(path: str, wanted: set[str]) -> None:
    assert set(tree_of(WRITTEN).matching(path)) == wanted


def test_the_tree_agrees_with_comparing_one_by_one() -> None:
    generator = random.Random(3)
    heads = ["".join(generator.choices(["/a", "/b", "/{*}"], k=generator.randint(1, 4))) for _ in range(30)]
    written = sorted({head + generator.choice(["", "/{**}", "/{**}/a", "/{**}/"]) for head in heads})
    tree = tree_of(written)

    for _ in range(500):
        path = "".join(generator.choices(["/a", "/b", "/", "/x y", "/%2F"], k=generator.randint(0, 6)))
        wanted = [text for text in written if template_matches(parse_template(text), path)]
        assert sorted(tree.matching(path)) == wanted


def test_an_empty_tree_matches_nothing() -> None:
    assert list(tree_of([]).matching("/a")) == []
