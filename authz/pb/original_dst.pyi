"""The protobuf package `envoy.extensions.filters.listener.original_dst.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from google.protobuf.message import Message as _Message

__all__ = [
    "OriginalDst",
]

class OriginalDst(_Message):
    ...
