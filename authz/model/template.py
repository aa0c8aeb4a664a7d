"""URI templates in `paths`: `/users/{*}/files/{**}`.

Source: Envoy's URI template matcher as Istio generates it; istio/istio pkg/config/security/security.go (validation).
"""

import re
from dataclasses import dataclass

ONE_SEGMENT, ANY_TAIL = "{*}", "{**}"

_LITERAL = re.compile(r"[a-zA-Z0-9\-._~%!$&'()+,;:@=]+")  # no `*`, no empty segment
# what a glob may span: RFC 3986 pchar and `*`
_SPAN = r"[a-zA-Z0-9\-._~%!$&'()*+,;:@=]"
SEGMENT = re.compile(f"{_SPAN}+")
TAIL = re.compile(f"(?:{_SPAN}|/)*")


@dataclass(frozen=True, slots=True)
class UriTemplate:
    """`segments` are matched one to one, a None being `{*}`; with a `tail`, `{**}` and that literal text follow."""

    segments: tuple[str | None, ...]
    tail: str | None


def is_template(text: str) -> bool:
    """Whether a path value is a template: it names one of the two operators."""
    return ONE_SEGMENT in text or ANY_TAIL in text


def parse_template(text: str) -> UriTemplate:
    """Read a template; a ValueError says what is wrong with it."""
    problem = _problem_of(text)
    if problem:
        raise ValueError(problem)
    head, glob, tail = text.partition(ANY_TAIL)
    segments = (head[:-1] if glob else head).split("/")
    return UriTemplate(
        segments=tuple(None if segment == ONE_SEGMENT else segment for segment in segments),
        tail=tail if glob else None,
    )


def check_path_braces(text: str) -> str | None:
    """Why a path value that is no template is refused all the same; None: it is not."""
    if "{" in text or "}" in text:
        return "'{' and '}' only stand in the operators {*} (one segment) and {**} (any rest)"
    return None


def _problem_of(text: str) -> str | None:
    if not text.startswith("/"):
        return "a template begins with '/'"
    tail_seen = False
    for segment in text.strip("/").split("/"):
        if segment in {ONE_SEGMENT, ANY_TAIL}:
            if tail_seen:
                return "nothing but literal text may follow {**}"
            tail_seen = segment == ANY_TAIL
        elif "{" in segment or "}" in segment:
            return f"a segment is {{*}}, {{**}} or has no braces, found {segment!r}"
        elif not _LITERAL.fullmatch(segment):
            return f"the segment {segment!r} of a template has characters that never match"
    return None


def template_matches(template: UriTemplate, path: str) -> bool:
    """Whether the whole path has the form."""
    wanted = template.segments
    if template.tail is None:
        parts = path.split("/")
        return len(parts) == len(wanted) and _segments_match(wanted, parts)
    parts = path.split("/", len(wanted))
    if len(parts) != len(wanted) + 1 or not _segments_match(wanted, parts):
        return False
    rest = parts[-1]
    return rest.endswith(template.tail) and TAIL.fullmatch(rest[: len(rest) - len(template.tail)]) is not None


def _segments_match(wanted: tuple[str | None, ...], parts: list[str]) -> bool:
    for literal, part in zip(wanted, parts, strict=False):
        if part != literal and (literal is not None or SEGMENT.fullmatch(part) is None):
            return False
    return True
