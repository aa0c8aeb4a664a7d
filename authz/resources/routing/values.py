"""Values that several routing kinds have: durations, ports, hosts, labels, visibility.

Source of the rules: istio/istio pkg/config/validation, and the CRDs of istio/api.
"""

import re
from collections.abc import Callable
from datetime import timedelta

from authz.model.duration import parse_duration
from authz.model.problem import Code
from authz.model.routing.hosts import HostPattern, parse_host
from authz.model.routing.visibility import ExportTo, parse_export_to
from authz.model.workload import Labels
from authz.resources.authorization_policy import DRY_RUN
from authz.resources.fields import Fields, join
from authz.resources.metadata import Metadata
from authz.resources.nodes import Mapping, Node, Scalar, scalar_type
from authz.resources.routing.domains import check_wildcard_domain
from authz.resources.selector import MAX_SELECTOR_LABELS, read_match_labels

MAX_PORT = 65535
_MILLISECOND = timedelta(milliseconds=1)
_NAME = "(?:[A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_DOMAIN_LABEL = "[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?"
_LABEL_KEY = re.compile(rf"(?:({_DOMAIN_LABEL}(?:\.{_DOMAIN_LABEL})*)/)?({_NAME})")
_LABEL_VALUE = re.compile(rf"({_NAME})?")
_MAX_LABEL_PREFIX = 253
_MAX_LABEL_NAME = 63
_NUMBER = re.compile(r"[0-9]+(\.[0-9]*)?([eE][-+]?[0-9]{1,3})?|\.[0-9]+")
_RESERVED = (
    "internal.istio.io/parents",
    "internal.istio.io/parent-namespace",
    "internal.istio.io/webhook-always-reject",
)


def read_duration(fields: Fields, node: Node | None, path: str, *, zero: bool = False) -> timedelta | None:
    """Whole milliseconds, at least one; with `zero` also none at all."""
    text = fields.string(node, path)
    if text is None or node is None:
        return None
    try:
        duration = parse_duration(text)
    except ValueError as error:
        fields.problem(Code.BAD_DURATION, node, path, f"{error}, found {text!r}")
        return None
    if zero and not duration:
        return duration
    if duration < _MILLISECOND or duration % _MILLISECOND:
        fields.problem(Code.BAD_DURATION, node, path, f"expected whole milliseconds, 1ms or more, found {text!r}")
        return None
    return duration


def read_decimal(fields: Fields, node: Node | None, path: str, high: float) -> float | None:
    """A number from 0 to `high`; unlike a whole one it may have a fraction."""
    if node is None:
        return None
    if type(node) is not Scalar or scalar_type(node) != "number" or not _NUMBER.fullmatch(node.text.lstrip("-")):
        fields.wrong_type(node, path, "a number")
        return None
    number = float(node.text)
    if not 0 <= number <= high:
        fields.problem(Code.NOT_ONE_OF, node, path, f"expected a number from 0 to {high:g}, found {node.text}")
        return None
    return number


def read_port(fields: Fields, node: Node | None, path: str) -> int | None:
    """A port number, 1 to 65535."""
    return fields.integer(node, path, 1, MAX_PORT)


def read_host(
    fields: Fields, node: Node | None, path: str, check: Callable[[str], None] = check_wildcard_domain
) -> HostPattern | None:
    """A host. `check` raises ValueError for one that is none."""
    text = fields.string(node, path)
    if text is None or node is None:
        return None
    try:
        check(text)
    except ValueError as error:
        fields.problem(Code.BAD_HOST, node, path, str(error))
        return None
    return parse_host(text)


def read_export_to(
    fields: Fields, node: Node | None, namespace: str, path: str = "spec.exportTo", *, nowhere: bool = False
) -> ExportTo | None:
    """Which namespaces see it; None: as the mesh has it, or after a problem. `nowhere`: whether `~` is allowed."""
    if node is None:
        return None
    words = [text for _, text, _ in fields.strings(node, path)]
    try:
        return parse_export_to(words, namespace, nowhere=nowhere)
    except ValueError as error:
        fields.problem(Code.BAD_EXPORT_TO, node, path, str(error))
        return None


def read_labels(fields: Fields, node: Node | None, path: str) -> Labels:
    """Labels that something has, as Kubernetes takes them."""
    found = fields.string_map(node, path)
    for key, (place, value) in found.items():
        prefix, name = match.groups() if (match := _LABEL_KEY.fullmatch(key)) else ("", "")
        if not name or len(name) > _MAX_LABEL_NAME or len(prefix or "") > _MAX_LABEL_PREFIX:
            fields.problem(Code.BAD_SELECTOR, place, join(path, key), f"no label has a key such as {key!r}")
        if not _LABEL_VALUE.fullmatch(value.text):
            fields.problem(Code.BAD_SELECTOR, value, join(path, key), f"no label has a value such as {value.text!r}")
    return frozenset((key, value.text) for key, (_, value) in found.items())


def read_selector_labels(
    fields: Fields, node: Node | None, path: str, selector: Node, most: int = MAX_SELECTOR_LABELS
) -> Labels:
    """The labels of a `selector`; without labels it selects all of the namespace, which is surely not meant."""
    labels = read_match_labels(fields, node, path, most)
    if not labels and (node is None or (type(node) is Mapping and not node.entries)):
        message = "a selector without labels selects every workload of the namespace; remove it, or add labels"
        warn(fields, Code.EMPTY_SELECTOR, selector, path.rpartition(".")[0], message)
    return labels


def refuse_annotations(fields: Fields, metadata: Metadata, kind: str) -> None:
    """Annotations that no routing resource can have: a dry run, and what Istio keeps for itself."""
    dry_run = metadata.annotations.get(DRY_RUN)
    if dry_run is not None:
        message = (
            f"only an AuthorizationPolicy can be tried; a {kind} with this annotation would be in force: remove it"
        )
        fields.problem(Code.BAD_DRY_RUN, dry_run, f"metadata.annotations[{DRY_RUN}]", message)
    for name in _RESERVED:
        found = metadata.annotations.get(name)
        if found is not None:
            message = "Istio keeps this annotation for itself; remove it"
            fields.problem(Code.RESERVED_ANNOTATION, found, f"metadata.annotations[{name}]", message)


def spec_mapping(fields: Fields, metadata: Metadata, spec: Node | None, known: frozenset[str]) -> Mapping:
    """The `spec` of a kind that cannot do without one; empty after a problem."""
    empty = Mapping({}, metadata.where.line, metadata.where.column)
    if spec is None:
        fields.problem(Code.MISSING_FIELD, empty, "spec", "a resource of this kind says nothing without spec")
        return empty
    return fields.mapping(spec, "spec", known) or empty


def warn(fields: Fields, code: Code, node: Node, path: str, message: str) -> None:
    """Note what is legal and surely not meant."""
    fields.problems.warn(code, fields.where(node), path, message)
