"""`authz dev`: trying things out."""

import argparse
from typing import Any


def add_parser(verbs: Any) -> None:
    """Add the verb and what it can do."""
    parser = verbs.add_parser("dev", help="try things out on this machine", description="Try things out; not for production.")
    things = parser.add_subparsers(title="things", metavar="THING", required=True)
    quickstart = things.add_parser(
        "quickstart",
        help="authorizer, Envoy and sample backends on one machine",
        description="Starts sample backends, an authorizer and a real Envoy for each, sends the quickstart's requests and "
        "prints what became of them; then serves until Ctrl-C.",
    )
    quickstart.add_argument("--once", action="store_true", help="end after the table; status 1 where an outcome differs")
    quickstart.set_defaults(run=_quickstart)


def _quickstart(parsed: argparse.Namespace) -> int:
    raise NotImplementedError(parsed)
