"""`authz dev ca` and `authz dev cert`."""

import argparse
import json
import os
import shlex
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from authz.cli.dev_values import (
    DIRECTORY,
    flag,
    notice,
    parse_days,
    parse_dns_name,
    parse_ip,
    parse_leaf_id,
    parse_path,
    parse_some,
    parse_trust_domain,
)
from authz.model.spiffe_id import SpiffeId
from authz.runtime.dev.certificates import Names, Usage
from authz.runtime.dev.files import (
    DevelopmentFileError,
    KeyPair,
    authority_files,
    make_authority,
    make_directory,
    open_authority,
    write_pair,
)

_CA = """\
For development, never for production. Makes a CA for a trust domain: ca.crt, and ca.key, which only you can read.
Whoever reads ca.key can be anyone in the trust domain."""

_CERT = """\
For development, never for production. Issues a certificate with a SPIFFE id, from a CA made by `authz dev ca`. It ends
with its CA at the latest."""


def add_parsers(things: Any) -> None:
    """Add both."""
    ca = things.add_parser("ca", help="make a CA, for development", description=_CA)
    ca.add_argument(
        "--out", metavar="DIR", type=flag(parse_path), default=DIRECTORY, help=f"where to (default: {DIRECTORY})"
    )
    ca.add_argument(
        "--trust-domain",
        metavar="NAME",
        type=flag(parse_trust_domain),
        default=SpiffeId("cluster.local"),
        help="default: cluster.local",
    )
    _add_common(ca, days=30)
    ca.set_defaults(run=_ca)

    cert = things.add_parser("cert", help="issue a certificate, for development", description=_CERT)
    cert.add_argument(
        "--spiffe-id",
        metavar="ID",
        type=flag(parse_leaf_id),
        required=True,
        help="whom it names: spiffe://TRUST-DOMAIN/ns/NAMESPACE/sa/ACCOUNT",
    )
    cert.add_argument(
        "--dns", metavar="NAME", type=flag(parse_dns_name), action="append", default=[], help="a host name too"
    )
    cert.add_argument(
        "--ip", metavar="ADDRESS", type=flag(parse_ip), action="append", default=[], help="an address too"
    )
    cert.add_argument(
        "--ca", metavar="DIR", type=flag(parse_path), default=DIRECTORY, help=f"the CA (default: {DIRECTORY})"
    )
    cert.add_argument(
        "--out",
        metavar="PREFIX",
        type=flag(parse_some),
        help="write PREFIX.crt and PREFIX.key (default: tls, in the directory of the CA)",
    )
    ends = cert.add_mutually_exclusive_group()
    ends.add_argument("--client", action="store_const", const=(Usage.CLIENT,), dest="usages", help="only for clients")
    ends.add_argument("--server", action="store_const", const=(Usage.SERVER,), dest="usages", help="only for servers")
    ends.add_argument("--both", action="store_const", const=tuple(Usage), dest="usages", help="for both (the default)")
    _add_common(cert, days=1)
    cert.set_defaults(run=_cert, usages=tuple(Usage))


def _add_common(parser: argparse.ArgumentParser, days: int) -> None:
    default = timedelta(days=days)
    parser.add_argument("--days", type=flag(parse_days), default=default, help=f"how long it is good (default: {days})")
    parser.add_argument("--force", action="store_true", help="replace what is there")
    parser.add_argument("--output", choices=("text", "json"), default="text", help="text (the default) or json")


def _ca(parsed: argparse.Namespace) -> int:
    notice()
    authority = make_authority(parsed.out, parsed.trust_domain, parsed.days, replace=parsed.force)
    files, expires = authority_files(parsed.out), authority.own.certificate.not_valid_after_utc
    if parsed.output == "json":
        said = {"spiffe_id": str(parsed.trust_domain)}
        print(_json(files, expires, **said))
        return 0
    spiffe_id = f"{parsed.trust_domain}/ns/default/sa/client"
    directory = [] if parsed.out == DIRECTORY else ["--ca", str(parsed.out)]
    _print_files(files, f"CA of {parsed.trust_domain}", expires)
    print(f"next   {shlex.join(['authz', 'dev', 'cert', '--spiffe-id', spiffe_id, *directory])}")
    return 0


def _cert(parsed: argparse.Namespace) -> int:
    notice()
    authority, issuer = open_authority(parsed.ca), authority_files(parsed.ca)
    theirs, wanted = authority.trust_domain, parsed.spiffe_id
    if theirs is None or theirs.trust_domain != wanted.trust_domain:
        raise DevelopmentFileError(
            f"{issuer.certificate} is the CA of {theirs}, and {wanted} is not in it; a CA of its own: "
            f"authz dev ca --trust-domain {wanted.trust_domain} --out DIR"
        )
    files = _files(parsed.out, parsed.ca)
    if _places(files) & _places(issuer):
        raise DevelopmentFileError(f"{files.certificate} is the CA's own; choose another --out")
    names = Names((str(wanted),), tuple(parsed.dns), tuple(parsed.ip))
    issued = authority.issue(names, parsed.days, parsed.usages)
    make_directory(files.certificate.parent)
    write_pair(files, issued, replace=parsed.force)
    usages, expires = [usage.value for usage in parsed.usages], issued.certificate.not_valid_after_utc
    if parsed.output == "json":
        told: dict[str, Any] = {"ca": str(issuer.certificate), "spiffe_id": str(wanted), "dns": parsed.dns}
        print(_json(files, expires, **told, ip=list(map(str, parsed.ip)), usages=usages))
        return 0
    others = [*parsed.dns, *map(str, parsed.ip)]
    _print_files(files, f"{', '.join([str(wanted), *others])}, for a {' and a '.join(usages)}", expires)
    print(f"try    {shlex.join(_to_try(files, issuer, parsed.usages))}")
    return 0


def _files(prefix: str | None, directory: Path) -> KeyPair:
    """A prefix that is a directory gets `tls` in it."""
    path = directory / "tls" if prefix is None else Path(prefix)
    if prefix is not None and (prefix.endswith("/") or path.is_dir()):
        path /= "tls"
    return KeyPair(path.with_name(f"{path.name}.crt"), path.with_name(f"{path.name}.key"))


def _places(pair: KeyPair) -> set[str]:
    return {os.path.realpath(pair.certificate), os.path.realpath(pair.key)}


def _to_try(files: KeyPair, issuer: KeyPair, usages: tuple[Usage, ...]) -> list[str]:
    if Usage.CLIENT in usages:
        own = ["--cert", str(files.certificate), "--key", str(files.key)]
        return ["curl", "--cacert", str(issuer.certificate), *own, "https://localhost:8443/"]
    own = ["--tls-cert", str(files.certificate), "--tls-key", str(files.key)]
    return ["authz", "serve", "--policies", "policies", *own, "--tls-client-ca", str(issuer.certificate)]


def _print_files(files: KeyPair, what: str, expires: datetime) -> None:
    print(f"wrote  {files.certificate}: {what}, until {expires:%Y-%m-%d %H:%M} UTC")
    print(f"wrote  {files.key}: its private key, which only you can read")


def _json(files: KeyPair, expires: datetime, **more: Any) -> str:
    written = {"certificate": str(files.certificate), "key": str(files.key)}
    return json.dumps({**written, **more, "expires": expires.isoformat()}, indent=2)
