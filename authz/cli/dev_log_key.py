"""`authz dev log-key`."""

import argparse
import json
import shlex
from typing import Any

from authz.cli.dev_values import DIRECTORY, flag, notice, parse_path
from authz.runtime.dev.files import write_log_key

_PREFIX = DIRECTORY / "log"

_DESCRIPTION = """\
For development, never for production. Makes the key that signs the checkpoints of a decision log (PREFIX.key) and the
public half that verifies them (PREFIX.pub)."""


def add_parser(things: Any) -> None:
    """Add it."""
    parser = things.add_parser(
        "log-key", help="make a key that signs the decision log, for development", description=_DESCRIPTION
    )
    parser.add_argument(
        "--out", metavar="PREFIX", type=flag(parse_path), default=_PREFIX, help=f"where (default: {_PREFIX})"
    )
    parser.add_argument("--force", action="store_true", help="replace what is there")
    parser.add_argument("--output", choices=("text", "json"), default="text", help="text (the default) or json")
    parser.set_defaults(run=_run, parser=parser)


def _run(parsed: argparse.Namespace) -> int:
    notice()
    pair = write_log_key(parsed.out, replace=parsed.force)
    if parsed.output == "json":
        print(json.dumps({"key": str(pair.key), "public": str(pair.certificate)}, indent=2))
        return 0
    print(f"wrote  {pair.key}: it signs checkpoints, and only you can read it")
    print(f"wrote  {pair.certificate}: it verifies them")
    serving = shlex.join(
        ["authz", "serve", "--policies", "policies", "--log-dir", "log", "--log-signing-key", str(pair.key)]
    )
    print(f"try    {serving}")
    print(f"       {shlex.join(['authz', 'log', 'verify', '--dir', 'log', '--key', str(pair.certificate)])}")
    return 0
