"""A running authorizer records what it decides, where its settings say."""

from __future__ import annotations

import errno
import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc
import pytest

from authz.audit.masking import parse_mask_rule
from authz.audit.reading import Wanted, newest
from authz.audit.settings import DecisionLogSettings, WhenFull
from authz.audit.verify import verify_directory
from authz.config import Settings
from authz.model.errors import SettingsError
from authz.model.request import Request
from authz.model.workload import Workload
from authz.runtime.decision_log import open_log
from authz.runtime.serve import start
from authz.server.check import METHOD
from authz.server.transport.grpcio import TransportSettings
from tests.support.decision_log import assert_valid, case_of
from tests.support.log_files import LogOnDisk
from tests.support.policies import policy, to
from tests.support.proxy import check_request, read_answer
from tests.support.sinks import wait_for

if TYPE_CHECKING:
    from authz.runtime.serve import Serving

POLICY = policy("p", to(paths=["/a"]))


def settings(tmp_path: Path, **log: Any) -> Settings:
    written = tmp_path / "policies"
    written.mkdir(exist_ok=True)
    (written / "p.json").write_text(json.dumps(POLICY))
    return Settings(
        policies=(written,),
        workload=Workload("foo"),
        transport=TransportSettings(listen="127.0.0.1:0"),
        decision_log=DecisionLogSettings(**log),
    )


def ask(serving: Serving, *requests: bytes) -> list[bool]:
    with grpc.insecure_channel(serving.server.address, [("grpc.enable_http_proxy", 0)]) as channel:
        check = channel.unary_unary(METHOD)
        return [read_answer(check(one, timeout=10)).allowed for one in requests]


A, B = (check_request(Request(path=path)) for path in ("/a", "/b"))


def test_every_decision_is_in_the_files_once(tmp_path: Path) -> None:
    directory = tmp_path / "log"
    serving = start(lambda: settings(tmp_path, directory=directory))
    assert ask(serving, A, B, b"\xff", A) == [True, False, False, True]
    serving.stop(1)
    found = newest(directory, 10, Wanted())
    for record in found:
        assert_valid(record)
    assert [record["reason"] for record in found] == ["allow_rule", "no_allow_rule", "malformed_request", "allow_rule"]
    assert len({record["id"] for record in found}) == 4
    assert verify_directory(directory).is_good


def test_it_goes_on_where_the_one_before_it_stopped(tmp_path: Path) -> None:
    directory = tmp_path / "log"
    for _ in range(2):
        serving = start(lambda: settings(tmp_path, directory=directory))
        ask(serving, A)
        serving.stop(1)
    report = verify_directory(directory)
    assert report.is_good
    assert [(one.worker, one.records) for one in report.workers] == [("w0", 2)]


def test_without_a_word_nothing_is_recorded(tmp_path: Path) -> None:
    serving = start(lambda: settings(tmp_path))
    assert ask(serving, A) == [True]
    serving.stop(1)
    assert serving.decision_log is None
    assert [path.name for path in tmp_path.iterdir()] == ["policies"]


def test_standard_output_gets_records_too(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    serving = start(lambda: settings(tmp_path, directory=tmp_path / "log", stdout=True))
    ask(serving, A, B)
    serving.stop(1)
    lines = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert [line["verdict"] for line in lines] == ["allowed", "denied"]
    assert "seq" not in lines[0]


@pytest.mark.parametrize(
    ("log", "words"),
    [
        ({"hash_key": Path("gone")}, "log.hashKey: gone cannot be read: No such file or directory"),
        ({"masks": (parse_mask_rule("header:a=hash"),)}, "log.mask: header:a=hash needs a key: log.hashKey"),
        ({"signing_key": Path("gone")}, "log.signingKey: gone cannot be read: No such file or directory"),
    ],
)
def test_settings_that_cannot_be_used_end_the_start(tmp_path: Path, log: dict[str, Any], words: str) -> None:
    with pytest.raises(SettingsError) as caught:
        start(lambda: settings(tmp_path, directory=tmp_path / "log", **log))
    assert str(caught.value) == words


@pytest.mark.parametrize("inside", ["policies", "policies/log"])
def test_a_log_among_the_policies_is_refused(tmp_path: Path, inside: str) -> None:
    with pytest.raises(SettingsError, match="is among the policies"):
        start(lambda: settings(tmp_path, directory=tmp_path / inside))


def test_a_directory_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("")
    with pytest.raises(SettingsError, match=r"log\.directory: .*/log cannot be written: File exists"):
        open_log(DecisionLogSettings(tmp_path / "log"))


@pytest.mark.parametrize(("when_full", "starts"), [(WhenFull.DROP, True), (WhenFull.DENY, False)])
def test_a_full_disk_keeps_from_starting_only_where_nothing_may_go_unrecorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when_full: WhenFull, *, starts: bool
) -> None:
    def full(_: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("authz.runtime.decision_log.take_place", full)
    log = DecisionLogSettings(tmp_path / "log", when_full=when_full)
    if not starts:
        with pytest.raises(SettingsError, match="No space left"):
            open_log(log)
        return
    running = open_log(log)
    assert running is not None
    running.start()
    running.log.record(case_of(Request(), POLICY))
    running.stop()
    assert "No space left" in str(running.log.status().sinks[0].failing)


def test_a_directory_that_others_can_read_is_warned_of(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "log").mkdir(mode=0o755)
    running = open_log(DecisionLogSettings(tmp_path / "log"))
    assert running is not None
    running.release()
    assert "is open to others: mode 755" in caplog.text


def test_a_full_log_denies_where_that_is_wanted_and_says_so(tmp_path: Path) -> None:
    log = {"directory": tmp_path / "log", "when_full": WhenFull.DENY, "queue_records": 1}
    serving = start(lambda: settings(tmp_path, **log))
    assert serving.decision_log is not None
    queue = serving.decision_log.log._sinks[0].queue
    assert ask(serving, A) == [True]
    held = queue._max_records
    queue._max_records = 0  # as if the disk were so slow that there is never room
    assert ask(serving, A) == [False]
    assert serving.decision_log.log.status().is_denying
    queue._max_records = held
    assert ask(serving, A) == [True]
    serving.stop(1)
    reasons = [record["reason"] for record in newest(tmp_path / "log", 10, Wanted())]
    assert reasons == ["allow_rule", "allow_rule"]
    assert serving.decision_log.log.status().sinks[0].dropped == 1


def test_what_a_change_of_the_log_needs_is_a_restart(tmp_path: Path) -> None:
    one = settings(tmp_path)
    other = replace(one, decision_log=DecisionLogSettings(stdout=True))
    assert other.needs_restart_for(one)


def test_closed_files_are_compressed_while_it_runs(tmp_path: Path) -> None:
    log = LogOnDisk(tmp_path / "log", segment_mib=0)
    for _ in range(2):
        log.write()
        log.writer.tick()
    log.place.release()
    running = open_log(DecisionLogSettings(tmp_path / "log"))
    assert running is not None
    running.start()
    running.log.record(case_of(Request(), POLICY))
    wait_for((tmp_path / "log" / "w0-0000000002.jsonl.gz").exists)
    running.stop()
    names = [path.name for path in sorted((tmp_path / "log").iterdir())]
    assert names == ["w0-0000000001.jsonl.gz", "w0-0000000002.jsonl.gz", "w0-0000000003.jsonl", "w0.lock"]
