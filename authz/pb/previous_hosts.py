"""The protobuf package `envoy.extensions.retry.host.previous_hosts.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from authz.pb._pool import made_when_used

__all__ = [
    "PreviousHostsPredicate",
]

__getattr__ = made_when_used("envoy.extensions.retry.host.previous_hosts.v3", globals())
