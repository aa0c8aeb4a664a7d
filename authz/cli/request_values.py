"""What a request is made of where a person describes it, by flags or in a file: text -> value, or ValueError."""

import re
from dataclasses import dataclass, replace

from authz.model.address import parse_peer_address
from authz.model.facts import Json
from authz.model.problem import Code
from authz.model.request import Request
from authz.resources.fields import Fields, join
from authz.resources.nodes import Mapping, Node, Scalar, Sequence, boolean_of, scalar_type

MAX_PORT = 65535
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, 5.6.2
_WITHOUT_SCHEME = re.compile(r"[^/:]+/ns/[^/]+/sa/[^/]+")
_FORWARDED_FOR = "x-forwarded-for"
_OWN_FIELDS = {
    ":authority": "host",
    ":method": "method",
    ":path": "path",
    ":scheme": "scheme",
    "host": "host",
}


@dataclass(frozen=True, slots=True)
class GivenRequest:
    """A request as described. `remote_ip`: the original client, where it is not what the other fields say."""

    request: Request
    remote_ip: str = ""
    name: str = ""

    def at_proxy(self, trusted_proxies: int) -> Request:
        """The request as the proxy asks about it: the original client stands in `x-forwarded-for`.

        There it is followed by an entry for each proxy that the mesh trusts to have added one.
        """
        if not self.remote_ip:
            return self.request
        entries = [self.remote_ip, *[self.request.source_ip or "unknown"] * trusted_proxies]
        return replace(self.request, headers=(*self.request.headers, (_FORWARDED_FOR, ", ".join(entries))))


def check_remote_ip(remote_ip: str, request: Request) -> None:
    """Raise ValueError where something else says already who the original client is."""
    if not remote_ip:
        return
    if not request.is_http:
        raise ValueError("a TCP connection has no client behind the direct peer; give the source ip")
    if request.header_lines(_FORWARDED_FOR):
        raise ValueError(f"give the remote ip or the header {_FORWARDED_FOR}, not both")


def parse_header(text: str) -> tuple[str, str]:
    """Read `NAME: VALUE`."""
    colon = text.find(":", 1)  # a pseudo header begins with one
    if colon < 0:
        raise ValueError(f"expected NAME: VALUE, found {text!r}")
    return header(text[:colon], text[colon + 1 :].strip(" \t"))


def header(name: str, value: str) -> tuple[str, str]:
    """A header whose name can be one."""
    if name.lower() in _OWN_FIELDS:
        raise ValueError(f"{name} is no header here; give the {_OWN_FIELDS[name.lower()]}")
    if not _TOKEN.fullmatch(name):
        raise ValueError(f"{name!r} is no name of a header")
    return name, value


def parse_ip(text: str) -> str:
    """An IP address."""
    try:
        found = parse_peer_address(text)
    except ValueError:
        return text  # a named zone is an address, if one that nobody can place
    if found is None:
        raise ValueError(f"{text!r} is not an IP address")
    return text


def parse_port(text: str) -> int:
    """A port."""
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(MAX_PORT)) and int(text) <= MAX_PORT):
        raise ValueError(f"expected a port from 0 to {MAX_PORT}, found {text!r}")
    return int(text)


def parse_principal(text: str) -> str:
    """The peer's name in its certificate. The form that policies use lacks the scheme, and is no name of a peer."""
    if _WITHOUT_SCHEME.fullmatch(text):
        raise ValueError(f"a peer's SPIFFE id begins with spiffe://; write spiffe://{text}")
    return text


def json_value(fields: Fields, node: Node, path: str) -> Json:
    """A value of a token or of dynamic metadata; what is not one is a problem, and None."""
    match node:
        case Mapping(entries):
            return {key: json_value(fields, value, join(path, key)) for key, (_, value) in entries.items()}
        case Sequence(items):
            return [json_value(fields, item, f"{path}[{index}]") for index, item in enumerate(items)]
        case Scalar(text):
            return _scalar(fields, node, text, path)


def _scalar(fields: Fields, node: Scalar, text: str, path: str) -> Json:
    match scalar_type(node):
        case "null":
            return None
        case "boolean":
            return boolean_of(node)
        case "number":
            try:
                return int(text) if len(text) < 16 and text.lstrip("-").isdigit() else float(text)  # noqa: PLR2004
            except ValueError:
                message = f'{text} is a number to some readers only; write a plain one, or "{text}" in quotes'
                fields.problem(Code.WRONG_TYPE, node, path, message)
                return None
        case _:
            return text
