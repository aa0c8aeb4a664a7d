"""Descriptors to smaller descriptors: only the listed messages and fields, and no options."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    FileDescriptorSet,
)

from pruning import PruneError
from pruning.allow import WELL_KNOWN_PACKAGE, AllowedPackage


def trim(upstream: FileDescriptorSet, allowed: Sequence[AllowedPackage]) -> tuple[FileDescriptorProto, ...]:
    """Return the files that hold something we keep, by name. Raises PruneError naming every bad entry of the list."""
    index = _Index.of(upstream)
    choice = _choose(index, allowed)
    files = (_trim_file(file, choice, index) for file in sorted(upstream.file, key=lambda file: file.name))
    return tuple(file for file in files if file.message_type or file.enum_type)


def fingerprint(file: FileDescriptorProto) -> FileDescriptorProto:
    """Return what must survive being written as text and compiled again, in one order."""
    result = FileDescriptorProto(package=file.package, syntax=file.syntax)
    result.enum_type.extend(sorted(file.enum_type, key=lambda enum: enum.name))
    for message in sorted(file.message_type, key=lambda message: message.name):
        result.message_type.add().CopyFrom(_normal_message(message))
    return result


def is_map(message: DescriptorProto) -> bool:
    """Tell whether a message is the hidden entry of a map field."""
    return message.options.map_entry


def map_entry(message: DescriptorProto, one: FieldDescriptorProto) -> DescriptorProto | None:
    """Return the entry (fields `key` and `value`) where a field of this message is a map."""
    for inner in message.nested_type:
        if is_map(inner) and one.type_name.endswith(f".{message.name}.{inner.name}"):
            return inner
    return None


def _normal_message(message: DescriptorProto) -> DescriptorProto:
    result = DescriptorProto()
    result.CopyFrom(message)
    for one in result.field:
        one.ClearField("json_name")
    nested = sorted(map(_normal_message, message.nested_type), key=lambda inner: inner.name)
    del result.nested_type[:]
    result.nested_type.extend(nested)
    result.enum_type.sort(key=lambda enum: enum.name)
    return result


@dataclass(frozen=True, slots=True)
class _Index:
    """Everything upstream by its full name (no leading dot)."""

    messages: dict[str, DescriptorProto]
    enums: set[str]
    files: dict[str, FileDescriptorProto]  # the file that defines a message or an enum

    @classmethod
    def of(cls, upstream: FileDescriptorSet) -> "_Index":
        index = cls({}, set(), {})
        for file in upstream.file:
            for name, message in _messages(file.package, file.message_type):
                index.messages[name] = message
                index._add_enums(file, name, message.enum_type)
                index.files[name] = file
            index._add_enums(file, file.package, file.enum_type)
        return index

    def _add_enums(self, file: FileDescriptorProto, scope: str, enums: Sequence[EnumDescriptorProto]) -> None:
        for enum in enums:
            self.enums.add(f"{scope}.{enum.name}")
            self.files[f"{scope}.{enum.name}"] = file


def _messages(scope: str, messages: Sequence[DescriptorProto]) -> Iterator[tuple[str, DescriptorProto]]:
    for message in messages:
        name = f"{scope}.{message.name}"
        yield name, message
        yield from _messages(name, message.nested_type)


@dataclass(frozen=True, slots=True)
class _Choice:
    """What to keep, by full name: messages (map entries too) with their field names, and enums."""

    fields: dict[str, tuple[str, ...]]
    enums: set[str]

    def wants_inside(self, scope: str) -> bool:
        return any(name.startswith(f"{scope}.") for name in (*self.fields, *self.enums))


def _choose(index: _Index, allowed: Sequence[AllowedPackage]) -> _Choice:
    choice = _Choice({}, set())
    problems: list[str] = []
    for package in allowed:
        for name, fields in package.messages.items():
            problems += _choose_message(index, choice, package, name, fields)
    packages = {package.name for package in allowed}
    for name in tuple(choice.fields):
        problems += _choose_references(index, choice, packages, name)
    if problems:
        raise PruneError("\n".join(problems))
    return choice


def _choose_message(
    index: _Index, choice: _Choice, package: AllowedPackage, name: str, fields: tuple[str, ...] | None
) -> Iterator[str]:
    full_name = f"{package.name}.{name}"
    message = index.messages.get(full_name)
    if message is None or index.files[full_name].package != package.name:
        yield f"no message {full_name}"
        return
    if index.files[full_name].syntax != "proto3":
        yield f"{full_name}: {index.files[full_name].name} is not proto3, which is all we handle"
    known = tuple(one.name for one in message.field)
    yield from (f"{full_name} has no field {one!r}" for one in fields or () if one not in known)
    choice.fields[full_name] = known if fields is None else fields


def _choose_references(index: _Index, choice: _Choice, packages: set[str], name: str) -> Iterator[str]:
    for one in index.messages[name].field:
        target = one.type_name.removeprefix(".")
        if one.name not in choice.fields[name] or not target or target.startswith(f"{WELL_KNOWN_PACKAGE}."):
            continue
        if target in index.enums:
            choice.enums.add(target)
            if index.files[target].package not in packages:
                yield f"{name}.{one.name} needs {target}, whose package has no table in the list"
        elif is_map(index.messages[target]):
            choice.fields[target] = ("key", "value")
            yield from _choose_references(index, choice, packages, target)
        elif target not in choice.fields:
            yield f"{name}.{one.name} needs {target}, which is not listed"


def _trim_file(file: FileDescriptorProto, choice: _Choice, index: _Index) -> FileDescriptorProto:
    result = FileDescriptorProto(name=file.name, package=file.package, syntax="proto3")
    result.enum_type.extend(_trim_enums(file.package, file.enum_type, choice))
    for message in file.message_type:
        result.message_type.extend(_trim_message(file.package, message, choice))
    needed = {index.files[target].name for message in result.message_type for target in _targets(message)}
    result.dependency.extend(sorted(needed - {file.name}))
    return result


def _trim_message(scope: str, message: DescriptorProto, choice: _Choice) -> Iterator[DescriptorProto]:
    name = f"{scope}.{message.name}"
    if name not in choice.fields and not choice.wants_inside(name):
        return
    result = DescriptorProto(name=message.name)
    if is_map(message):
        result.options.map_entry = True
    kept = [one for one in message.field if one.name in choice.fields.get(name, ())]
    groups = sorted({one.oneof_index for one in kept if one.HasField("oneof_index")})
    for group in groups:
        result.oneof_decl.add(name=message.oneof_decl[group].name)
    result.field.extend(_trim_field(one, groups) for one in kept)
    for inner in message.nested_type:
        result.nested_type.extend(_trim_message(name, inner, choice))
    result.enum_type.extend(_trim_enums(name, message.enum_type, choice))
    yield result


def _trim_field(one: FieldDescriptorProto, groups: list[int]) -> FieldDescriptorProto:
    result = FieldDescriptorProto(name=one.name, number=one.number, label=one.label, type=one.type)
    if one.type_name:
        result.type_name = one.type_name
    if one.HasField("oneof_index"):
        result.oneof_index = groups.index(one.oneof_index)
    if one.proto3_optional:
        result.proto3_optional = True
    return result


def _trim_enums(scope: str, enums: Sequence[EnumDescriptorProto], choice: _Choice) -> Iterator[EnumDescriptorProto]:
    for enum in enums:
        if f"{scope}.{enum.name}" in choice.enums:
            result = EnumDescriptorProto(name=enum.name)
            for value in enum.value:
                result.value.add(name=value.name, number=value.number)
            if enum.options.allow_alias:
                result.options.allow_alias = True
            yield result


def _targets(message: DescriptorProto) -> Iterator[str]:
    for one in message.field:
        if one.type_name:
            yield one.type_name.removeprefix(".")
    for inner in message.nested_type:
        yield from _targets(inner)
