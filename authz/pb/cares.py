"""The protobuf package `envoy.extensions.network.dns_resolver.cares.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from authz.pb._pool import made_when_used

__all__ = [
    "CaresDnsResolverConfig",
]

__getattr__ = made_when_used("envoy.extensions.network.dns_resolver.cares.v3", globals())
