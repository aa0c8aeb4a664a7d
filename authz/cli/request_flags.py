"""A request by flags."""

import argparse
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

from authz.cli.request_values import (
    GivenRequest,
    check_remote_ip,
    json_value,
    parse_header,
    parse_ip,
    parse_port,
    parse_principal,
)
from authz.model.facts import Json
from authz.model.problem import Problems
from authz.model.request import Request
from authz.model.workload import Role, Workload, parse_target
from authz.resources.documents import Limits, SourceFile, read_documents
from authz.resources.fields import Fields
from authz.resources.json_documents import JsonError, parse_json

_T = TypeVar("_T")
_REQUEST_FLAGS = (
    "method",
    "path",
    "host",
    "scheme",
    "header",
    "principal",
    "certificate",
    "source_ip",
    "remote_ip",
    "destination_ip",
    "destination_port",
    "sni",
    "jwt_claims",
    "metadata",
    "tcp",
)


def add_request_flags(parser: argparse.ArgumentParser) -> None:
    """The flags that describe one request. What is not given, the request does not have."""
    group = parser.add_argument_group("the request, by flags", "What is not given, the request does not have.")
    group.add_argument("--method", help="GET is the default")
    group.add_argument("--path", help="with its query; / is the default")
    group.add_argument("--host", help=":authority, with its port if it was sent")
    group.add_argument("--scheme", help="http is the default")
    group.add_argument(
        "--header",
        metavar="'NAME: VALUE'",
        action="append",
        type=_read(parse_header),
        help="a line; may be given again",
    )
    group.add_argument(
        "--principal", metavar="spiffe://...", type=_read(parse_principal), help="the peer's name (mTLS)"
    )
    group.add_argument("--certificate", metavar="FILE", help="the peer's certificate (PEM), for all of its names")
    group.add_argument("--source-ip", metavar="IP", type=_read(parse_ip), help="the direct peer")
    group.add_argument(
        "--remote-ip",
        metavar="IP",
        type=_read(parse_ip),
        help="the original client: is put into x-forwarded-for as the mesh's trusted proxies would",
    )
    group.add_argument("--destination-ip", metavar="IP", type=_read(parse_ip))
    group.add_argument(
        "--destination-port", metavar="PORT", type=_read(parse_port), help="the workload's, not the service's"
    )
    group.add_argument("--sni", metavar="NAME", help="server name of the TLS handshake")
    group.add_argument(
        "--jwt-claims",
        metavar="CLAIMS",
        nargs="+",
        action="extend",
        help="of the verified token: one JSON object, one @FILE, or KEY=VALUE ... (a key given again makes a list)",
    )
    group.add_argument(
        "--metadata",
        metavar="NS:KEY=VALUE",
        action="append",
        help="dynamic metadata of another filter; may be given again (a key given again makes a list)",
    )
    group.add_argument("--tcp", action="store_true", default=None, help="a plain TCP connection, not HTTP")


def add_workload_flags(group: argparse._ArgumentGroup) -> None:  # the only name that argparse has for it
    """The flags that say more of the workload than `--workload` does."""
    group.add_argument(
        "--role", choices=[role.value for role in Role], help="what the asking proxy is to it: sidecar is the default"
    )
    for key in ("gateway", "service", "service-entry"):
        group.add_argument(
            f"--{key}",
            metavar="NS/NAME",
            action="append",
            type=_read(parse_target),
            help="for targetRefs; may be given again",
        )


def with_workload_flags(workload: Workload | None, parsed: argparse.Namespace) -> Workload | None:
    """The workload with what the flags add. Raises ValueError for flags about nobody."""
    gateways, services, entries = map(
        frozenset, (parsed.gateway or (), parsed.service or (), parsed.service_entry or ())
    )
    if workload is None:
        if parsed.role or gateways or services or entries:
            raise ValueError("--role, --gateway, --service and --service-entry say more of a --workload: give that too")
        return None
    return replace(
        workload,
        role=Role(parsed.role) if parsed.role else workload.role,
        gateways=gateways or workload.gateways,
        services=services or workload.services,
        service_entries=entries or workload.service_entries,
    )


