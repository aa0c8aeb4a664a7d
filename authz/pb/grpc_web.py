"""The protobuf package `envoy.extensions.filters.http.grpc_web.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from authz.pb._pool import made_when_used

__all__ = [
    "GrpcWeb",
]

__getattr__ = made_when_used("envoy.extensions.filters.http.grpc_web.v3", globals())
