"""Our own descriptor pool, and the classes made from it.

The pool is private: protobuf refuses two files of one name with different
content in a pool, so in its default pool our pruned files would clash with
anyone's xds-protos.
"""

from pathlib import Path
from typing import Any

from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper
from google.protobuf.message_factory import GetMessageClass

POOL = DescriptorPool()

# protoc writes every file after those it imports
for _file in FileDescriptorSet.FromString(Path(__file__).with_name("descriptors.bin").read_bytes()).file:
    POOL.AddSerializedFile(_file.SerializeToString())


def message(name: str) -> Any:
    """Return the class of a message by its full name, always the same one; its stub has the type."""
    return GetMessageClass(POOL.FindMessageTypeByName(name))


def enum(name: str) -> Any:
    """Return an enum by its full name, to read as `StatusCode.Forbidden`, `.Name(403)` and `.Value("Forbidden")`."""
    return EnumTypeWrapper(POOL.FindEnumTypeByName(name))
