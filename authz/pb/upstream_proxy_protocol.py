"""The protobuf package `envoy.extensions.transport_sockets.proxy_protocol.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from authz.pb._pool import made_when_used

__all__ = [
    "ProxyProtocolUpstreamTransport",
]

__getattr__ = made_when_used("envoy.extensions.transport_sockets.proxy_protocol.v3", globals())
