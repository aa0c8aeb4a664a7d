"""The protobuf package `envoy.config.overload.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from authz.pb._pool import made_when_used

__all__ = [
    "OverloadAction",
    "OverloadManager",
    "ResourceMonitor",
    "ScaledTrigger",
    "ThresholdTrigger",
    "Trigger",
]

__getattr__ = made_when_used("envoy.config.overload.v3", globals())
