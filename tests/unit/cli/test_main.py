from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import authz
from authz.cli.main import main
from tests.support.reading import with_spec

if TYPE_CHECKING:
    from pathlib import Path


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "authz", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **environment})


@pytest.mark.parametrize(
    "arguments", [[], ["nonsense"], ["--nonsense"], ["serve", "--nonsense"], ["dev"], ["dev", "x"]]
)
def test_a_wrong_command_line_is_status_2(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert capsys.readouterr().err.startswith("usage: authz")


@pytest.mark.parametrize(
    "arguments", [["--help"], ["serve", "--help"], ["validate", "--help"], ["dev", "quickstart", "--help"]]
)
def test_every_verb_explains_itself(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 0
    assert capsys.readouterr().out.startswith("usage: authz")


def test_the_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out == f"authz {authz.__version__}\n"


def test_as_a_program_it_prints_and_exits_the_same(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(with_spec("{action: DENY}"))
    ended = run("validate", str(file))
    assert (ended.returncode, ended.stderr) == (1, "")
    assert ended.stdout.endswith("`- {}` matches everything\n1 error\n")


def test_a_name_that_the_terminal_cannot_show_is_no_crash(tmp_path: Path) -> None:
    (tmp_path / "é.yaml").write_text("é: [b\n---\n")
    ended = run("validate", str(tmp_path), PYTHONIOENCODING="ascii")
    assert (ended.returncode, ended.stderr) == (1, "")
    assert "\\xe9.yaml:2:1: AZ003" in ended.stdout


def test_a_reader_that_goes_away_is_no_crash(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("a: b\n---\n" * 3000)
    command = [sys.executable, "-m", "authz", "validate", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as program:
        assert program.stdout is not None
        assert program.stderr is not None
        assert program.stdout.readline().startswith(str(tmp_path).encode())
        program.stdout.close()
        assert program.stderr.read() == b""
        assert program.wait() != 0
