"""`exportTo`: which namespaces see a resource.

Source: istio/istio pkg/config/visibility/visibility.go, pkg/config/validation/validation.go, validateExportTo.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

_NAMESPACE = re.compile("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_EVERYWHERE, _OWN, _NOWHERE = "*", ".", "~"


@dataclass(frozen=True, slots=True)
class ExportTo:
    """`is_public`: all namespaces; else those of `namespaces`, of which there may be none. `.` has become a name."""

    namespaces: frozenset[str] = frozenset()
    is_public: bool = False

    def visible_to(self, namespace: str) -> bool:
        """Whether a namespace sees what is exported so."""
        return self.is_public or namespace in self.namespaces


PUBLIC = ExportTo(is_public=True)
NOWHERE = ExportTo()


def parse_export_to(words: Iterable[str], namespace: str, *, nowhere: bool = False) -> ExportTo | None:
    """Read the words of a resource in `namespace`; None without any: the mesh's default.

    `nowhere`: whether `~` is allowed. Raises ValueError.
    """
    found = tuple(words)
    if not found:
        return None
    for word in found:
        if word not in {_EVERYWHERE, _OWN} and not (nowhere and word == _NOWHERE) and not is_namespace_label(word):
            kinds = "`*`, `.`, a namespace" + (" or `~`" if nowhere else "")
            raise ValueError(f"expected {kinds}, found {word!r}")
    if len(found) > 1 and {_EVERYWHERE, _NOWHERE} & set(found):
        raise ValueError("`*` and `~` stand alone, beside them other entries mean nothing")
    names = [namespace if word == _OWN else word for word in found]
    if len(set(names)) < len(names):
        raise ValueError(f"the same namespace twice; `.` is {namespace!r}")
    if found == (_EVERYWHERE,):
        return PUBLIC
    return NOWHERE if found == (_NOWHERE,) else ExportTo(frozenset(names))


def is_namespace_label(text: str) -> bool:
    """Whether a namespace can have this name: an RFC 1123 label."""
    return _NAMESPACE.fullmatch(text) is not None
