"""The protobuf package `envoy.config.bootstrap.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from authz.pb._pool import made_when_used

__all__ = [
    "Admin",
    "Bootstrap",
    "ClusterManager",
    "LayeredRuntime",
    "RuntimeLayer",
]

__getattr__ = made_when_used("envoy.config.bootstrap.v3", globals())
