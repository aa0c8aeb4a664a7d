from __future__ import annotations

import logging

import pytest

from authz.forwarder.supervisor.log_lines import log_line


@pytest.mark.parametrize(
    "line, logger, level, text",
    [
        (
            "[2026-11-27 10:00:00.123][42][warning][config] [source/x.cc:1] gRPC config rejected",
            "authz.envoy.config",
            logging.WARNING,
            "[source/x.cc:1] gRPC config rejected",
        ),
        ("[2026-11-27 10:00:00.123][42][info][main] all clusters", "authz.envoy.main", logging.INFO, "all clusters"),
        ("[2026-11-27 10:00:00.123][42][loud][main] x", "authz.envoy.main", logging.WARNING, "x"),
        ("terminate called", "authz.envoy", logging.WARNING, "terminate called"),
    ],
)
def test_a_line_keeps_its_level(
    line: str, logger: str, level: int, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "authz")
    log_line("envoy", line)

    assert caplog.record_tuples == [(logger, level, text)]


def test_an_empty_line_is_none(caplog: pytest.LogCaptureFixture) -> None:
    log_line("envoy", "  ")

    assert caplog.record_tuples == []
