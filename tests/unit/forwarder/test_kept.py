"""An Envoy that is kept, played by a program that errs as it is told to."""

from __future__ import annotations

import logging
import os
import signal
import stat
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from authz.forwarder.supervisor import Backoff, EnvoyNotFoundError, EnvoySettings, KeptEnvoy
from authz.forwarder.supervisor.find import check_version

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FAKE_ENVOY = """
    import json, os, socket, sys, time
    if "--version" in sys.argv:
        print("envoy  version: 0123/1.40.0/Clean/RELEASE/BoringSSL")
        sys.exit()
    config = json.load(open(sys.argv[sys.argv.index("--config-path") + 1]))
    print(f"[2026-11-27 10:00:00.123][1][warning][main] fake with {config['name']}", file=sys.stderr, flush=True)
    if config["name"] == "dies":
        sys.exit(3)
    server = socket.socket(socket.AF_UNIX)
    server.bind(config["admin"]["address"]["pipe"]["path"])
    server.listen()
    while True:
        connection, _ = server.accept()
        asked = connection.recv(4096).split(b" ")
        with open(os.path.join(config["seen"], "asked"), "ab") as file:
            file.write(asked[0] + b" " + asked[1] + b"\\n")
        body = b"server.total_connections: 1" if config["name"] == "stubborn" else b""
        connection.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: %d\\r\\n\\r\\n" % len(body) + body)
        connection.close()
        if asked[1].startswith(b"/drain") and config["name"] != "stubborn":
            sys.exit()
"""
QUICK = Backoff(first_s=0.01, longest_s=0.04, healthy_s=60)


@pytest.fixture
def keep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], KeptEnvoy]]:
    fake = tmp_path / "fake-envoy"
    fake.write_text(f"#!{sys.executable}\n{textwrap.dedent(FAKE_ENVOY)}")
    fake.chmod(0o755)
    monkeypatch.setenv("AUTHZ_ENVOY", str(fake))
    kept: list[KeptEnvoy] = []

    def make(how: str) -> KeptEnvoy:
        settings = EnvoySettings(drain_s=0.3, backoff=QUICK)
        kept.append(KeptEnvoy({"name": how, "seen": str(tmp_path)}, settings).start())
        return kept[-1]

    yield make
    for one in kept:
        one.stop()


def wait_for(condition: Callable[[], object], within_s: float = 10.0) -> None:
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_it_is_ready_and_says_so(keep: Callable[[str], KeptEnvoy]) -> None:
    envoy = keep("good")

    assert envoy.wait_until_ready(10)
    status = envoy.status()
    assert (status.version, status.ready, status.restarts, status.ended) == ("1.40.0", True, 0, "")
    assert status.pid is not None


def test_its_files_are_for_nobody_else(keep: Callable[[str], KeptEnvoy]) -> None:
    directory = keep("good").admin_path.parent

    assert stat.S_IMODE(directory.stat().st_mode) == 0o700


def test_what_it_writes_is_in_our_log(keep: Callable[[str], KeptEnvoy], caplog: pytest.LogCaptureFixture) -> None:
    keep("good").wait_until_ready(10)

    wait_for(lambda: ("authz.envoy.main", logging.WARNING, "fake with good") in caplog.record_tuples)


def test_one_that_is_killed_is_started_again(
    keep: Callable[[str], KeptEnvoy], caplog: pytest.LogCaptureFixture
) -> None:
    envoy = keep("good")
    assert envoy.wait_until_ready(10)
    first = envoy.status().pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: envoy.status().restarts == 1)

    assert envoy.wait_until_ready(10)
    assert envoy.status().pid != first
    assert envoy.status().ended == "was ended by signal 9"
    assert "starting it again in 0.0 s" in caplog.text


def test_one_that_always_dies_is_tried_again_and_again(keep: Callable[[str], KeptEnvoy]) -> None:
    envoy = keep("dies")
    wait_for(lambda: envoy.status().restarts >= 3)

    assert not envoy.status().ready
    assert envoy.status().ended == "ended by itself with status 3"


def test_it_is_drained_and_then_gone(keep: Callable[[str], KeptEnvoy], tmp_path: Path) -> None:
    envoy = keep("good")
    assert envoy.wait_until_ready(10)
    pid = envoy.status().pid
    envoy.stop()

    asked = (tmp_path / "asked").read_text().splitlines()
    assert [one for one in asked if one.startswith("POST")] == [
        "POST /healthcheck/fail",
        "POST /drain_listeners?graceful",
    ]
    assert envoy.status().pid is None
    assert envoy.status().restarts == 0
    assert pid is not None
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert not envoy.admin_path.parent.exists()


def test_one_that_does_not_end_by_draining_is_ended(keep: Callable[[str], KeptEnvoy]) -> None:
    envoy = keep("stubborn")
    assert envoy.wait_until_ready(10)
    began = time.monotonic()
    envoy.stop()

    assert 0.3 <= time.monotonic() - began < 5
    assert envoy.status().pid is None


def test_stopping_twice_is_stopping_once(keep: Callable[[str], KeptEnvoy]) -> None:
    envoy = keep("good")
    envoy.stop()
    envoy.stop()

    assert envoy.status().pid is None


def test_it_does_not_outlive_us(tmp_path: Path, keep: Callable[[str], KeptEnvoy]) -> None:
    program = f"""if True:
        import time
        from authz.forwarder.supervisor import KeptEnvoy
        envoy = KeptEnvoy({{"name": "good", "seen": {str(tmp_path)!r}}}).start()
        assert envoy.wait_until_ready(20)
        print(envoy.status().pid, flush=True)
        time.sleep(60)
    """
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert parent.stdout
    with parent.stdout:
        pid = int(parent.stdout.readline())
    parent.kill()
    parent.wait()

    wait_for(lambda: not Path(f"/proc/{pid}").exists() or "Z" in Path(f"/proc/{pid}/stat").read_text().split()[2])


def test_waits_grow_until_one_was_healthy() -> None:
    backoff = Backoff(1, 5, 60)

    assert [backoff.after(0, 1), backoff.after(1, 1), backoff.after(4, 1), backoff.after(5, 61)] == [1, 2, 5, 1]


@pytest.mark.parametrize(
    "output, message",
    [
        ("envoy  version: 0123/1.39.2/Clean/RELEASE/BoringSSL", "is Envoy 1.39.2; 1.40 or newer is needed"),
        ("GNU bash, version 5", "does not say which version it is"),
    ],
)
def test_what_is_too_old_or_no_envoy_is_refused(output: str, message: str, tmp_path: Path) -> None:
    program = tmp_path / "envoy"
    program.write_text(f"#!/bin/sh\necho '{output}'\n")
    program.chmod(0o755)

    with pytest.raises(EnvoyNotFoundError, match=message):
        check_version(program)


def test_a_newer_envoy_will_do(tmp_path: Path) -> None:
    program = tmp_path / "envoy"
    program.write_text("#!/bin/sh\necho 'envoy  version: 0123/2.3.4/Clean/RELEASE/BoringSSL'\n")
    program.chmod(0o755)

    assert check_version(program) == "2.3.4"


def test_what_does_not_run_is_refused(tmp_path: Path) -> None:
    program = tmp_path / "envoy"
    program.write_text("#!/bin/sh\nexit 1\n")
    program.chmod(0o755)

    with pytest.raises(EnvoyNotFoundError, match="does not run"):
        check_version(program)
