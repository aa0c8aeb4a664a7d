"""Secrets: documents -> records, or problems that never say what is in them.

Source: the Kubernetes API reference, core/v1 Secret: `data` is base64, `stringData` is text and wins.
"""

import base64
import binascii

from authz.model.problem import Code
from authz.model.routing.kubernetes import Secret
from authz.resources.fields import Fields, join
from authz.resources.metadata import Metadata
from authz.resources.nodes import Mapping, Node, Scalar, scalar_type

_LINE_BREAKS = str.maketrans("", "", "\r\n")


def read_secret(fields: Fields, metadata: Metadata, root: Mapping) -> Secret:
    """The secret that a document holds, decoded. What is wrong goes to `fields.problems`; then it is not used."""
    data = {
        key: _decoded(fields, node, join("data", key), node.text)
        for key, node in _texts(fields, root.get("data"), "data")
    }
    data |= {key: node.text.encode() for key, node in _texts(fields, root.get("stringData"), "stringData")}
    return Secret(
        namespace=metadata.namespace,
        name=metadata.name,
        type=fields.string(root.get("type"), "type") or "Opaque",
        data=tuple(data.items()),
        created=metadata.created,
        where=metadata.where,
    )


def _texts(fields: Fields, node: Node | None, path: str) -> list[tuple[str, Scalar]]:
    """The entries of a mapping of texts. Unlike `Fields.string_map` its problems do not show what was found."""
    if node is None or (type(node) is Scalar and node.plain and scalar_type(node) == "null"):
        return []
    if type(node) is not Mapping:
        fields.problem(Code.BAD_SECRET, node, path, "expected a mapping of texts, found something else")
        return []
    found = []
    for key, (_, value) in node.entries.items():
        if type(value) is Scalar and (not value.plain or scalar_type(value) in {"string", "null"}):
            found.append((key, value))
        else:
            fields.problem(Code.BAD_SECRET, value, join(path, key), "expected text; write it in quotes")
    return found


def _decoded(fields: Fields, node: Scalar, path: str, text: str) -> bytes:
    if node.plain and scalar_type(node) == "null":
        return b""
    try:
        return base64.b64decode(text.translate(_LINE_BREAKS), validate=True)
    except (binascii.Error, ValueError):
        fields.problem(Code.BAD_SECRET, node, path, "this is not base64; write plain text under stringData")
        return b""
