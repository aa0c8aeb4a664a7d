"""docs/dev.md shows real output: its commands are run, one after the other. `...` stands for anything."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from authz.cli.main import main

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "dev.md").read_text(encoding="utf-8")
BLOCKS = "".join(re.findall(r"^```console\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL))
SHOWN = re.findall(r"^\$ (.*)\n((?:[^$].*\n)+)", BLOCKS, re.MULTILINE)
TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC")


def test_what_is_shown_is_what_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert len(SHOWN) == 6
    for command, output in SHOWN:
        assert main(shlex.split(command)[1:]) == 0
        printed = TIME.sub("TIME", capsys.readouterr().out)
        wanted = re.escape(TIME.sub("TIME", output)).replace(re.escape("..."), ".+")
        assert re.fullmatch(wanted, printed), command


@pytest.mark.parametrize("thing", ["ca", "cert", "token", "jwks"])
def test_every_flag_is_told_of(thing: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["dev", thing, "--help"])
    flags = set(re.findall(r"--[a-z-]+", capsys.readouterr().out)) - {"--help"}
    assert flags <= set(re.findall(r"--[a-z-]+", TEXT))
