"""The protobuf package `envoy.extensions.filters.network.http_connection_manager.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from authz.pb._pool import made_when_used

__all__ = [
    "HttpConnectionManager",
    "HttpFilter",
    "LocalReplyConfig",
    "Rds",
    "RequestIDExtension",
    "ResponseMapper",
]

__getattr__ = made_when_used("envoy.extensions.filters.network.http_connection_manager.v3", globals())
