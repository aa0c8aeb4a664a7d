"""The protobuf package `envoy.extensions.resource_monitors.downstream_connections.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from authz.pb._pool import made_when_used

__all__ = [
    "DownstreamConnectionsConfig",
]

__getattr__ = made_when_used("envoy.extensions.resource_monitors.downstream_connections.v3", globals())
