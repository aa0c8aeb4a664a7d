"""`authz`: reads the arguments, runs the verb, and turns refusals into words and exit status."""

import argparse
import io
import sys
from collections.abc import Sequence
from typing import Never

from authz import __version__
from authz.cli import check, config, dev, forward, log, routes, serve, status, up, validate
from authz.cli.problems import print_problems
from authz.model.errors import AuthzError, PolicyError
from authz.observability.logs import LogSettings, set_up_logs

_DESCRIPTION = """\
An external authorizer for Envoy. It decides by Istio's AuthorizationPolicy files exactly as Istio's own proxies do, and
says why."""


class _Parser(argparse.ArgumentParser):
    """A verb may want another exit status for a wrong command line than argparse's."""

    usage_status = 2

    def error(self, message: str) -> Never:
        """Say what is wrong, and end."""
        self.print_usage(sys.stderr)
        self.exit(self.usage_status, f"{self.prog}: error: {message}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a verb. Exit status 0: done; 1: problems, or nothing could be served; 2: the command line is wrong.

    `check` has its own: 2 says denied, and 64 that the command line is wrong.
    """
    parser = _Parser(prog="authz", description=_DESCRIPTION)
    parser.add_argument("--version", action="version", version=f"authz {__version__}")
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)
    for verb in (serve, forward, up, validate, check, routes, status, log, config, dev):
        verb.add_parser(verbs)
    parsed, unknown = parser.parse_known_args(arguments)
    if unknown:
        getattr(parsed, "parser", parser).error(f"unrecognized arguments: {' '.join(unknown)}")
    set_up_logs(LogSettings())
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # as stderr: a name that cannot be printed is no crash
    try:
        exit_status: int = parsed.run(parsed)
    except PolicyError as error:
        print_problems(error.problems, sys.stderr)
        return 1
    except AuthzError as error:
        print(f"authz: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        sys.stderr.close()  # whoever read our output has gone; say nothing more
        return 1
    except KeyboardInterrupt:
        return 130
    return exit_status
