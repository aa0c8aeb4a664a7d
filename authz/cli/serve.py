"""`authz serve`."""

import argparse
import logging
import os
import sys
import threading
import time
from typing import Any

from authz.cli.settings import add_settings, settings_of
from authz.model.errors import AuthzError
from authz.observability.logs import LogFormat, set_up_logs

_log = logging.getLogger(__name__)

_HELP = "answer Envoy's ext_authz checks"
_DESCRIPTION = """\
Answers gRPC ext_authz checks (envoy.service.auth.v3) by the policies of a directory. Prints one line when it is ready.
A set with a problem is not served: every problem is printed with file, line and column, and the exit status is 1.
SIGTERM ends it when the calls in flight have been answered; a second one ends it at once."""


def add_parser(verbs: Any) -> None:
    """Add the verb."""
    parser = verbs.add_parser("serve", help=_HELP, description=_DESCRIPTION)
    add_settings(parser)
    parser.set_defaults(run=_run)


def _run(parsed: argparse.Namespace) -> int:
    from authz.runtime.serve import serve  # noqa: PLC0415 - the other verbs need no server

    logs = settings_of(parsed).logs
    set_up_logs(logs)
    try:
        serve(lambda: settings_of(parsed), sys.stdout)
    except AuthzError as error:
        if logs.format is not LogFormat.JSON:
            raise
        for line in str(error).splitlines():  # whoever collects JSON reads nothing else
            _log.error("%s", line)
        return 1
    return _leave_what_does_not_end()


_LAST_SECONDS = 0.5


def _leave_what_does_not_end() -> int:
    """A call that is still being decided after the drain was cancelled; its thread would keep the process alive."""
    end = time.monotonic() + _LAST_SECONDS
    busy = [one for one in threading.enumerate() if one.name.startswith("check")]  # those of the transport's pool
    for thread in busy:
        thread.join(max(end - time.monotonic(), 0))
    if not any(thread.is_alive() for thread in busy):
        return 0
    _log.error("calls in flight did not end within drainSeconds; they are left without an answer")
    logging.shutdown()
    sys.stdout.flush()
    os._exit(1)
