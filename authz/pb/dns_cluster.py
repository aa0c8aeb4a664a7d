"""The protobuf package `envoy.extensions.clusters.dns.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from authz.pb._pool import made_when_used

__all__ = [
    "DnsCluster",
]

__getattr__ = made_when_used("envoy.extensions.clusters.dns.v3", globals())
