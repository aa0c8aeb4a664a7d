from __future__ import annotations

import json
from pathlib import Path

import pytest

from authz.cli.main import main
from tests.support.reading import HEAD, with_spec

GOOD = with_spec("{rules: [{}]}")
BAD = with_spec("{action: DENY}")
WARNED = with_spec("{rules: [{from: [{source: {requestPrincipals: [me]}}]}]}")


@pytest.fixture(autouse=True)
def _in_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(**files: str) -> None:
    for name, content in files.items():
        Path(f"{name}.yaml").write_text(content)


def named(name: str, content: str) -> str:
    return content.replace("name: a", f"name: {name}")


def test_good_policies_are_status_0(capsys: pytest.CaptureFixture[str]) -> None:
    write(a=GOOD, b=named("b", GOOD))
    assert main(["validate", "a.yaml", "b.yaml"]) == 0
    assert capsys.readouterr() == ("2 valid; no problems\n", "")


def test_what_was_not_looked_at_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    write(a=f"{GOOD}---\napiVersion: v1\nkind: ConfigMap\n---\napiVersion: apps/v1\nkind: Deployment\n")
    assert main(["validate", "."]) == 0
    assert capsys.readouterr().out == "1 valid, not looked at: 1 ConfigMap, 1 Deployment; no problems\n"


def test_every_problem_of_every_file_is_printed_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    write(b=BAD, a=named("b", BAD) + "---\na: [\n", c=named("c", GOOD))
    assert main(["validate", "b.yaml", "c.yaml", "nowhere.yaml", "a.yaml"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(" ")[0] for line in lines] == ["a.yaml:4:7:", "a.yaml:7:1:", "b.yaml:4:7:", "nowhere.yaml:", "4"]
    assert lines[-1] == "4 errors"


def test_warnings_alone_are_status_0(capsys: pytest.CaptureFixture[str]) -> None:
    write(a=WARNED)
    assert main(["validate", "a.yaml"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("a.yaml:4:53: AZ901 warning: spec.rules[0].from[0].source.requestPrincipals[0]: 'me' is an")
    assert out.endswith("\n1 warning\n")


def test_the_settings_can_say_that_it_is_meant(capsys: pytest.CaptureFixture[str]) -> None:
    write(a=WARNED, authz="bareRequestPrincipals: subject")
    assert main(["validate", "a.yaml", "--config", "authz.yaml"]) == 0
    assert capsys.readouterr().out == "1 valid; no problems\n"


@pytest.mark.parametrize(
    ("content", "status", "severities"), [(GOOD, 0, []), (WARNED, 0, ["warning"]), (BAD, 1, ["error"])]
)
def test_json_is_a_list_of_problems(
    capsys: pytest.CaptureFixture[str], content: str, status: int, severities: list[str]
) -> None:
    write(a=content)
    assert main(["validate", "a.yaml", "--output", "json"]) == status
    out, err = capsys.readouterr()
    assert ([problem["severity"] for problem in json.loads(out)], err) == (severities, "")


def test_the_mesh_is_checked_and_known(capsys: pytest.CaptureFixture[str]) -> None:
    custom = with_spec("{action: CUSTOM, provider: {name: p}, rules: [{}]}")
    mesh = "extensionProviders: [{name: p, envoyExtAuthzGrpc: {service: a.b, port: 9}}]"
    write(a=custom, mesh=mesh, wrong="rootNamespaces: x")
    assert main(["validate", "a.yaml"]) == 0
    assert "AZ902 warning" in capsys.readouterr().out
    assert main(["validate", "a.yaml", "--mesh", "mesh.yaml"]) == 0
    assert capsys.readouterr().out == "1 valid; no problems\n"
    assert main(["validate", "a.yaml", "--mesh", "wrong.yaml"]) == 1
    assert "wrong.yaml:1:1: AZ020 rootNamespaces" in capsys.readouterr().out


def test_the_same_policy_in_two_files_names_both_places(capsys: pytest.CaptureFixture[str]) -> None:
    write(a=GOOD, b=GOOD)
    assert main(["validate", "."]) == 1
    assert "b.yaml:1:1: AZ012 metadata.name: AuthorizationPolicy foo/a is defined here again; first at a.yaml:1:1" in (
        capsys.readouterr().out
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["", "a.yaml"], "authz: PATH: expected a path, found nothing\n"),
        (["a.yaml", "--mesh", ""], "authz: mesh: expected a path, found nothing\n"),
        (["a.yaml", "--config", "gone.yaml"], "authz: gone.yaml: cannot be read: No such file or directory\n"),
        (["a.yaml", "--config", "a.yaml"], "authz: a.yaml:1:1: AZ020 apiVersion: there is no such field;"),
    ],
)
def test_a_setting_that_cannot_be_used_is_status_1(
    capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    write(a=GOOD)
    assert main(["validate", *arguments]) == 1
    out, err = capsys.readouterr()
    assert (out, err[: len(words)]) == ("", words)


@pytest.mark.parametrize("arguments", [[], ["a.yaml", "--output", "xml"], ["a.yaml", "--listen", "x"]])
def test_a_wrong_command_line_is_status_2(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["validate", *arguments])
    assert caught.value.code == 2
    assert ": error: " in capsys.readouterr().err


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\0", b"\xff\xfe", b"%", b"{", b"- - -", b"!!python/object:x {}", b"&a *a", b"--- |", b"<<: 1",
        HEAD.encode() + b"spec: {rules: [{to: [{operation: {ports: ['" + b"9" * 5000 + b"']}}]}]}",
        HEAD.encode() + b'spec: {"\\u0000\\n\\e[2J": \xe2\x80\xae}',
        b"[" * 100_000,
    ],
    ids=range(13),
)  # fmt: skip
@pytest.mark.parametrize("name", ["a.yaml", "a.json"])
def test_no_content_is_a_traceback(capsys: pytest.CaptureFixture[str], content: bytes, name: str) -> None:
    Path(name).write_bytes(content)
    assert main(["validate", name]) == 1
    out, err = capsys.readouterr()
    assert err == ""
    assert out.removesuffix("\n").replace("\n", "").isprintable()


def test_a_directory_without_anything_to_check_is_a_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    Path("empty").mkdir()
    assert main(["validate", "empty"]) == 1
    assert "AZ007" in capsys.readouterr().out
