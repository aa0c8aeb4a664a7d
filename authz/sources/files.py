"""Reading policy files and mesh files from disk. What cannot be read is a problem, never skipped in silence."""

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from authz.decision.load import PolicyFiles
from authz.identity.bundle import TrustPaths
from authz.model.problem import Code, Problem
from authz.model.where import Where
from authz.resources.documents import SourceFile

_SUFFIXES = frozenset({".yaml", ".yml", ".json"})


def read_policy_files(paths: Iterable[Path], mesh: Path | None = None, trust: TrustPaths | None = None) -> PolicyFiles:
    """Read files as they are named, and of directories every YAML and JSON file, sub-directories included.

    Hidden files and directories are passed over: editors' temporary files, and the directories behind the links with
    which Kubernetes mounts a ConfigMap.
    """
    named = list(paths)
    files: list[SourceFile] = []
    problems: list[Problem] = []
    for path in dict.fromkeys(file for named_path in named for file in _expand(named_path, problems)):
        content = _read(path, problems)
        if content is not None:
            files.append(SourceFile(str(path), content))
    mesh_content = _read(mesh, problems) if mesh else None
    trust = trust or TrustPaths()
    bundles = [(domain, path, _read(path, problems)) for domain, path in trust.bundles]
    revocations = [(path, _read(path, problems)) for path in trust.revocations]
    return PolicyFiles(
        origin=", ".join(map(str, named)),
        files=tuple(files),
        mesh=SourceFile(str(mesh), mesh_content) if mesh_content is not None else None,
        unreadable=tuple(problems),
        bundles=tuple([(domain, SourceFile(str(path), pem)) for domain, path, pem in bundles if pem is not None]),
        revocations=tuple([SourceFile(str(path), found) for path, found in revocations if found is not None]),
    )


def _expand(path: Path, problems: list[Problem]) -> Iterator[Path]:
    """The file itself, whatever it is; of a directory its policy files, each directory once wherever links lead."""
    if not os.path.isdir(path):  # noqa: PTH112 - Path.is_dir raises for a name that is too long
        yield path
        return
    pending, seen = [path], set[tuple[int, int]]()
    while pending:
        directory = pending.pop()
        try:
            status, names = directory.stat(), os.listdir(directory)  # noqa: PTH208 - names are wanted
        except OSError as error:
            problems.append(_problem(directory, error))
            continue
        if (status.st_dev, status.st_ino) in seen:
            continue
        seen.add((status.st_dev, status.st_ino))
        entries = [(directory / name, _mode(directory / name, problems)) for name in sorted(names) if name[0] != "."]
        yield from (entry for entry, mode in entries if stat.S_ISREG(mode) and _has_policy_name(entry))
        pending.extend(entry for entry, mode in reversed(entries) if stat.S_ISDIR(mode))


def _has_policy_name(path: Path) -> bool:
    return path.suffix.lower() in _SUFFIXES


def _mode(path: Path, problems: list[Problem]) -> int:
    """What is found at a place in a directory; 0 after a problem. Reading a pipe might never end."""
    try:
        mode = path.stat().st_mode
    except OSError as error:
        if _has_policy_name(path) or not isinstance(error, FileNotFoundError):  # else a link that leads nowhere
            problems.append(_problem(path, error))
        return 0
    if _has_policy_name(path) and not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        problems.append(Problem(Code.UNREADABLE_FILE, Where(str(path)), "", "cannot be read: not a regular file"))
    return mode


def _read(path: Path, problems: list[Problem]) -> bytes | None:
    try:
        return path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        problems.append(_problem(path, error))
        return None


def _problem(path: Path, error: OSError | ValueError) -> Problem:
    reason = getattr(error, "strerror", None) or error
    return Problem(Code.UNREADABLE_FILE, Where(str(path)), "", f"cannot be read: {reason}")
