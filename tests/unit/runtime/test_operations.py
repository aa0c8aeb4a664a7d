"""The operations door of a whole authorizer, over real HTTP on loopback; draining, and signals."""

from __future__ import annotations

import http.client
import json
import re
import signal
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc
import pytest

from authz.config import Settings, apply_flags
from authz.model.errors import ListenError, SettingsError
from authz.model.request import Request
from authz.pb import CheckResponse, HealthCheckRequest, HealthCheckResponse
from authz.runtime.serve import Serving, start
from tests.support.proxy import check_request
from tests.support.reading import with_spec

if TYPE_CHECKING:
    from collections.abc import Iterator

CHECK = "/envoy.service.auth.v3.Authorization/Check"
HEALTH = "/grpc.health.v1.Health/Check"
POLICY = with_spec("{rules: [{to: [{operation: {paths: [/public]}}]}]}")


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.chdir(tmp_path)
    Path("a.yaml").write_text(POLICY)
    flags = {"policies": "a.yaml", "listen": "unix:socket", "httpListen": "127.0.0.1:0", "workload": "foo/"}
    return apply_flags(Settings(), flags)


@contextmanager
def started(settings: Settings) -> Iterator[Serving]:
    serving = start(lambda: settings)
    try:
        yield serving
    finally:
        serving.stop(0)


def get(address: str, path: str) -> tuple[int, bytes]:
    with closing(http.client.HTTPConnection(address, timeout=10)) as client:
        client.request("GET", path)
        response = client.getresponse()
        return response.status, response.read()


def readiness(address: str) -> tuple[int, Any]:
    status, body = get(address, "/readyz")
    return status, json.loads(body)


def address_of(serving: Serving) -> str:
    assert serving.http is not None
    return serving.http.address


def call(method: str, request: bytes) -> bytes:
    with closing(grpc.insecure_channel("unix:socket")) as channel:
        answer: bytes = channel.unary_unary(method)(request, timeout=10, wait_for_ready=True)
        return answer


def check(path: str) -> int:
    return CheckResponse.FromString(call(CHECK, check_request(Request(path=path)))).status.code


def health() -> int:
    return HealthCheckResponse.FromString(call(HEALTH, HealthCheckRequest().SerializeToString())).status


def until(done: Any) -> None:
    end = time.monotonic() + 10
    while not done() and time.monotonic() < end:
        time.sleep(0.01)
    assert done()


def test_by_default_there_is_no_such_door(settings: Settings) -> None:
    with started(Settings(policies=settings.policies, transport=settings.transport)) as serving:
        assert serving.http is None


def test_decisions_are_counted_where_a_scraper_finds_them(settings: Settings) -> None:
    with started(settings) as serving:
        assert [check(path) for path in ("/public", "/private", "/secret")] == [0, 7, 7]
        assert call(CHECK, b"\xff")
        status, body = get(address_of(serving), "/metrics")
    assert status == 200
    lines = body.decode().splitlines()
    assert 'authz_decisions_total{verdict="allowed",reason="allow_rule"} 1' in lines
    assert 'authz_decisions_total{verdict="denied",reason="no_allow_rule"} 2' in lines
    assert 'authz_decisions_total{verdict="denied",reason="malformed_request"} 1' in lines
    assert "authz_malformed_requests_total 1" in lines


SAMPLE = re.compile(
    r'([a-z_]+)(?:\{[a-z_]+="(?:[^"\\\n]|\\[\\n"])*"(?:,[a-z_]+="(?:[^"\\\n]|\\[\\n"])*")*\})? [0-9.e+-]+'
)


def test_metrics_are_in_the_text_format_family_by_family(settings: Settings) -> None:
    with started(settings) as serving:
        text = get(address_of(serving), "/metrics")[1].decode()
    assert text.endswith("\n")
    family = ""
    for line in text.splitlines():
        if line.startswith("# HELP "):
            family = line.split(" ")[2]
        elif line.startswith("# TYPE "):
            assert line.split(" ")[2:] in ([family, "counter"], [family, "gauge"])
        else:
            sample = SAMPLE.fullmatch(line)
            assert sample, line
            assert sample[1] == family


def test_a_rejected_change_is_told_and_health_goes_on(settings: Settings) -> None:
    with started(settings) as serving:
        address, before = address_of(serving), readiness(address_of(serving))
        assert (before[0], before[1]["rejected"]) == (200, None)
        Path("a.yaml").write_text("a: [")
        until(lambda: readiness(address)[1]["rejected"])
        status, told = readiness(address)
        assert (status, told["set"]) == (200, before[1]["set"])
        assert told["rejected"]["problems"][0]["text"].startswith("a.yaml:2:1: AZ003 ")
        assert (health(), check("/public")) == (HealthCheckResponse.SERVING, 0)
        assert b"\nauthz_change_rejected 1\n" in get(address, "/metrics")[1]

        Path("a.yaml").write_text(POLICY)
        until(lambda: readiness(address)[1]["rejected"] is None)
        after = readiness(address)[1]["set"]
        assert (after["digest"], after["since"]) == (before[1]["set"]["digest"], before[1]["set"]["since"])


