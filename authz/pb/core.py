"""The protobuf package `envoy.config.core.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from authz.pb._pool import message

Address = message("envoy.config.core.v3.Address")
EnvoyInternalAddress = message("envoy.config.core.v3.EnvoyInternalAddress")
HeaderMap = message("envoy.config.core.v3.HeaderMap")
HeaderValue = message("envoy.config.core.v3.HeaderValue")
HeaderValueOption = message("envoy.config.core.v3.HeaderValueOption")
Metadata = message("envoy.config.core.v3.Metadata")
Pipe = message("envoy.config.core.v3.Pipe")
QueryParameter = message("envoy.config.core.v3.QueryParameter")
SocketAddress = message("envoy.config.core.v3.SocketAddress")

__all__ = [
    "Address",
    "EnvoyInternalAddress",
    "HeaderMap",
    "HeaderValue",
    "HeaderValueOption",
    "Metadata",
    "Pipe",
    "QueryParameter",
    "SocketAddress",
]
