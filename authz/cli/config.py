"""`authz config`: the settings as they come together from flags, file and defaults."""

import argparse
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from authz.cli.settings import add_settings, settings_of
from authz.config import SETTINGS, Setting, Settings

Plain = str | bool | int | float | list[str]
"""A value as it stands in a file."""

_PRINT = """\
Prints the settings that `authz serve` and `authz forward` would run with, given the same flags, as a settings file. A
comment says where each value is from. Paths are absolute, so that the file may lie anywhere."""


def add_parser(verbs: Any) -> None:
    """Add the verb and what it can do."""
    parser = verbs.add_parser("config", help="show the settings", description="Show the settings.")
    things = parser.add_subparsers(title="things", metavar="THING", required=True)
    printing = things.add_parser("print", help="print the effective settings", description=_PRINT)
    add_settings(printing, SETTINGS)
    printing.add_argument("--output", choices=("text", "json"), default="text", help="text (the default) or json")
    printing.set_defaults(run=_print)


def _print(parsed: argparse.Namespace) -> int:
    settings = settings_of(parsed)
    print(settings_json(settings) if parsed.output == "json" else settings_yaml(settings), end="")
    return 0


def settings_json(settings: Settings) -> str:
    """An object a key: `value`, null where there is none, and `origin`."""
    found = {
        setting.key: {"value": _value(settings, setting), "origin": _origin(settings, setting)} for setting in SETTINGS
    }
    return json.dumps(found, indent=2) + "\n"


def settings_yaml(settings: Settings) -> str:
    """A settings file. What has no value is a comment."""
    lines = list(_lines(settings))
    width = max(len(text) for text, origin in lines if origin)
    return "".join(f"{text:<{width}}  # {origin}\n" if origin else f"{text}\n" for text, origin in lines)


def _lines(settings: Settings) -> Iterator[tuple[str, str]]:
    """Each with its comment. A section without any value is a comment as a whole, since an empty one is an error."""
    opened = ""
    for setting in SETTINGS:
        section, dot, key = setting.key.rpartition(".")
        if dot and section != opened:
            yield f"{'' if _is_used(settings, section) else '# '}{section}:", ""
        opened = section
        value = _value(settings, setting)
        text = f"{'  ' if dot else ''}{key}:"
        yield (f"# {text}" if value is None else f"{text} {_scalar(value)}"), _origin(settings, setting)


def _is_used(settings: Settings, section: str) -> bool:
    return any(_value(settings, one) is not None for one in SETTINGS if one.key.startswith(f"{section}."))


def _value(settings: Settings, setting: Setting) -> Plain | None:
    value = setting.get(settings)
    if isinstance(value, Path):
        return str(value.absolute())
    if isinstance(value, tuple):
        return list(value) or None
    return value


def _origin(settings: Settings, setting: Setting) -> str:
    return settings.origins.get(setting.key, "default")


_PLAIN = re.compile(r"[/A-Za-z][A-Za-z0-9_./-]*")
_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})


def _scalar(value: Plain) -> str:
    """YAML: with quotes wherever a reader might take it for something else than text."""
    if isinstance(value, list):
        return "[" + ", ".join(map(_scalar, value)) + "]"
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
        return value
    if isinstance(value, float):  # not 1e-05, which is no number to every reader
        return f"{value:.9f}".rstrip("0").rstrip(".")
    return json.dumps(value, ensure_ascii=False)
