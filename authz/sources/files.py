"""Reading policy files and mesh files from disk. What cannot be read is a problem, never skipped in silence."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from authz.decision.load import PolicyFiles
from authz.model.problem import Code, Problem
from authz.model.where import Where
from authz.resources.documents import SourceFile

_SUFFIXES = frozenset({".yaml", ".yml", ".json"})


def read_policy_files(paths: Iterable[Path], mesh: Path | None = None) -> PolicyFiles:
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
    return PolicyFiles(
        origin=", ".join(map(str, named)),
        files=tuple(files),
        mesh=SourceFile(str(mesh), mesh_content) if mesh_content is not None else None,
        unreadable=tuple(problems),
    )


def _expand(path: Path, problems: list[Problem]) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return

    def refuse(error: OSError) -> None:
        problems.append(_problem(Path(error.filename or path), error))

    for directory, subdirectories, names in os.walk(path, onerror=refuse, followlinks=True):
        if Path(directory).resolve() in Path(directory).resolve().parents:  # a link to a directory above
            subdirectories.clear()
        subdirectories[:] = sorted(name for name in subdirectories if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith(".") and Path(name).suffix in _SUFFIXES:
                yield Path(directory, name)


def _read(path: Path, problems: list[Problem]) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError as error:
        problems.append(_problem(path, error))
        return None


def _problem(path: Path, error: OSError) -> Problem:
    return Problem(Code.UNREADABLE_FILE, Where(str(path)), "", f"cannot be read: {error.strerror or error}")
