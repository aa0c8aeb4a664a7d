"""One thing to set: its key in the settings file, its flag, and what kind of value it has."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from authz.config.settings import Settings


@dataclass(frozen=True, slots=True)
class File:
    """A path: in the settings file relative to it, as a flag to where one is."""


@dataclass(frozen=True, slots=True)
class Files:
    """Paths, as of File; the flag may be given several times. `named`: each may be `NAME=PATH`.

    `or_one`: one path need not be a list.
    """

    named: bool = False
    or_one: bool = False


@dataclass(frozen=True, slots=True)
class Text:
    """A text of a form of its own."""


@dataclass(frozen=True, slots=True)
class Switch:
    """On or off."""


@dataclass(frozen=True, slots=True)
class Number:
    """A whole number."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Word:
    """One of a closed list."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Texts:
    """A list of texts; the flag may be given several times."""


@dataclass(frozen=True, slots=True)
class Share:
    """A number from 0 to 1."""


Kind = File | Files | Text | Switch | Number | Word | Texts | Share
Value = Path | str | bool | int | float | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing to set: a key of the settings file, `SECTION.KEY` within a section, and a flag.

    `get` gives its value, None where there is none; `put` sets one, and raises ValueError if it cannot be used.
    """

    key: str
    flag: str
    kind: Kind
    get: Callable[[Settings], Value | None]
    put: Callable[[Settings, Any], Settings]
    help: str
    metavar: str | None = None
