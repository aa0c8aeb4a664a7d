from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authz.model.path import PathNormalization, looks_normal, normalize_path, path_of_target

NONE, BASE = PathNormalization.NONE, PathNormalization.BASE
MERGE, DECODE = PathNormalization.MERGE_SLASHES, PathNormalization.DECODE_AND_MERGE_SLASHES

RECORDED = json.loads((Path(__file__).parents[2] / "data/envoy-paths.json").read_text())
PATHS = st.text(alphabet='/.%25eE2fFcC5;\\aA?"{^é ', max_size=24).map(lambda text: f"/{text}")


@pytest.mark.parametrize("mode", PathNormalization)
def test_every_path_becomes_what_a_real_envoy_made_of_it(mode: PathNormalization) -> None:
    rows = [(path_of_target(row["sent"]), row[mode.value]) for row in RECORDED if row[mode.value] is not None]
    differences = [
        (sent, wanted, normalize_path(sent, mode))
        for sent, wanted in rows
        if normalize_path(sent, mode) != path_of_target(wanted)
    ]
    assert len(rows) > 300
    assert differences == []


@pytest.mark.parametrize(
    ("sent", "base", "merged", "decoded"),
    [
        ("/", "/", "/", "/"),
        ("//admin", "//admin", "/admin", "/admin"),
        ("/%2Fadmin", "/%2Fadmin", "/%2Fadmin", "/admin"),
        ("/admin%2fsecret", "/admin%2fsecret", "/admin%2fsecret", "/admin/secret"),
        ("/a%5Cb", "/a%5Cb", "/a%5Cb", "/a/b"),
        ("/a%5cb", "/a%5cb", "/a%5cb", "/a/b"),
        ("/a\\b", "/a/b", "/a/b", "/a/b"),
        ("/a/../admin", "/admin", "/admin", "/admin"),
        ("/a/%2e%2e/admin", "/admin", "/admin", "/admin"),
        ("/a/%2E%2e/admin", "/admin", "/admin", "/admin"),
        ("/app/%2E./admin", "/admin", "/admin", "/admin"),
        ("/a\\..\\admin", "/admin", "/admin", "/admin"),
        ("/a%2f..%2fadmin", "/a%2f..%2fadmin", "/a%2f..%2fadmin", "/admin"),
        ("/./admin", "/admin", "/admin", "/admin"),
        ("/xyz%30..//abc", "/xyz0..//abc", "/xyz0../abc", "/xyz0../abc"),
        ("/%61dmin", "/admin", "/admin", "/admin"),
        ("/%7Ea%2D%5f", "/~a-_", "/~a-_", "/~a-_"),
        ("/%252e%252e/x", "/%252e%252e/x", "/%252e%252e/x", "/%252e%252e/x"),
        ("/%252Fadmin", "/%252Fadmin", "/%252Fadmin", "/%252Fadmin"),
        ("/a;jsessionid=1/b", "/a;jsessionid=1/b", "/a;jsessionid=1/b", "/a;jsessionid=1/b"),
        ("/a;x/../b", "/b", "/b", "/b"),
        ("/%c0%2e", "/%c0.", "/%c0.", "/%c0."),
        ("/a/..", "/", "/", "/"),
        ("/a/b/..", "/a/", "/a/", "/a/"),
        ("/a/.", "/a/", "/a/", "/a/"),
        ("/..", "/", "/", "/"),
        ("/../../admin", "/admin", "/admin", "/admin"),
        ("/a//../b", "/a/b", "/a/b", "/a/b"),
        ("/...", "/...", "/...", "/..."),
        ("/a..b", "/a..b", "/a..b", "/a..b"),
        ("/.hidden", "/.hidden", "/.hidden", "/.hidden"),
        ("/a///b", "/a///b", "/a/b", "/a/b"),
        ("/%", "/%", "/%", "/%"),
        ("/%4", "/%4", "/%4", "/%4"),
        ("/%zz", "/%zz", "/%zz", "/%zz"),
        ("/caf%C3%A9", "/caf%C3%A9", "/caf%C3%A9", "/caf%C3%A9"),
    ],
)
def test_the_normal_forms(sent: str, base: str, merged: str, decoded: str) -> None:
    assert [normalize_path(sent, mode) for mode in (NONE, BASE, MERGE, DECODE)] == [sent, base, merged, decoded]


@pytest.mark.parametrize("target", ["*", "", "example.com:443", "pkg.Service/Method", "http://h/%61"])
@pytest.mark.parametrize("mode", PathNormalization)
def test_what_is_no_path_is_left_alone(target: str, mode: PathNormalization) -> None:
    assert normalize_path(target, mode) == target


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/a?b", "/a"),
        ("/a?b?c", "/a"),
        ("/secure?", "/secure"),
        ("?", ""),
        ("/p%3Fx=1", "/p%3Fx=1"),
        ("//admin/x?y", "//admin/x"),
        ("//user@host:80/x", "//user@host:80/x"),
        ("/a;b=c?d", "/a;b=c"),
        ("/a#x", "/a#x"),
    ],
)
def test_the_path_ends_at_the_first_question_mark_and_nowhere_else(target: str, path: str) -> None:
    assert path_of_target(target) == path


@given(PATHS, st.sampled_from(PathNormalization))
def test_what_looks_normal_is_normal(target: str, mode: PathNormalization) -> None:
    path = path_of_target(target)
    if looks_normal(path, mode):
        assert normalize_path(path, mode) == path


@pytest.mark.parametrize(
    ("path", "modes"),
    [
        ("/a/b.c", {NONE, BASE, MERGE, DECODE}),
        ("//a", {NONE, BASE}),
        ("/%61", set()),
        ("/a/../b", set()),
        ("/a\\b", set()),
    ],
)
def test_the_usual_path_needs_no_second_look(path: str, modes: set[PathNormalization]) -> None:
    assert {mode for mode in PathNormalization if looks_normal(path, mode)} == modes


@given(PATHS, st.sampled_from((BASE, MERGE, DECODE)))
def test_no_dot_segment_and_no_backslash_is_left(target: str, mode: PathNormalization) -> None:
    normal = normalize_path(path_of_target(target), mode)
    assert normal.startswith("/")
    assert "\\" not in normal
    assert not {".", ".."} & set(normal.split("/"))
