"""Our own descriptor pool, and the classes made from it.

The pool is private: protobuf refuses two files of one name with different
content in a pool, so in its default pool our pruned files would clash with
anyone's xds-protos.

It is also lazy. A file is added when something in it is first named, a class
is made when its module is first asked for it: answering checks costs nothing
for the messages that only the forwarder sends.
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper
from google.protobuf.message_factory import GetMessageClass


class _Files:
    """Where the pool looks for files it doesn't have yet: protobuf's DescriptorDatabase, with its names of methods.

    Top-level symbols only, which is what our modules and `Any` ask for.
    """

    def __init__(self, files: Iterable[FileDescriptorProto]) -> None:
        self._by_name = {file.name: file for file in files}
        self._by_package: dict[str, list[FileDescriptorProto]] = {}
        for file in self._by_name.values():
            self._by_package.setdefault(file.package, []).append(file)

    def FindFileByName(self, name: str) -> FileDescriptorProto:  # noqa: N802
        """Return a file, or raise KeyError."""
        return self._by_name[name]

    def FindFileContainingSymbol(self, symbol: str) -> FileDescriptorProto:  # noqa: N802
        """Return the file that defines a message or an enum, given its full name, or raise KeyError."""
        package, _, name = symbol.rpartition(".")
        for file in self._by_package.get(package, ()):
            if name in {one.name for one in file.message_type} | {one.name for one in file.enum_type}:
                return file
        raise KeyError(symbol)


POOL = DescriptorPool(
    _Files(FileDescriptorSet.FromString(Path(__file__).with_name("descriptors.bin").read_bytes()).file)
)


def made_when_used(package: str, module: dict[str, Any]) -> Callable[[str], Any]:
    """Return the `__getattr__` of a module that has the messages and enums of a protobuf package.

    What `__all__` names is made when first asked for, and kept in `module`; its
    stub has the type. An enum reads as `StatusCode.Forbidden`, `.Name(403)` and
    `.Value("Forbidden")`.
    """

    def get(name: str) -> Any:
        if name not in module["__all__"]:
            raise AttributeError(f"module {module['__name__']!r} has no attribute {name!r}")
        module[name] = made = _make(package, name)
        return made

    return get


def _make(package: str, name: str) -> Any:
    file = POOL.FindFileContainingSymbol(f"{package}.{name}")
    if name in file.enum_types_by_name:
        return EnumTypeWrapper(file.enum_types_by_name[name])
    return GetMessageClass(file.message_types_by_name[name])
