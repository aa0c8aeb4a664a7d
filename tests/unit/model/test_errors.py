from __future__ import annotations

import pytest

from authz.model.errors import AuthzError, ListenError, PolicyError, SettingsError
from authz.model.problem import Code, Problem, Severity
from authz.model.where import Where


@pytest.mark.parametrize(
    "error", [PolicyError([]), SettingsError("x"), ListenError("x")], ids=lambda e: type(e).__name__
)
def test_one_except_clause_catches_all_that_we_raise_on_purpose(error: Exception) -> None:
    assert isinstance(error, AuthzError)


def test_a_policy_error_has_all_problems_and_says_the_errors() -> None:
    warning = Problem(Code.EMPTY_VALUES, Where("a", 1, 1), "", "fine", Severity.WARNING)
    errors = [Problem(Code.BAD_PORT, Where("a", line, 1), "", "bad") for line in (2, 3)]
    raised = PolicyError(iter([warning, *errors]))
    assert raised.problems == (warning, *errors)
    assert str(raised) == "a:2:1: AZ102 bad\na:3:1: AZ102 bad"
