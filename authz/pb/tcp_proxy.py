"""The protobuf package `envoy.extensions.filters.network.tcp_proxy.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from authz.pb._pool import made_when_used

__all__ = [
    "TcpProxy",
    "UpstreamConnectMode",
]

__getattr__ = made_when_used("envoy.extensions.filters.network.tcp_proxy.v3", globals())
