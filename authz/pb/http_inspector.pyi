"""The protobuf package `envoy.extensions.filters.listener.http_inspector.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from google.protobuf.message import Message as _Message

__all__ = [
    "HttpInspector",
]

class HttpInspector(_Message):
    ...
