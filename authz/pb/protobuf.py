"""The protobuf package `google.protobuf`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from authz.pb._pool import made_when_used

__all__ = [
    "Any",
    "BoolValue",
    "BytesValue",
    "DoubleValue",
    "Duration",
    "Empty",
    "FloatValue",
    "Int32Value",
    "Int64Value",
    "ListValue",
    "NullValue",
    "StringValue",
    "Struct",
    "Timestamp",
    "UInt32Value",
    "UInt64Value",
    "Value",
]

__getattr__ = made_when_used("google.protobuf", globals())
