"""The protobuf package `envoy.service.auth.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from authz.pb._pool import message

AttributeContext = message("envoy.service.auth.v3.AttributeContext")
CheckRequest = message("envoy.service.auth.v3.CheckRequest")
CheckResponse = message("envoy.service.auth.v3.CheckResponse")
DeniedHttpResponse = message("envoy.service.auth.v3.DeniedHttpResponse")
OkHttpResponse = message("envoy.service.auth.v3.OkHttpResponse")

__all__ = [
    "AttributeContext",
    "CheckRequest",
    "CheckResponse",
    "DeniedHttpResponse",
    "OkHttpResponse",
]
