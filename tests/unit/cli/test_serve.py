"""`authz serve` as a user meets it; what it does once it serves is in tests/unit/runtime/test_serve.py."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from authz.cli.main import main
from tests.support.reading import with_spec

if TYPE_CHECKING:
    from collections.abc import Iterator

GOOD = with_spec("{rules: [{}]}")
READY = re.compile(r"authz ready: listening on (\S+), (.+), digest sha256:[0-9a-f]{64}\n")


@pytest.fixture(autouse=True)
def _in_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("good").mkdir()
    Path("good/a.yaml").write_text(GOOD)


@contextmanager
def serving(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "authz", "serve", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
        try:
            yield program
        finally:
            program.kill()


def ready(program: subprocess.Popen[str]) -> tuple[str, str]:
    assert program.stdout is not None
    line = program.stdout.readline()
    found = READY.fullmatch(line)
    assert found, line
    return found[1], found[2]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_says_when_it_is_ready_and_ends_when_told_to(number: signal.Signals) -> None:
    with serving("--policies", "good", "--listen", "127.0.0.1:0") as program:
        address, count = ready(program)
        program.send_signal(number)
        out, err = program.communicate()
    assert re.fullmatch(r"127\.0\.0\.1:[1-9][0-9]*", address)
    assert (count, program.returncode, out) == ("1 policy", 0, "")
    assert "Traceback" not in err


def test_the_ready_line_counts_what_is_beside_the_policies() -> None:
    Path("good/b.yaml").write_text(f"{GOOD.replace('name: a', 'name: b')}---\napiVersion: v1\nkind: Service\n")
    with serving("--policies", "good", "--listen", "unix:socket") as program:
        assert ready(program) == ("unix:socket", "2 policies (beside 1 Service)")
        program.terminate()
        assert program.wait() == 0
    assert not Path("socket").exists()


def test_a_set_with_problems_is_not_served_and_all_of_them_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    Path("good/b.yaml").write_text(with_spec("{action: DENY, rule: []}"))
    Path("good/c.yaml").write_text("a: @b")
    Path("mesh.yaml").write_text("rootNamespaces: x")
    assert main(["serve", "--policies", "good", "--mesh", "mesh.yaml", "--listen", "unix:socket"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert [line.split(" ")[0] for line in err.splitlines()] == [
        "good/b.yaml:1:1:",
        "good/b.yaml:4:7:",
        "good/b.yaml:4:22:",
        "good/c.yaml:1:4:",
        "mesh.yaml:1:1:",
        "5",
    ]
    assert not Path("socket").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "authz: policies: say where the policies are, with --policies DIR or in the settings file"),
        (["--policies", ""], "authz: policies: expected a path, found nothing"),
        (["--policies", "gone"], "gone: AZ001 cannot be read: No such file or directory"),
        (["--policies", "empty"], "empty: AZ007 no policy here: found no YAML or JSON document; without policies"),
        (["--policies", "others"], "others: AZ007 no policy here: found only 1 Service; without policies"),
        (["--policies", "good", "--mesh", "gone"], "gone: AZ001 cannot be read: No such file or directory"),
        (["--policies", "good", "--config", "gone"], "authz: gone: cannot be read: No such file or directory"),
        (["--policies", "good", "--workload", "="], "authz: workload: expected NAMESPACE/LABEL=VALUE,..., found '='"),
        (["--policies", "good", "--listen", "9191"], "authz: listen: expected HOST:PORT, [IPv6]:PORT or unix:PATH"),
        (
            ["--policies", "good", "--listen", "0.0.0.0:0"],
            "authz: listen: 0.0.0.0:0 can be reached from other machines",
        ),
        (["--policies", "good", "--listen", "127.evil.com:0"], "authz: listen: 127.evil.com:0 can be reached from"),
        (
            ["--policies", "good", "--listen", "unix:good/a.yaml"],
            "authz: cannot listen on unix:good/a.yaml: it is a file",
        ),
        (
            ["--policies", "good", "--listen", "unix:gone/socket"],
            "authz: cannot listen on unix:gone/socket: its directory",
        ),
        (["--policies", "good", "--listen", f"unix:{'x' * 108}"], "authz: cannot listen on unix:xxx"),
        (["--policies", "good", "--listen", f"unix:{'x' * 300}"], "authz: cannot listen on unix:xxx"),
    ],
)
def test_what_keeps_it_from_serving_is_said_in_words(
    capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    Path("empty").mkdir()
    Path("others").mkdir()
    Path("others/a.yaml").write_text("apiVersion: v1\nkind: Service\n")
    assert main(["serve", *arguments]) == 1
    out, err = capsys.readouterr()
    assert (out, err.splitlines()[0][: len(words)]) == ("", words)
    assert Path("good/a.yaml").read_text() == GOOD


def test_an_empty_set_is_served_when_it_is_meant() -> None:
    Path("empty").mkdir()
    with serving("--policies", "empty", "--allow-empty", "--listen", "127.0.0.1:0") as program:
        assert ready(program)[1] == "0 policies"
        program.terminate()
        assert program.wait() == 0


def test_warnings_do_not_keep_it_from_serving_and_are_logged() -> None:
    Path("good/a.yaml").write_text(with_spec("{rules: [{from: [{source: {requestPrincipals: [me]}}]}]}"))
    with serving("--policies", "good", "--listen", "127.0.0.1:0") as program:
        ready(program)
        program.terminate()
        _, err = program.communicate()
    assert program.returncode == 0
    assert "good/a.yaml:4:53: AZ901 warning: spec.rules[0].from[0].source.requestPrincipals[0]: 'me' is" in err
