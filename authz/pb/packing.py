"""`Any` and JSON for messages of our pool: both must be told which pool the types inside an `Any` are in.

A packed message's bytes are the same for equal messages: map entries are
written in the order of their keys.
"""

from collections.abc import Mapping
from typing import TypeAlias, TypeVar

from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from authz.pb._pool import POOL
from authz.pb.protobuf import Any

TYPE_URL_PREFIX = "type.googleapis.com/"

Json: TypeAlias = "None | bool | int | float | str | list[Json] | dict[str, Json]"
M = TypeVar("M", bound=Message)


class UnknownTypeError(ValueError):
    """An `Any` names a message that protos/allow.toml doesn't take."""


def type_url(message: Message | type[Message]) -> str:
    """Return the type URL of a message: `type.googleapis.com/` and its full name."""
    return TYPE_URL_PREFIX + message.DESCRIPTOR.full_name


def pack(message: Message) -> Any:
    """Return the message as an `Any`."""
    return Any(type_url=type_url(message), value=message.SerializeToString(deterministic=True))


def unpack(packed: Any) -> Message:
    """Return the message in an `Any`, of the type that its URL names (what is before the last slash is not looked at).

    Raises UnknownTypeError, and protobuf's DecodeError where the bytes are not such a message.
    """
    name = packed.type_url.rpartition("/")[2]
    try:
        descriptor = POOL.FindMessageTypeByName(name)
    except KeyError:
        raise UnknownTypeError(f"{packed.type_url!r} is not a type we know") from None
    message: Message = GetMessageClass(descriptor)()
    message.ParseFromString(packed.value)
    return message


def unpack_as(packed: Any, kind: type[M]) -> M:
    """Return the message in an `Any` that has to be of one type. Raises UnknownTypeError if it is of another."""
    if packed.type_url.rpartition("/")[2] != kind.DESCRIPTOR.full_name:
        raise UnknownTypeError(f"{packed.type_url!r} where {type_url(kind)} is expected")
    message = kind()
    message.ParseFromString(packed.value)
    return message


def to_json(message: Message) -> dict[str, Json]:
    """Return a message as Envoy's configuration files write it: snake case, durations as `1s`, an `Any` with `@type`.

    Fields are in the order of their numbers, and the entries of maps in that of
    their keys, which protobuf leaves to chance. Raises UnknownTypeError for an
    `Any` of a type that we don't know.
    """
    try:
        json = json_format.MessageToDict(message, preserving_proto_field_name=True, descriptor_pool=POOL)
    except TypeError as error:
        raise UnknownTypeError(str(error)) from error
    return _in_order(json, POOL.FindMessageTypeByName(message.DESCRIPTOR.full_name))


def from_json(json: Mapping[str, Json], message: M) -> M:
    """Fill a message with what `to_json` writes (camel case is read as well), and return it.

    Raises ValueError for a field or a type that we don't know, or a value that it can't have.
    """
    try:
        return json_format.ParseDict(dict(json), message, descriptor_pool=POOL)
    except json_format.ParseError as error:
        raise ValueError(str(error)) from error


def _in_order(json: Mapping[str, Json], descriptor: Descriptor) -> dict[str, Json]:
    if "@type" in json:
        descriptor = POOL.FindMessageTypeByName(str(json["@type"]).rpartition("/")[2])
    if descriptor.full_name.startswith("google.protobuf."):
        return {name: _sorted(value) for name, value in sorted(json.items())}
    fields = descriptor.fields_by_name
    return {name: value if name == "@type" else _field(value, fields[name]) for name, value in json.items()}


def _field(json: Json, field: FieldDescriptor) -> Json:
    kind = field.message_type
    if kind is None:
        return json
    if kind.GetOptions().map_entry and isinstance(json, dict):
        return {key: _field(json[key], kind.fields_by_name["value"]) for key in sorted(json)}
    if isinstance(json, list):
        return [_in_order(one, kind) if isinstance(one, dict) else one for one in json]
    return _in_order(json, kind) if isinstance(json, dict) else json


def _sorted(json: Json) -> Json:
    if isinstance(json, dict):
        return {key: _sorted(json[key]) for key in sorted(json)}
    return [_sorted(one) for one in json] if isinstance(json, list) else json
