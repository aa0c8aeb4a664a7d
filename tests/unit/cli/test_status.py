"""`authz status` against real HTTP on loopback."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from authz.cli.main import main
from authz.observability.key_status import KeyStatus
from authz.server.health import HealthDoor
from authz.server.operations import HttpAnswer, OperationsDoor, text_answer
from authz.server.readiness import ReadinessView
from authz.server.transport.http import Answer, HttpServer
from tests.support.status import GOOD, LATER, PROBLEM, Certificate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from authz.observability.status import Status

KEYS = (
    KeyStatus("https://a.example", None, "v1", LATER),
    KeyStatus("https://b.example", None, "v1", LATER, error="timed out", failing_since=LATER),
    KeyStatus("", "https://c.example/keys", error="it answers 503", failing_since=LATER, unavailable="it answers 503"),
)
REJECTED = replace(GOOD, rejected=(PROBLEM, "mesh.yaml: \x1b[2J gone"), rejected_at=LATER)


@contextmanager
def served(answer: Answer) -> Iterator[str]:
    server = HttpServer(answer, "127.0.0.1:0")
    server.start()
    try:
        yield server.address
    finally:
        server.stop()


def told(
    status: Status, *, draining: bool = False, certificate: Certificate | None = None, keys: tuple[KeyStatus, ...] = ()
) -> Answer:
    health = HealthDoor()
    if draining:
        health.drain()
    view = ReadinessView(lambda: status, health, (lambda: certificate) if certificate else None, lambda: keys)
    return OperationsDoor(view.look, tuple).answer


def asked(capsys: pytest.CaptureFixture[str], answer: Answer, *arguments: str) -> tuple[int, str]:
    with served(answer) as address:
        exit_status = main(["status", "--address", address, *arguments])
    return exit_status, capsys.readouterr().out


def test_ready_with_the_newest_files_is_0(capsys: pytest.CaptureFixture[str]) -> None:
    exit_status, out = asked(capsys, told(GOOD))
    assert exit_status == 0
    assert out.splitlines() == [
        "ready",
        "in force     6 policies, since 2026-01-02T03:04:05Z",
        "digest       sha256:x",
        "last loaded  2026-01-02T04:00:00Z",
    ]


def test_an_older_set_is_3_and_the_problems_of_the_newest_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    exit_status, out = asked(capsys, told(REJECTED))
    assert exit_status == 3
    assert out.startswith("ready, but not with the newest files\n")
    assert out.endswith(
        "rejected     2026-01-02T04:00:00Z\n  b.yaml:3:7: AZ102 spec: bad\n  mesh.yaml: \\x1b[2J gone\n"
    )


def test_many_problems_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    _, out = asked(capsys, told(replace(REJECTED, rejected=("x",) * 150)))
    assert out.endswith("  x\n  and 50 more\n")


def test_an_older_certificate_is_3_too(capsys: pytest.CaptureFixture[str]) -> None:
    certificate = Certificate(rejected="c.pem: no key", rejected_at=LATER)
    exit_status, out = asked(capsys, told(GOOD, certificate=certificate))
    assert exit_status == 3
    assert "certificate  0a, expires 2026-01-02T04:00:00Z\n" in out
    assert out.endswith("certificate rejected 2026-01-02T04:00:00Z\n  c.pem: no key\n")


def test_not_ready_is_1_whatever_was_rejected(capsys: pytest.CaptureFixture[str]) -> None:
    exit_status, out = asked(capsys, told(REJECTED, draining=True))
    assert exit_status == 1
    assert out.startswith("not ready\n")
    assert "note         draining: told to stop, calls in flight end\n" in out


def test_issuers_in_trouble_are_counted_and_told_and_it_is_ready(capsys: pytest.CaptureFixture[str]) -> None:
    exit_status, out = asked(capsys, told(GOOD, keys=KEYS))
    assert exit_status == 0
    assert out.splitlines()[4:] == [
        "keys         3 places, 2 failing, 1 without any",
        f"note         keys of https://b.example: not refreshed since {LATER}, the last good ones are used: timed out",
        "note         keys of https://c.example/keys: none, its tokens are denied: it answers 503",
    ]


def test_machines_read_of_each_issuer(capsys: pytest.CaptureFixture[str]) -> None:
    _, out = asked(capsys, told(GOOD, keys=KEYS), "--output", "json")
    good, old, none = json.loads(out)["keys"]
    assert (good["available"], good["error"], good["version"], good["fetched_at"]) == (
        True,
        None,
        "v1",
        "2026-01-02T04:00:00Z",
    )
    assert (old["available"], old["error"], old["failing_since"]) == (True, "timed out", "2026-01-02T04:00:00Z")
    assert (none["available"], none["jwks_uri"], none["fetched_at"]) == (False, "https://c.example/keys", None)


def test_keys_that_are_as_they_should_be_are_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    _, out = asked(capsys, told(GOOD, keys=KEYS[:1]))
    assert out.splitlines()[4:] == ["keys         1 place, 0 failing, 0 without any"]


def test_machines_read_what_readyz_says(capsys: pytest.CaptureFixture[str]) -> None:
    exit_status, out = asked(capsys, told(REJECTED), "--output", "json")
    assert exit_status == 3
    assert json.loads(out)["rejected"]["problems"][0]["line"] == 3


@pytest.mark.parametrize("output", ["text", "json"])
def test_nobody_there_is_1(capsys: pytest.CaptureFixture[str], output: str) -> None:
    with served(told(GOOD)) as address:
        pass
    assert main(["status", "--address", address, "--output", output]) == 1
    out = capsys.readouterr().out
    assert f"is `authz serve --http-listen {address}` running?" in out
    assert output == "text" or json.loads(out)["ready"] is False


@pytest.mark.parametrize(
    "answer",
    [
        text_answer(200, "hello"),
        text_answer(404, "not found"),
        HttpAnswer(200, "application/json", b"[1]"),
        HttpAnswer(200, "application/json", b"{}"),
        HttpAnswer(200, "application/json", b"\xff"),
        HttpAnswer(200, "application/json", b'{"ready": true'),
    ],
    ids=range(6),
)
def test_somebody_else_there_is_1(capsys: pytest.CaptureFixture[str], answer: HttpAnswer) -> None:
    exit_status, out = asked(capsys, lambda *_: answer)
    assert (exit_status, "answers, but not as authz does" in out) == (1, True)


def test_only_true_is_ready(capsys: pytest.CaptureFixture[str]) -> None:
    answer = HttpAnswer(200, "application/json", b'{"ready": "yes", "set": {"digest": 1}}')
    assert asked(capsys, lambda *_: answer)[0] == 1


@pytest.mark.parametrize("address", ["", "x", "unix:a", "127.0.0.1", "http://127.0.0.1:1"])
def test_what_is_no_address_is_refused(capsys: pytest.CaptureFixture[str], address: str) -> None:
    assert main(["status", "--address", address]) == 1
    assert capsys.readouterr().err == f"authz: address: expected HOST:PORT, found {address!r}\n"
