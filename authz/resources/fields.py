"""Reading typed values out of a document; every mismatch becomes a problem with place and field path."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from authz.model.problem import Code, Problems
from authz.model.where import Where
from authz.resources.nodes import Mapping, Node, Scalar, Sequence, boolean_of, scalar_type

_DECIMAL = re.compile("0|[1-9][0-9]*")  # `012` is ten to one YAML reader, and twelve to another


@dataclass(frozen=True, slots=True)
class Fields:
    """Reads the nodes of one file. Paths are as an author would say them: `spec.rules[0].from[1].source`."""

    file: str
    problems: Problems

    def where(self, node: Node) -> Where:
        """The place of a node."""
        return Where(self.file, node.line, node.column)

    def problem(self, code: Code, node: Node, path: str, message: str) -> None:
        """Note an error at a node."""
        self.problems.add(code, self.where(node), path, message)

    def wrong_type(self, node: Node, path: str, expected: str) -> None:
        """Note that something else stands where `expected` should."""
        found = _name_of(node)
        hint = ""
        if expected == "a string" and isinstance(node, Scalar) and node.text:
            hint = f'; write "{node.text}" in quotes'
        elif found == "nothing":
            hint = "; remove the field or give it a value"
        self.problem(Code.WRONG_TYPE, node, path, f"expected {expected}, found {found}{hint}")

    def mapping(self, node: Node | None, path: str, known: Iterable[str]) -> Mapping | None:
        """A mapping whose every key is known: a mistyped field would widen a rule. None: it is absent or is none."""
        if node is None:
            return None
        if type(node) is not Mapping:
            self.wrong_type(node, path, "a mapping")
            return None
        for key in node.entries:
            if key not in known:
                self._unknown(node.entries[key][0], path, key, known)
        return node

    def _unknown(self, place: Scalar, path: str, key: str, known: Iterable[str]) -> None:
        close = get_close_matches(key, list(known), n=1)
        expected = f"did you mean {close[0]!r}?" if close else "expected one of " + ", ".join(sorted(known))
        self.problem(Code.UNKNOWN_FIELD, place, join(path, key), f"there is no such field; {expected}")

    def items(self, node: Node | None, path: str) -> Iterator[tuple[str, Node]]:
        """The elements of a list, each with its path."""
        if node is None:
            return
        if type(node) is not Sequence:
            self.wrong_type(node, path, "a list")
            return
        for index, item in enumerate(node.items):
            yield f"{path}[{index}]", item

    def string(self, node: Node | None, path: str) -> str | None:
        """A string; numbers and booleans without quotes are none, as for the Kubernetes API."""
        if node is None:
            return None
        if type(node) is not Scalar or (node.plain and scalar_type(node) != "string"):
            self.wrong_type(node, path, "a string")
            return None
        return node.text

    def strings(self, node: Node | None, path: str) -> list[tuple[int, str, Scalar]]:
        """A list of strings, each with its index and node. An empty one is a problem: it matches nothing, or all."""
        if node is None:
            return []
        if type(node) is not Sequence:
            self.wrong_type(node, path, "a list of strings")
            return []
        found = []
        for index, item in enumerate(node.items):
            if type(item) is not Scalar or (item.plain and scalar_type(item) != "string"):
                self.wrong_type(item, f"{path}[{index}]", "a string")
            elif not item.text:
                self.problem(Code.EMPTY_VALUE, item, f"{path}[{index}]", "an empty value is not allowed")
            else:
                found.append((index, item.text, item))
        return found

    def string_map(self, node: Node | None, path: str) -> dict[str, tuple[Scalar, Scalar]]:
        """A mapping of strings to strings; the nodes of key and value.

        A key such as `80`, `0x10` or `on` is text to some YAML readers and `80`, `16` or `true` to others.
        """
        if node is None:
            return {}
        if type(node) is not Mapping:
            self.wrong_type(node, path, "a mapping of strings")
            return {}
        for key, (place, _) in node.entries.items():
            if place.plain and scalar_type(place) != "string":
                self.wrong_type(place, join(path, key), "a string")
        return {
            key: (place, value)
            for key, (place, value) in node.entries.items()
            if self.string(value, join(path, key)) is not None and type(value) is Scalar
        }

    def integer(self, node: Node | None, path: str, low: int, high: int) -> int | None:
        """A whole number from `low` to `high`."""
        if node is None:
            return None
        if type(node) is not Scalar or scalar_type(node) != "number" or not _DECIMAL.fullmatch(node.text):
            self.wrong_type(node, path, "a whole number")
            return None
        if len(node.text) > len(str(high)) or not low <= int(node.text) <= high:
            self.problem(Code.NOT_ONE_OF, node, path, f"expected a number from {low} to {high}, found {node.text}")
            return None
        return int(node.text)

    def boolean(self, node: Node | None, path: str) -> bool | None:
        """`true` or `false`."""
        if node is None:
            return None
        if type(node) is not Scalar or scalar_type(node) != "boolean":
            self.wrong_type(node, path, "true or false")
            return None
        return boolean_of(node)

    def one_of(self, node: Node | None, path: str, words: Iterable[str]) -> str | None:
        """One word of a closed list, upper and lower case told apart."""
        text = self.string(node, path)
        if text is None or node is None or text in words:
            return text
        self.problem(Code.NOT_ONE_OF, node, path, f"expected one of {', '.join(words)}, found {text!r}")
        return None


def join(path: str, key: str) -> str:
    """The path of a field below another."""
    return f"{path}.{key}" if path else key


def _name_of(node: Node) -> str:
    match node:
        case Mapping():
            return "a mapping"
        case Sequence():
            return "a list"
        case Scalar(text):
            kind = scalar_type(node)
            return {"null": "nothing", "string": repr(text)}.get(kind, f"the {kind} {text}")
