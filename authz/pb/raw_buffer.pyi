"""The protobuf package `envoy.extensions.transport_sockets.raw_buffer.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from google.protobuf.message import Message as _Message

__all__ = [
    "RawBuffer",
]

class RawBuffer(_Message):
    ...
