"""Checks of how any value is written: stars that are no wildcards, blanks."""

import re

from authz.model.problem import Code
from authz.model.rule import AttributeKind
from authz.model.template import is_template, parse_template
from authz.resources.lint.subject import TextCheck

_NAMESPACE = re.compile(r"[^/]*/ns/([^/*]+)/(?:sa/)?\*")
_ACCOUNT = re.compile(r"[^/]*/ns/\*/sa/([^/*]+)")


def stray_blank(text: str) -> str | None:
    """A blank at an end. Proxies trim what they receive, and nobody sees a blank in a file."""
    meant = text.strip()
    return None if meant == text or not meant else f"{text!r} begins or ends with a blank; write {meant!r}"


def star_in_path(text: str) -> str | None:
    """`/a/*/b`, `/a/**`, `*/a*`. Silent for templates: another star in one is an error."""
    if not _has_literal_star(text) or is_template(text):
        return None
    return f"{_literal(text)}; {_path_that_is_meant(text)}"


def _path_that_is_meant(text: str) -> str:
    prefix = text.rstrip("*")
    if "*" not in prefix:
        return f"write {prefix + '*'!r} for all that begins so"
    *segments, last = text.split("/")
    wanted = ["{*}" if segment == "*" else segment for segment in segments] + ["{**}" if last in {"*", "**"} else last]
    template = "/".join(wanted)
    try:
        parse_template(template)
    except ValueError:
        return "a template such as /a/{*}/b has {*} for one segment, and {**} at its end for any rest"
    return f"write the template {template!r}"


def star_in_principal(text: str) -> str | None:
    """`cluster.local/ns/*/sa/a`, `*/ns/a/*`."""
    if not _has_literal_star(text):
        return None
    if found := _NAMESPACE.fullmatch(text):
        return f"{_literal(text)}; write `namespaces: [{found[1]}]`"
    if found := _ACCOUNT.fullmatch(text):
        return f"{_literal(text)}; write '*/sa/{found[1]}' for that account of any namespace"
    return f"{_literal(text)}; list the principals, or use `namespaces`, where `*` may stand anywhere"


def star_in_request_principal(text: str) -> str | None:
    """`*/*`, `*iss/*`."""
    if not _has_literal_star(text):
        return None
    meant = (
        "'*' for any token"
        if not text.strip("*/")
        else "ISSUER/* for any subject of an issuer, */SUBJECT for any issuer"
    )
    return f"{_literal(text)}; write {meant}"


def star_in_name(text: str) -> str | None:
    """A star within a host, a method, a server name: none of them has one."""
    return f"{_literal(text)}; list what is meant" if _has_literal_star(text) else None


def star_at_both_ends(text: str) -> str | None:
    """`*curl*`. Silent for other stars: a header or a claim may well have some, such as `*/*` or `orders:*:read`."""
    if len(text) > 1 and text[0] == text[-1] == "*" and any(character.isalnum() for character in text):
        return f"{_literal(text)}; there is no way to ask for a part of a value"
    return None


def _has_literal_star(text: str) -> bool:
    return "*" in (text[1:] if text.startswith("*") else text[:-1])


def _literal(text: str) -> str:
    return f"only one `*`, at the beginning or else at the end, is a wildcard; {text!r} has another, taken literally"


_TEXTS = frozenset(
    set(AttributeKind)
    - {
        AttributeKind.SOURCE_IP,
        AttributeKind.REMOTE_IP,
        AttributeKind.DESTINATION_IP,
        AttributeKind.DESTINATION_PORT,
        AttributeKind.METADATA,
    }
)
TEXT_CHECKS = (
    TextCheck(Code.STRAY_BLANK, _TEXTS, stray_blank),
    TextCheck(Code.LITERAL_STAR, frozenset({AttributeKind.PATH}), star_in_path),
    TextCheck(Code.LITERAL_STAR, frozenset({AttributeKind.SOURCE_PRINCIPAL}), star_in_principal),
    TextCheck(Code.LITERAL_STAR, frozenset({AttributeKind.REQUEST_PRINCIPAL}), star_in_request_principal),
    TextCheck(
        Code.LITERAL_STAR, frozenset({AttributeKind.HOST, AttributeKind.METHOD, AttributeKind.SNI}), star_in_name
    ),
    TextCheck(
        Code.LITERAL_STAR,
        frozenset({AttributeKind.HEADER, AttributeKind.CLAIM, AttributeKind.METADATA}),
        star_at_both_ends,
    ),
)
