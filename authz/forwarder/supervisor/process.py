"""A child process with a log file of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from typing import TYPE_CHECKING, TypeVar

from authz.forwarder.supervisor.errors import ProcessFailedError
from authz.forwarder.supervisor.surroundings import Surroundings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

TAIL_LINES = 20

_T = TypeVar("_T")

_POLL_S = 0.02


class LoggedProcess:
    """A child that writes to a log file of its own and whose end is certain.

    It runs in a process group of its own: a Ctrl-C in the terminal reaches only
    us, and we end our children in our order; our signals reach what it started too.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        log_path: Path,
        surroundings: Surroundings | None = None,
    ) -> None:
        self.name = name
        self.log_path = log_path
        self._surroundings = surroundings or Surroundings()
        try:
            self._child = self._spawn(command)
        except OSError as error:
            raise ProcessFailedError(f"{name} could not be started: {error}", "") from error

    def _spawn(self, command: Sequence[str]) -> subprocess.Popen[bytes]:
        descriptor = os.open(self.log_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            return subprocess.Popen(  # noqa: S603  # a command of ours, no shell
                list(command),
                stdin=subprocess.DEVNULL,
                stdout=descriptor,
                stderr=descriptor,
                env=dict(self._surroundings.environ),
                start_new_session=True,
            )
        finally:
            os.close(descriptor)

    @property
    def pid(self) -> int:
        """Its process id, which is its group's too."""
        return self._child.pid

    def is_running(self) -> bool:
        """Tell whether it has not ended yet."""
        return self._child.poll() is None

    def require_running(self) -> None:
        """Raise ProcessFailedError, with its last lines, where it has ended."""
        if not self.is_running():
            raise ProcessFailedError(f"{self.name} ended with status {self._child.returncode}", self.log_tail())

    def log(self) -> str:
        """Read what it has written so far, on either stream."""
        return self.log_path.read_text(encoding="utf-8", errors="replace")

    def log_tail(self, lines: int = TAIL_LINES) -> str:
        """Give the last lines of its log."""
        return "\n".join(self.log().splitlines()[-lines:])

    def wait_until(self, probe: Callable[[], _T | None], within_s: float) -> _T:
        """Poll until `probe` gives something, and return that.

        Raises ProcessFailedError when the child ends first or `within_s` seconds
        pass by our clock.
        """
        deadline = self._surroundings.clock() + within_s
        while (result := probe()) is None:
            self.require_running()
            if self._surroundings.clock() >= deadline:
                raise ProcessFailedError(f"{self.name} was not ready within {within_s:g} s", self.log_tail())
            self._surroundings.sleep(_POLL_S)
        return result

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the child and to what it started. Nothing happens once the child has ended."""
        if self.is_running():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, number)

    def stop(self, grace_s: float = 5.0) -> int:
        """End it: SIGTERM, and SIGKILL after `grace_s` seconds. Returns its status, negative for a signal."""
        self.signal(signal.SIGTERM)
        try:
            return self._child.wait(grace_s)
        except subprocess.TimeoutExpired:
            self.signal(signal.SIGKILL)
            return self._child.wait()

    def kill(self) -> None:
        """End it at once, as a crash would."""
        self.signal(signal.SIGKILL)
        self._child.wait()
