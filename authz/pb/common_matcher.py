"""The protobuf package `envoy.config.common.matcher.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from authz.pb._pool import made_when_used

__all__ = [
    "HttpHeadersMatch",
    "MatchPredicate",
]

__getattr__ = made_when_used("envoy.config.common.matcher.v3", globals())
