import pytest
from google.protobuf.message import DecodeError

from authz.pb import HealthCheckRequest, HealthCheckResponse
from authz.server.health import HealthDoor, UnknownServiceError

SERVING, NOT_SERVING = HealthCheckResponse.SERVING, HealthCheckResponse.NOT_SERVING


def status(door: HealthDoor, service: str = "") -> int:
    answer = door.check(HealthCheckRequest(service=service).SerializeToString())
    return HealthCheckResponse.FromString(answer).status


@pytest.mark.parametrize("service", ["", "envoy.service.auth.v3.Authorization"])
def test_the_door_serves_until_it_drains(service: str) -> None:
    door = HealthDoor()
    before = status(door, service)
    door.drain()

    assert (before, status(door, service)) == (SERVING, NOT_SERVING)


@pytest.mark.parametrize("service", ["grpc.health.v1.Health", "envoy.service.auth.v2.Authorization", "x"])
def test_the_health_of_others_is_not_known(service: str) -> None:
    with pytest.raises(UnknownServiceError, match=service):
        status(HealthDoor(), service)


def test_what_is_no_request_is_refused() -> None:
    with pytest.raises(DecodeError):
        HealthDoor().check(b"\xff")
