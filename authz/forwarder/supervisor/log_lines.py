"""Envoy's log -> ours, with its levels."""

import logging
import re

_LINE = re.compile(
    r"\[[-0-9]{10} [0-9:.]+\]\[[0-9]+\]\[(?P<level>[a-z]+)\]\[(?P<part>[^\]]*)\] (?P<text>.*)", re.DOTALL
)
_LEVELS = {
    "trace": logging.DEBUG,
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
    "critical": logging.CRITICAL,
}


def log_line(name: str, line: str) -> None:
    """Log one line of an Envoy, as the logger `authz.NAME.PART`; a line of another form as a warning."""
    found = _LINE.fullmatch(line)
    if found is None:
        if line.strip():
            logging.getLogger(f"authz.{name}").warning("%s", line)
        return
    level = _LEVELS.get(found["level"], logging.WARNING)
    logging.getLogger(f"authz.{name}.{found['part']}").log(level, "%s", found["text"])
