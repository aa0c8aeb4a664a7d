"""DestinationRule: documents -> records, or problems.

Source of every rule here: istio/api networking/v1alpha3/destination_rule.proto and its CRD; istio/istio
pkg/config/validation/validation.go, ValidateDestinationRule.
"""

from authz.model.problem import Code
from authz.model.routing.destination_rule import DestinationRule, Subset
from authz.model.routing.hosts import HostPattern
from authz.model.routing.visibility import ExportTo
from authz.model.workload import Labels
from authz.resources.fields import Fields
from authz.resources.metadata import Metadata
from authz.resources.nodes import Mapping, Node
from authz.resources.routing.domains import is_label
from authz.resources.routing.traffic_policy import read_traffic_policy
from authz.resources.routing.values import (
    read_export_to,
    read_host,
    read_labels,
    read_selector_labels,
    refuse_annotations,
    spec_mapping,
)

KIND = "DestinationRule"

_FIELDS = frozenset({"host", "trafficPolicy", "subsets", "exportTo", "workloadSelector"})


def read_destination_rule(fields: Fields, metadata: Metadata, spec: Node | None) -> DestinationRule:
    """The rule that a document describes. What is wrong goes to `fields.problems`; then the result is not used."""
    root = spec_mapping(fields, metadata, spec, _FIELDS)
    refuse_annotations(fields, metadata, KIND)
    if type(spec) is Mapping and root.get("host") is None:
        fields.problem(Code.MISSING_FIELD, root, "spec.host", "which service is this for?")
    selector = _selector(fields, root.get("workloadSelector"))
    export_to = read_export_to(fields, root.get("exportTo"), metadata.namespace)
    if selector is not None:
        _check_private(fields, root, export_to, metadata.namespace)
    return DestinationRule(
        namespace=metadata.namespace,
        name=metadata.name,
        host=read_host(fields, root.get("host"), "spec.host") or HostPattern(""),
        traffic_policy=read_traffic_policy(fields, root.get("trafficPolicy"), "spec.trafficPolicy", metadata.namespace),
        subsets=_subsets(fields, root.get("subsets"), metadata.namespace),
        export_to=export_to,
        workload_selector=selector,
        created=metadata.created,
        where=metadata.where,
    )


def _selector(fields: Fields, node: Node | None) -> Labels | None:
    path = "spec.workloadSelector"
    root = fields.mapping(node, path, ("matchLabels",))
    if node is None or root is None:
        return None
    return read_selector_labels(fields, root.get("matchLabels"), f"{path}.matchLabels", node)


def _check_private(fields: Fields, root: Mapping, export_to: ExportTo | None, namespace: str) -> None:
    """A rule for some workloads of its namespace is for nobody else."""
    if export_to is not None and (export_to.is_public or export_to.namespaces != {namespace}):
        message = f"with workloadSelector a rule is for its own namespace only; write `.` or {namespace!r}, or nothing"
        fields.problem(Code.CONFLICTING_FIELDS, root.entries["exportTo"][1], "spec.exportTo", message)


def _subsets(fields: Fields, node: Node | None, namespace: str) -> tuple[Subset, ...]:
    found: dict[str, Subset] = {}
    for path, item in fields.items(node, "spec.subsets"):
        entry = fields.mapping(item, path, ("name", "labels", "trafficPolicy"))
        if entry is None:
            continue
        subset = Subset(
            name=_subset_name(fields, entry, f"{path}.name"),
            labels=read_labels(fields, entry.get("labels"), f"{path}.labels"),
            traffic_policy=read_traffic_policy(fields, entry.get("trafficPolicy"), f"{path}.trafficPolicy", namespace),
            where=fields.where(entry),
        )
        if subset.name and subset.name in found:
            message = f"the subset {subset.name!r} stands here again; first at {found[subset.name].where}"
            fields.problem(Code.DUPLICATE_ENTRY, entry, f"{path}.name", message)
        found.setdefault(subset.name, subset)
    return tuple(found.values())


def _subset_name(fields: Fields, entry: Mapping, path: str) -> str:
    node = entry.get("name")
    if node is None:
        fields.problem(Code.MISSING_FIELD, entry, path, "a subset needs a name")
        return ""
    name = fields.string(node, path)
    if name is not None and not is_label(name):
        fields.problem(Code.BAD_NAME, node, path, f"expected letters, digits and '-' (at most 63), found {name!r}")
    return name or ""
