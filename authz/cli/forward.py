"""`authz forward`."""

import argparse
import logging
import sys
from typing import Any

from authz.cli.settings import add_settings, settings_of
from authz.config import FORWARDING, SERVING
from authz.model.errors import AuthzError
from authz.observability.logs import LogFormat, set_up_logs

_log = logging.getLogger(__name__)

_HELP = "run an Envoy by Gateways, VirtualServices and their like"
_DESCRIPTION = """\
Compiles the routing resources of a directory (Gateway, VirtualService, DestinationRule, ServiceEntry, WorkloadEntry,
and Kubernetes' Service, EndpointSlice, Pod and Secret) to Envoy's configuration, serves it by ADS, and runs an Envoy
with the authorizer in every filter chain. Prints one line when it is ready. A set with a problem is not taken: every
problem is printed with file, line and column, and the exit status is 1; while running the last good set stays.
SIGTERM drains Envoy and ends it; a second one ends it at once."""
_EPILOG = """\
A gateway on ports of yours, asking an `authz serve` on the same machine:
  authz forward --policies DIR --labels istio=ingressgateway --port-map 80=8080,443=8443

`authz routes` shows what it will do, without running it."""

SHARED = frozenset({"policies", "mesh", "allowEmpty", "insecureListen", "logLevel", "logFormat"})
"""Settings of `serve` that `forward` has too."""


def add_parser(verbs: Any) -> None:
    """Add the verb."""
    parser = verbs.add_parser(
        "forward",
        help=_HELP,
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_settings(parser, [*(one for one in SERVING if one.key in SHARED), *FORWARDING])
    parser.add_argument(
        "--no-authorizer",
        dest="forward.authorizer",
        action="store_const",
        const="none",
        help="as `--authorizer none`: ask nobody, every request that has a route passes",
    )
    parser.set_defaults(run=_run)


def _run(parsed: argparse.Namespace) -> int:
    from authz.runtime.forward import forward  # noqa: PLC0415 - the other verbs need no Envoy

    logs = settings_of(parsed).logs
    set_up_logs(logs)
    try:
        forward(lambda: settings_of(parsed), sys.stdout)
    except AuthzError as error:
        if logs.format is not LogFormat.JSON:
            raise
        for line in str(error).splitlines():  # whoever collects JSON reads nothing else
            _log.error("%s", line)
        return 1
    return 0
