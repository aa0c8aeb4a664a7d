"""A YAML or JSON document as a tree in which everything knows its place."""

from dataclasses import dataclass

# Not frozen, against our habit: a large set has a million of these, they live while a file is read, and freezing would
# cost more than all the rest of reading.


@dataclass(slots=True)
class Scalar:
    """`plain`: written without quotes, so that `80`, `true` and `~` are not text."""

    text: str
    plain: bool
    line: int
    column: int


@dataclass(slots=True)
class Sequence:
    """A list."""

    items: list["Node"]
    line: int
    column: int


@dataclass(slots=True)
class Mapping:
    """Each key once, with the place of the key itself."""

    entries: dict[str, tuple[Scalar, "Node"]]
    line: int
    column: int

    def get(self, key: str) -> "Node | None":
        """The value of a key."""
        entry = self.entries.get(key)
        return entry[1] if entry else None


Node = Scalar | Sequence | Mapping


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a file; `index` counts from 0."""

    file: str
    index: int
    root: Node


def text_of(node: Node | None) -> str:
    """The text of a scalar; empty for anything else. For looking before judging, such as at `kind`."""
    return node.text if isinstance(node, Scalar) else ""


def plain_value(node: Node) -> object:
    """The tree without places: what a digest is made of. Quoted and plain text stay apart."""
    match node:
        case Scalar(text, plain):
            return [text] if plain and scalar_type(node) != "string" else text
        case Sequence(items):
            return [plain_value(item) for item in items]
        case Mapping(entries):
            return {key: plain_value(value) for key, (_, value) in entries.items()}


_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEAN = {
    **dict.fromkeys(("true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"), True),
    **dict.fromkeys(("false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"), False),
}
_NUMBER_START = frozenset("0123456789+-.")


def scalar_type(node: Scalar) -> str:
    """What a Kubernetes client reads it as: `string`, `number`, `boolean` or `null` (YAML 1.1, as sigs.k8s.io/yaml)."""
    if not node.plain:
        return "string"
    text = node.text
    if text in _NULL:
        return "null"
    if text in _BOOLEAN:
        return "boolean"
    return "number" if text[0] in _NUMBER_START and _is_number(text) else "string"


def boolean_of(node: Scalar) -> bool:
    """The value of a scalar whose type is `boolean`."""
    return _BOOLEAN[node.text]


def _is_number(text: str) -> bool:
    if not text.isascii():
        return False
    text = text.replace("_", "").lower()
    if text.lstrip("+-") in {".inf", ".nan"}:
        return True
    try:
        int(text, 0)
    except ValueError:
        pass
    else:
        return True
    try:
        float(text)
    except ValueError:
        return text.lstrip("+-").isdigit()  # octal with a leading zero
    return True
