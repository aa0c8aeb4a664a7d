"""Problems for machines that show them at their line: GitHub's workflow commands, and SARIF for code scanning."""

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from authz import __version__
from authz.model.problem import Code, Problem, Severity, one_line

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def problems_github(problems: Iterable[Problem]) -> str:
    """A workflow command a line: `::error file=a.yaml,line=3,col=7,title=AZ101::what is wrong`.

    Source: actions/toolkit packages/core/src/command.ts, for what must be escaped.
    """
    return "".join(f"{_command(problem)}\n" for problem in problems)


def _command(problem: Problem) -> str:
    place = {"file": _relative(problem.where.file)} if problem.where.file else {}
    if problem.where.line:
        place |= {"line": str(problem.where.line), "col": str(problem.where.column)}
    properties = ",".join(f"{key}={_property(text)}" for key, text in (*place.items(), ("title", problem.code.value)))
    return one_line(f"::{problem.severity.value} {properties}::{_data(_message(problem))}")


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def problems_sarif(problems: Iterable[Problem]) -> str:
    """SARIF 2.1.0: one run, a rule for each code that occurs."""
    found = tuple(problems)
    codes = sorted({problem.code for problem in found}, key=lambda code: code.value)
    driver = {"name": "authz", "version": __version__, "rules": [_rule(code) for code in codes]}
    results = [_result(problem, codes.index(problem.code)) for problem in found]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _rule(code: Code) -> dict[str, Any]:
    words = code.name.replace("_", " ").capitalize()
    return {
        "id": code.value,
        "name": code.name.title().replace("_", ""),
        "shortDescription": {"text": words},
        "help": {"text": f"docs/problems.md of authz has {code.value}, with an example and what to do."},
        "defaultConfiguration": {"level": (Severity.WARNING if code.is_warning else Severity.ERROR).value},
    }


def _result(problem: Problem, rule_index: int) -> dict[str, Any]:
    location: dict[str, Any] = {}
    if problem.where.file:
        location["physicalLocation"] = {"artifactLocation": {"uri": _uri(problem.where.file)}}
        if problem.where.line:
            region = {"startLine": problem.where.line, "startColumn": problem.where.column}
            location["physicalLocation"]["region"] = region
    if problem.field:
        location["logicalLocations"] = [{"fullyQualifiedName": problem.field}]
    return {
        "ruleId": problem.code.value,
        "ruleIndex": rule_index,
        "level": problem.severity.value,
        "message": {"text": _message(problem)},
        "locations": [location] if location else [],
    }


def _message(problem: Problem) -> str:
    return f"{problem.field}: {problem.message}" if problem.field else problem.message


def _relative(file: str) -> str:
    """The path below the working directory, or the whole path of a file that is elsewhere."""
    path, here = Path(os.path.abspath(file)), Path.cwd()  # noqa: PTH100 - links stay as they were named
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def _uri(file: str) -> str:
    """A relative reference, or a `file:` URI."""
    path = _relative(file)
    quoted = quote(os.fsencode(path))
    return f"file://{quoted}" if path.startswith("/") else quoted
