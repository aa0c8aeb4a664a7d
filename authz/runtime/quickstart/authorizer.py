"""`authz serve` as a child process, as a user would start it."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from authz.forwarder.supervisor import LoggedProcess, Surroundings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from types import TracebackType

SERVE = (sys.executable, "-m", "authz", "serve")
READY_WITHIN_S = 20.0
_READY = re.compile(
    r"^authz ready: listening on (?P<host>\S+):(?P<port>\d+), (?P<policies>\d+) \w+, digest (?P<digest>\S+)$",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Ready:
    """What the ready line says."""

    address: tuple[str, int]
    policies: int
    digest: str


def parse_ready(log: str) -> Ready | None:
    """Find the ready line in what `authz serve` has written; None where it is not there yet."""
    found = _READY.search(log)
    if found is None:
        return None
    return Ready((found["host"].strip("[]"), int(found["port"])), int(found["policies"]), found["digest"])


class AuthorizerProcess:
    """A running `authz serve`. Its two streams go to one log file."""

    def __init__(
        self,
        arguments: Sequence[str],
        log_path: Path,
        *,
        command: Sequence[str] = SERVE,
        surroundings: Surroundings | None = None,
    ) -> None:
        """Start it and wait for its ready line. Raises ProcessFailedError, and leaves nothing running then."""
        self.process = LoggedProcess("authz serve", [*command, *arguments], log_path, surroundings)
        try:
            self.ready = self.process.wait_until(lambda: parse_ready(self.process.log()), READY_WITHIN_S)
        except BaseException:
            self.process.stop()
            raise

    def stop(self) -> int:
        """End it as an orchestrator would, and give its status."""
        return self.process.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()
