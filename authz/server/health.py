"""`grpc.health.v1.Health/Check`: serving until drained.

A change of the files that was rejected is no reason against: what was in force goes on deciding. `/readyz` tells of it.
"""

from authz.pb import HealthCheckRequest, HealthCheckResponse

METHOD = "/grpc.health.v1.Health/Check"
_SERVICES = frozenset({"", "envoy.service.auth.v3.Authorization"})


class UnknownServiceError(Exception):
    """Asked about a service that is not ours: NOT_FOUND."""


class HealthDoor:
    """Says whether calls are welcome."""

    def __init__(self) -> None:
        self._serving = True

    @property
    def is_serving(self) -> bool:
        """Until drained."""
        return self._serving

    def drain(self) -> None:
        """From now on: not serving. Balancers stop sending, calls in flight end."""
        self._serving = False

    def check(self, request: bytes) -> bytes:
        """Answer one HealthCheckRequest. Raises UnknownServiceError, and DecodeError for bytes that are none."""
        service = HealthCheckRequest.FromString(request).service
        if service not in _SERVICES:
            raise UnknownServiceError(service)
        status = HealthCheckResponse.SERVING if self._serving else HealthCheckResponse.NOT_SERVING
        return HealthCheckResponse(status=status).SerializeToString()
