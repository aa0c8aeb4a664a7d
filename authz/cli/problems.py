"""Printing problems, for people and for machines."""

import json
from collections.abc import Iterable
from typing import TextIO

from authz.model.problem import Problem, Severity


def print_problems(problems: Iterable[Problem], out: TextIO) -> None:
    """One line a problem, then how many there are."""
    found = tuple(problems)
    out.writelines(f"{problem}\n" for problem in found)
    if found:
        out.write(f"{summary(found)}\n")


def summary(problems: Iterable[Problem]) -> str:
    """`2 errors, 1 warning`."""
    found = tuple(problems)
    errors = sum(problem.severity is Severity.ERROR for problem in found)
    counts = ((errors, "error"), (len(found) - errors, "warning"))
    return ", ".join(f"{count} {word}{'' if count == 1 else 's'}" for count, word in counts if count) or "no problems"


def problems_json(problems: Iterable[Problem]) -> str:
    """A JSON list, an object a problem."""
    return json.dumps([problem_object(problem) for problem in problems], indent=2)


def problem_object(problem: Problem) -> dict[str, str | int]:
    """A problem as plain values."""
    return {
        "code": problem.code.value,
        "severity": problem.severity.value,
        "file": problem.where.file,
        "line": problem.where.line,
        "column": problem.where.column,
        "field": problem.field,
        "message": problem.message,
    }
