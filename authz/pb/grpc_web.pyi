"""The protobuf package `envoy.extensions.filters.http.grpc_web.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from google.protobuf.message import Message as _Message

__all__ = [
    "GrpcWeb",
]

class GrpcWeb(_Message):
    ...
