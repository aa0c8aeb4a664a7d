"""`authz up`."""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from authz.cli.settings import add_settings, settings_of
from authz.config import FORWARDING, SERVING, Setting, Settings
from authz.model.errors import SettingsError
from authz.observability.logs import set_up_logs

_DESCRIPTION = """\
Runs an authorizer and a gateway on the same files: `authz serve` decides, `authz forward` runs an Envoy that asks it.
Both have all their flags. The gateway asks where the authorizer listens (--listen)."""


def add_parser(verbs: Any) -> None:
    """Add the verb."""
    parser = verbs.add_parser("up", help="an authorizer and a gateway on one directory", description=_DESCRIPTION)
    parser.add_argument("paths", metavar="PATH", nargs="*", help="directories or files, as --policies")
    add_settings(parser, [one for one in (*SERVING, *FORWARDING) if one.key != "forward.authorizer"])
    parser.set_defaults(run=_run)


def _run(parsed: argparse.Namespace) -> int:
    from authz.runtime.up import up  # noqa: PLC0415 - the other verbs need no Envoy

    settings = _settings(parsed)
    set_up_logs(settings.logs)
    if settings.transport.listen.endswith(":0"):
        raise SettingsError("listen: `up` needs a port that is known before, or unix:PATH, not port 0")
    up(lambda: _settings(parsed), _serve_command(parsed), sys.stdout)
    return 0


def _settings(parsed: argparse.Namespace) -> Settings:
    settings = settings_of(parsed)
    paths = tuple(map(Path, parsed.paths)) or settings.policies
    asks = replace(settings.forward, authorizer=settings.transport.listen)
    return replace(settings, policies=paths, forward=asks)


def _serve_command(parsed: argparse.Namespace) -> list[str]:
    """`authz serve` with what `up` was given of its flags."""
    command = [sys.executable, "-m", "authz", "serve"]
    if parsed.config:
        command += ["--config", parsed.config]
    for path in parsed.paths:
        command += ["--policies", path]
    for setting in SERVING:
        if not (setting.key == "policies" and parsed.paths):
            command += _flags(setting, getattr(parsed, setting.key, None))
    return command


def _flags(setting: Setting, value: object) -> Iterator[str]:
    match value:
        case None:
            return
        case bool():
            yield setting.flag if value else f"--no-{setting.flag.removeprefix('--')}"
        case list():
            for one in value:
                yield from (setting.flag, str(one))
        case _:
            yield from (setting.flag, str(value))
