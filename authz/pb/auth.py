"""The protobuf package `envoy.service.auth.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from authz.pb._pool import made_when_used

__all__ = [
    "AttributeContext",
    "CheckRequest",
    "CheckResponse",
    "DeniedHttpResponse",
    "OkHttpResponse",
]

__getattr__ = made_when_used("envoy.service.auth.v3", globals())
