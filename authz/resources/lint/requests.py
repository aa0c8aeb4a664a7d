"""Checks of what is asked for: methods, paths, hosts, server names, pseudo headers."""

import re
from collections.abc import Iterator
from difflib import get_close_matches
from urllib.parse import quote

from authz.model.path import normalize_path
from authz.model.problem import Code
from authz.model.rule import AttributeKind, Requirement
from authz.model.string_match import ascii_lower
from authz.model.template import is_template
from authz.resources.lint.subject import Subject, TextCheck, ValueCheck, a_miss_lets_through

_METHODS = frozenset(
    "ACL BAN BASELINE-CONTROL BIND CHECKIN CHECKOUT CONNECT COPY DELETE GET HEAD LABEL LINK LOCK M-SEARCH MERGE "  # noqa: SIM905 - a table
    "MKACTIVITY MKCALENDAR MKCOL MKREDIRECTREF MKWORKSPACE MOVE NOTIFY OPTIONS ORDERPATCH PATCH POST PROPFIND "
    "PROPPATCH PURGE PUT QUERY REBIND REPORT SEARCH SOURCE SUBSCRIBE TRACE UNBIND UNCHECKOUT UNLINK UNLOCK UNSUBSCRIBE "
    "UPDATE UPDATEREDIRECTREF VERSION-CONTROL".split()
)
_HAS_PORT = re.compile(r":[0-9*]*$")
_NOT_VISIBLE = re.compile(r"[^!-~]")


def method_case(text: str) -> str | None:
    """`get`. Silent for words that are no method in any case."""
    upper = text.strip().upper()
    if upper == text.strip() or not _is_method(upper):
        return None
    return f"methods are compared with their case, so {text!r} is not {upper!r}; write {upper!r}"


def unknown_method(text: str) -> str | None:
    """`GETS`, `GRPC`. Silent for all that IANA lists, and some that are in use without it."""
    upper = text.strip().upper()
    if _is_method(upper):
        return None
    if upper == "GRPC":
        return f"{text!r} is no method; every gRPC call is a POST, and its path is /PACKAGE.SERVICE/METHOD"
    close = get_close_matches(upper, _METHODS, n=1)
    hint = f"; did you mean {close[0]!r}?" if close else "; write one method a value, such as 'GET'"
    return f"{text!r} is no method that we know{hint}"


def _is_method(upper: str) -> bool:
    if "*" not in upper:
        return upper in _METHODS
    start, _, end = upper.partition("*")
    return any(method.startswith(start) and method.endswith(end) for method in _METHODS) or "*" in end


def path_start(text: str) -> str | None:
    """`admin`, `https://host/admin`: every path begins with a slash. Silent where a `*` comes first."""
    path = text.strip()
    if path.startswith(("/", "*")) or not path:
        return None
    meant = path.partition("://")[2].partition("/")[2] if "://" in path else path
    return f"a path begins with '/', so {text!r} never matches; write {'/' + meant!r}"


def query_in_path(text: str) -> str | None:
    """`/search?q=x`, `/a#b`: a path ends before either."""
    path = re.split(r"[?#]", text, maxsplit=1)[0]
    if path == text:
        return None
    hint = f"; write {path!r}" if path.strip("*") else ""
    return f"neither query nor fragment are part of the path, so {text!r} never matches{hint}"


