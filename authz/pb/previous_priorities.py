"""The protobuf package `envoy.extensions.retry.priority.previous_priorities.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from authz.pb._pool import made_when_used

__all__ = [
    "PreviousPrioritiesConfig",
]

__getattr__ = made_when_used("envoy.extensions.retry.priority.previous_priorities.v3", globals())