def test_who_is_about_to_stop_says_so_and_still_answers(settings: Settings) -> None:
    with started(settings) as serving:
        serving.announce_stop()
        status, told = readiness(address_of(serving))
        assert (status, told["ready"], told["draining"]) == (503, False, True)
        assert get(address_of(serving), "/healthz") == (200, b"ok\n")
        assert (health(), check("/public")) == (HealthCheckResponse.NOT_SERVING, 0)


def test_after_the_end_nobody_answers(settings: Settings) -> None:
    with started(settings) as serving:
        address = address_of(serving)
    with pytest.raises(ConnectionRefusedError):
        get(address, "/healthz")


def test_an_address_beyond_this_machine_has_to_be_meant(settings: Settings) -> None:
    beyond = apply_flags(settings, {"httpListen": "0.0.0.0:0"})
    with pytest.raises(SettingsError, match=r"^httpListen: .* --insecure-listen if that is meant"):
        start(lambda: beyond)
    with started(apply_flags(beyond, {"insecureListen": True})) as serving:
        assert address_of(serving).startswith("0.0.0.0:")


def test_where_one_door_cannot_open_neither_does_the_other(settings: Settings) -> None:
    with started(settings) as serving:
        taken = apply_flags(settings, {"httpListen": address_of(serving), "listen": "unix:other"})
        with pytest.raises(ListenError, match="cannot listen on 127"):
            start(lambda: taken)
        assert not Path("other").exists()
    Path("file").touch()
    with pytest.raises(ListenError, match="no socket"):
        start(lambda: apply_flags(settings, {"listen": "unix:file"}))


@contextmanager
def program(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`authz serve` as a process, and the address of its operations door."""
    command = [sys.executable, "-m", "authz", "serve", "--policies", "a.yaml", "--listen", "unix:socket"]
    command += ["--http-listen", "127.0.0.1:0", "--log-format", "json", "--workload", "foo/", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        try:
            assert running.stderr is not None
            message = json.loads(running.stderr.readline())["message"]
            assert message.startswith("health and metrics at http://")
            yield running, message.removeprefix("health and metrics at http://")
        finally:
            running.kill()


@pytest.mark.usefixtures("settings")
def test_told_to_stop_it_says_so_first_and_takes_calls_for_the_delay() -> None:
    with program("--drain-delay", "2") as (running, address):
        assert readiness(address)[0] == 200
        running.send_signal(signal.SIGTERM)
        until(lambda: readiness(address)[0] == 503)
        assert (health(), check("/public"), check("/private")) == (HealthCheckResponse.NOT_SERVING, 0, 7)
        running.send_signal(signal.SIGHUP)  # is no reason to hurry
        assert check("/public") == 0
        out, err = running.communicate(timeout=20)
    assert (running.returncode, out.count("\n"), Path("socket").exists()) == (0, 1, False)
    assert [json.loads(line)["message"] for line in err.splitlines()] == ["draining"]


@pytest.mark.usefixtures("settings")
@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGINT])
def test_told_twice_it_ends_at_once(second: signal.Signals) -> None:
    with program("--drain-delay", "60") as (running, address):
        running.send_signal(signal.SIGTERM)
        until(lambda: readiness(address)[0] == 503)
        running.send_signal(second)
        assert running.wait(timeout=10) == 128 + second


@pytest.mark.usefixtures("settings")
def test_what_keeps_it_from_serving_is_logged_as_json_too() -> None:
    Path("a.yaml").write_text("a: [\n---\nb: [")
    command = [sys.executable, "-m", "authz", "serve", "--policies", "a.yaml", "--log-format", "json"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    entries = [json.loads(line) for line in ended.stderr.splitlines()]
    assert (ended.returncode, ended.stdout) == (1, "")
    assert {entry["level"] for entry in entries} == {"error"}
    assert entries[0]["message"].startswith("a.yaml:")


STUCK = """\
import sys, threading, time
from authz.cli.main import main
from authz.runtime import serve
stuck = lambda: threading.Thread(target=time.sleep, args=(60,), name="check_0").start()
serve.ready_line = lambda serving: stuck() or "ready\\n"
sys.exit(main(["serve", "--policies", "a.yaml", "--listen", "unix:socket", "--drain-seconds", "0"]))
"""


@pytest.mark.usefixtures("settings")
def test_a_call_that_never_ends_does_not_keep_the_process() -> None:
    with subprocess.Popen([sys.executable, "-c", STUCK], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == b"ready\n"
        running.terminate()
        _, err = running.communicate(timeout=20)
    assert running.returncode == 1
    assert b"calls in flight did not end within drainSeconds" in err
