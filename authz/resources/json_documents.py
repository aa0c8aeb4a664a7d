"""JSON text -> the same tree as YAML, with places: JSON may be indented with tabs, and has escapes that YAML lacks."""

import re
from json import JSONDecodeError, JSONDecoder

from authz.model.problem import Code
from authz.resources.nodes import Mapping, Node, Scalar, Sequence

_DECODER = JSONDecoder()
_SPACE = re.compile(r"[ \t\r\n]*")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_LITERAL = re.compile(r"null|true|false|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")


class JsonError(Exception):
    """Not JSON, or too deep, or a key twice; `line` and `column` count from 1."""

    def __init__(self, code: Code, message: str, line: int, column: int) -> None:
        super().__init__(message)
        self.code = code
        self.line = line
        self.column = column


def parse_json(text: str, max_depth: int) -> Node:
    """The one value of the text. Raises JsonError."""
    return _JsonReader(text, max_depth).document()


class _JsonReader:
    def __init__(self, text: str, max_depth: int) -> None:
        self._text = text
        self._at = 0
        self._max_depth = max_depth
        self._line, self._line_start = 1, 0  # of the last place that was asked for
        self._counted = 0

    def document(self) -> Node:
        node = self._value(0)
        self._skip_space()
        if self._at < len(self._text):
            raise self._error("something stands after the end of the JSON value")
        return node

    def _value(self, depth: int) -> Node:
        self._skip_space()
        line, column = self._place()
        character = self._text[self._at : self._at + 1]
        if depth >= self._max_depth and character in {"{", "["}:
            raise self._error(f"nested deeper than {self._max_depth}", Code.TOO_LARGE)
        if character == "{":
            return self._object(Mapping({}, line, column), depth)
        if character == "[":
            return self._array(Sequence([], line, column), depth)
        if character == '"':
            return Scalar(self._string(), plain=False, line=line, column=column)
        literal = _LITERAL.match(self._text, self._at)
        if not literal:
            raise self._error("expected a JSON value")
        self._at = literal.end()
        return Scalar(literal[0], plain=True, line=line, column=column)

    def _object(self, node: Mapping, depth: int) -> Mapping:
        self._at += 1
        if self._takes("}"):
            return node
        while True:
            self._skip_space()
            line, column = self._place()
            if self._text[self._at : self._at + 1] != '"':
                raise self._error("expected a key in double quotes")
            key = Scalar(self._string(), plain=False, line=line, column=column)
            if key.text in node.entries:
                message = f"the key {key.text!r} stands here again; first in line {node.entries[key.text][0].line}"
                raise JsonError(Code.DUPLICATE_KEY, message, line, column)
            if not self._takes(":"):
                raise self._error("expected ':'")
            node.entries[key.text] = (key, self._value(depth + 1))
            if self._takes("}"):
                return node
            if not self._takes(","):
                raise self._error("expected ',' or '}'")

    def _array(self, node: Sequence, depth: int) -> Sequence:
        self._at += 1
        if self._takes("]"):
            return node
        while True:
            node.items.append(self._value(depth + 1))
            if self._takes("]"):
                return node
            if not self._takes(","):
                raise self._error("expected ',' or ']'")

    def _string(self) -> str:
        try:
            text, self._at = _DECODER.raw_decode(self._text, self._at)
        except JSONDecodeError as error:
            self._at = error.pos
            raise self._error(f"not a JSON string: {error.msg}") from None
        if _SURROGATE.search(text):
            raise self._error("half of a surrogate pair in the string before this place")
        return str(text)

    def _skip_space(self) -> None:
        found = _SPACE.match(self._text, self._at)
        self._at = found.end() if found else self._at

    def _takes(self, character: str) -> bool:
        self._skip_space()
        if self._text.startswith(character, self._at):
            self._at += 1
            return True
        return False

    def _place(self) -> tuple[int, int]:
        newlines = self._text.count("\n", self._counted, self._at)
        if newlines:
            self._line += newlines
            self._line_start = self._text.rfind("\n", 0, self._at) + 1
        self._counted = self._at
        return self._line, self._at - self._line_start + 1

    def _error(self, message: str, code: Code = Code.SYNTAX) -> JsonError:
        line, column = self._place()
        return JsonError(code, message if code is not Code.SYNTAX else f"not JSON: {message}", line, column)
