"""The protobuf package `envoy.config.listener.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from authz.pb._pool import made_when_used

__all__ = [
    "AdditionalAddress",
    "Filter",
    "FilterChain",
    "FilterChainMatch",
    "Listener",
    "ListenerFilter",
    "ListenerFilterChainMatchPredicate",
]

__getattr__ = made_when_used("envoy.config.listener.v3", globals())
