"""docs/check.md shows real output: each command is run, as far as its pipe; its file of requests is read."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from authz.cli.main import main

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "check.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"^```console\n\$ ((?:[^\n]*\\\n)*[^\n]*)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
REQUESTS = "".join(re.findall(r"^```yaml\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL))


@pytest.mark.parametrize("command, output", SHOWN, ids=range(len(SHOWN)))
def test_what_is_shown_is_what_is_printed(
    command: str, output: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    requests = tmp_path / "requests.yaml"
    requests.write_text(REQUESTS, "utf-8")
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("COLUMNS", "100")
    run, _, pipe = command.replace("\\\n", "").partition(" | ")
    words = [str(requests) if word == requests.name else word for word in shlex.split(run)]
    main(words[1:])

    printed = capsys.readouterr().out.rstrip("\n").split("\n")
    pattern = shlex.split(pipe)[2] if pipe.startswith("grep -E ") else ""
    assert [line for line in printed if re.search(pattern, line)] == output.rstrip("\n").split("\n")


def test_the_page_shows_commands_and_requests() -> None:
    assert len(SHOWN) == 4
    assert REQUESTS


def test_every_field_of_the_report_is_described(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    main(["check", "--policies", "policies/quickstart", "--workload", "default/app=my-app", "--output", "json"])
    report = json.loads(capsys.readouterr().out)
    policy = report["results"][0]["policies"][0]
    described = set(re.findall(r"`(\w+)`", TEXT[TEXT.index("## JSON") :]))

    for level in (report, report["results"][0], report["results"][0]["request"], policy, policy["rules"][0]):
        assert described >= set(level)
    assert described >= set(policy["rules"][0]["failed"])
