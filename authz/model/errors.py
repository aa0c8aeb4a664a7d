"""Our own failures and refusals, for whoever uses authz as a library.

AuthzError
├── PolicyError       the policies have problems; nothing is served
├── SettingsError     a setting cannot be used
├── TlsFileError      a certificate, a key or a bundle of authorities cannot be used
└── ListenError       an address cannot be listened on
"""

from collections.abc import Iterable
from datetime import datetime

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


class TlsFileError(AuthzError):
    """A certificate, a key or a bundle of authorities cannot be used; the text says which file and why.

    `try_again_at`: when it can be, if nothing but the time is wrong.
    """

    def __init__(self, message: str, try_again_at: datetime | None = None) -> None:
        self.try_again_at = try_again_at
        super().__init__(message)


class ListenError(AuthzError):
    """An address cannot be listened on; the text says why and what to do."""
