"""The protobuf package `envoy.type.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from authz.pb._pool import enum, message

HttpStatus = message("envoy.type.v3.HttpStatus")
StatusCode = enum("envoy.type.v3.StatusCode")

__all__ = [
    "HttpStatus",
    "StatusCode",
]
