"""All the steps, from the list to the bytes of every file we commit."""

import tempfile
from collections.abc import Iterable
from pathlib import Path

from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet

from pruning import PruneError
from pruning.allow import WELL_KNOWN_MODULE, WELL_KNOWN_PACKAGE, read_allow_list
from pruning.modules import render_modules
from pruning.prototext import render_proto
from pruning.toolenv import ToolEnvironment
from pruning.trim import fingerprint, trim

MARKER = "Written by protos/prune.py from protos/allow.toml. Do not edit."
PROTOS = Path("protos")
PYTHON = Path("authz", "pb")


def build(allow_list: Path, requirements: Path) -> dict[Path, bytes]:
    """Return every generated file, by its path from the root of the repository. Raises PruneError."""
    allowed = read_allow_list(allow_list)
    with tempfile.TemporaryDirectory(prefix="authz-protos-") as scratch:
        tools = ToolEnvironment(Path(scratch, "venv"), requirements)
        trimmed = trim(tools.upstream(sorted(package.name for package in allowed)), allowed)
        protos = {file.name: render_proto(file, MARKER).encode() for file in trimmed}
        for name, text in protos.items():
            path = Path(scratch, "protos", name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text)
        descriptors = tools.compile(Path(scratch, "protos"), sorted(protos))
    compiled = FileDescriptorSet.FromString(descriptors).file
    _same(trimmed, compiled)
    modules = {package.name: package.module for package in allowed} | {WELL_KNOWN_PACKAGE: WELL_KNOWN_MODULE}
    return {
        **{PROTOS / name: text for name, text in protos.items()},
        **{PYTHON / name: text.encode() for name, text in render_modules(compiled, modules, MARKER)},
        PYTHON / "descriptors.bin": descriptors,
    }


def differences(root: Path, files: dict[Path, bytes]) -> list[str]:
    """Say of each generated file under `root` how it is not what `files` says, sorted."""
    stale = [path for path, content in files.items() if not _holds(root / path, content)]
    findings = [f"{'differs' if (root / path).exists() else 'missing'}: {path}" for path in stale]
    return sorted([*findings, *(f"left over: {path}" for path in _left_over(root, files))])


def write(root: Path, files: dict[Path, bytes]) -> None:
    """Write what differs and remove what an earlier run wrote and this one does not."""
    for path in _left_over(root, files):
        (root / path).unlink()
    for path, content in files.items():
        if not _holds(root / path, content):
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(content)


def _holds(path: Path, content: bytes) -> bool:
    return path.exists() and path.read_bytes() == content


def _left_over(root: Path, files: dict[Path, bytes]) -> list[Path]:
    candidates = [*(root / PROTOS).rglob("*.proto"), *(root / PYTHON).glob("*.py"), *(root / PYTHON).glob("*.pyi")]
    generated = (path.relative_to(root) for path in candidates if MARKER.encode() in path.read_bytes())
    return sorted(path for path in generated if path not in files)


def _same(trimmed: Iterable[FileDescriptorProto], compiled: Iterable[FileDescriptorProto]) -> None:
    """Raise unless protoc read in our text what we meant to write: a bug of ours, were it not so."""
    read = {file.name: file for file in compiled}
    for file in trimmed:
        if fingerprint(file) != fingerprint(read[file.name]):
            raise PruneError(f"{file.name}: what protoc read is not what was meant; please mend protos/pruning")
