"""Our own failures and refusals, for whoever uses authz as a library.

AuthzError
├── PolicyError       the policies have problems; nothing is served
├── SettingsError     a setting cannot be used
└── ListenError       an address cannot be listened on
"""

from collections.abc import Iterable

from authz.model.problem import Problem, Severity


class AuthzError(Exception):
    """Anything that authz raises on purpose."""


class PolicyError(AuthzError):
    """The policy set has errors. `problems` are all of them, warnings included, in the order of the files."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        errors = [problem for problem in self.problems if problem.severity is Severity.ERROR]
        super().__init__("\n".join(map(str, errors)))


class SettingsError(AuthzError):
    """A setting, given by flag, file or argument, cannot be used; the text says which and why."""


class ListenError(AuthzError):
    """An address cannot be listened on; the text says why and what to do."""
