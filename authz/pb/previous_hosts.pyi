"""The protobuf package `envoy.extensions.retry.host.previous_hosts.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from google.protobuf.message import Message as _Message

__all__ = [
    "PreviousHostsPredicate",
]

class PreviousHostsPredicate(_Message):
    ...
