"""Intervals that nest or lie apart, such as prefixes and blocks: one binary search finds all around a point."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import Any, Generic, TypeVar

Item = TypeVar("Item")
_NOTHING: tuple[()] = ()
_Node = tuple[Item, Any]  # the item of an interval, and the node of the interval around it


class NestedIntervals(Generic[Item]):
    """Maps a point to the items of all intervals that hold it, innermost first.

    Intervals are given as start, end (exclusive) and item; of two, one holds the other or they lie apart.
    """

    def __init__(self, intervals: Iterable[tuple[Any, Any, Item]]) -> None:
        self._edges: list[Any] = []
        self._nodes: list[_Node[Item] | None] = []  # what holds the points from this edge on
        open_intervals: list[tuple[Any, _Node[Item]]] = []
        for start, end, item in _outer_first(intervals):
            self._close(open_intervals, start)
            node = (item, open_intervals[-1][1] if open_intervals else None)
            open_intervals.append((end, node))
            self._edge(start, node)
        self._close(open_intervals, None)

    def _close(self, open_intervals: list[tuple[Any, _Node[Item]]], until: Any) -> None:
        while open_intervals and (until is None or open_intervals[-1][0] <= until):
            end, _ = open_intervals.pop()
            self._edge(end, open_intervals[-1][1] if open_intervals else None)

    def _edge(self, at: Any, node: _Node[Item] | None) -> None:
        if self._edges and self._edges[-1] == at:
            self._nodes[-1] = node
        else:
            self._edges.append(at)
            self._nodes.append(node)

    def around(self, point: Any) -> Sequence[Item]:
        """The items of every interval that holds the point."""
        at = bisect_right(self._edges, point)
        node = self._nodes[at - 1] if at else None
        if node is None:
            return _NOTHING
        found = []
        while node is not None:
            found.append(node[0])
            node = node[1]
        return found


def _outer_first(intervals: Iterable[tuple[Any, Any, Item]]) -> list[tuple[Any, Any, Item]]:
    by_end = sorted(intervals, key=lambda interval: interval[1], reverse=True)
    return sorted(by_end, key=lambda interval: interval[0])


def prefix_interval(prefix: str) -> tuple[str, str]:
    """The texts that begin so, as an interval. The prefix is not empty nor ends with the last character of Unicode."""
    return prefix, prefix[:-1] + chr(ord(prefix[-1]) + 1)
