"""The protobuf package `envoy.service.discovery.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from authz.pb._pool import made_when_used

__all__ = [
    "DeltaDiscoveryRequest",
    "DeltaDiscoveryResponse",
    "DiscoveryRequest",
    "DiscoveryResponse",
    "Resource",
]

__getattr__ = made_when_used("envoy.service.discovery.v3", globals())
