"""Bytes of a file -> documents in which everything knows its place, or problems.

We read YAML events, not YAML values: the places are kept, nothing is ever constructed from a tag, and a million nodes
cost a third of what PyYAML's own tree would.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import yaml

from authz.model.problem import Code, Problems
from authz.model.where import Where
from authz.resources.json_documents import JsonError, parse_json
from authz.resources.nodes import Document, Mapping, Node, Scalar, Sequence


class SourceFile(NamedTuple):
    """A file as it was read: the name to show, and its bytes."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Limits:
    """What no honest resource file needs more of. A file beyond one of them is a problem, never cut."""

    file_bytes: int = 64 * 1024 * 1024
    depth: int = 64
    alias_nodes: int = 10_000


_DEFAULT_LIMITS = Limits()


def read_documents(files: Iterable[SourceFile], problems: Problems, limits: Limits = _DEFAULT_LIMITS) -> list[Document]:
    """All documents of the files, in order. Empty documents are passed over; a file that cannot be read is a problem."""
    documents: list[Document] = []
    for file in files:
        text = _decode(file, problems, limits)
        if text is None:
            continue
        if file.name.endswith(".json"):
            documents.extend(_read_json(file.name, text, problems, limits))
        else:
            documents.extend(_read_yaml(file.name, text, problems, limits))
    return documents


def _decode(file: SourceFile, problems: Problems, limits: Limits) -> str | None:
    if len(file.content) > limits.file_bytes:
        problems.add(
            Code.TOO_LARGE, Where(file.name), "", f"{len(file.content)} bytes; a file may have {limits.file_bytes}"
        )
        return None
    try:
        return file.content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = file.content[: error.start]
        line, column = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
        message = f"byte 0x{file.content[error.start]:02x} is not UTF-8; save the file as UTF-8"
        problems.add(Code.NOT_UTF8, Where(file.name, line, column), "", message)
        return None


def _read_json(file: str, text: str, problems: Problems, limits: Limits) -> Iterator[Document]:
    if not text.strip():
        return
    try:
        yield Document(file, 0, parse_json(text, limits.depth))
    except JsonError as error:
        problems.add(error.code, Where(file, error.line, error.column), "", str(error))


def _read_yaml(file: str, text: str, problems: Problems, limits: Limits) -> Iterator[Document]:
    try:
        for index, root in enumerate(_YamlReader(file, text, problems, limits).documents()):
            if root is not None:
                yield Document(file, index, root)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = Where(file, mark.line + 1, mark.column + 1) if mark else Where(file)
        problems.add(Code.SYNTAX, where, "", _syntax_message(error, text, where))
    except yaml.YAMLError as error:
        problems.add(Code.SYNTAX, Where(file), "", " ".join(str(error).split()))


def _syntax_message(error: yaml.MarkedYAMLError, text: str, where: Where) -> str:
    parts = [part for part in (error.problem, error.context) if part]
    message = f"not YAML: {', '.join(parts)}"
    lines = text.split("\n")
    if where.line and where.line <= len(lines) and "\t" in lines[where.line - 1][: where.column]:
        message += "; YAML is indented with spaces, this line has a tab"
    return message


