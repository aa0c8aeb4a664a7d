"""The protobuf package `envoy.extensions.http.early_header_mutation.header_mutation.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from authz.pb._pool import made_when_used

__all__ = [
    "HeaderMutation",
]

__getattr__ = made_when_used("envoy.extensions.http.early_header_mutation.header_mutation.v3", globals())
