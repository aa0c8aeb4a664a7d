"""`metadata` of a resource: who it is."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from authz.model.problem import Code
from authz.model.where import Where
from authz.resources.fields import Fields
from authz.resources.nodes import Mapping, Node, Scalar, scalar_type

DEFAULT_NAMESPACE = "default"

_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?")
_MAX_NAME = 253
_TIME = re.compile(  # RFC 3339, as Kubernetes reads it
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})"
)
_FIELDS = frozenset(
    {
        "annotations",
        "creationTimestamp",
        "deletionGracePeriodSeconds",
        "deletionTimestamp",
        "finalizers",
        "generateName",
        "generation",
        "labels",
        "managedFields",
        "name",
        "namespace",
        "ownerReferences",
        "resourceVersion",
        "selfLink",
        "uid",
    }
)


@dataclass(frozen=True, slots=True)
class Metadata:
    """Namespace and name; annotations as written, with their places. `created`: None where a file does not say.

    `labels`: not read yet, since few kinds care; None where there are none.
    """

    namespace: str
    name: str
    annotations: dict[str, Scalar]
    where: Where
    created: datetime | None = None
    labels: Node | None = None


def read_metadata(fields: Fields, root: Mapping) -> Metadata:
    """Read `metadata`. A missing namespace is `default`; so a mistyped one would move the policy there."""
    node = root.get("metadata")
    if type(node) is not Mapping:
        fields.problem(Code.MISSING_FIELD, node or root, "metadata", "a resource needs metadata with a name")
        return Metadata(DEFAULT_NAMESPACE, "", {}, fields.where(root))
    fields.mapping(node, "metadata", _FIELDS)
    return Metadata(
        namespace=_name(fields, node.get("namespace"), "metadata.namespace") or DEFAULT_NAMESPACE,
        name=_required_name(fields, node),
        annotations=_annotations(fields, node),
        where=fields.where(root),
        created=_created(fields, node.get("creationTimestamp")),
        labels=_written(node.get("labels")),
    )


def _required_name(fields: Fields, node: Mapping) -> str:
    if node.get("name") is None:
        fields.problem(Code.MISSING_FIELD, node, "metadata.name", "a resource needs a name")
    return _name(fields, node.get("name"), "metadata.name") or ""


def _name(fields: Fields, node: Node | None, path: str) -> str | None:
    """A name as the Kubernetes API accepts it. Rule ids are made of it: `]-policy[` must not fit in."""
    text = fields.string(node, path)
    if text is None or node is None:
        return None
    if len(text) > _MAX_NAME or not _NAME.fullmatch(text):
        message = f"expected lower-case letters, digits, '-' and '.' (at most {_MAX_NAME}), found {text!r}"
        fields.problem(Code.BAD_NAME, node, path, message)
    return text


def _written(node: Node | None) -> Node | None:
    """What stands there; tools write `null` for nothing."""
    is_null = type(node) is Scalar and node.plain and scalar_type(node) == "null"
    return None if is_null else node


def _created(fields: Fields, node: Node | None) -> datetime | None:
    """`creationTimestamp`; what has not been created yet has none."""
    node = _written(node)
    if node is None:
        return None
    path = "metadata.creationTimestamp"
    text = fields.string(node, path)
    if text is None:
        return None
    try:
        return _parse_time(text)
    except (ValueError, OverflowError):
        fields.wrong_type(node, path, "a time such as 2024-01-31T12:00:00Z")
        return None


def _parse_time(text: str) -> datetime:
    if not _TIME.fullmatch(text):
        raise ValueError(text)
    return datetime.fromisoformat(text).astimezone(UTC)


def _annotations(fields: Fields, node: Mapping) -> dict[str, Scalar]:
    found = _written(node.get("annotations"))
    return {key: value for key, (_, value) in fields.string_map(found, "metadata.annotations").items()}
