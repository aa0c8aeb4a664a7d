"""Intervals that nest or lie apart, such as prefixes and blocks: one binary search finds all around a point."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import Any, Generic, TypeVar

Item = TypeVar("Item")
Around = tuple[Item, Any]
"""The item of an interval, and the same of the interval around it, or None: walk outwards by the second element."""


class NestedIntervals(Generic[Item]):
    """Maps a point to the intervals that hold it.

    Intervals are given as start, end (exclusive) and item; of two, one holds the other or they lie apart.
    """

    __slots__ = ("_edges", "_nodes")

    def __init__(self, intervals: Iterable[tuple[Any, Any, Item]]) -> None:
        self._edges: list[Any] = []
        self._nodes: list[Around[Item] | None] = []  # what holds the points from this edge on
        open_intervals: list[tuple[Any, Around[Item]]] = []
        for start, end, item in _outer_first(intervals):
            self._close(open_intervals, start)
            node = (item, open_intervals[-1][1] if open_intervals else None)
            open_intervals.append((end, node))
            self._edge(start, node)
        self._close(open_intervals, None)

    def _close(self, open_intervals: list[tuple[Any, Around[Item]]], until: Any) -> None:
        while open_intervals and (until is None or open_intervals[-1][0] <= until):
            end, _ = open_intervals.pop()
            self._edge(end, open_intervals[-1][1] if open_intervals else None)

    def _edge(self, at: Any, node: Around[Item] | None) -> None:
        if self._edges and self._edges[-1] == at:
            self._nodes[-1] = node
        else:
            self._edges.append(at)
            self._nodes.append(node)

    def innermost(self, point: Any) -> Around[Item] | None:
        """The smallest interval that holds the point, and outwards from it all others; None: there is none."""
        at = bisect_right(self._edges, point)
        return self._nodes[at - 1] if at else None


def outwards(node: Around[Item] | None) -> Iterator[Item]:
    """The items of an interval and of all around it."""
    while node is not None:
        yield node[0]
        node = node[1]


def _outer_first(intervals: Iterable[tuple[Any, Any, Item]]) -> list[tuple[Any, Any, Item]]:
    by_end = sorted(intervals, key=lambda interval: interval[1], reverse=True)
    return sorted(by_end, key=lambda interval: interval[0])


def prefix_interval(prefix: str) -> tuple[str, str]:
    """The texts that begin so, as an interval. The prefix is not empty nor ends with the last character of Unicode."""
    return prefix, prefix[:-1] + chr(ord(prefix[-1]) + 1)
