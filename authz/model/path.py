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


_UNRESERVED_ESCAPE = re.compile(r"%(2[dDeE]|3[0-9]|4[1-9a-fA-F]|5[0-9aAfF]|6[1-9a-fA-F]|7[0-9aAeE])")
_ESCAPED_SLASH = re.compile(r"%(2[fF]|5[cC])")
_SLASHES = re.compile(r"//+")


def path_of_target(target: str) -> str:
    """The path that policies match: the request target without its query.

    Never parsed as a URL: `//admin/x` is a path, not an authority.
    """
    return target.partition("?")[0]


def normalize_path(path: str, mode: PathNormalization) -> str:
    """The path as a proxy of this mesh would have sent it.

    BASE: `.` and `..` segments removed, backslash becomes slash, escaped unreserved characters decoded once; other
    escapes, their hex case, `//` and `;params` stay. MERGE_SLASHES also merges slashes, DECODE_AND_MERGE_SLASHES
    decodes `%2F` and `%5C` before all that.
    """
    if mode is PathNormalization.NONE or not path.startswith("/"):
        return path
    if mode is PathNormalization.DECODE_AND_MERGE_SLASHES:
        path = _ESCAPED_SLASH.sub(lambda found: chr(int(found[1], 16)), path)
    path = _UNRESERVED_ESCAPE.sub(lambda found: chr(int(found[1], 16)), path).replace("\\", "/")
    if "/." in path:
        path = _remove_dot_segments(path)
    return path if mode is PathNormalization.BASE else _SLASHES.sub("/", path)


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
    if "%" in path or "\\" in path or "/." in path:
        return False
    return mode is PathNormalization.BASE or mode is PathNormalization.NONE or "//" not in path
