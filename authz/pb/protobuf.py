"""The protobuf package `google.protobuf`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from authz.pb._pool import enum, message

BoolValue = message("google.protobuf.BoolValue")
BytesValue = message("google.protobuf.BytesValue")
DoubleValue = message("google.protobuf.DoubleValue")
FloatValue = message("google.protobuf.FloatValue")
Int32Value = message("google.protobuf.Int32Value")
Int64Value = message("google.protobuf.Int64Value")
ListValue = message("google.protobuf.ListValue")
StringValue = message("google.protobuf.StringValue")
Struct = message("google.protobuf.Struct")
Timestamp = message("google.protobuf.Timestamp")
UInt32Value = message("google.protobuf.UInt32Value")
UInt64Value = message("google.protobuf.UInt64Value")
Value = message("google.protobuf.Value")
NullValue = enum("google.protobuf.NullValue")

__all__ = [
    "BoolValue",
    "BytesValue",
    "DoubleValue",
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
