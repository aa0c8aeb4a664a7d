"""The protobuf package `envoy.extensions.common.dynamic_forward_proxy.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from authz.pb._pool import made_when_used

__all__ = [
    "DnsCacheCircuitBreakers",
    "DnsCacheConfig",
]

__getattr__ = made_when_used("envoy.extensions.common.dynamic_forward_proxy.v3", globals())
