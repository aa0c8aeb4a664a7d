"""The protobuf package `google.rpc`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from authz.pb._pool import message

Status = message("google.rpc.Status")

__all__ = [
    "Status",
]
