"""`authz log tail`, `show` and `verify`, and `authz dev log-key`."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from authz.cli.log_text import record_line
from authz.cli.main import main
from tests.support.log_files import KEY, LogOnDisk

RECORD: dict[str, Any] = {
    "type": "decision",
    "time": "2026-11-27T12:00:00.123456Z",
    "id": "abc",
    "verdict": "denied",
    "reason": "deny_rule",
    "status": 403,
    "policy": "foo/deny-admin",
    "rule": "ns[foo]-policy[deny-admin]-rule[0]",
    "where": "a.yaml:3",
    "workload": {"namespace": "foo", "role": "sidecar", "labels": {"app": "web"}},
    "peer": {"names": ["spiffe://td/ns/a/sa/b"]},
    "remote": "10.0.0.1",
    "request": {"method": "GET", "host": "h", "path": "/admin", "headers": {}},
}


@pytest.fixture
def log(tmp_path: Path) -> LogOnDisk:
    made = LogOnDisk(tmp_path / "log")
    made.write(3, policy="foo/a", peer={"names": ["spiffe://td/ns/a/sa/b"]})
    made.write(2, verdict="denied", policy="foo/b", workload={"namespace": "foo", "labels": {"app": "web"}})
    (tmp_path / "log.pub").write_bytes(KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    (tmp_path / "log.key").write_bytes(KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return made


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = main(["log", *arguments])
    out, err = capsys.readouterr()
    return status, out, err


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ((), [0, 1, 2, 3, 4]),
        (("-n", "2"), [3, 4]),
        (("-n", "0"), []),
        (("--denied",), [3, 4]),
        (("--policy", "a"), [0, 1, 2]),
        (("--policy", "foo/b", "-n", "1"), [4]),
        (("--principal", "td/ns/a/sa/b"), [0, 1, 2]),
        (("--workload", "foo/app=web"), [3, 4]),
        (("--workload", "bar"), []),
    ],
)
def test_tail_prints_what_is_asked_for(
    log: LogOnDisk, capsys: pytest.CaptureFixture[str], flags: tuple[str, ...], expected: list[int]
) -> None:
    status, out, _ = run(capsys, "tail", "--dir", str(log.directory), "--output", "json", *flags)
    assert (status, [json.loads(line)["id"] for line in out.splitlines()]) == (0, [f"id{n}" for n in expected])


def test_tail_prints_a_line_a_record(log: LogOnDisk, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "tail", "--dir", str(log.directory))
    assert len(out.splitlines()) == 5
    assert "\x1b" not in out


def test_the_directory_may_come_from_the_settings(
    log: LogOnDisk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "authz.yaml").write_text("log:\n  directory: log\n")
    assert len(run(capsys, "tail", "--config", str(tmp_path / "authz.yaml"))[1].splitlines()) == log.written


def test_a_line_says_what_when_who_where_and_why() -> None:
    assert record_line(RECORD) == (
        "2026-11-27T12:00:00.123 DENIED  deny_rule GET h/admin spiffe://td/ns/a/sa/b -> foo/app=web "
        "by foo/deny-admin (a.yaml:3) abc"
    )


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"verdict": "allowed", "reason": "allow_rule"}, " allowed allow_rule GET"),
        ({"status": 401}, " deny_rule 401 GET"),
        ({"peer": {"names": []}}, " 10.0.0.1 -> "),
        ({"peer": {"names": []}, "remote": None, "source": {"address": ""}}, " - -> "),
        ({"token": {"issuer": "https://i", "subject": "me"}}, "spiffe://td/ns/a/sa/b as https://i/me -> "),
        ({"workload": None}, " -> - by"),
        ({"workload": {"namespace": "foo"}}, " -> foo by"),
        ({"detail": "what was wrong"}, " (what was wrong) "),
        (
            {"shadows": [{"action": "DENY", "verdict": "denied", "policy": "foo/tried"}]},
            " [dry run: denied by foo/tried] ",
        ),
        ({"request": {"method": "GET", "host": "h", "path": "/a", "query": "b=c"}}, " GET h/a?b=c "),
    ],
)
def test_what_there_is_to_say_is_said(changes: dict[str, Any], part: str) -> None:
    assert part in record_line({**RECORD, **changes})


def test_a_tcp_connection_is_shown_by_where_it_goes() -> None:
    record = {key: value for key, value in RECORD.items() if key != "request"}
    record |= {"protocol": "tcp", "destination": {"address": "10.0.0.2", "port": 5432}}
    assert " tcp 10.0.0.2:5432 " in record_line(record)


def test_even_the_least_of_a_record_is_shown() -> None:
    assert "DENIED" in record_line({"type": "decision"})


def test_colours_are_for_terminals_and_only_ours() -> None:
    hostile = {**RECORD, "detail": "\x1b[2J\r\u202e"}
    assert "\x1b" not in record_line(hostile)
    shown = record_line(hostile, colour=True)
    assert shown.count("\x1b[31m") == 1
    assert "\x1b[2J" not in shown
    assert "\u202e" not in shown


def test_show_prints_all_of_a_record(log: LogOnDisk, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "show", "id3", "--dir", str(log.directory))
    assert status == 0
    assert json.loads(out)["policy"] == "foo/b"
    assert json.loads(out)["seq"] == 6


def test_show_says_when_there_is_none(log: LogOnDisk, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "show", "nope", "--dir", str(log.directory)) == (
        1,
        "",
        "authz: there is no record of a decision 'nope'\n",
    )


@pytest.mark.parametrize("signed", [True, False])
def test_verify_says_what_it_has_looked_at(
    log: LogOnDisk, tmp_path: Path, capsys: pytest.CaptureFixture[str], *, signed: bool
) -> None:
    key = ["--key", str(tmp_path / "log.pub")] if signed else []
    status, out, _ = run(capsys, "verify", "--dir", str(log.directory), *key)
    assert status == 0
    assert out.startswith("w0: 5 records in 1 files, 2026-01-01T00:00:00.000000Z to ")
    assert ("the last 5 lines are not signed yet" in out) is signed
    assert out.splitlines()[-1] == (
        "nothing was changed" if signed else "whole, as far as that can be told without --key"
    )


def test_verify_names_the_first_place_that_is_wrong(
    log: LogOnDisk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = log.directory / "w0-0000000001.jsonl"
    path.write_bytes(path.read_bytes().replace(b"denied", b"allowed", 1))
    status, out, _ = run(capsys, "verify", "--dir", str(log.directory), "--key", str(tmp_path / "log.pub"))
    assert status == 1
    assert out.splitlines()[-1].startswith("wrong: w0-0000000001.jsonl:7: it does not follow the line before it")
    status, out, _ = run(capsys, "verify", "--dir", str(log.directory), "--output", "json")
    assert (status, json.loads(out)["good"], len(json.loads(out)["wrong"])) == (1, False, 1)


def test_verify_of_an_empty_directory_is_not_good(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "verify", "--dir", str(tmp_path))[:2] == (1, "wrong: there is no decision log here\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["tail", "--dir", "gone"], "gone: cannot be read: No such file or directory"),
        (["tail"], "say where the log is, with --dir or with the --config of `authz serve`"),
        (["verify", "--dir", ".", "--key", "gone"], "key: gone cannot be read: No such file or directory"),
    ],
)
def test_what_cannot_be_read_is_said(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    words: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(capsys, *arguments) == (1, "", f"authz: {words}\n")


@pytest.mark.parametrize("arguments", [["-n", "x"], ["-n", "-1"], ["--workload", "A b"], ["--output", "xml"]])
def test_a_wrong_command_line_is_refused(arguments: list[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["log", "tail", *arguments])


def test_a_key_is_made_that_signs_and_one_that_verifies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["dev", "log-key"]) == 0
    assert "authz log verify --dir log --key authz-dev/log.pub" in capsys.readouterr().out
    key, public = Path("authz-dev/log.key"), Path("authz-dev/log.pub")
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    before = key.read_bytes()
    assert main(["dev", "log-key"]) == 1
    assert "exists already; --force replaces it" in capsys.readouterr().err
    assert main(["dev", "log-key", "--force", "--output", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"key": str(key), "public": str(public)}
    assert key.read_bytes() != before
