"""An Envoy that is kept running: started again when it ends by itself, drained before it is stopped."""

from __future__ import annotations

import contextlib
import http.client
import json
import logging
import math
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from authz.forwarder.supervisor.admin import Admin
from authz.forwarder.supervisor.errors import ProcessFailedError
from authz.forwarder.supervisor.find import check_version, find_envoy
from authz.forwarder.supervisor.log_lines import log_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_log = logging.getLogger(__name__)

_READY_POLL_S = 0.05
_TERM_S = 5.0

_WITH_PARENT = """\
import ctypes, os, signal, sys
ctypes.CDLL(None).prctl(1, signal.SIGTERM)
os.getppid() == int(sys.argv[1]) or os._exit(0)
os.execv(sys.argv[2], sys.argv[2:])
"""
"""Runs a program that ends with us, however we end: one left behind would serve old configuration on our ports."""


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
class EnvoySettings:
    """`options`: of the command line. `drain_s`: how long connections may last once it is told to stop.

    `admin`: where its admin interface is, `HOST:PORT`; None: a private unix socket.
    """

    name: str = "envoy"
    options: tuple[str, ...] = ()
    drain_s: float = 5.0
    admin: str | None = None
    backoff: Backoff = field(default_factory=Backoff)


@dataclass(frozen=True, slots=True)
class EnvoyStatus:
    """`pid` None: it is not running. `ended`: how the last one ended by itself, empty if none has."""

    version: str
    pid: int | None
    ready: bool
    restarts: int
    ended: str = ""


class KeptEnvoy:
    """One Envoy with a bootstrap configuration, as JSON values; its `admin` is set here.

    What it writes goes to our log, line by line. Hot restart is disabled.
    """

    def __init__(self, config: Mapping[str, Any], settings: EnvoySettings | None = None) -> None:
        """Look for Envoy and prepare; nothing is started. Raises EnvoyNotFoundError."""
        self._settings = settings or EnvoySettings()
        self._binary = find_envoy()
        self._version = check_version(self._binary)
        self._directory = Path(tempfile.mkdtemp(prefix="authz-envoy-"))  # 0700 by contract of mkdtemp
        self._admin = Admin(self._settings.admin or self._directory / "admin.sock")
        self._config_path = self._directory / "envoy.json"
        self._config_path.write_text(json.dumps({**config, "admin": self._admin_config()}), encoding="utf-8")
        self._stopping = threading.Event()
        self._child: subprocess.Popen[bytes] | None = None
        self._restarts = 0
        self._ended = ""
        self._thread: threading.Thread | None = None

    def _admin_config(self) -> dict[str, Any]:
        if self._settings.admin is not None:
            host, _, port = self._settings.admin.rpartition(":")
            address = {"address": host.removeprefix("[").removesuffix("]"), "port_value": int(port)}
            return {"address": {"socket_address": address}}
        return {"address": {"pipe": {"path": str(self.admin_path), "mode": 0o600}}}

    @property
    def admin_path(self) -> Path:
        """The unix socket of its admin interface."""
        return self._directory / "admin.sock"

    @property
    def admin(self) -> Admin:
        """Its admin interface."""
        return self._admin

    def start(self) -> Self:
        """Start it, and from then on again whenever it ends. Raises ProcessFailedError where it cannot be started."""
        try:
            self._child = self._spawn()
        except OSError as error:
            self._clean_up()
            raise ProcessFailedError(f"{self._settings.name} could not be started: {error}", "") from error
        self._thread = threading.Thread(target=self._keep, args=(self._child,), name=self._settings.name, daemon=True)
        self._thread.start()
        return self

    def status(self) -> EnvoyStatus:
        """How it is now."""
        child = self._child
        running = child is not None and child.poll() is None
        ready = running and self._admin.is_ready()
        return EnvoyStatus(self._version, child.pid if child and running else None, ready, self._restarts, self._ended)

    def wait_until_ready(self, within_s: float) -> bool:
        """Wait until it takes connections; whether that came to be."""
        deadline = time.monotonic() + within_s
        while not self._admin.is_ready():
            if self._stopping.wait(_READY_POLL_S) or time.monotonic() >= deadline:
                return False
        return True

    def stop(self) -> None:
        """Drain it, end it and remove its files. May be called at any time, and twice."""
        self._stopping.set()
        child = self._child
        if child is not None and child.poll() is None:
            self._drain(child)
            _end(child)
        if self._thread is not None:
            self._thread.join(_TERM_S)
        self._clean_up()

    def _drain(self, child: subprocess.Popen[bytes]) -> None:
        """No new connections are taken, and those there are told to close; until there are none, but not longer."""
        deadline = time.monotonic() + self._settings.drain_s
        with contextlib.suppress(OSError, http.client.HTTPException):  # it is not up yet, or hangs
            self._admin.post("/healthcheck/fail")
            self._admin.post("/drain_listeners?graceful")
            while child.poll() is None and self._admin.connections() and time.monotonic() < deadline:
                time.sleep(_READY_POLL_S)

    def _clean_up(self) -> None:
        shutil.rmtree(self._directory, ignore_errors=True)

    def _spawn(self) -> subprocess.Popen[bytes]:
        self.admin_path.unlink(missing_ok=True)
        envoy: Sequence[str] = [
            str(self._binary),
            "--config-path",
            str(self._config_path),
            "--disable-hot-restart",
            "--drain-strategy",
            "immediate",
            "--drain-time-s",
            str(max(1, math.ceil(self._settings.drain_s))),
            *self._settings.options,
        ]
        return subprocess.Popen(  # noqa: S603 - a command of ours, no shell
            [sys.executable, "-I", "-S", "-c", _WITH_PARENT, str(os.getpid()), *envoy],
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
            waited_s = self._settings.backoff.after(waited_s, time.monotonic() - began)
            _log.error("%s %s; starting it again in %.1f s", self._settings.name, self._ended, waited_s)
            found = self._start_again(waited_s)
            if found is None:
                return
            child = self._child = found
            self._restarts += 1
            if self._stopping.is_set():  # told so in between: nobody else knows of this one
                _end(child)

    def _start_again(self, waited_s: float) -> subprocess.Popen[bytes] | None:
        while not self._stopping.wait(waited_s):
            try:
                return self._spawn()
            except OSError:
                _log.exception("%s could not be started; trying again", self._settings.name)
        return None

    def _copy_log(self, child: subprocess.Popen[bytes]) -> None:
        """Until it closes its end."""
        if child.stderr is not None:
            with child.stderr:
                for line in child.stderr:
                    log_line(self._settings.name, line.decode("utf-8", "replace").rstrip("\n"))


def _end(child: subprocess.Popen[bytes]) -> None:
    """SIGTERM, then SIGKILL."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGTERM)
    try:
        child.wait(_TERM_S)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def _told(status: int) -> str:
    if status < 0:
        return f"was ended by signal {-status}"
    return f"ended by itself with status {status}"
