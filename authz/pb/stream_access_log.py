"""The protobuf package `envoy.extensions.access_loggers.stream.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from authz.pb._pool import made_when_used

__all__ = [
    "StderrAccessLog",
    "StdoutAccessLog",
]

__getattr__ = made_when_used("envoy.extensions.access_loggers.stream.v3", globals())
