import json
import logging
from collections.abc import Iterator

import pytest

from authz.observability.logs import LogFormat, LogLevel, LogSettings, set_up_logs

JSON = LogSettings(format=LogFormat.JSON)
LOG = logging.getLogger("authz.some.part")


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def test_text_is_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs(LogSettings())
    LOG.info("in force: %d", 3)
    out, err = capsys.readouterr()
    assert out == ""
    assert err.endswith(" INFO authz.some.part: in force: 3\n")


def test_json_is_an_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs(JSON)
    LOG.warning("two\nlines, %s", "é \udcff \u2028")
    (line,) = capsys.readouterr().err.splitlines()
    entry = json.loads(line)
    assert line.isascii()
    assert entry.pop("time")[-5:-4] == "."
    assert entry == {"level": "warning", "logger": "authz.some.part", "message": "two\nlines, é \udcff \u2028"}


def test_times_are_rfc_3339_in_utc(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs(JSON)
    LOG.handle(logging.makeLogRecord({"created": 1_700_000_000.25, "levelno": 40, "levelname": "ERROR", "msg": "x"}))
    assert json.loads(capsys.readouterr().err)["time"] == "2023-11-14T22:13:20.250Z"


def test_a_traceback_is_one_field(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs(JSON)
    try:
        int("a\nb")
    except ValueError:
        LOG.exception("failed")
    entry = json.loads(capsys.readouterr().err)
    assert (entry["level"], entry["message"]) == ("error", "failed")
    assert entry["exception"].startswith("Traceback")
    assert entry["exception"].endswith("invalid literal for int() with base 10: 'a\\nb'")


@pytest.mark.parametrize("level", LogLevel)
def test_only_that_level_and_above_is_logged(capsys: pytest.CaptureFixture[str], level: LogLevel) -> None:
    set_up_logs(LogSettings(level, LogFormat.JSON))
    for one in LogLevel:
        LOG.log(logging.getLevelName(one.name), "x")
    logged = [json.loads(line)["level"] for line in capsys.readouterr().err.splitlines()]
    assert logged == [one.value for one in LogLevel][list(LogLevel).index(level) :]


def test_set_up_again_it_logs_once_and_leaves_the_handlers_of_others(capsys: pytest.CaptureFixture[str]) -> None:
    other = logging.NullHandler()
    logging.getLogger().addHandler(other)
    set_up_logs(LogSettings())
    set_up_logs(JSON)
    LOG.error("x")
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert other in logging.getLogger().handlers
