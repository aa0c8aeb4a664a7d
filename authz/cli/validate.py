"""`authz validate`."""

import argparse
import sys
from pathlib import Path
from typing import Any

from authz.cli.problems import print_problems, problems_json, summary
from authz.cli.settings import add_mesh_and_config, settings_of
from authz.decision.load import load_set
from authz.model.errors import SettingsError
from authz.model.problem import Severity
from authz.sources.files import read_policy_files

_DESCRIPTION = """\
Checks policies as `authz serve` does before it serves them. Prints every problem with file, line, column and field.
Exit status 0: they can be served; 1: they cannot."""


def add_parser(verbs: Any) -> None:
    """Add the verb."""
    parser = verbs.add_parser("validate", help="check policies", description=_DESCRIPTION)
    parser.add_argument("paths", metavar="PATH", nargs="+", help="files or directories")
    add_mesh_and_config(parser)
    parser.add_argument("--output", choices=("text", "json"), default="text", help="text (the default) or json")
    parser.set_defaults(run=_run)


def _run(parsed: argparse.Namespace) -> int:
    if "" in parsed.paths:
        raise SettingsError("PATH: expected a path, found nothing")
    settings = settings_of(parsed)
    source = read_policy_files([Path(path) for path in parsed.paths], settings.mesh)
    loaded = load_set(source, settings.engine, allow_empty=True)
    if parsed.output == "json":
        print(problems_json(loaded.problems))
    elif loaded.problems:
        print_problems(loaded.problems, sys.stdout)
    else:
        skipped = ", ".join(f"{count} {kind}" for kind, count in sorted(loaded.passed_over.items()))
        print(f"{loaded.policies} valid" + (f", not looked at: {skipped}" if skipped else "") + f"; {summary(())}")
    return 1 if any(problem.severity is Severity.ERROR for problem in loaded.problems) else 0
