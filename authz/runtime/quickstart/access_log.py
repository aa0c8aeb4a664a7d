"""What Envoy knows of a request after it is over, read back from its access log."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

FLUSH_OPTIONS = ("--file-flush-interval-msec", "20")  # Envoy's default is ten seconds


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of `envoy_config.access_log`: what the authorizer answered, as it reached Envoy.

    `reason` is the authorizer's, or Envoy's own where it never asked.
    `dry_run_deny` is `allowed` or `denied`.
    """

    matched_policy: str | None
    reason: str
    dry_run_deny: str | None
    dry_run_deny_policy: str | None


def find_entry(paths: Iterable[Path], request_id: str) -> Entry | None:
    """Look a request up by its id in some logs; None while Envoy has not written it yet."""
    logs = [path.read_text(encoding="utf-8") for path in paths if path.exists()]
    for line in (line for log in logs for line in log.splitlines(keepends=True)):
        if request_id in line and line.endswith("\n"):
            found = json.loads(line)
            if found["request_id"] == request_id:
                return _entry(found)
    return None


def _entry(line: dict[str, str | None]) -> Entry:
    return Entry(
        matched_policy=line["matched_policy"],
        reason=line["reason"] or line["details"] or "",
        dry_run_deny=line["dry_run_deny"],
        dry_run_deny_policy=line["dry_run_deny_policy"],
    )
