"""The flags that verbs share, made of the table of settings, and how they become settings."""

import argparse
from collections.abc import Iterable
from pathlib import Path

from authz.config import SERVING, SETTINGS, Files, Setting, Settings, Switch, Texts, Word, apply_flags, read_settings


def add_mesh_and_config(parser: argparse.ArgumentParser) -> None:
    """`--mesh` and `--config`."""
    for setting in SETTINGS:
        if setting.key == "mesh":
            _add(parser, setting)
    add_config(parser)


def add_config(parser: argparse.ArgumentParser) -> None:
    """`--config`."""
    parser.add_argument("--config", metavar="FILE", help="settings of ours (authz.yaml); a flag wins over it")


def add_settings(parser: argparse.ArgumentParser, settings: Iterable[Setting] = SERVING) -> None:
    """A flag for every one of these settings, and `--config`."""
    add_config(parser)
    for setting in settings:
        _add(parser, setting)


def _add(parser: argparse.ArgumentParser, setting: Setting) -> None:
    match setting.kind:
        case Switch():
            no = "--no-" + setting.flag.removeprefix("--")
            parser.add_argument(setting.flag, dest=setting.key, action="store_const", const=True, help=setting.help)
            parser.add_argument(no, dest=setting.key, action="store_const", const=False, help=argparse.SUPPRESS)
        case Word(words):
            parser.add_argument(setting.flag, dest=setting.key, choices=words, help=setting.help)
        case Texts() | Files():
            parser.add_argument(
                setting.flag, dest=setting.key, metavar=setting.metavar, action="append", help=setting.help
            )
        case _:
            parser.add_argument(setting.flag, dest=setting.key, metavar=setting.metavar, help=setting.help)


def settings_of(parsed: argparse.Namespace) -> Settings:
    """Settings file and flags together. Raises SettingsError."""
    settings = read_settings(Path(parsed.config)) if parsed.config else Settings()
    given = {setting.key: getattr(parsed, setting.key, None) for setting in SETTINGS}
    values = {key: tuple(value) if isinstance(value, list) else value for key, value in given.items()}
    return apply_flags(settings, {key: value for key, value in values.items() if value is not None})
