"""`authz log`: reading the decision log."""

import argparse
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from authz.audit.keys import read_public_key
from authz.audit.reading import Record, Wanted, find_record, follow, newest
from authz.audit.verify import verify_directory
from authz.cli.log_text import record_line, report_text
from authz.cli.settings import add_config, settings_of
from authz.model.errors import SettingsError
from authz.model.workload import parse_workload

_TAIL = """\
Prints the newest records of a decision log, the oldest of them first: when, what became of it and why, the request, who
called, whose request it was, and the rule."""
_SHOW = "Prints the whole record of one decision. The id is in the answer's dynamic metadata: decision_id."
_VERIFY = """\
Looks at every line of a decision log. Exit status 0: nothing was changed, removed or reordered; 1: something was, and
the first place is printed. Without --key that is about mistakes and damage only: whoever can write the files can make a
chain of their own."""

GOOD, WRONG = 0, 1
_MAX_COUNT = 1_000_000


def add_parser(verbs: Any) -> None:
    """Add the verb and what it can do."""
    parser = verbs.add_parser("log", help="read the decision log", description="Read the decision log.")
    things = parser.add_subparsers(title="things", metavar="THING", required=True)
    tail = things.add_parser("tail", help="the newest records, and those to come", description=_TAIL)
    _add_directory(tail)
    tail.add_argument("-n", dest="count", type=_count, default=20, metavar="N", help="how many (default: 20)")
    tail.add_argument("-f", "--follow", action="store_true", help="go on with what is written from now on")
    tail.add_argument("--denied", action="store_true", help="only what was denied")
    tail.add_argument(
        "--policy", default="", metavar="NAME", help="only what this policy decided: NAMESPACE/NAME or NAME"
    )
    tail.add_argument(
        "--principal", default="", metavar="WHO", help="only callers with this SPIFFE id, subject or ISSUER/SUBJECT"
    )
    tail.add_argument(
        "--workload", type=_workload, metavar="NAMESPACE[/k=v,k=v]", help="only requests to this workload"
    )
    _add_output(tail)
    tail.set_defaults(run=_tail, parser=tail)
    show = things.add_parser("show", help="one record, whole", description=_SHOW)
    show.add_argument("id", metavar="ID", help="the decision's id")
    _add_directory(show)
    show.set_defaults(run=_show, parser=show)
    verify = things.add_parser("verify", help="whether anything was changed", description=_VERIFY)
    _add_directory(verify)
    verify.add_argument("--key", metavar="FILE", help="public key of the checkpoints, PEM")
    _add_output(verify)
    verify.set_defaults(run=_verify, parser=verify)


def _add_directory(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dir", metavar="DIR", help="where the log is (default: log.directory of the settings)")
    add_config(parser)


def _add_output(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--output", choices=("text", "json"), default="text", help="text (the default) or json")


def _count(text: str) -> int:
    if not text.isdecimal() or not text.isascii() or int(text) > _MAX_COUNT:
        raise argparse.ArgumentTypeError(f"expected a number from 0 to {_MAX_COUNT}, found {text!r}")
    return int(text)


def _workload(text: str) -> str:
    try:
        parse_workload(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return text


def _directory(parsed: argparse.Namespace) -> Path:
    directory = Path(parsed.dir) if parsed.dir else settings_of(parsed).decision_log.directory
    if directory is None:
        raise SettingsError("say where the log is, with --dir or with the --config of `authz serve`")
    try:
        next(directory.iterdir(), None)
    except OSError as error:
        raise SettingsError(f"{directory}: cannot be read: {error.strerror}") from None
    return directory


def _tail(parsed: argparse.Namespace) -> int:
    wanted = Wanted(parsed.denied, parsed.policy, parsed.principal, parsed.workload or "")
    directory = _directory(parsed)
    colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    for record in _records(directory, parsed.count, wanted, follows=parsed.follow):
        line = json.dumps(record) if parsed.output == "json" else record_line(record, colour=colour)
        print(line, flush=parsed.follow)
    return GOOD


def _records(directory: Path, count: int, wanted: Wanted, *, follows: bool) -> Iterator[Record]:
    """What is there, then what comes: nothing that is written in between is left out, or told twice."""
    if not follows:
        yield from newest(directory, count, wanted)
        return
    coming = follow(directory, wanted)  # from here on
    there = newest(directory, count, wanted)
    yield from there
    told = {record.get("id") for record in there}
    for record in coming:
        if record.get("id") not in told:
            yield record


def _show(parsed: argparse.Namespace) -> int:
    record = find_record(_directory(parsed), parsed.id)
    if record is None:
        print(f"authz: there is no record of a decision {parsed.id!r}", file=sys.stderr)
        return WRONG
    print(json.dumps(record, indent=2))
    return GOOD


def _verify(parsed: argparse.Namespace) -> int:
    key = read_public_key(Path(parsed.key)) if parsed.key else None
    report = verify_directory(_directory(parsed), key)
    if parsed.output == "json":
        print(json.dumps(report.as_json(), indent=2))
    else:
        print(report_text(report, has_key=key is not None), end="")
    return GOOD if report.is_good else WRONG
