"""Intervals around a point are found by one search, innermost first."""

import random

import pytest

from authz.policy.nested import NestedIntervals, outwards, prefix_interval

INTERVALS = [(0, 100, "all"), (10, 20, "teens"), (10, 15, "early teens"), (15, 20, "late teens"), (20, 30, "twenties")]


@pytest.mark.parametrize(
    "point, wanted",
    [
        (-1, []),
        (0, ["all"]),
        (10, ["early teens", "teens", "all"]),
        (14, ["early teens", "teens", "all"]),
        (15, ["late teens", "teens", "all"]),
        (20, ["twenties", "all"]),
        (30, ["all"]),
        (99, ["all"]),
        (100, []),
    ],
)
def test_a_point_is_in_every_interval_from_its_start_to_before_its_end(point: int, wanted: list[str]) -> None:
    assert list(outwards(NestedIntervals(INTERVALS).innermost(point))) == wanted


def test_without_intervals_there_is_none_around_anything() -> None:
    nothing: NestedIntervals[str] = NestedIntervals([])

    assert nothing.innermost(0) is None
    assert list(outwards(None)) == []


def test_prefixes_found_are_those_that_a_text_begins_with() -> None:
    generator = random.Random(7)
    alphabet = "ab\x00\ud7ff\udfff\U0010fffe"
    prefixes = {"".join(generator.choices(alphabet, k=generator.randint(1, 4))) for _ in range(60)}
    intervals = NestedIntervals([(*prefix_interval(prefix), prefix) for prefix in prefixes])

    for _ in range(300):
        text = "".join(generator.choices(alphabet + "\U0010ffff", k=generator.randint(0, 6)))
        found = list(outwards(intervals.innermost(text)))
        assert found == sorted((p for p in prefixes if text.startswith(p)), key=len, reverse=True)
