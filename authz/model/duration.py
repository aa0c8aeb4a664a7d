"""Durations as Istio's YAML has them: `10s`, `1.5h`, `1h30m`.

Source: Go's time.ParseDuration, through which Istio reads a google.protobuf.Duration.
"""

import re
from datetime import timedelta
from fractions import Fraction
from functools import lru_cache

_PART = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(ns|us|\u00b5s|\u03bcs|ms|s|m|h)")
_NANOSECONDS = {
    "ns": 1,
    "us": 10**3,
    "\u00b5s": 10**3,
    "\u03bcs": 10**3,
    "ms": 10**6,
    "s": 10**9,
    "m": 60 * 10**9,
    "h": 3600 * 10**9,
}
_MAX_LENGTH = 64
_MAX_NANOSECONDS = 2**63 - 1


@lru_cache(maxsize=1024)  # a mesh has few different ones, and each very often
def parse_duration(text: str) -> timedelta:
    """Read a duration that is not negative; what is finer than a microsecond is dropped. Raises ValueError."""
    if text == "0":
        return timedelta(0)
    total, position = Fraction(0), 0
    while len(text) <= _MAX_LENGTH and (part := _PART.match(text, position)):
        number, unit = part.groups()
        total += Fraction(f"{number}0" if number.endswith(".") else number) * _NANOSECONDS[unit]
        position = part.end()
    if not position or position != len(text):
        raise ValueError("expected a duration such as 10s, 250ms or 1h30m")
    if total > _MAX_NANOSECONDS:
        raise ValueError("it is longer than 292 years")
    return timedelta(microseconds=int(total // 1000))
