"""The protobuf package `grpc.health.v1`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from authz.pb._pool import made_when_used

__all__ = [
    "HealthCheckRequest",
    "HealthCheckResponse",
]

__getattr__ = made_when_used("grpc.health.v1", globals())
