"""The protobuf package `grpc.health.v1`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from authz.pb._pool import message

HealthCheckRequest = message("grpc.health.v1.HealthCheckRequest")
HealthCheckResponse = message("grpc.health.v1.HealthCheckResponse")

__all__ = [
    "HealthCheckRequest",
    "HealthCheckResponse",
]
