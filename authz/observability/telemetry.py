"""What can be set of OpenTelemetry, and what a door asks of it. Imports nothing of OpenTelemetry."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Protocol


class Traces(Enum):
    """Which requests get a span. PARENT: those whose `traceparent` is sampled. RATIO: also a share of those without."""

    OFF = "off"
    PARENT = "parent"
    RATIO = "ratio"


@dataclass(frozen=True, slots=True)
class TelemetrySettings:
    """`otlp_endpoint`: None for what the environment says (`OTEL_EXPORTER_OTLP_ENDPOINT`, ...).

    `traces_ratio`: the share of requests without a `traceparent`, 0 to 1. `trace_paths`: whether spans have the path,
    never the query.
    """

    otlp_endpoint: str | None = None
    traces: Traces = Traces.OFF
    traces_ratio: float = 0.01
    trace_paths: bool = False
    metrics: bool = False

    @property
    def is_on(self) -> bool:
        """Whether anything is exported."""
        return self.metrics or self.traces is not Traces.OFF


class Span(Protocol):
    """A decision being made."""

    def end(self, attributes: Mapping[str, str]) -> None:
        """It has been made."""


class Spans(Protocol):
    """Begins spans."""

    @property
    def has_own_roots(self) -> bool:
        """Whether a request without a `traceparent` may get a span."""

    def begin(self, parent: str | None, state: str | None) -> Span | None:
        """Begin one, from `traceparent` and `tracestate`; None: this request gets none."""


_TRACEPARENT = re.compile("([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_SAMPLED = 0x01


def trace_ids(traceparent: str) -> tuple[str, str] | None:
    """The ids of trace and span; None for what is no `traceparent`."""
    return None if is_sampled(traceparent) is None else (traceparent[3:35], traceparent[36:52])


def is_sampled(traceparent: str) -> bool | None:
    """The sampled flag of a `traceparent`; None: it is none, and there is no parent.

    Source: W3C Trace Context, section 3.2: version ff, ids of zeros, and more than four parts in version 00 are
    invalid.
    """
    found = _TRACEPARENT.fullmatch(traceparent)
    if found is None:
        return None
    version, trace_id, parent_id, flags, more = found.groups()
    if version == "ff" or (version == "00" and more) or not int(trace_id, 16) or not int(parent_id, 16):
        return None
    return bool(int(flags, 16) & _SAMPLED)


def check_otlp_endpoint(text: str) -> str:
    """`http://HOST:PORT` (plain text) or `https://HOST:PORT`. Raises ValueError."""
    if not _ENDPOINT.fullmatch(text):
        raise ValueError(f"expected http://HOST:PORT or https://HOST:PORT, found {text!r}")
    return text


_ENDPOINT = re.compile(r"https?://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?/?")
