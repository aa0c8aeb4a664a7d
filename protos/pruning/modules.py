"""Descriptors to Python: for each protobuf package a module of `authz.pb`, and a stub with its types.

The types say what upb does: message, repeated and map fields cannot be
assigned, so they are properties; an enum's values are ints; a field's presence
can be asked only where it has one.
"""

import keyword
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
)

from pruning.trim import is_map, map_entry

# names a stub may use -> where they come from; the underscore keeps them clear of protobuf names
CONTAINERS = "google.protobuf.internal.containers"
IMPORTS = {
    "_builtins": "import builtins",
    "_Iterable": "from collections.abc import Iterable",
    "_Mapping": "from collections.abc import Mapping",
    "_ClassVar": "from typing import ClassVar",
    "_Literal": "from typing import Literal",
    "_overload": "from typing import overload",
    "_MessageMap": f"from {CONTAINERS} import MessageMap",
    "_Repeated": f"from {CONTAINERS} import RepeatedCompositeFieldContainer",
    "_RepeatedScalar": f"from {CONTAINERS} import RepeatedScalarFieldContainer",
    "_ScalarMap": f"from {CONTAINERS} import ScalarMap",
    "_EnumTypeWrapper": "from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper",
    "_Message": "from google.protobuf.message import Message",
    "_mixins": "from authz.pb import _mixins",
}
# what google.protobuf adds to these messages in any pool; _mixins.pyi says what that looks like
MIXINS = ("Any", "Duration", "ListValue", "Struct", "Timestamp")

_FLOATS = (FieldDescriptorProto.TYPE_DOUBLE, FieldDescriptorProto.TYPE_FLOAT)
_WORDS = {
    FieldDescriptorProto.TYPE_BOOL: "bool",
    FieldDescriptorProto.TYPE_STRING: "str",
    FieldDescriptorProto.TYPE_BYTES: "bytes",
    **dict.fromkeys(_FLOATS, "float"),
}


def render_modules(
    files: Sequence[FileDescriptorProto], modules: Mapping[str, str], marker: str
) -> Iterator[tuple[str, str]]:
    """Yield file name and text of each module and each stub. `modules`: protobuf package -> module of authz.pb."""
    homes = dict(_homes(files))
    for package in sorted({file.package for file in files}):
        mine = [file for file in files if file.package == package]
        messages = sorted((one for file in mine for one in file.message_type), key=lambda one: one.name)
        enums = sorted((one for file in mine for one in file.enum_type), key=lambda one: one.name)
        heading = f'"""The protobuf package `{package}`.\n\n{marker}\n"""\n\n'
        names = _Names(package, modules, homes, used=set())
        yield f"{modules[package]}.py", heading + _module(package, messages, enums)
        yield f"{modules[package]}.pyi", heading + _stub(names, messages, enums)


def _homes(files: Iterable[FileDescriptorProto]) -> Iterator[tuple[str, str]]:
    """Yield the full name of each message and enum with its package."""
    for file in files:
        pending = [(file.package, file.message_type, file.enum_type)]
        while pending:
            scope, messages, enums = pending.pop()
            yield from ((f"{scope}.{name}", file.package) for name in _names_of(messages, enums))
            pending += [(f"{scope}.{one.name}", one.nested_type, one.enum_type) for one in messages]


def _names_of(messages: Iterable[DescriptorProto], enums: Iterable[EnumDescriptorProto]) -> list[str]:
    return sorted([*(one.name for one in messages), *(one.name for one in enums)])


def _exports(messages: Iterable[DescriptorProto], enums: Iterable[EnumDescriptorProto]) -> list[str]:
    return ["__all__ = [", *(f'    "{name}",' for name in _names_of(messages, enums)), "]"]


def _module(package: str, messages: Sequence[DescriptorProto], enums: Sequence[EnumDescriptorProto]) -> str:
    lines = ["from authz.pb._pool import made_when_used", "", *_exports(messages, enums), ""]
    return "\n".join(lines) + f'\n__getattr__ = made_when_used("{package}", globals())\n'


def _stub(names: "_Names", messages: Sequence[DescriptorProto], enums: Sequence[EnumDescriptorProto]) -> str:
    blocks = [
        *([*_enum_class(one), f"{one.name}: _{one.name}"] for one in enums),
        *(_message_class(names, one) for one in messages),
    ]
    body = "\n\n".join("\n".join(block) for block in blocks)
    head = [f"{line} as {name}" for name, line in IMPORTS.items() if re.search(rf"\b{name}\b", body)]
    head += [f"from authz.pb import {module} as _{module}" for module in sorted(names.used)]
    head += ["", *_exports(messages, enums)]
    return "\n".join(head) + f"\n\n{body}\n"