class _Open(NamedTuple):
    """A collection whose end has not come yet."""

    node: Sequence | Mapping
    anchor: str | None
    nodes_before: int


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _YamlReader:
    """Builds trees from the events of one file; every refusal names its place."""

    def __init__(self, file: str, text: str, problems: Problems, limits: Limits) -> None:
        self._file = file
        self._events = _LOADER(text)
        self._problems = problems
        self._limits = limits

    def documents(self) -> Iterator[Node | None]:
        """Each document's root; None for an empty document or one with a problem."""
        get_event = self._events.get_event
        while True:
            kind = type(get_event())
            if kind is yaml.DocumentStartEvent:
                before = len(self._problems)
                root = self._document()
                empty = isinstance(root, Scalar) and root.plain and root.text in {"", "~", "null"}
                yield root if len(self._problems) == before and not empty else None
            elif kind is yaml.StreamEndEvent:
                return

    def _document(self) -> Node | None:
        get_event = self._events.get_event
        stack: list[_Open] = []
        keys: list[Scalar | None] = []  # for each open mapping the key that waits for its value
        anchors: dict[str, tuple[Node, int]] = {}  # node and how many nodes it stands for
        root: Node | None = None
        count = aliased = 0
        while True:
            event = get_event()
            kind = type(event)
            node: Node
            if kind is yaml.ScalarEvent:
                mark = event.start_mark
                node = Scalar(event.value, event.implicit[0], mark.line + 1, mark.column + 1)
                count += 1
                if event.tag is not None and event.tag != "tag:yaml.org,2002:str":
                    self._refuse(mark, f"the tag {event.tag} is not supported; write the plain value")
                if event.anchor is not None:
                    anchors[event.anchor] = (node, 1)
            elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
                mark = event.start_mark
                if event.tag is not None:
                    self._refuse(mark, f"the tag {event.tag} is not supported; write the plain value")
                if len(stack) >= self._limits.depth:
                    self._too_large(mark, f"nested deeper than {self._limits.depth}")
                    self._skip_document()
                    return None
                opened: Mapping | Sequence = (
                    Mapping({}, mark.line + 1, mark.column + 1)
                    if kind is yaml.MappingStartEvent
                    else Sequence([], mark.line + 1, mark.column + 1)
                )
                stack.append(_Open(opened, event.anchor, count))
                keys.append(None)
                count += 1
                continue
            elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                node, anchor, before = stack.pop()
                keys.pop()
                if anchor is not None:
                    anchors[anchor] = (node, count - before)
            elif kind is yaml.AliasEvent:
                known = anchors.get(event.anchor)
                if known is None:
                    self._refuse(event.start_mark, f"*{event.anchor} stands for nothing that has ended before it")
                    self._skip_document()
                    return None
                node, size = known
                count += size
                aliased += size
                if aliased > self._limits.alias_nodes:
                    self._too_large(event.start_mark, f"aliases stand for more than {self._limits.alias_nodes} values")
                    self._skip_document()
                    return None
            else:  # the document's end
                return root
            if not stack:
                root = node
                continue
            parent = stack[-1].node
            if type(parent) is Sequence:
                parent.items.append(node)
            elif keys[-1] is None:
                keys[-1] = self._key(node)
            else:
                self._enter(parent, keys[-1], node)
                keys[-1] = None

    def _key(self, node: Node) -> Scalar:
        if isinstance(node, Scalar):
            if node.plain and node.text == "<<":
                self._problems.add(
                    Code.UNSUPPORTED_YAML,
                    Where(self._file, node.line, node.column),
                    "",
                    "merge keys (<<) are not supported; write the fields out",
                )
            return node
        where = Where(self._file, node.line, node.column)
        self._problems.add(Code.UNSUPPORTED_YAML, where, "", "a key must be text, found a list or a mapping")
        return Scalar("", plain=False, line=node.line, column=node.column)

    def _enter(self, parent: Node, key: Scalar, value: Node) -> None:
        entries = parent.entries if isinstance(parent, Mapping) else {}
        if key.text in entries:
            first = entries[key.text][0]
            where = Where(self._file, key.line, key.column)
            message = f"the key {key.text!r} stands here again; first in line {first.line}"
            self._problems.add(Code.DUPLICATE_KEY, where, "", message)
        entries[key.text] = (key, value)

    def _refuse(self, mark: yaml.Mark, message: str) -> None:
        self._problems.add(Code.UNSUPPORTED_YAML, Where(self._file, mark.line + 1, mark.column + 1), "", message)

    def _too_large(self, mark: yaml.Mark, message: str) -> None:
        self._problems.add(Code.TOO_LARGE, Where(self._file, mark.line + 1, mark.column + 1), "", message)

    def _skip_document(self) -> None:
        while type(self._events.get_event()) is not yaml.DocumentEndEvent:
            pass
