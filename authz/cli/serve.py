"""`authz serve`."""

import argparse
import sys
from typing import Any

from authz.cli.settings import add_mesh_and_config, settings_of

_HELP = "answer Envoy's ext_authz checks"
_DESCRIPTION = """\
Answers gRPC ext_authz checks (envoy.service.auth.v3) by the policies of a directory. Prints one line when it is ready.
A set with a problem is not served: every problem is printed with file, line and column, and the exit status is 1.
SIGTERM ends it when the calls in flight have been answered."""


def add_parser(verbs: Any) -> None:
    """Add the verb."""
    parser = verbs.add_parser("serve", help=_HELP, description=_DESCRIPTION)
    parser.add_argument("--policies", metavar="DIR", help="directory (or file) of policies, YAML or JSON")
    add_mesh_and_config(parser)
    parser.add_argument(
        "--listen",
        metavar="ADDRESS",
        help="127.0.0.1:9191 (the default), or unix:/path; port 0 takes a free one",
    )
    parser.add_argument(
        "--workload",
        metavar="NAMESPACE/k=v,k=v",
        help="whose requests these are where the proxy does not say it; `NAMESPACE/` for a workload without labels",
    )
    parser.add_argument("--allow-empty", action="store_true", help="serve a set without policies: it allows everything")
    parser.add_argument(
        "--insecure-listen", action="store_true", help="listen beyond this machine in plain text, without identities"
    )
    parser.set_defaults(run=_run)


def _run(parsed: argparse.Namespace) -> int:
    from authz.runtime.serve import serve  # noqa: PLC0415 - the other verbs need no server

    serve(lambda: settings_of(parsed), sys.stdout)
    return 0
