from datetime import timedelta

import pytest

from authz.forwarder.translate.wrapped import MAX_UINT32, as_duration, as_percent, as_uint32, as_uint64
from authz.pb.packing import to_json


@pytest.mark.parametrize(
    ("time", "seconds", "nanos"),
    [
        (timedelta(0), 0, 0),
        (timedelta(milliseconds=1), 0, 1_000_000),
        (timedelta(hours=2_562_047), 9_223_369_200, 0),
    ],
)
def test_a_length_of_time(time: timedelta, seconds: int, nanos: int) -> None:
    made = as_duration(time)
    assert (made.seconds, made.nanos) == (seconds, nanos)


def test_numbers_can_be_as_large_as_there_is_room_for() -> None:
    assert as_uint32(MAX_UINT32).value == 4294967295
    assert as_uint64(2**64 - 1).value == 18446744073709551615
    assert to_json(as_percent(0.5)) == {"value": 0.5}
