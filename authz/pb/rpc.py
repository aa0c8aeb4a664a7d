"""The protobuf package `google.rpc`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from authz.pb._pool import made_when_used

__all__ = [
    "Status",
]

__getattr__ = made_when_used("google.rpc", globals())
