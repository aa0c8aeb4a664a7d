"""URI templates as a tree of segments: a lookup costs a step a segment, however many templates there are."""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from authz.model.template import SEGMENT, TAIL, UriTemplate

Item = TypeVar("Item")
_NOTHING: tuple[()] = ()


@dataclass(slots=True)
class _Node(Generic[Item]):
    """`ends`: the item of a template that ends here. `tails`: by length and text, those that go on with `{**}`."""

    literals: dict[str, "_Node[Item]"] = field(default_factory=dict)
    any_segment: "_Node[Item] | None" = None
    ends: list[Item] = field(default_factory=list)
    tails: dict[int, dict[str, Item]] = field(default_factory=dict)


class TemplateTree(Generic[Item]):
    """Maps a path to the items of all templates that match it."""

    def __init__(self, templates: Iterable[tuple[UriTemplate, Item]]) -> None:
        self._root: _Node[Item] = _Node()
        self._depths = _Depths()
        for template, item in templates:
            self._depths.note(template)
            node = self._root
            for segment in template.segments:
                node = _child(node, segment)
            if template.tail is None:
                node.ends.append(item)
            else:
                node.tails.setdefault(len(template.tail), {})[template.tail] = item

    def matching(self, path: str) -> Sequence[Item]:
        """The items of the templates that the whole path matches."""
        if path.count("/") not in self._depths:
            return _NOTHING
        found: list[Item] = []
        nodes = [self._root]
        at = 0  # where the rest of the path begins
        for segment in path.split("/"):
            following = []
            for node in nodes:
                if node.tails:
                    found.extend(_tails(node, path[at:]))
                literal = node.literals.get(segment)
                if literal is not None:
                    following.append(literal)
                if node.any_segment is not None and SEGMENT.fullmatch(segment):
                    following.append(node.any_segment)
            if not following:
                return found
            nodes = following
            at += len(segment) + 1
        for node in nodes:
            found.extend(node.ends)
        return found


class _Depths:
    """How many slashes a path needs for any template to match."""

    def __init__(self) -> None:
        self._exact: set[int] = set()
        self._at_least = sys.maxsize

    def note(self, template: UriTemplate) -> None:
        depth = len(template.segments)
        if template.tail is None:
            self._exact.add(depth - 1)
        else:
            self._at_least = min(self._at_least, depth)

    def __contains__(self, slashes: int) -> bool:
        return slashes in self._exact or slashes >= self._at_least


def _child(node: _Node[Item], segment: str | None) -> _Node[Item]:
    if segment is not None:
        return node.literals.setdefault(segment, _Node())
    if node.any_segment is None:
        node.any_segment = _Node()
    return node.any_segment


def _tails(node: _Node[Item], rest: str) -> Iterable[Item]:
    if not TAIL.fullmatch(rest):  # the literal tail has no other characters either
        return
    for length, by_text in node.tails.items():
        item = by_text.get(rest[len(rest) - length :]) if length <= len(rest) else None
        if item is not None:
            yield item
