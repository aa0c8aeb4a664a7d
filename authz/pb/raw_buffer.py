"""The protobuf package `envoy.extensions.transport_sockets.raw_buffer.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from authz.pb._pool import made_when_used

__all__ = [
    "RawBuffer",
]

__getattr__ = made_when_used("envoy.extensions.transport_sockets.raw_buffer.v3", globals())
