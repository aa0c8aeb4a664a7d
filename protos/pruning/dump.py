"""Run in the tool environment: write a FileDescriptorSet of the protobuf packages named as arguments to stdout.

Imported files are in it too, before those that import them. Every file is
named after its package, which `grpc_health/v1/health.proto` upstream is not;
what it imports still goes by upstream's names, and nobody reads that.
"""

import importlib
import pkgutil
import sys

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorSet

# where the Python package of a protobuf package is not called the same
PYTHON_PACKAGES = {"grpc.health.v1": "grpc_health.v1"}


def files_of(package: str) -> list[FileDescriptor]:
    """Import every generated module of one protobuf package."""
    name = PYTHON_PACKAGES.get(package, package)
    try:
        home = importlib.import_module(name)
    except ModuleNotFoundError:
        sys.exit(f"no package {package} (looked for the Python package {name})")
    modules = sorted(module.name for module in pkgutil.iter_modules(home.__path__) if module.name.endswith("_pb2"))
    return [importlib.import_module(f"{name}.{module}").DESCRIPTOR for module in modules]


def collect(file: FileDescriptor, into: dict[str, FileDescriptor]) -> None:
    """Add a file after everything it imports, each once."""
    if file.name not in into:
        for dependency in file.dependencies:
            collect(dependency, into)
        into[file.name] = file


def main() -> None:
    """Write the set."""
    files: dict[str, FileDescriptor] = {}
    for package in sys.argv[1:]:
        for file in files_of(package):
            collect(file, files)
    result = FileDescriptorSet()
    for file in files.values():
        copy = result.file.add()
        file.CopyToProto(copy)
        copy.name = "/".join((*file.package.split("."), file.name.rpartition("/")[2]))
    sys.stdout.buffer.write(result.SerializeToString())


if __name__ == "__main__":
    main()
