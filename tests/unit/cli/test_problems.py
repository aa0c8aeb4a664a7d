from __future__ import annotations

import io
import json

import pytest

from authz.cli.problems import print_problems, problems_json, summary
from authz.model.problem import Code, Problem, Severity
from authz.model.where import Where

ERROR = Problem(Code.BAD_PORT, Where("é.yaml", 3, 7), "spec", "bad")
WARNING = Problem(Code.EMPTY_VALUES, Where("b.yaml"), "", "hm", Severity.WARNING)


@pytest.mark.parametrize(
    ("problems", "words"),
    [
        ([], "no problems"),
        ([ERROR], "1 error"),
        ([WARNING], "1 warning"),
        ([ERROR, WARNING], "1 error, 1 warning"),
        ([WARNING, ERROR, WARNING, ERROR], "2 errors, 2 warnings"),
    ],
)
def test_a_summary_counts(problems: list[Problem], words: str) -> None:
    assert summary(iter(problems)) == words


def test_each_problem_is_a_line() -> None:
    out = io.StringIO()
    print_problems(iter([ERROR, WARNING]), out)
    assert out.getvalue() == "é.yaml:3:7: AZ102 spec: bad\nb.yaml: AZ903 warning: hm\n1 error, 1 warning\n"


def test_without_problems_nothing_is_printed() -> None:
    out = io.StringIO()
    print_problems([], out)
    assert out.getvalue() == ""


def test_machines_read_every_part_of_a_problem() -> None:
    first, second = json.loads(problems_json([ERROR, WARNING]))
    assert first == {
        "code": "AZ102",
        "severity": "error",
        "file": "é.yaml",
        "line": 3,
        "column": 7,
        "field": "spec",
        "message": "bad",
    }
    assert (second["severity"], second["line"], second["column"]) == ("warning", 0, 0)


def test_no_problems_are_an_empty_list() -> None:
    assert problems_json([]) == "[]"
