"""The protobuf package `envoy.extensions.filters.network.sni_dynamic_forward_proxy.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from authz.pb._pool import made_when_used

__all__ = [
    "FilterConfig",
]

__getattr__ = made_when_used("envoy.extensions.filters.network.sni_dynamic_forward_proxy.v3", globals())
