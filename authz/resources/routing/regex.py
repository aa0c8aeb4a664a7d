"""Whether Envoy will take a regular expression, by asking the engine that it uses.

Source: istio/istio pkg/config/validation/validation.go, validateStringRegexp; Envoy's `re2.max_program_size`.
"""

from dataclasses import dataclass
from functools import cache

import re2

from authz.model.routing.matching import MAX_REGEX_PROGRAM

MAX_REGEX_BYTES = 1024
_MAX_MEMORY_BYTES = 8 << 20


@dataclass(frozen=True, slots=True)
class CheckedRegex:
    """An expression that RE2 takes. `groups`: how many it captures."""

    text: str
    groups: int


def check_regex(text: str) -> CheckedRegex:
    """Raises ValueError, in RE2's words where it has some, for what Envoy would refuse."""
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        raise ValueError("half a character") from None
    if not text:
        raise ValueError("an empty expression")
    if size > MAX_REGEX_BYTES:
        raise ValueError(f"longer than {MAX_REGEX_BYTES} bytes")
    try:
        compiled = re2.compile(text, _options())
    except re2.error as error:
        raise ValueError(_message(error)) from None
    if compiled.programsize > MAX_REGEX_PROGRAM:
        raise ValueError(f"its program has a size of {compiled.programsize}, {MAX_REGEX_PROGRAM} are allowed")
    return CheckedRegex(text, compiled.groups)


@cache
def _options() -> re2.Options:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MAX_MEMORY_BYTES
    return options


def _message(error: Exception) -> str:
    reason = error.args[0] if error.args else ""
    return reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
