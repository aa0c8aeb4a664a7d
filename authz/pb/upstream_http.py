"""The protobuf package `envoy.extensions.upstreams.http.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from authz.pb._pool import made_when_used

__all__ = [
    "HttpProtocolOptions",
]

__getattr__ = made_when_used("envoy.extensions.upstreams.http.v3", globals())
