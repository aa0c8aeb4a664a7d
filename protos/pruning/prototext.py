"""Descriptors to `.proto` text."""

from collections.abc import Iterator

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
)

from pruning.trim import is_map, map_entry

SCALARS = {
    FieldDescriptorProto.TYPE_DOUBLE: "double",
    FieldDescriptorProto.TYPE_FLOAT: "float",
    FieldDescriptorProto.TYPE_INT64: "int64",
    FieldDescriptorProto.TYPE_UINT64: "uint64",
    FieldDescriptorProto.TYPE_INT32: "int32",
    FieldDescriptorProto.TYPE_FIXED64: "fixed64",
    FieldDescriptorProto.TYPE_FIXED32: "fixed32",
    FieldDescriptorProto.TYPE_BOOL: "bool",
    FieldDescriptorProto.TYPE_STRING: "string",
    FieldDescriptorProto.TYPE_BYTES: "bytes",
    FieldDescriptorProto.TYPE_UINT32: "uint32",
    FieldDescriptorProto.TYPE_SFIXED32: "sfixed32",
    FieldDescriptorProto.TYPE_SFIXED64: "sfixed64",
    FieldDescriptorProto.TYPE_SINT32: "sint32",
    FieldDescriptorProto.TYPE_SINT64: "sint64",
}


def render_proto(file: FileDescriptorProto, marker: str) -> str:
    """Write one file. Types are named from the root (`.envoy...`), so no nested name can hide another."""
    lines = [f"// {marker}", "", 'syntax = "proto3";', "", f"package {file.package};"]
    if file.dependency:
        lines += ["", *(f'import "{name}";' for name in file.dependency)]
    for enum in file.enum_type:
        lines += ["", *_enum(enum)]
    for message in file.message_type:
        lines += ["", *_message(message)]
    return "\n".join(lines) + "\n"


def _enum(enum: EnumDescriptorProto) -> Iterator[str]:
    yield f"enum {enum.name} {{"
    if enum.options.allow_alias:
        yield "  option allow_alias = true;"
    yield from (f"  {value.name} = {value.number};" for value in enum.value)
    yield "}"


def _message(message: DescriptorProto) -> Iterator[str]:
    yield f"message {message.name} {{"
    inner = [*map(_enum, message.enum_type), *(_message(one) for one in message.nested_type if not is_map(one))]
    for position, block in enumerate(inner):
        yield from [""] if position else []
        yield from (f"  {line}" if line else "" for line in block)
    if inner and message.field:
        yield ""
    opened = None
    for field in message.field:
        group = field.oneof_index if field.HasField("oneof_index") and not field.proto3_optional else None
        if opened is not None and group != opened:
            yield "  }"
        if group is not None and group != opened:
            yield f"  oneof {message.oneof_decl[group].name} {{"
        opened = group
        yield f"{'  ' if group is None else '    '}{_field(message, field)}"
    if opened is not None:
        yield "  }"
    yield "}"


def _field(message: DescriptorProto, field: FieldDescriptorProto) -> str:
    if entry := map_entry(message, field):
        key, value = entry.field
        return f"map<{_type(key)}, {_type(value)}> {field.name} = {field.number};"
    label = "repeated " if field.label == field.LABEL_REPEATED else "optional " if field.proto3_optional else ""
    return f"{label}{_type(field)} {field.name} = {field.number};"


def _type(field: FieldDescriptorProto) -> str:
    return field.type_name or SCALARS[field.type]
