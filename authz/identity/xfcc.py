"""`x-forwarded-client-cert`: what a proxy says of the clients in front of it.

Read strictly: what proxies write is a small part of what readers have been lenient about, and a reader that guesses
differently from its neighbour is how one client becomes another. Source: Envoy's documentation of the header, and
source/common/http/conn_manager_utility.cc, which writes it.
"""

import hashlib
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from authz.identity.certificate import UNREADABLE

MAX_LENGTH = 64 * 1024
MAX_ELEMENTS = 16

_KEYS = {key.lower(): key for key in ("By", "Hash", "Cert", "Chain", "Subject", "URI", "DNS")}
_SEVERAL = frozenset({"by", "uri", "dns"})


class XfccError(ValueError):
    """A header that is not what a proxy writes; the text says why."""


@dataclass(frozen=True, slots=True)
class ForwardedClient:
    """One element: `by` whom it was written, and the client's certificate as far as that proxy tells of it.

    `certificate` and `chain` are URL-encoded PEM. Empty: the element has no such thing.
    """

    by: tuple[str, ...] = ()
    uris: tuple[str, ...] = ()
    dns: tuple[str, ...] = ()
    subject: str = ""
    hash: str = ""
    certificate: str = ""
    chain: str = ""


def parse_xfcc(text: str) -> tuple[ForwardedClient, ...]:
    """Read a header, the element of the nearest client last. Raises XfccError."""
    if len(text) > MAX_LENGTH:
        raise XfccError(f"longer than {MAX_LENGTH} characters")
    if not text.isprintable() or not text.isascii():
        raise XfccError("has characters that are not printable ASCII")
    elements = [_element(pairs) for pairs in _split(text)]
    if len(elements) > MAX_ELEMENTS:
        raise XfccError(f"has more than {MAX_ELEMENTS} elements")
    return tuple(elements)


def nearest_client(elements: tuple[ForwardedClient, ...], proxy: str, own: str) -> ForwardedClient | None:
    """The element that `proxy`, which is listed, has written of its own client; None: it has written none.

    `proxy` is its name, empty where it is known by its address only. The proxy that asks us, by the name of `own`, may
    have added an element itself, of `proxy`: Envoy does so where it appends. Each says in `By` who wrote it, if its
    certificate has a name. Raises XfccError where it cannot be told who has written the last element.
    """
    last = elements[-1]
    if not proxy or proxy not in last.uris:
        return last
    if not own or own == proxy:
        raise XfccError(f"its last element is of {proxy!r}, and it cannot be told whether that proxy wrote it")
    if own not in last.by:
        return last
    return elements[-2] if len(elements) > 1 else None


def check_hash(element: ForwardedClient) -> None:
    """Raise XfccError where the certificate of an element is not the one that it has the hash of."""
    try:
        certificate = x509.load_pem_x509_certificate(unquote_to_bytes(element.certificate))
    except UNREADABLE as error:
        raise XfccError(f"its certificate cannot be read: {error}") from None
    if element.hash.lower() != hashlib.sha256(certificate.public_bytes(Encoding.DER)).hexdigest():
        raise XfccError("its hash is not that of its certificate")


def _element(pairs: list[tuple[str, str]]) -> ForwardedClient:
    found: dict[str, list[str]] = {}
    for written, value in pairs:
        key = written.lower()
        if key not in _KEYS:
            raise XfccError(f"has the key {written!r}; known are {', '.join(_KEYS.values())}")
        if key in found and key not in _SEVERAL:
            raise XfccError(f"has {_KEYS[key]} twice in one element")
        found.setdefault(key, []).append(value)
    several = {key: tuple(filter(None, found.get(key, ()))) for key in _SEVERAL}
    single = {key: found.get(key, [""])[0] for key in _KEYS.keys() - _SEVERAL}
    return ForwardedClient(
        by=several["by"],
        uris=several["uri"],
        dns=several["dns"],
        subject=single["subject"],
        hash=single["hash"],
        certificate=single["cert"],
        chain=single["chain"],
    )


def _split(text: str) -> list[list[tuple[str, str]]]:
    """Elements between commas, pairs between semicolons; both may stand in a quoted value."""
    elements: list[list[tuple[str, str]]] = [[]]
    at = 0
    while True:
        key, at = _key(text, at)
        value, at = _quoted(text, at + 1) if text[at : at + 1] == '"' else _bare(text, at)
        elements[-1].append((key, value))
        if at == len(text):
            return elements
        if text[at] == ",":
            elements.append([])
        elif text[at] != ";":
            raise XfccError(f"expected `,` or `;` at character {at + 1}, found {text[at]!r}")
        at += 1


def _key(text: str, at: int) -> tuple[str, int]:
    """A key, and where its value begins. Proxies that join lines put a blank behind the comma."""
    end = text.find("=", at)
    key = text[at:end].lstrip(" ") if end >= 0 else ""
    if not key.isalpha():
        raise XfccError(f"expected KEY=VALUE at character {at + 1}")
    return key, end + 1


def _bare(text: str, at: int) -> tuple[str, int]:
    """A value without quotes ends at a comma or semicolon, and has no quotes, equals signs, blanks or backslashes."""
    end = at
    while end < len(text) and text[end] not in ",;":
        if text[end] in '"= \\':
            raise XfccError(f"{text[end]!r} at character {end + 1} may stand in a quoted value only")
        end += 1
    return text[at:end], end


def _quoted(text: str, at: int) -> tuple[str, int]:
    r"""A quoted value and where it ends. `\"` is a quote; other escapes are the value's own, as a subject's `\,` is."""
    written: list[str] = []
    while at < len(text):
        character = text[at]
        if character == '"':
            return "".join(written), at + 1
        if character == "\\":
            following = text[at + 1 : at + 2]
            written.append(following if following == '"' else character + following)
            at += 2
            continue
        written.append(character)
        at += 1
    raise XfccError("a quoted value does not end")
