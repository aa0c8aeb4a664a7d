"""An Envoy that is kept running: started again when it ends by itself, drained before it is stopped."""

from __future__ import annotations

import contextlib
import http.client
import json
import math
import shutil
import tempfile
import time
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from authz.forwarder.supervisor.admin import Admin
from authz.forwarder.supervisor.errors import ProcessFailedError
from authz.forwarder.supervisor.find import check_version, find_envoy
from authz.forwarder.supervisor.kept_process import Backoff, KeptProcess, Program
from authz.forwarder.supervisor.log_lines import log_line

if TYPE_CHECKING:
    from collections.abc import Mapping

_POLL_S = 0.05


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
        binary = find_envoy()
        self._version = check_version(binary)
        self._directory = Path(tempfile.mkdtemp(prefix="authz-envoy-"))  # 0700 by contract of mkdtemp
        self._admin = Admin(self._settings.admin or self.admin_path)
        config_path = self._directory / "envoy.json"
        config_path.write_text(json.dumps({**config, "admin": self._admin_config()}), encoding="utf-8")
        self._process = KeptProcess(
            Program(
                self._settings.name,
                (str(binary), *_options(config_path, self._settings)),
                on_line=partial(log_line, self._settings.name),
                prepare=partial(self.admin_path.unlink, missing_ok=True),
                backoff=self._settings.backoff,
            )
        )

    def _admin_config(self) -> dict[str, Any]:
        if self._settings.admin is not None:
            host, _, port = self._settings.admin.rpartition(":")
            address = {"address": host.removeprefix("[").removesuffix("]"), "port_value": int(port)}
            return {"address": {"socket_address": address}}
        return {"address": {"pipe": {"path": str(self.admin_path), "mode": 0o600}}}

    @property
    def admin_path(self) -> Path:
        """The unix socket of its admin interface, where that is not elsewhere."""
        return self._directory / "admin.sock"

    @property
    def admin(self) -> Admin:
        """Its admin interface."""
        return self._admin

    def start(self) -> Self:
        """Start it, and from then on again whenever it ends. Raises ProcessFailedError where it cannot be started."""
        try:
            self._process.start()
        except ProcessFailedError:
            self._clean_up()
            raise
        return self

    def status(self) -> EnvoyStatus:
        """How it is now."""
        process = self._process.status()
        ready = process.pid is not None and self._admin.is_ready()
        return EnvoyStatus(self._version, process.pid, ready, process.restarts, process.ended)

    def wait_until_ready(self, within_s: float) -> bool:
        """Wait until it takes connections; whether that came to be."""
        deadline = time.monotonic() + within_s
        while not self._admin.is_ready():
            if self._process.wait(_POLL_S) or time.monotonic() >= deadline:
                return False
        return True

    def stop(self) -> None:
        """Drain it, end it and remove its files. May be called at any time, and twice."""
        self._process.stop(self._drain)
        self._clean_up()

    def _drain(self) -> None:
        """No new connections are taken, and those there are told to close; until there are none, but not longer."""
        deadline = time.monotonic() + self._settings.drain_s
        with contextlib.suppress(OSError, http.client.HTTPException):  # it is not up yet, or hangs
            self._admin.post("/healthcheck/fail")
            self._admin.post("/drain_listeners?graceful")
            while self._admin.connections() and time.monotonic() < deadline:
                time.sleep(_POLL_S)

    def _clean_up(self) -> None:
        shutil.rmtree(self._directory, ignore_errors=True)


def _options(config_path: Path, settings: EnvoySettings) -> tuple[str, ...]:
    drain_s = str(max(1, math.ceil(settings.drain_s)))
    draining = ("--drain-strategy", "immediate", "--drain-time-s", drain_s)
    return ("--config-path", str(config_path), "--disable-hot-restart", *draining, *settings.options)
