"""The protobuf package `envoy.config.endpoint.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from authz.pb._pool import made_when_used

__all__ = [
    "ClusterLoadAssignment",
    "Endpoint",
    "LbEndpoint",
    "LocalityLbEndpoints",
]

__getattr__ = made_when_used("envoy.config.endpoint.v3", globals())
