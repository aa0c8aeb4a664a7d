"""A program that is kept running: started again when it ends by itself, and gone when we are."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from authz.forwarder.supervisor.errors import ProcessFailedError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_log = logging.getLogger(__name__)

_TERM_S = 5.0

_WITH_PARENT = """\
import ctypes, os, signal, sys
ctypes.CDLL(None).prctl(1, signal.SIGTERM)
os.getppid() == int(sys.argv[1]) or os._exit(0)
os.execv(sys.argv[2], sys.argv[2:])
"""
"""Runs a program that ends with us, however we end: one left behind would serve old configuration on our ports.

It ends with the thread that has started it: that has to be one that lasts."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """Seconds to wait before the next start: twice as long each time, until one has run for `healthy_s`."""

    first_s: float = 0.5
    longest_s: float = 30.0
    healthy_s: float = 60.0

    def after(self, waited_s: float, ran_s: float) -> float:
        """How long to wait, having waited before and run since. `waited_s` 0: it was the first start."""
        if ran_s >= self.healthy_s or not waited_s:
            return self.first_s
        return min(waited_s * 2, self.longest_s)


@dataclass(frozen=True, slots=True)
class KeptStatus:
    """`pid` None: it is not running. `ended`: how the last one ended by itself, empty if none has."""

    pid: int | None
    restarts: int
    ended: str = ""


@dataclass(frozen=True, slots=True)
class Program:
    """What is run. `prepare` is called before each start, `on_line` with each line that it writes to stderr."""

    name: str
    command: tuple[str, ...]
    on_line: Callable[[str], None]
    prepare: Callable[[], object] = lambda: None
    backoff: Backoff = Backoff()


class KeptProcess:
    """One program. What it writes to stdout is lost."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._stopping = threading.Event()
        self._child: subprocess.Popen[bytes] | None = None
        self._restarts = 0
        self._ended = ""
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start it, and from then on again whenever it ends. Raises ProcessFailedError where it cannot be started."""
        try:
            child = self._child = self._spawn()
        except OSError as error:
            raise ProcessFailedError(f"{self._program.name} could not be started: {error}", "") from error
        self._thread = threading.Thread(target=self._keep, args=(child,), name=self._program.name, daemon=True)
        self._thread.start()

    def status(self) -> KeptStatus:
        """How it is now."""
        child = self._child
        is_running = child is not None and child.poll() is None
        return KeptStatus(child.pid if child and is_running else None, self._restarts, self._ended)

    def wait(self, seconds: float) -> bool:
        """Wait, but not once it is being stopped; whether it is."""
        return self._stopping.wait(seconds)

    def stop(self, drain: Callable[[], object] = lambda: None, grace_s: float = _TERM_S) -> None:
        """End it: `drain`, SIGTERM, and SIGKILL after `grace_s` seconds. May be called at any time, and twice."""
        self._stopping.set()
        child = self._child
        if child is not None and child.poll() is None:
            drain()
            _end(child, grace_s)
        if self._thread is not None:
            self._thread.join(_TERM_S)

    def _spawn(self) -> subprocess.Popen[bytes]:
        self._program.prepare()
        command: Sequence[str] = self._program.command
        return subprocess.Popen(  # noqa: S603 - a command of ours, no shell
            [sys.executable, "-I", "-S", "-c", _WITH_PARENT, str(os.getpid()), *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,  # a Ctrl-C reaches us, and we end it in our order
        )

    def _keep(self, child: subprocess.Popen[bytes]) -> None:
        waited_s = 0.0
        while True:
            began = time.monotonic()
            self._copy_log(child)
            status = child.wait()
            if self._stopping.is_set():
                return
            self._ended = _told(status)
            waited_s = self._program.backoff.after(waited_s, time.monotonic() - began)
            _log.error("%s %s; starting it again in %.1f s", self._program.name, self._ended, waited_s)
            found = self._start_again(waited_s)
            if found is None:
                return
            child = self._child = found
            self._restarts += 1
            if self._stopping.is_set():  # told so in between: nobody else knows of this one
                _end(child, _TERM_S)

    def _start_again(self, waited_s: float) -> subprocess.Popen[bytes] | None:
        while not self._stopping.wait(waited_s):
            try:
                return self._spawn()
            except OSError:
                _log.exception("%s could not be started; trying again", self._program.name)
        return None

    def _copy_log(self, child: subprocess.Popen[bytes]) -> None:
        """Until it closes its end."""
        if child.stderr is not None:
            with child.stderr:
                for line in child.stderr:
                    self._program.on_line(line.decode("utf-8", "replace").rstrip("\n"))


def _end(child: subprocess.Popen[bytes], grace_s: float) -> None:
    """SIGTERM, then SIGKILL."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGTERM)
    try:
        child.wait(grace_s)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def _told(status: int) -> str:
    if status < 0:
        return f"was ended by signal {-status}"
    return f"ended by itself with status {status}"
