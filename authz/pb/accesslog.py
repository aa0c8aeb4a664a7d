"""The protobuf package `envoy.config.accesslog.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from authz.pb._pool import made_when_used

__all__ = [
    "AccessLog",
    "AccessLogFilter",
    "AndFilter",
    "ComparisonFilter",
    "DurationFilter",
    "HeaderFilter",
    "OrFilter",
    "ResponseFlagFilter",
    "StatusCodeFilter",
]

__getattr__ = made_when_used("envoy.config.accesslog.v3", globals())
