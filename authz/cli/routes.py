"""`authz routes`."""

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from authz.cli.forward import SHARED
from authz.cli.problems import print_problems
from authz.cli.request_values import parse_header, parse_port
from authz.cli.routes_json import lookup_object, table_object
from authz.cli.routes_text import render_lookup, render_table
from authz.cli.settings import add_settings, settings_of
from authz.config import FORWARDING, SERVING, Settings
from authz.forwarder.load import RoutingFiles, RoutingLoader
from authz.forwarder.lookup import Asked, Found, Outcome, look_up
from authz.forwarder.static import static_configuration
from authz.forwarder.translate import Translation, translate
from authz.model.errors import SettingsError
from authz.runtime.proxy import proxy_of_settings
from authz.sources.files import read_policy_files

_HELP = "show where requests go, and why"
_DESCRIPTION = """\
Translates the routing resources of a directory for one gateway, without running it, and prints its ports, hosts, routes
and clusters, each with the place it comes from. With --host it says of one request which of them take it, and why."""
_EPILOG = """\
Exit status 0: done, and with --host a route takes the request; 2: with --host, none does; 1: a problem in the files."""
_PLAIN_PORT, _TLS_PORT = 80, 443
_PROXY = ("forward.role", "forward.namespace", "forward.labels", "forward.portMap", "forward.clusterDomain")


def add_parser(verbs: Any) -> None:
    """Add the verb."""
    parser = verbs.add_parser("routes", help=_HELP, description=_DESCRIPTION, epilog=_EPILOG)
    parser.add_argument("paths", metavar="PATH", nargs="*", help="files or directories (YAML or JSON)")
    add_settings(parser, [one for one in (*SERVING, *FORWARDING) if one.key in {*_PROXY, *SHARED - {"policies"}}])
    parser.add_argument(
        "--output",
        choices=("text", "json", "envoy"),
        default="text",
        help="text (the default), json, or envoy: Envoy's configuration as YAML",
    )
    parser.add_argument(
        "--with-keys", action="store_true", help="with --output envoy: private keys too, for running it"
    )
    request = parser.add_argument_group("one request")
    request.add_argument("--host", help="its :authority; looks up where it goes")
    request.add_argument("--path", default="/", help="with its query; / is the default")
    request.add_argument("--method", default="GET", help="GET is the default")
    request.add_argument("--header", metavar="'NAME: VALUE'", action="append", help="a line; may be given again")
    request.add_argument("--port", help="as a Gateway has it; without it 443, 80, then the others are tried")
    request.add_argument("--sni", default="", help="the name in its TLS handshake; the host is the default")
    parser.set_defaults(run=_run, parser=parser)


def _run(parsed: argparse.Namespace) -> int:
    settings = settings_of(parsed)
    paths = tuple([Path(path) for path in parsed.paths]) or settings.policies
    if not paths:
        raise SettingsError("PATH: say where Gateways and VirtualServices are")
    found = read_policy_files(paths, settings.mesh)
    loader = RoutingLoader(settings.forward.cluster_domain)
    loaded = loader.load(RoutingFiles(found.origin, found.files, found.mesh, found.unreadable), allow_empty=False)
    if loaded.view is None:
        print_problems(loaded.problems, sys.stderr)
        return 1
    translation = translate(loaded.view, proxy_of_settings(settings.forward))
    if parsed.output == "envoy":
        print(_envoy(translation, settings, with_keys=parsed.with_keys), end="")
        return 0
    if parsed.host is not None:
        return _look_up(parsed, translation)
    print(json.dumps(table_object(translation), indent=2) if parsed.output == "json" else render_table(translation))
    return 0


def _envoy(translation: Translation, settings: Settings, *, with_keys: bool) -> str:
    proxy = proxy_of_settings(settings.forward)
    made = static_configuration(translation.snapshot, proxy, settings.forward.authorizer, with_keys=with_keys)
    return yaml.safe_dump(made, sort_keys=False, width=120, allow_unicode=True)


def _look_up(parsed: argparse.Namespace, translation: Translation) -> int:
    try:
        headers = tuple([parse_header(line) for line in parsed.header or ()])
        port = parse_port(parsed.port) if parsed.port is not None else None
    except ValueError as error:
        parsed.parser.error(str(error))
    asked = Asked(0, parsed.host, parsed.path, parsed.method, headers, parsed.sni)
    ports = [port] if port is not None else [_TLS_PORT, _PLAIN_PORT, *(one.port for one in translation.plan.listeners)]
    tried = [(one, look_up(translation, one)) for one in [replace(asked, port=number) for number in ports]]
    asked, found = next(filter(_is_served, tried), None) or next(filter(_is_listened_to, tried), tried[0])
    if parsed.output == "json":
        print(json.dumps(lookup_object(translation, asked, found), indent=2))
    else:
        print(render_lookup(translation, asked, found))
    return 0 if _is_served((asked, found)) else 2


def _is_served(tried: tuple[Asked, Found]) -> bool:
    return tried[1].outcome in {Outcome.ROUTED, Outcome.TO_HTTPS}


def _is_listened_to(tried: tuple[Asked, Found]) -> bool:
    """Whether its host, too, is one that is known at the port."""
    return tried[1].outcome is Outcome.NO_ROUTE
