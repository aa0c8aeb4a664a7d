"""`authz dev token` and `authz dev jwks`."""

import argparse
import json
import shlex
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import yaml

from authz.cli.dev_values import (
    DIRECTORY,
    flag,
    notice,
    parse_claim,
    parse_expiry,
    parse_offset,
    parse_path,
    parse_some,
    parse_text,
)
from authz.runtime.dev import MARK
from authz.runtime.dev.files import open_or_make_signing_key, open_signing_key
from authz.runtime.dev.keys import Algorithm
from authz.runtime.dev.tokens import Claims, header_of, sign

_KEY = DIRECTORY / "token.key"

_SIGNED = """\
For development, never for production. Prints a signed token (JWT), alone on standard output. The key is made when there
is none; whoever reads it can be anyone to those who believe it."""

_JWKS = """\
For development, never for production. Prints the key set that verifies the tokens of a key, or with --yaml a
RequestAuthentication that believes them."""


def add_parsers(things: Any) -> None:
    """Add both."""
    token = things.add_parser("token", help="sign a token (JWT), for development", description=_SIGNED)
    token.add_argument("--issuer", metavar="TEXT", type=flag(parse_some), required=True, help="claim iss")
    token.add_argument("--subject", metavar="TEXT", type=flag(parse_text), help="claim sub (default: none)")
    _add_audience(token, "claim aud; several make a list")
    token.add_argument(
        "--claim",
        metavar="NAME=TEXT",
        type=flag(parse_claim),
        action="append",
        default=[],
        help="any other claim; NAME:=JSON for what is no text, such as 'groups:=[\"ops\"]'",
    )
    token.add_argument(
        "--expires",
        metavar="DURATION",
        type=flag(parse_expiry),
        default=timedelta(hours=1),
        help="how long it is good (default: 1h); never; or for one that has expired --expires=-5m",
    )
    token.add_argument(
        "--not-before",
        metavar="DURATION",
        type=flag(parse_offset),
        help="from when on it is good, counted from now: 5m, or =-5m",
    )
    _add_key(token, "the private key, made when there is none")
    words = [algorithm.value for algorithm in Algorithm]
    token.add_argument("--alg", choices=words, help="for a key that is made now (default: RS256)")
    token.add_argument("--output", choices=("text", "json"), default="text", help="text (the default) or json")
    token.set_defaults(run=_token, parser=token)

    jwks = things.add_parser("jwks", help="print the keys that verify tokens, for development", description=_JWKS)
    _add_key(jwks, "the private key that signs the tokens")
    jwks.add_argument("--yaml", action="store_true", help="print a RequestAuthentication; needs --issuer")
    jwks.add_argument("--issuer", metavar="TEXT", type=flag(parse_some), help="whose tokens it believes")
    _add_audience(jwks, "whom the tokens must be for (default: anyone)")
    jwks.add_argument("--namespace", metavar="NAME", type=flag(parse_some), default="default", help="default: default")
    jwks.set_defaults(run=_jwks, parser=jwks)


def _add_key(parser: argparse.ArgumentParser, what: str) -> None:
    parser.add_argument("--key", metavar="FILE", type=flag(parse_path), default=_KEY, help=f"{what} (default: {_KEY})")
    parser.add_argument("--kid", metavar="TEXT", type=flag(parse_some), help="default: made of the key")


def _add_audience(parser: argparse.ArgumentParser, what: str) -> None:
    parser.add_argument("--audience", metavar="TEXT", type=flag(parse_some), action="append", default=[], help=what)


def _token(parsed: argparse.Namespace) -> int:
    more = _more_claims(parsed)
    notice()
    key, is_new = open_or_make_signing_key(parsed.key, Algorithm(parsed.alg) if parsed.alg else None)
    if is_new:
        verifying = shlex.join(["authz", "dev", "jwks", "--key", str(parsed.key)])
        print(f"made {parsed.key}, for {key.algorithm.value}; what verifies its tokens: {verifying}", file=sys.stderr)
    said = Claims(parsed.issuer, parsed.subject, tuple(parsed.audience), parsed.expires, parsed.not_before, more).at(
        datetime.now(UTC)
    )
    token = sign(said, key, parsed.kid)
    if parsed.output == "json":
        told = {"token": token, "header": header_of(key, parsed.kid), "claims": said, "key": str(parsed.key)}
        print(json.dumps(told, indent=2))
    else:
        print(token)
    return 0


def _more_claims(parsed: argparse.Namespace) -> dict[str, Any]:
    """What `--claim` says, if nothing else says it; or the end, for a wrong command line."""
    more: dict[str, Any] = {}
    flags = {"iss": parsed.issuer, "sub": parsed.subject, "aud": parsed.audience, "nbf": parsed.not_before}
    names = {"iss": "--issuer", "sub": "--subject", "aud": "--audience", "nbf": "--not-before"}
    for name, value in parsed.claim:
        if flags.get(name) not in (None, []):
            parsed.parser.error(f"argument --claim: {name!r} is what {names[name]} says")
        if name in more:
            parsed.parser.error(f"argument --claim: {name!r} is given twice; a list is written NAME:=[...]")
        more[name] = value
    return more


def _jwks(parsed: argparse.Namespace) -> int:
    if parsed.yaml and not parsed.issuer:
        parsed.parser.error("argument --yaml: needs --issuer, whose tokens to believe")
    notice()
    key = open_signing_key(parsed.key)
    if not parsed.yaml:
        print(key.jwks(parsed.kid))
        return 0
    rule: dict[str, Any] = {"issuer": parsed.issuer, "jwks": key.jwks(parsed.kid)}
    if parsed.audience:
        rule["audiences"] = parsed.audience
    print(f"# {MARK}")
    print(_yaml(_request_authentication(parsed.namespace, rule)), end="")
    return 0


def _request_authentication(namespace: str, rule: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": "security.istio.io/v1",
        "kind": "RequestAuthentication",
        "metadata": {"name": "dev-tokens", "namespace": namespace},
        "spec": {"jwtRules": [rule]},
    }


def _yaml(document: Mapping[str, Any]) -> str:
    text: str = yaml.safe_dump(document, sort_keys=False, width=sys.maxsize, allow_unicode=True)
    return text