def path_not_normal(requirement: Requirement, subject: Subject) -> Iterator[tuple[int, str]]:
    """`/a/../b`, `/%61`, `/a b`: no path comes here like that. Silent where the mesh has `normalization: NONE`.

    Of a prefix only what stays so whatever follows; the same for suffixes.
    """
    mode = subject.config.path_normalization
    for index, text in enumerate(requirement.texts):
        template = is_template(text)
        if not text.startswith(("/", "*")) or "?" in text or "#" in text:
            continue
        if _NOT_VISIBLE.search(text.strip()):
            meant = quote(text.strip(), safe="!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
            yield index, f"clients send such characters escaped, so {text!r} does not match; write {meant!r}"
            continue
        before, after = "/x" * text.startswith("*"), "x" * text.endswith("*")
        sample = before + (_fill(text) if template else _without_star(text)) + after
        normal = normalize_path(sample, mode)
        if normal != sample:
            meant = "" if template else _meant(normal, before, after)
            yield index, f"a path comes here in its normal form, so {text!r} does not match{meant}"


def _without_star(text: str) -> str:
    return text[1:] if text.startswith("*") else text.removesuffix("*")


def _fill(template: str) -> str:
    return template.replace("{**}", "x").replace("{*}", "x")


def _meant(normal: str, before: str, after: str) -> str:
    if not (normal.startswith(before) and normal.endswith(after)):
        return ""
    inner = normal[len(before) : len(normal) - len(after)]
    return f"; write {'*' * bool(before) + inner + '*' * bool(after)!r}"


def url_as_host(text: str) -> str | None:
    """`https://example.com`, `example.com/v1`: a host has neither scheme nor path."""
    if "/" not in text:
        return None
    host = text.rpartition("://")[2].partition("/")[0]
    hint = f"; write {host!r}" if host.strip("*") else ""
    return f"a host has no scheme and no path, so {text!r} never matches{hint}"


def host_without_port(requirement: Requirement, subject: Subject) -> Iterator[tuple[int, str]]:
    """`example.com` without `example.com:*`: a client may write the port, and is not this host then.

    Silent where that denies, and does not let through.
    """
    if not a_miss_lets_through(subject, requirement):
        return
    written = {ascii_lower(text) for text in requirement.texts}
    for index, text in enumerate(requirement.texts):
        host = ascii_lower(text)
        if text.endswith("*") or "/" in text or _HAS_PORT.search(text) or {f"{host}:*", f"{host}*"} & written:
            continue
        if not text.startswith("*"):
            yield index, f"{text!r} is not {text + ':8080'!r}, which is let through; write '{text}:*' beside it"
        elif not any(other.startswith(f"{host}:") for other in written):
            meant = f"write '{text}:PORT' beside it for each port that clients can use"
            yield index, f"{text!r} does not match a host with its port, which is let through; {meant}"


def server_name(text: str) -> str | None:
    """`Example.com`, `example.com:443` as SNI: the name comes in lower case and alone."""
    meant = ascii_lower(text).rpartition("://")[2].partition("/")[0].partition(":")[0]
    if meant == text:
        return None
    return f"server names come in lower case, without scheme and port, so {text!r} never matches; write {meant!r}"


def pseudo_header(requirement: Requirement, subject: Subject) -> Iterator[tuple[int, str]]:
    """`request.headers[host]`, `request.headers[:path]`: there are fields that see through case and query.

    Silent for an exact lower-case host where a miss denies, for prefixes of a path, and for presence.
    """
    name = requirement.attribute.name[0]
    if name not in {"host", ":authority", ":path"}:
        return
    open_to_miss = a_miss_lets_through(subject, requirement)
    for index, text in enumerate(requirement.texts):
        if text == "*":
            continue
        if name == ":path":
            if open_to_miss and not text.endswith("*"):
                field = "notPaths" if requirement.negated else "paths"
                yield (
                    index,
                    f"this is compared with the query, so '{text}?x' is let through; use `{field}` of an operation",
                )
        elif open_to_miss or text != ascii_lower(text):
            field = "notHosts" if requirement.negated else "hosts"
            yield index, f"{text!r} is compared with its case here, and hosts have none; use `{field}` of an operation"


_PATH, _HOST = frozenset({AttributeKind.PATH}), frozenset({AttributeKind.HOST})
_METHOD = frozenset({AttributeKind.METHOD})
TEXT_CHECKS = (
    TextCheck(Code.METHOD_CASE, _METHOD, method_case),
    TextCheck(Code.UNKNOWN_METHOD, _METHOD, unknown_method),
    TextCheck(Code.PATH_START, _PATH, path_start),
    TextCheck(Code.QUERY_IN_PATH, _PATH, query_in_path),
    TextCheck(Code.URL_AS_HOST, _HOST, url_as_host),
    TextCheck(Code.SERVER_NAME, frozenset({AttributeKind.SNI}), server_name),
)
VALUE_CHECKS = (
    ValueCheck(Code.PATH_NOT_NORMAL, _PATH, path_not_normal),
    ValueCheck(Code.HOST_WITHOUT_PORT, _HOST, host_without_port),
    ValueCheck(Code.PSEUDO_HEADER, frozenset({AttributeKind.HEADER}), pseudo_header),
)
