"""`authz dev`: trying things out."""

import argparse
import sys
from pathlib import Path
from typing import Any

from authz.cli import dev_certificates, dev_log_key, dev_tokens

_QUICKSTART = """\
Starts two sample backends, a real Envoy before each, and `authz up`: a gateway before them all, and an authorizer that
every Envoy asks. It verifies tokens, by the keys of an issuer that is started too, and certificates. Sends the
quickstart's requests, prints what became of them, and serves until Ctrl-C."""


def add_parser(verbs: Any) -> None:
    """Add the verb and what it can do."""
    parser = verbs.add_parser(
        "dev", help="try things out on this machine", description="Try things out; not for production."
    )
    things = parser.add_subparsers(title="things", metavar="THING", required=True)
    quickstart = things.add_parser(
        "quickstart",
        help="authorizer, Envoy and sample backends on one machine",
        description=_QUICKSTART,
    )
    quickstart.add_argument(
        "--once", action="store_true", help="end after the table; status 1 where an outcome differs"
    )
    quickstart.add_argument("--policies", metavar="DIR", help="other policies (default: policies/quickstart)")
    quickstart.add_argument("--output", choices=("text", "json"), default="text", help="text (the default) or json")
    quickstart.set_defaults(run=_quickstart)
    dev_certificates.add_parsers(things)
    dev_tokens.add_parsers(things)
    dev_log_key.add_parser(things)


def _quickstart(parsed: argparse.Namespace) -> int:
    from authz.runtime import quickstart  # noqa: PLC0415 - the other verbs need no Envoy

    policies = Path(parsed.policies) if parsed.policies else None
    return quickstart.run(once=parsed.once, out=sys.stdout, output=parsed.output, policies=policies)