@dataclass(frozen=True, slots=True)
class _Names:
    """How one package's stub names types. `used` collects the modules it has to import."""

    package: str
    modules: Mapping[str, str]
    homes: Mapping[str, str]
    used: set[str]

    def of(self, field: FieldDescriptorProto, inside: DescriptorProto) -> str:
        """Name a field's type (its element's, if repeated) in the class body of `inside`."""
        if field.type == field.TYPE_ENUM:
            return self.builtin("int", inside)
        if field.type != field.TYPE_MESSAGE:
            return self.builtin(_WORDS.get(field.type, "int"), inside)
        full_name = field.type_name.removeprefix(".")
        home = self.homes[full_name]
        name = full_name.removeprefix(f"{home}.")
        if home == self.package and name.split(".")[0] not in _class_names(inside):
            return name
        self.used.add(self.modules[home])
        return f"_{self.modules[home]}.{name}"

    def builtin(self, word: str, inside: DescriptorProto) -> str:
        """Name a builtin, which a field of the same name may hide."""
        return f"_builtins.{word}" if word in _class_names(inside) else word


def _class_names(message: DescriptorProto) -> set[str]:
    return {*_names_of(message.nested_type, message.enum_type), *(one.name for one in message.field)}


def _enum_class(enum: EnumDescriptorProto) -> Iterator[str]:
    yield f"class _{enum.name}(_EnumTypeWrapper):"
    yield from (f"    {value.name}: int" for value in enum.value if not keyword.iskeyword(value.name))


def _message_class(names: _Names, message: DescriptorProto) -> Iterator[str]:
    mixin = f"_mixins.{message.name}, " if names.package == "google.protobuf" and message.name in MIXINS else ""
    yield f"class {message.name}({mixin}_Message):"
    lines = [*_nested(names, message), *_attributes(names, message), *_methods(names, message)]
    yield from (f"    {line}" if line else "" for line in lines or ["..."])


def _nested(names: _Names, message: DescriptorProto) -> Iterator[str]:
    for enum in message.enum_type:
        yield from _enum_class(enum)
        yield f"{enum.name}: _ClassVar[_{enum.name}]"
        yield from (
            f"{value.name}: _ClassVar[{names.builtin('int', message)}]"
            for value in enum.value
            if not keyword.iskeyword(value.name)
        )
    for inner in message.nested_type:
        if not is_map(inner):
            yield from _message_class(names, inner)
            yield ""


def _attributes(names: _Names, message: DescriptorProto) -> Iterator[str]:
    for field in _writable(message):
        kind = _read_type(names, message, field)
        if field.type == field.TYPE_MESSAGE or field.label == field.LABEL_REPEATED:
            yield f"@{names.builtin('property', message)}"
            yield f"def {field.name}(self) -> {kind}: ..."
        else:
            yield f"{field.name}: {kind}"


def _methods(names: _Names, message: DescriptorProto) -> Iterator[str]:
    fields = _writable(message)
    if not fields:
        return
    yield "def __init__("
    yield "    self_," if "self" in _class_names(message) else "    self,"  # core.v3.ConfigSource has such a field
    yield "    *,"
    yield from (f"    {field.name}: {_given_type(names, message, field)} | None = ...," for field in fields)
    yield ") -> None: ..."
    groups = _oneofs(message)
    present = sorted({one.name for one in message.field if _has_presence(one)} | set(groups))
    if present:
        result = names.builtin("bool", message)
        yield f"def HasField(self, field_name: {_literal(present)}) -> {result}: ..."
    clearable = sorted({one.name for one in message.field} | set(groups))
    yield f"def ClearField(self, field_name: {_literal(clearable)}) -> None: ..."
    for group, members in groups.items():
        yield from ["@_overload"] if len(groups) > 1 else []
        yield f"def WhichOneof(self, oneof_group: {_literal([group])}) -> {_literal(members)} | None: ..."


def _read_type(names: _Names, message: DescriptorProto, field: FieldDescriptorProto) -> str:
    if entry := map_entry(message, field):
        key, value = (names.of(one, message) for one in entry.field)
        return f"{'_MessageMap' if entry.field[1].type == field.TYPE_MESSAGE else '_ScalarMap'}[{key}, {value}]"
    element = names.of(field, message)
    if field.label == field.LABEL_REPEATED:
        return f"{'_Repeated' if field.type == field.TYPE_MESSAGE else '_RepeatedScalar'}[{element}]"
    return element


def _given_type(names: _Names, message: DescriptorProto, field: FieldDescriptorProto) -> str:
    if entry := map_entry(message, field):
        key, value = (names.of(one, message) for one in entry.field)
        return f"_Mapping[{key}, {value}]"
    element = names.of(field, message)
    return f"_Iterable[{element}]" if field.label == field.LABEL_REPEATED else element


def _writable(message: DescriptorProto) -> list[FieldDescriptorProto]:
    """Fields that Python can name; the others are reached with getattr."""
    return [field for field in message.field if not keyword.iskeyword(field.name)]


def _oneofs(message: DescriptorProto) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for field in message.field:
        if field.HasField("oneof_index") and not field.proto3_optional:
            groups.setdefault(message.oneof_decl[field.oneof_index].name, []).append(field.name)
    return groups


def _has_presence(field: FieldDescriptorProto) -> bool:
    single = field.label != field.LABEL_REPEATED
    return single and (field.type == field.TYPE_MESSAGE or field.HasField("oneof_index"))


def _literal(names: Sequence[str]) -> str:
    quoted = ", ".join(f'"{name}"' for name in names)
    return f"_Literal[{quoted}]"
