"""A throw-away environment with the upstream definitions and protoc in it.

It has to be apart: installed beside us, xds-protos overwrites files of
`opentelemetry/proto` and `google/rpc` in site-packages.
"""

import subprocess
import venv
from collections.abc import Iterable, Sequence
from pathlib import Path

from google.protobuf.descriptor_pb2 import FileDescriptorSet

from pruning import PruneError

DUMP = Path(__file__).with_name("dump.py")


class ToolEnvironment:
    """A virtual environment in `directory` with what `requirements` locks. Its owner removes the directory."""

    def __init__(self, directory: Path, requirements: Path) -> None:
        self._python = directory / "bin" / "python"
        try:
            venv.create(directory, symlinks=True, with_pip=True)
        except subprocess.CalledProcessError as error:
            raise PruneError(f"cannot make a virtual environment in {directory}: {error}") from error
        pip = ("-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--require-hashes")
        self._run("pip cannot install the tools", *pip, "-r", str(requirements))

    def upstream(self, packages: Iterable[str]) -> FileDescriptorSet:
        """Return every upstream file of these protobuf packages, with the files those import."""
        return FileDescriptorSet.FromString(self._run("cannot read the upstream definitions", str(DUMP), *packages))

    def compile(self, directory: Path, files: Sequence[str]) -> bytes:
        """Compile `.proto` files (paths under `directory`) to one serialized FileDescriptorSet, imports included."""
        out = directory / "descriptors.bin"
        options = ("-m", "grpc_tools.protoc", f"-I{directory}", "--include_imports", f"--descriptor_set_out={out}")
        self._run("protoc refuses what we wrote", *options, *files)
        return out.read_bytes()

    def _run(self, failure: str, *arguments: str) -> bytes:
        # the interpreter is the one made above; -I keeps the caller's PYTHONPATH out of it
        done = subprocess.run([self._python, "-I", *arguments], capture_output=True, check=False)  # noqa: S603
        if done.returncode:
            raise PruneError(f"{failure}:\n{done.stderr.decode(errors='replace').strip()}")
        return done.stdout
