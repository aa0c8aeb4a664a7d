"""What can go wrong with a child process.

AuthzError
└── SupervisorError
├── EnvoyNotFoundError   no Envoy on this machine that we can run; the message says how to get one
└── ProcessFailedError   it started, and ended or was not ready in time; carries its last log lines
"""

from authz.model.errors import AuthzError


class SupervisorError(AuthzError):
    """A child process could not be found, started or kept."""


class EnvoyNotFoundError(SupervisorError):
    """There is no Envoy to run, or one that is too old. The message names the fix."""


class ProcessFailedError(SupervisorError):
    """A child ended early or was not ready in time; `log_tail` holds its last lines."""

    def __init__(self, message: str, log_tail: str) -> None:
        super().__init__(message)
        self.log_tail = log_tail
