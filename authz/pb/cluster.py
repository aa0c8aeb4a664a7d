"""The protobuf package `envoy.config.cluster.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from authz.pb._pool import made_when_used

__all__ = [
    "CircuitBreakers",
    "Cluster",
    "OutlierDetection",
    "TrackClusterStats",
    "UpstreamConnectionOptions",
]

__getattr__ = made_when_used("envoy.config.cluster.v3", globals())
