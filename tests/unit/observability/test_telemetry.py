from __future__ import annotations

import pytest

from authz.observability.telemetry import TelemetrySettings, Traces, check_otlp_endpoint, is_sampled, trace_ids

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


@pytest.mark.parametrize(
    ("traceparent", "expected"),
    [
        (f"00-{TRACE}-{SPAN}-01", True),
        (f"00-{TRACE}-{SPAN}-00", False),
        (f"00-{TRACE}-{SPAN}-02", False),
        (f"00-{TRACE}-{SPAN}-03", True),
        (f"01-{TRACE}-{SPAN}-01-more", True),
        (f"00-{TRACE}-{SPAN}-01-more", None),
        (f"ff-{TRACE}-{SPAN}-01", None),
        (f"00-{'0' * 32}-{SPAN}-01", None),
        (f"00-{TRACE}-{'0' * 16}-01", None),
        (f"00-{TRACE.upper()}-{SPAN}-01", None),
        (f"00-{TRACE}-{SPAN}-1", None),
        (f"00-{TRACE}-{SPAN}-01\n", None),
        (f"00-{TRACE}-{SPAN}-01,00-{TRACE}-{SPAN}-01", None),
        ("", None),
    ],
)
def test_the_sampled_flag_is_that_of_a_valid_traceparent(traceparent: str, expected: bool | None) -> None:  # noqa: FBT001
    assert is_sampled(traceparent) is expected


@pytest.mark.parametrize("text", ["http://127.0.0.1:4317", "https://collector.example.com", "http://[::1]:4317/"])
def test_an_endpoint_says_whether_it_is_plain_text(text: str) -> None:
    assert check_otlp_endpoint(text) == text


@pytest.mark.parametrize(
    "text", ["", "collector:4317", "ftp://a", "http://", "http://a b", "https://a/v1/traces", "http://u:p@a"]
)
def test_what_is_no_endpoint_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^expected http://HOST:PORT or https://HOST:PORT, found "):
        check_otlp_endpoint(text)


def test_nothing_is_exported_unless_told() -> None:
    assert not TelemetrySettings().is_on
    assert TelemetrySettings(metrics=True).is_on
    assert TelemetrySettings(traces=Traces.PARENT).is_on


def test_the_ids_of_a_traceparent_are_told_and_none_of_what_is_none() -> None:
    assert trace_ids(f"00-{'a' * 32}-{'b' * 16}-00") == ("a" * 32, "b" * 16)
    assert trace_ids(f"00-{'0' * 32}-{'b' * 16}-00") is None
