from __future__ import annotations

import pytest

from authz.model.problem import Code, Problem, Problems, Severity
from authz.model.where import Where

HERE = Where("a.yaml", 3, 7)


def test_codes_are_unique() -> None:
    values = [code.value for code in Code.__members__.values()]
    assert len(values) == len(set(values)) == len(Code.__members__)


def test_a_problem_says_where_which_field_and_what() -> None:
    problem = Problem(Code.BAD_PORT, HERE, "spec.rules[0]", "expected a port")
    assert str(problem) == "a.yaml:3:7: AZ102 spec.rules[0]: expected a port"


def test_a_problem_of_a_whole_file_needs_no_field() -> None:
    assert str(Problem(Code.UNREADABLE_FILE, Where("a.yaml"), "", "gone")) == "a.yaml: AZ001 gone"


def test_a_warning_says_so() -> None:
    problem = Problem(Code.EMPTY_VALUES, HERE, "x", "hm", Severity.WARNING)
    assert str(problem) == "a.yaml:3:7: AZ903 warning: x: hm"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb", "a\\nb"),
        ("a\x1b[2Jb", "a\\x1b[2Jb"),
        ("a\udcffb", "a\\udcffb"),
        ("a\N{RIGHT-TO-LEFT OVERRIDE}b", "a\\u202eb"),
        ("a\N{LINE SEPARATOR}b", "a\\u2028b"),
        ("é\N{PILE OF POO}", "é\N{PILE OF POO}"),
    ],
)
def test_a_problem_is_one_printable_line_whatever_names_hold(text: str, shown: str) -> None:
    assert str(Problem(Code.UNKNOWN_FIELD, Where(text), text, "m")) == f"{shown}: AZ020 {shown}: m"


def test_problems_are_sorted_by_place_and_each_counts_once() -> None:
    problems = Problems()
    for where in (Where("b", 1, 1), Where("a", 10, 1), Where("a", 9, 1), Where("a", 10, 1)):
        problems.add(Code.BAD_PORT, where, "", "m")
    assert [str(problem.where) for problem in problems] == ["a:9:1", "a:10:1", "b:1:1"]
    assert len(problems) == 3


def test_warnings_alone_are_no_errors() -> None:
    problems = Problems()
    problems.warn(Code.EMPTY_VALUES, HERE, "", "m")
    assert not problems.has_errors()
    problems.add(Code.BAD_PORT, HERE, "", "m")
    assert problems.has_errors()


def test_problems_found_elsewhere_are_taken_over_once() -> None:
    one, other = Problems(), Problems()
    for problems in (one, other):
        problems.add(Code.BAD_PORT, HERE, "", "m")
    one.extend(other)
    assert len(one) == 1
