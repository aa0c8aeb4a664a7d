"""Request paths: the part that policies see, and the normal forms of a mesh.

Source: istio/api mesh/v1alpha1 MeshConfig.ProxyPathNormalization; Envoy's path canonicalization.
"""

import re
from enum import Enum


class PathNormalization(Enum):
    """What the mesh's proxies do to a path before anyone looks at it."""

    NONE = "NONE"
    BASE = "BASE"
    MERGE_SLASHES = "MERGE_SLASHES"
    DECODE_AND_MERGE_SLASHES = "DECODE_AND_MERGE_SLASHES"


_PERCENT = re.compile(r"%([0-9a-fA-F]{2})?")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_LONE = "\0"  # stands for a `%` that begins no escape; a path with a real NUL is denied before
_LONE_BEFORE_HEX = re.compile(f"{_LONE}(?=[0-9a-fA-F]{{2}})")
_ESCAPED_BY_ENVOY = {ord(character): f"%{ord(character):02X}" for character in '"<>`{}|^'}
_DOT_SEGMENT_PARAMETERS = re.compile(r"(?<=/)(\.\.?);[^/]*")
_MAYBE_NOT_NORMAL = re.compile(r"""[%\\"<>`{}|^]|/\.""")
_ESCAPED_SLASH = re.compile(r"%(2[fF]|5[cC])")
_SLASHES = re.compile(r"//+")


def path_of_target(target: str) -> str:
    """The path that policies match: the request target without its query.

    Never parsed as a URL: `//admin/x` is a path, not an authority.
    """
    return target.partition("?")[0]


def normalize_path(path: str, mode: PathNormalization) -> str:
    """The path as a proxy of this mesh would have sent it.

    BASE: `.` and `..` segments removed (also `..;params`), backslash becomes slash, escaped unreserved characters
    decoded once, `"<>`{}|^` escaped; other escapes, their hex case, `//` and other `;params` stay. MERGE_SLASHES also
    merges slashes (but a path of slashes alone keeps two), DECODE_AND_MERGE_SLASHES decodes `%2F` and `%5C` before
    all that. tests/e2e/test_normal_forms.py holds this against a real Envoy.
    """
    if mode is PathNormalization.NONE or not path.startswith("/"):
        return path
    if mode is PathNormalization.DECODE_AND_MERGE_SLASHES:
        path = _ESCAPED_SLASH.sub(lambda found: chr(int(found[1], 16)), path)
    path = _decode_unreserved(_DOT_SEGMENT_PARAMETERS.sub(r"\1", path))
    path = path.replace("\\", "/").translate(_ESCAPED_BY_ENVOY)
    if "/." in path:
        path = _remove_dot_segments(path)
    return path if mode is PathNormalization.BASE else _merge_slashes(path)


def _decode_unreserved(path: str) -> str:
    """Decode what needs no escape. A lone `%` that would begin an escape afterwards is escaped itself."""
    decoded = _PERCENT.sub(_decode, path)
    return _LONE_BEFORE_HEX.sub("%25", decoded).replace(_LONE, "%")


def _decode(found: re.Match[str]) -> str:
    if not found[1]:
        return _LONE
    character = chr(int(found[1], 16))
    return character if character in _UNRESERVED else found[0]


def _merge_slashes(path: str) -> str:
    merged = _SLASHES.sub("/", path)
    return "//" if merged == "/" and path != "/" else merged


def _remove_dot_segments(path: str) -> str:
    segments = path[1:].split("/")
    kept: list[str] = []
    for segment in segments:
        if segment == "..":
            if kept:
                kept.pop()
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in {".", ".."}:
        kept.append("")
    return "/" + "/".join(kept)


def looks_normal(path: str, mode: PathNormalization) -> bool:
    """Whether the path surely is in the mesh's normal form already: a cheap test that may say no too often."""
    if _MAYBE_NOT_NORMAL.search(path):
        return False
    return mode is PathNormalization.BASE or mode is PathNormalization.NONE or "//" not in path
