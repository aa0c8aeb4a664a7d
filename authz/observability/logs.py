"""Log set-up: to stderr, as text or as one JSON object a line. Decisions are not logged, but counted and recorded."""

import json
import logging
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import TextIO


class LogLevel(Enum):
    """The least that is logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class LogFormat(Enum):
    """For people, or for machines."""

    TEXT = "text"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class LogSettings:
    """What is logged, and how."""

    level: LogLevel = LogLevel.INFO
    format: LogFormat = LogFormat.TEXT


class JsonFormatter(logging.Formatter):
    """One object a line: `time` (RFC 3339, UTC), `level`, `logger`, `message`, and `exception` where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """ASCII only, so that no text can break the line or the reader."""
        entry = {
            "time": datetime.fromtimestamp(record.created, UTC)
            .isoformat(timespec="milliseconds")
            .replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return json.dumps(entry)


class _Handler(logging.StreamHandler[TextIO]):
    """Writes to what stderr is now, whoever has replaced it since."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # type: ignore[override] # as logging's own handler of last resort
        return sys.stderr


_TEXT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def set_up_logs(settings: LogSettings) -> None:
    """Log so from now on. May be called again; handlers of others stay."""
    handler = _Handler()
    handler.setFormatter(JsonFormatter() if settings.format is LogFormat.JSON else logging.Formatter(_TEXT))
    root = logging.getLogger()
    for before in [one for one in root.handlers if isinstance(one, _Handler)]:
        root.removeHandler(before)
    root.addHandler(handler)
    root.setLevel(settings.level.name)
    logging.getLogger("watchfiles").setLevel(logging.WARNING)  # it would note every change once more
