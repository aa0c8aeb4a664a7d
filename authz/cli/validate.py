"""`authz validate`."""

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from authz.cli.annotations import problems_github, problems_sarif
from authz.cli.problems import print_problems, problems_json, summary
from authz.cli.settings import add_mesh_and_config, settings_of
from authz.decision.load import LoadedSet, load_set
from authz.model.errors import SettingsError
from authz.model.problem import Code, Problem, Severity
from authz.model.where import Where
from authz.sources.files import read_policy_files

_DESCRIPTION = """\
Checks policies as `authz serve` does before it serves them. Prints every problem with file, line, column and field.
Exit status 0: they can be served; 1: they cannot; 2, with --strict: they can, and there are warnings."""

_MACHINES = {"json": problems_json, "sarif": problems_sarif}


def add_parser(verbs: Any) -> None:
    """Add the verb."""
    parser = verbs.add_parser("validate", help="check policies", description=_DESCRIPTION)
    parser.add_argument("paths", metavar="PATH", nargs="+", help="files or directories")
    add_mesh_and_config(parser)
    parser.add_argument("--strict", action="store_true", help="status 2 when there are warnings and no errors")
    parser.add_argument(
        "--output",
        choices=("text", "json", "sarif", "github"),
        default="text",
        help="text (the default); json; sarif (2.1.0) for code scanning; github: workflow commands for annotations",
    )
    parser.set_defaults(run=_run)


def _run(parsed: argparse.Namespace) -> int:
    if "" in parsed.paths:
        raise SettingsError("PATH: expected a path, found nothing")
    settings = settings_of(parsed)
    source = read_policy_files([Path(path) for path in parsed.paths], settings.mesh, settings.trust)
    loaded = load_set(source, settings.engine, allow_empty=True)
    if not (loaded.problems or loaded.policies or loaded.passed_over or settings.allow_empty):
        nothing = Problem(Code.NO_RESOURCES, Where(source.origin), "", "found no YAML or JSON document with a resource")
        loaded = replace(loaded, problems=(nothing,))
    _print(loaded, parsed.output)
    severities = {problem.severity for problem in loaded.problems}
    if Severity.ERROR in severities:
        return 1
    return 2 if parsed.strict and severities else 0


def _print(loaded: LoadedSet, output: str) -> None:
    if output in _MACHINES:
        print(_MACHINES[output](loaded.problems))
    elif not loaded.problems:
        skipped = ", ".join(f"{count} {kind}" for kind, count in sorted(loaded.resources.others.items()))
        passed_over = f", not looked at: {skipped}" if skipped else ""
        print(f"{loaded.resources.read} valid{passed_over}; {summary(())}")
    elif output == "github":
        print(problems_github(loaded.problems) + summary(loaded.problems))
    else:
        print_problems(loaded.problems, sys.stdout)