def request_flags_given(parsed: argparse.Namespace) -> list[str]:
    """The flags of this group that were used."""
    return [f"--{name.replace('_', '-')}" for name in _REQUEST_FLAGS if getattr(parsed, name) is not None]


def request_of(parsed: argparse.Namespace) -> GivenRequest:
    """The request that the flags describe. Raises ValueError."""
    known = Request()
    request = Request(
        method=_given(parsed.method, known.method),
        path=_given(parsed.path, known.path),
        host=_given(parsed.host, known.host),
        scheme=_given(parsed.scheme, known.scheme),
        headers=tuple(parsed.header or ()),
        source_ip=_given(parsed.source_ip, ""),
        destination_ip=_given(parsed.destination_ip, ""),
        destination_port=_given(parsed.destination_port, 0),
        principal=_given(parsed.principal, ""),
        certificate=_certificate(parsed.certificate) if parsed.certificate is not None else "",
        sni=_given(parsed.sni, ""),
        claims=read_claims(parsed.jwt_claims) if parsed.jwt_claims is not None else None,
        dynamic_metadata=_metadata(parsed.metadata or ()),
        protocol="tcp" if parsed.tcp else "http",
    )
    remote_ip = _given(parsed.remote_ip, "")
    check_remote_ip(remote_ip, request)
    return GivenRequest(request, remote_ip)


def _given(value: _T | None, default: _T) -> _T:
    return default if value is None else value


def _read(parse: Callable[[str], _T]) -> Callable[[str], _T]:
    """A parser of ours as argparse wants it."""

    def read(text: str) -> _T:
        try:
            return parse(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return read


def _certificate(path: str) -> str:
    return quote(_content("--certificate", path).decode("ascii", "replace"), safe="")


def _content(flag: str, path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = getattr(error, "strerror", None) or error
        raise ValueError(f"{flag}: {path}: cannot be read: {reason}") from None


def read_claims(words: list[str]) -> Mapping[str, Json]:
    """One JSON object, one `@FILE` (JSON or YAML), or pairs. Raises ValueError."""
    first = words[0].lstrip()
    if first[:1] not in {"{", "@"}:
        return _pairs("--jwt-claims", words)
    if len(words) > 1:
        raise ValueError("--jwt-claims: one JSON object, one @FILE, or KEY=VALUE ..., not several of them")
    problems = Problems()
    if first[0] == "@":
        file = SourceFile(first[1:], _content("--jwt-claims", first[1:]))
        roots = [document.root for document in read_documents([file], problems)]
    else:
        file = SourceFile("the JSON", b"")
        try:
            roots = [parse_json(first, Limits().depth)]
        except JsonError as error:
            raise ValueError(f"--jwt-claims: {error} (line {error.line}, column {error.column})") from None
    claims = [json_value(Fields(file.name, problems), root, "") for root in roots]
    if len(problems):
        raise ValueError("--jwt-claims: " + "\n".join(map(str, problems)))
    if len(claims) != 1 or not isinstance(claims[0], Mapping):
        raise ValueError(f"--jwt-claims: expected one object, in {file.name} is something else")
    return claims[0]


def _metadata(texts: Iterable[str]) -> dict[str, Mapping[str, Json]]:
    by_namespace: dict[str, list[str]] = {}
    for text in texts:
        namespace, colon, pair = text.partition(":")
        if not colon or not namespace:
            raise ValueError(f"--metadata: expected NS:KEY=VALUE, found {text!r}")
        by_namespace.setdefault(namespace, []).append(pair)
    return {namespace: _pairs("--metadata", pairs) for namespace, pairs in by_namespace.items()}


def _pairs(flag: str, texts: Iterable[str]) -> dict[str, Json]:
    """Texts by key; those of a key that is given again make a list."""
    values: dict[str, list[str]] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise ValueError(f"{flag}: expected KEY=VALUE, found {text!r}")
        values.setdefault(key, []).append(value)
    return {key: given[0] if len(given) == 1 else given for key, given in values.items()}
