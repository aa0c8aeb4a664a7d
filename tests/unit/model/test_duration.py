"""Durations are read as Go reads them."""

from datetime import timedelta

import pytest

from authz.model.duration import parse_duration


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("0", timedelta(0)),
        ("0s", timedelta(0)),
        ("10s", timedelta(seconds=10)),
        ("1.5s", timedelta(milliseconds=1500)),
        (".5s", timedelta(milliseconds=500)),
        ("1.s", timedelta(seconds=1)),
        ("250ms", timedelta(milliseconds=250)),
        ("1h30m10s", timedelta(hours=1, minutes=30, seconds=10)),
        ("1m1m", timedelta(minutes=2)),
        ("3us", timedelta(microseconds=3)),
        ("3\u00b5s", timedelta(microseconds=3)),
        ("3\u03bcs", timedelta(microseconds=3)),
        ("1999ns", timedelta(microseconds=1)),
        ("600s", timedelta(minutes=10)),
    ],
)
def test_what_go_reads(text: str, wanted: timedelta) -> None:
    assert parse_duration(text) == wanted


@pytest.mark.parametrize("text", ["", "10", "s", ".s", "10 s", "-1s", "1d", "1s ", "1e3s", "1S", "\u0661s", "1s" * 40])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="expected a duration"):
        parse_duration(text)


def test_a_duration_has_an_end() -> None:
    with pytest.raises(ValueError, match="292 years"):
        parse_duration("9999999999h")
