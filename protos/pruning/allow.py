"""The allow-list: which messages and fields we keep, read from `allow.toml`."""

import keyword
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pruning import PruneError

WELL_KNOWN_PACKAGE = "google.protobuf"
WELL_KNOWN_MODULE = "protobuf"


@dataclass(frozen=True, slots=True)
class AllowedPackage:
    """What we keep of one protobuf package. `messages`: name within the package -> field names, or None for all."""

    name: str
    module: str
    messages: dict[str, tuple[str, ...] | None]


def read_allow_list(path: Path) -> tuple[AllowedPackage, ...]:
    """Read the list. Raises PruneError naming every entry of the wrong shape."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PruneError(f"{path}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PruneError(f"{path}: not TOML: {error}") from error
    problems: list[str] = []
    packages = tuple(_package(name, table, problems) for name, table in tables.items())
    problems += _module_clashes(packages)
    if problems:
        raise PruneError("\n".join(f"{path}: {problem}" for problem in problems))
    return packages


def _package(name: str, table: Any, problems: list[str]) -> AllowedPackage:
    if not isinstance(table, dict) or set(table) != {"module", "messages"}:
        problems.append(f'["{name}"]: expected `module` and `messages`, nothing else')
        return AllowedPackage(name, "", {})
    module, messages = table["module"], table["messages"]
    if not isinstance(module, str) or not module.isidentifier() or keyword.iskeyword(module) or module.startswith("_"):
        problems.append(f'["{name}"]: module: {module!r} is not a name for a module')
        module = ""
    if not isinstance(messages, dict):
        problems.append(f'["{name}"]: messages: expected a table of messages')
        messages = {}
    return AllowedPackage(
        name, module, {message: _fields(f"{name}.{message}", value, problems) for message, value in messages.items()}
    )


def _fields(message: str, value: Any, problems: list[str]) -> tuple[str, ...] | None:
    if value == "*":
        return None
    if isinstance(value, list) and all(isinstance(field, str) for field in value):
        if len(set(value)) < len(value):
            problems.append(f"{message}: a field is listed twice")
        return tuple(value)
    problems.append(f'{message}: expected a list of field names or "*", found {value!r}')
    return ()


def _module_clashes(packages: tuple[AllowedPackage, ...]) -> list[str]:
    taken = {WELL_KNOWN_MODULE: WELL_KNOWN_PACKAGE}
    problems = []
    for package in packages:
        if package.module in taken:
            problems.append(f'["{package.name}"]: module {package.module!r} is already that of {taken[package.module]}')
        if package.module:
            taken[package.module] = package.name
    return problems
