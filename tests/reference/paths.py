"""Paths: the form they should have, and how they are matched (§4, §5)."""

import re
from dataclasses import replace

from tests.reference.match import regex_matches, string_matches
from tests.reference.model import Mesh, Request

SEGMENT = r"[A-Za-z0-9\-._~%!$&'()*+,;:@=]"
UNRESERVED = re.compile(r"[A-Za-z0-9\-._~]")
ESCAPED_BY_NORMALIZATION = re.compile(r'["<>^`{|}\x01-\x20\x7f-\U0010ffff]')


def path_matches(value: str, path: str) -> bool:
    """§4: a URI template, or the general string form, against the path without its query."""
    text = path.partition("?")[0]
    if "{*}" in value or "{**}" in value:
        return regex_matches(template_regex(value), text)
    return string_matches(value, text)


def template_regex(template: str) -> str:
    """§4, URI templates: `{*}` is one segment, `{**}` any number of them; the rest is literal."""
    regexes = {"{*}": SEGMENT + "+", "{**}": f"(?:{SEGMENT}|/)*"}
    return "".join(regexes.get(part) or re.escape(part) for part in re.split(r"(\{\*\*?\})", template))


def path_forms(request: Request, mesh: Mesh) -> tuple[Request, ...]:
    """The request in each form that its path must be allowed in; none where it is refused unseen (contract: path)."""
    if request.protocol == "tcp":
        return (request,)
    if "\0" in request.path or "#" in request.path:
        return ()
    if request.method == "CONNECT" or (request.method == "OPTIONS" and request.path == "*"):
        return (request,)
    if not request.path.startswith("/"):
        return ()
    mode = (mesh.get("pathNormalization") or {}).get("normalization") or "DEFAULT"
    normal = normalize(request.path, mode)
    if normal is None:
        return ()
    return (request,) if normal == request.path else (request, replace(request, path=normal))


def normalize(path: str, mode: str) -> str | None:
    """A path in the mesh's normal form, the query untouched (§5, normalisation); None where it has none.

    recorded: `%00` is refused (400), so it has no normal form. A proxy normalizes once; the result need not be
    in normal form itself: `/a/%2e%2e;x/b` gives `/a/..;x/b`, which gives `/b`.
    """
    if mode == "NONE":
        return path
    text, mark, query = path.partition("?")
    if mode == "DECODE_AND_MERGE_SLASHES":
        text = re.sub("(?i)%5C", r"\\", re.sub("(?i)%2F", "/", text))
    text = re.sub(
        r"(?<=/)(\.\.?);[^/]*", r"\1", text
    )  # recorded: plain dot segments lose their ;params, and count as dot segments
    if "%00" in text:
        return None
    text = without_dot_segments(escape_odd(decode_unreserved(text.replace("\\", "/"))))
    if mode in ("MERGE_SLASHES", "DECODE_AND_MERGE_SLASHES"):
        text = "//" if re.fullmatch("//+", text) else re.sub("/+", "/", text)  # recorded: nothing but slashes stays two
    return text + mark + query


def decode_unreserved(text: str) -> str:
    """§5: `%61` becomes `a`, `%2e` a dot; other escapes keep even the case of their digits.

    recorded: a stray `%` that would become an escape by what is decoded after it turns into `%25` (`%6%61`: `%256a`).
    """

    def decode(escape: re.Match[str]) -> str:
        character = chr(int(escape[1], 16))
        return character if UNRESERVED.fullmatch(character) else escape[0]

    stray = "\0"  # no path with a NUL comes here
    text = re.sub("%(?![0-9A-Fa-f]{2})", stray, text)
    text = re.sub("%([0-9A-Fa-f]{2})", decode, text)
    return re.sub(stray + "(?=[0-9A-Fa-f]{2})", "%25", text).replace(stray, "%")


def escape_odd(text: str) -> str:
    """recorded: characters that no URI may have (`"<>^`{|}` and others) become escapes with capital digits."""

    def escape(character: re.Match[str]) -> str:
        return "".join(f"%{byte:02X}" for byte in character[0].encode())

    return ESCAPED_BY_NORMALIZATION.sub(escape, text)


def without_dot_segments(text: str) -> str:
    """§5: `.` goes, `..` goes with the segment before it; empty segments count as segments."""
    kept: list[str] = []
    segments = text.split("/")[1:]
    for index, segment in enumerate(segments):
        last = index == len(segments) - 1
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
            continue
        if last:
            kept.append("")
    return "/" + "/".join(kept)
