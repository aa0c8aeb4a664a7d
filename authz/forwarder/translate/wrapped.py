"""Values as Envoy's messages wrap them."""

from datetime import timedelta

from authz.model.routing import http_route
from authz.pb.envoy_type import FractionalPercent, Percent
from authz.pb.protobuf import Duration, UInt32Value, UInt64Value

MAX_UINT32 = 2**32 - 1


def as_duration(time: timedelta) -> Duration:
    """A length of time."""
    made = Duration()
    made.FromTimedelta(time)
    return made


def as_uint32(number: int) -> UInt32Value:
    """A number that can be absent."""
    return UInt32Value(value=number)


def as_uint64(number: int) -> UInt64Value:
    """A large number that can be absent."""
    return UInt64Value(value=number)


def as_percent(percent: float) -> Percent:
    """0 to 100."""
    return Percent(value=percent)


def as_millionths(percent: http_route.Percent) -> FractionalPercent:
    """0 to 100, as finely as Envoy can have it."""
    return FractionalPercent(numerator=percent.per_million, denominator=FractionalPercent.MILLION)
