"""Bytes of a file -> documents in which everything knows its place, or problems.

We read YAML events, not YAML values: the places are kept, nothing is ever constructed from a tag, and a million nodes
cost a third of what PyYAML's own tree would.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import yaml

from authz.model.problem import Code, Problems
from authz.model.where import Where
from authz.resources.json_documents import JsonError, parse_json
from authz.resources.nodes import Document, Mapping, Node, Scalar, Sequence, scalar_type


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
    """All documents of the files, in order. Empty ones are passed over; a file that cannot be read is a problem."""
    documents: list[Document] = []
    for file in files:
        text = _decode(file, problems, limits)
        if text is None:
            continue
        if file.name.lower().endswith(".json"):
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
        # the codec counts from behind a byte order mark
        where = _place_behind(file.name, error.object[: error.start].decode())
        message = f"byte 0x{error.object[error.start]:02x} is not UTF-8; save the file as UTF-8"
        problems.add(Code.NOT_UTF8, where, "", message)
        return None


def _place_behind(file: str, text: str) -> Where:
    return Where(file, text.count("\n") + 1, len(text) - text.rfind("\n"))


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
    except yaml.reader.ReaderError as error:
        # its own position is one of bytes or of characters, as the parser goes
        found = yaml.reader.Reader.NON_PRINTABLE.search(text)
        where = _place_behind(file, text[: found.start()]) if found else Where(file)
        problems.add(Code.SYNTAX, where, "", f"not YAML: the character U+{error.character:04X} is not allowed")


def _syntax_message(error: yaml.MarkedYAMLError, text: str, where: Where) -> str:
    parts = [part for part in (error.problem, error.context) if part]
    message = f"not YAML: {', '.join(parts)}"
    lines = text.split("\n")
    if where.line and where.line <= len(lines) and "\t" in lines[where.line - 1][: where.column]:
        message += "; YAML is indented with spaces, this line has a tab"
    return message


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _YamlReader:
    """The documents of one file; every refusal names its place."""

    def __init__(self, file: str, text: str, problems: Problems, limits: Limits) -> None:
        self._file = file
        self._events = _LOADER(text)
        self._problems = problems
        self._limits = limits
        self._given_up = False

    def documents(self) -> Iterator[Node | None]:
        """Each document's root; None for an empty document or one with a problem.

        A document beyond a limit ends it: libyaml needs the square of the depth to read on.
        """
        get_event = self._events.get_event
        while not self._given_up:
            kind = type(get_event())
            if kind is yaml.DocumentStartEvent:
                yield self._document()
            elif kind is yaml.StreamEndEvent:
                return

    def _document(self) -> Node | None:
        tree = _Tree(self._file, self._problems, self._limits)
        known_problems = len(self._problems)
        get_event = self._events.get_event
        take = tree.take
        while True:
            event = get_event()
            kind = type(event)
            if kind is yaml.DocumentEndEvent:
                break
            take[kind](event)
            if tree.given_up:
                self._given_up = True
                break
        root = tree.root
        is_empty = isinstance(root, Scalar) and scalar_type(root) == "null"
        return None if is_empty or len(self._problems) > known_problems else root


_Event = Any  # of PyYAML; its types say that an event may lack a place, which the parser's never do


@dataclass(slots=True)
class _Open:
    """A collection whose end has not come yet; `nodes_before`: how many nodes the document had before it.

    `key`: of a mapping, the one that waits for its value.
    """

    node: Sequence | Mapping
    anchor: str | None
    nodes_before: int
    key: Scalar | None = None


class _Tree:
    """Grows one document from its events. `take` has what to do with each kind of event.

    `given_up`: the document is beyond a limit, and the rest of its events are not worth reading.
    """

    def __init__(self, file: str, problems: Problems, limits: Limits) -> None:
        self.root: Node | None = None
        self.given_up = False
        self._file = file
        self._problems = problems
        self._limits = limits
        self._open: list[_Open] = []
        self._anchors: dict[str, tuple[Node, int]] = {}  # the node, and how many nodes it stands for
        self._nodes = self._aliased = 0
        self.take: dict[type[yaml.Event], Callable[[_Event], None]] = {
            yaml.ScalarEvent: self._scalar,
            yaml.MappingStartEvent: self._start_mapping,
            yaml.SequenceStartEvent: self._start_sequence,
            yaml.MappingEndEvent: self._end,
            yaml.SequenceEndEvent: self._end,
            yaml.AliasEvent: self._alias,
        }

    def _scalar(self, event: _Event) -> None:
        mark = event.start_mark
        node = Scalar(event.value, event.implicit[0], mark.line + 1, mark.column + 1)
        self._nodes += 1
        if event.tag is not None and event.tag != "tag:yaml.org,2002:str":
            self._refuse_tag(event)
        if event.anchor is not None:
            self._anchors[event.anchor] = (node, 1)
        self._place(node)

    def _start_mapping(self, event: _Event) -> None:
        self._start(Mapping({}, event.start_mark.line + 1, event.start_mark.column + 1), event)

    def _start_sequence(self, event: _Event) -> None:
        self._start(Sequence([], event.start_mark.line + 1, event.start_mark.column + 1), event)

    def _start(self, node: Mapping | Sequence, event: _Event) -> None:
        if event.tag is not None:
            self._refuse_tag(event)
        if len(self._open) >= self._limits.depth:
            self._give_up(event, f"nested deeper than {self._limits.depth}")
            return
        self._open.append(_Open(node, event.anchor, self._nodes))
        self._nodes += 1

    def _end(self, event: _Event) -> None:  # noqa: ARG002
        ended = self._open.pop()
        if ended.anchor is not None:
            self._anchors[ended.anchor] = (ended.node, self._nodes - ended.nodes_before)
        self._place(ended.node)

    def _alias(self, event: _Event) -> None:
        known = self._anchors.get(event.anchor)
        if known is None:
            message = f"*{event.anchor} stands for nothing that has ended before it"
            self._refuse(event, Code.UNSUPPORTED_YAML, message)
            known = (Scalar("", plain=True, line=event.start_mark.line + 1, column=event.start_mark.column + 1), 1)
        node, size = known
        self._nodes += size
        self._aliased += size
        if self._aliased > self._limits.alias_nodes:
            self._give_up(event, f"aliases stand for more than {self._limits.alias_nodes} values")
        elif len(self._open) + _height(node) > self._limits.depth:
            self._give_up(event, f"nested deeper than {self._limits.depth}")
        else:
            self._place(node)

    def _place(self, node: Node) -> None:
        """Put a finished node where it belongs: into the innermost open collection, as element, key or value."""
        if not self._open:
            self.root = node
            return
        innermost = self._open[-1]
        parent, key = innermost.node, innermost.key
        if type(parent) is Sequence:
            parent.items.append(node)
        elif key is None:
            innermost.key = self._key(node)
        elif type(parent) is Mapping:
            innermost.key = None
            if key.text in parent.entries:
                message = f"the key {key.text!r} stands here again; first in line {parent.entries[key.text][0].line}"
                self._problem(key, Code.DUPLICATE_KEY, message)
            parent.entries[key.text] = (key, node)

    def _key(self, node: Node) -> Scalar:
        if not isinstance(node, Scalar):
            self._problem(node, Code.UNSUPPORTED_YAML, "a key must be text, found a list or a mapping")
            return Scalar("", plain=False, line=node.line, column=node.column)
        if node.plain and node.text == "<<":
            self._problem(node, Code.UNSUPPORTED_YAML, "merge keys (<<) are not supported; write the fields out")
        return node

    def _problem(self, node: Node, code: Code, message: str) -> None:
        self._problems.add(code, Where(self._file, node.line, node.column), "", message)

    def _refuse_tag(self, event: _Event) -> None:
        message = f"the tag {event.tag} is not supported; write the plain value"
        self._refuse(event, Code.UNSUPPORTED_YAML, message)

    def _refuse(self, event: _Event, code: Code, message: str) -> None:
        mark = event.start_mark
        self._problems.add(code, Where(self._file, mark.line + 1, mark.column + 1), "", message)

    def _give_up(self, event: _Event, message: str) -> None:
        self._refuse(event, Code.TOO_LARGE, message)
        self.given_up = True


def _height(node: Node) -> int:
    """How deep a value is nested in itself: 0 for a scalar, 1 for a list of scalars."""
    match node:
        case Scalar():
            return 0
        case Sequence(items):
            return 1 + max(map(_height, items), default=0)
        case Mapping(entries):
            return 1 + max((_height(value) for _, value in entries.values()), default=0)
