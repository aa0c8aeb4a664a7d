"""The protobuf package `envoy.type.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from authz.pb._pool import made_when_used

__all__ = [
    "DoubleRange",
    "FractionalPercent",
    "HashPolicy",
    "HttpStatus",
    "Int32Range",
    "Int64Range",
    "Percent",
    "SemanticVersion",
    "StatusCode",
]

__getattr__ = made_when_used("envoy.type.v3", globals())
