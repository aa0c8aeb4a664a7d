"""A recorded CheckRequest, in the forms in which people have one: protobuf bytes, base64 of them, JSON, text."""

import base64
import binascii
from typing import Any

from google.protobuf import json_format, text_format
from google.protobuf.message import DecodeError

from authz.pb import CheckRequest

_POOL: Any = CheckRequest.DESCRIPTOR.file.pool  # its two implementations have no type in common


def read_check_request(content: bytes) -> CheckRequest:
    """The message, in whatever form it is written. Raises ValueError.

    Fields that we do not know are passed over in every form, as when a proxy asks.
    """
    try:
        text = content.decode().strip()
    except UnicodeDecodeError:
        return _attributes_in(_from_bytes(content))
    if text.startswith("{"):
        try:
            return _attributes_in(_from_json(text))
        except ValueError:
            if text.isprintable() or text.endswith("}"):
                raise
    for read in (_from_base64, _from_text):
        try:
            return _attributes_in(read(text))
        except ValueError:
            continue
    return _attributes_in(_from_bytes(content))


def _attributes_in(message: CheckRequest) -> CheckRequest:
    if not message.HasField("attributes"):  # no bytes at all are a message, but not one that says anything
        raise ValueError("a CheckRequest has `attributes`, there are none here")
    return message


def _from_bytes(content: bytes) -> CheckRequest:
    try:
        return CheckRequest.FromString(content)
    except DecodeError:
        message = "no CheckRequest: expected its protobuf bytes, base64 of them, JSON, or protobuf text"
        raise ValueError(message) from None


def _from_base64(text: str) -> CheckRequest:
    try:
        return _from_bytes(base64.b64decode("".join(text.split()), validate=True))
    except binascii.Error as error:
        raise ValueError(f"not base64: {error}") from None


def _from_json(text: str) -> CheckRequest:
    message = CheckRequest()
    try:
        json_format.Parse(text, message, ignore_unknown_fields=True, descriptor_pool=_POOL)
    except (json_format.ParseError, RecursionError) as error:
        raise ValueError(f"no CheckRequest in JSON: {error}") from None
    return message


def _from_text(text: str) -> CheckRequest:
    message = CheckRequest()
    try:
        text_format.Parse(text, message, allow_unknown_field=True, descriptor_pool=_POOL)
    except (text_format.ParseError, RecursionError) as error:
        raise ValueError(f"no CheckRequest in protobuf text: {error}") from None
    return message
