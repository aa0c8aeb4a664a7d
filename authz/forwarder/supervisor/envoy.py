"""A real Envoy as a child process, with a configuration that does not change."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from authz.forwarder.supervisor.admin import Admin
from authz.forwarder.supervisor.find import find_envoy
from authz.forwarder.supervisor.process import LoggedProcess
from authz.forwarder.supervisor.surroundings import Surroundings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType


class Envoy:
    """One running Envoy with a given static configuration.

    The configuration is Envoy's bootstrap as JSON values. Its `admin` is set
    here: a unix socket in the private directory, since whoever reaches the admin
    interface can read the configuration and stop the proxy. Listeners may ask
    for port 0; `address_of` tells the port they got.

    Hot restart is disabled: any number of Envoys run on one machine, and a
    killed one leaves no shared memory behind (with a dynamic base id it does).
    """

    def __init__(
        self,
        config: Mapping[str, Any],
        *,
        name: str = "Envoy",
        log_path: Path | None = None,
        options: Sequence[str] = (),
        surroundings: Surroundings | None = None,
    ) -> None:
        """Prepare to run `config`; nothing is started before `start`.

        `log_path` outlives the process; without it the log is removed at the
        end. The surroundings' `environ` is where Envoy is looked up.
        """
        self._config = config
        self._name = name
        self._log_path = log_path
        self._options = tuple(options)
        self._surroundings = surroundings or Surroundings()
        self._directory: Path | None = None
        self._process: LoggedProcess | None = None

    def start(self, ready_within_s: float = 20.0) -> Self:
        """Start it and return when it takes connections.

        Raises EnvoyNotFoundError, or ProcessFailedError when it is not ready in
        time; nothing is left behind then.
        """
        binary = find_envoy(self._surroundings.environ)
        self._directory = Path(tempfile.mkdtemp(prefix="authz-envoy-"))  # 0700 by contract of mkdtemp
        try:
            self._process = self._spawn(binary, self._directory)
            self._process.wait_until(self._ready, ready_within_s)
        except BaseException:
            self.stop()
            raise
        return self

    def _spawn(self, binary: Path, directory: Path) -> LoggedProcess:
        config = {**self._config, "admin": {"address": {"pipe": {"path": str(self.admin_path), "mode": 0o600}}}}
        config_path = directory / "envoy.json"
        config_path.write_text(json.dumps(config), encoding="utf-8")
        return LoggedProcess(
            self._name,
            [str(binary), "--config-path", str(config_path), "--disable-hot-restart", *self._options],
            self._log_path or directory / "envoy.log",
            self._surroundings,
        )

    def stop(self, grace_s: float = 5.0) -> None:
        """End it and remove its private directory. May be called at any time, and twice."""
        if self._process is not None:
            self._process.stop(grace_s)
        if self._directory is not None:
            shutil.rmtree(self._directory, ignore_errors=True)

    def __enter__(self) -> Self:
        return self if self._process is not None else self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def process(self) -> LoggedProcess:
        """The child. Raises RuntimeError before `start`."""
        if self._process is None:
            raise RuntimeError(f"{self._name} has not been started")
        return self._process

    @property
    def admin_path(self) -> Path:
        """The unix socket of the admin interface, for `curl --unix-socket`. Raises RuntimeError before `start`."""
        if self._directory is None:
            raise RuntimeError(f"{self._name} has not been started")
        return self._directory / "admin.sock"

    def admin(self, path: str) -> tuple[int, str]:
        """GET `path` from the admin interface: status and body. Raises OSError where nobody listens."""
        return Admin(self.admin_path).get(path)

    def address_of(self, listener: str) -> tuple[str, int]:
        """Tell where a TCP listener of the configuration really listens. Raises KeyError for one that is not there."""
        return Admin(self.admin_path).address_of(listener)

    def _ready(self) -> bool | None:
        return Admin(self.admin_path).is_ready() or None
