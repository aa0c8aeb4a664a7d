from __future__ import annotations

import os
from pathlib import Path

import pytest

from authz.sources.files import read_policy_files


@pytest.fixture(autouse=True)
def _in_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names in these tests are relative, so that what is found is easy to read."""
    monkeypatch.chdir(tmp_path)


def make(*names: str) -> None:
    for name in names:
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"# {name}")


def found(*paths: str) -> list[str]:
    read = read_policy_files(map(Path, paths))
    assert read.unreadable == ()
    return [file.name for file in read.files]


def refused(*paths: str) -> list[str]:
    return [str(problem) for problem in read_policy_files(map(Path, paths)).unreadable]


def test_a_directory_is_read_with_its_subdirectories_in_order() -> None:
    make("d/b.yaml", "d/a.yml", "d/c.json", "d/sub/z.yaml", "d/sub/deep/y.yaml", "d/another/x.yaml")
    assert found("d") == ["d/a.yml", "d/b.yaml", "d/c.json", "d/another/x.yaml", "d/sub/z.yaml", "d/sub/deep/y.yaml"]


def test_the_content_is_what_stands_in_the_file() -> None:
    make("d/a.yaml")
    (file,) = read_policy_files([Path("d")]).files
    assert (file.name, file.content) == ("d/a.yaml", b"# d/a.yaml")


@pytest.mark.parametrize("name", ["README.md", "a.yaml.bak", "a.yaml~", "yaml", "a.txt", "Makefile", "a.jsonl", "a.tf"])
def test_other_files_of_a_directory_are_passed_over(name: str) -> None:
    make("d/a.yaml", f"d/{name}")
    assert found("d") == ["d/a.yaml"]


@pytest.mark.parametrize("name", ["a.YAML", "a.Yml", "a.JSON"])
def test_a_policy_is_not_lost_for_its_suffix_in_upper_case(name: str) -> None:
    make(f"d/{name}")
    assert found("d") == [f"d/{name}"]


def test_hidden_files_and_directories_are_passed_over() -> None:
    make("d/a.yaml", "d/.b.yaml", "d/.#a.yaml", "d/.git/c.yaml", "d/sub/.d.yaml")
    assert found("d") == ["d/a.yaml"]


@pytest.mark.parametrize("name", [".hidden.yaml", "no-suffix", "a.txt"])
def test_a_file_that_is_named_is_read_whatever_its_name(name: str) -> None:
    make(name)
    assert found(name) == [name]


def test_a_hidden_directory_that_is_named_is_read() -> None:
    make(".d/a.yaml")
    assert found(".d") == [".d/a.yaml"]


def test_files_and_directories_can_be_named_together_and_count_once() -> None:
    make("d/a.yaml", "b.yaml")
    assert found("b.yaml", "d", "d/a.yaml", "./d", "b.yaml") == ["b.yaml", "d/a.yaml"]


def test_an_empty_directory_has_no_files_and_no_problem() -> None:
    Path("d").mkdir()
    assert found("d") == []


def test_a_mounted_config_map_is_read_once_through_its_visible_links() -> None:
    make("d/..2026_08_22/a.yaml", "d/..2026_08_22/b.yaml")
    Path("d/..data").symlink_to("..2026_08_22")
    for name in ("a.yaml", "b.yaml"):
        Path("d", name).symlink_to(f"..data/{name}")
    assert found("d") == ["d/a.yaml", "d/b.yaml"]


def test_a_linked_directory_is_read() -> None:
    make("elsewhere/a.yaml")
    Path("d").mkdir()
    Path("d/link").symlink_to("../elsewhere")
    assert found("d") == ["d/link/a.yaml"]
    assert found("d/link") == ["d/link/a.yaml"]


def test_a_directory_that_two_names_lead_to_is_read_once() -> None:
    make("d/v1/a.yaml")
    Path("d/current").symlink_to("v1")
    assert found("d") == ["d/current/a.yaml"]


@pytest.mark.parametrize("target", [".", "..", "../..", "../../d"])
def test_links_in_a_circle_end(target: str) -> None:
    make("d/sub/a.yaml")
    Path("d/sub/loop").symlink_to(target)
    assert [name for name in found("d") if name.startswith("d/sub/a")] == ["d/sub/a.yaml"]


def test_many_links_cost_no_more_than_the_directories_they_lead_to() -> None:
    for level in range(40):  # read once for each way that leads there, this would be 2 ** 40 times
        Path(f"d/{level}").mkdir(parents=True)
        Path(f"d/{level}/left").symlink_to(f"../{level + 1}")
        Path(f"d/{level}/right").symlink_to(f"../{level + 1}")
    make("d/40/a.yaml")
    assert len(found("d")) == 1


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("nowhere", "No such file or directory"),
        ("nowhere/a.yaml", "No such file or directory"),
        ("file/a.yaml", "Not a directory"),
        ("x" * 300, "File name too long"),
        ("a\0b", "embedded null byte"),
    ],
)
def test_what_is_named_and_cannot_be_read_is_a_problem(path: str, reason: str) -> None:
    make("file", "d/a.yaml")
    read = read_policy_files([Path("d"), Path(path)])
    assert [file.name for file in read.files] == ["d/a.yaml"]
    (problem,) = read.unreadable
    assert (problem.code.value, problem.where.file, problem.message) == ("AZ001", path, f"cannot be read: {reason}")


def test_a_link_to_nowhere_is_a_problem_when_it_has_the_name_of_a_policy() -> None:
    make("d/a.yaml")
    Path("d/b.yaml").symlink_to("gone")
    Path("d/notes").symlink_to("gone")
    assert refused("d") == ["d/b.yaml: AZ001 cannot be read: No such file or directory"]


def test_a_link_to_itself_is_a_problem() -> None:
    Path("d").mkdir()
    Path("d/a.yaml").symlink_to("a.yaml")
    assert refused("d") == ["d/a.yaml: AZ001 cannot be read: Too many levels of symbolic links"]


def test_a_pipe_among_policies_is_a_problem_and_nobody_waits_for_it() -> None:
    make("d/a.yaml")
    os.mkfifo("d/b.yaml")
    os.mkfifo("d/other")
    assert refused("d") == ["d/b.yaml: AZ001 cannot be read: not a regular file"]


def test_a_device_among_policies_is_a_problem() -> None:
    Path("d").mkdir()
    Path("d/zero.yaml").symlink_to("/dev/zero")
    assert refused("d") == ["d/zero.yaml: AZ001 cannot be read: not a regular file"]


def test_a_directory_with_the_name_of_a_policy_is_a_directory() -> None:
    make("d/a.yaml/b.yaml")
    assert found("d") == ["d/a.yaml/b.yaml"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_directory_that_may_not_be_read_is_a_problem() -> None:
    make("d/sub/a.yaml")
    Path("d/sub").chmod(0)
    try:
        assert refused("d") == ["d/sub: AZ001 cannot be read: Permission denied"]
    finally:
        Path("d/sub").chmod(0o700)


def test_a_name_that_is_no_utf8_is_read_all_the_same() -> None:
    Path("d").mkdir()
    Path(os.fsdecode(b"d/\xff.yaml")).write_text("")
    assert found("d") == ["d/\udcff.yaml"]


def test_the_mesh_is_read_beside_the_policies() -> None:
    make("d/a.yaml", "mesh.yaml")
    read = read_policy_files([Path("d")], Path("mesh.yaml"))
    assert read.mesh is not None
    assert (read.mesh.name, read.mesh.content) == ("mesh.yaml", b"# mesh.yaml")
    assert (read.origin, [file.name for file in read.files]) == ("d", ["d/a.yaml"])


@pytest.mark.parametrize("mesh", ["nowhere.yaml", "d"])
def test_a_mesh_that_cannot_be_read_is_a_problem_and_not_the_default(mesh: str) -> None:
    make("d/a.yaml")
    read = read_policy_files([Path("d")], Path(mesh))
    assert read.mesh is None
    assert [problem.where.file for problem in read.unreadable] == [mesh]
