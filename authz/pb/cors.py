"""The protobuf package `envoy.extensions.filters.http.cors.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from authz.pb._pool import made_when_used

__all__ = [
    "Cors",
    "CorsPolicy",
]

__getattr__ = made_when_used("envoy.extensions.filters.http.cors.v3", globals())
