"""WorkloadGroup: documents -> records, or problems.

Source of every rule here: istio/api networking/v1alpha3/workload_group.proto and its CRD; istio/istio
pkg/config/validation/validation.go, ValidateWorkloadGroup.
"""

import re

from authz.model.problem import Code
from authz.model.routing.workload_entry import WorkloadSpec
from authz.model.routing.workload_group import (
    ExecProbe,
    HttpProbe,
    ProbeMethod,
    ReadinessProbe,
    TcpProbe,
    WorkloadGroup,
)
from authz.resources.fields import Fields
from authz.resources.metadata import Metadata
from authz.resources.nodes import Mapping, Node
from authz.resources.routing.values import read_labels, read_port, refuse_annotations, spec_mapping
from authz.resources.routing.workload_entry import WORKLOAD_FIELDS, check_unix, read_workload_spec

KIND = "WorkloadGroup"

_METHODS = ("httpGet", "tcpSocket", "exec", "grpc")
_NUMBERS = ("initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold")
_HEADER = re.compile("[-_A-Za-z0-9]+")
_MAX_INT32 = 2**31 - 1
_MOST_ENTRIES = 256


def read_workload_group(fields: Fields, metadata: Metadata, spec: Node | None) -> WorkloadGroup:
    """The group that a document describes. What is wrong goes to `fields.problems`; then the result is not used."""
    root = spec_mapping(fields, metadata, spec, frozenset({"metadata", "template", "probe"}))
    refuse_annotations(fields, metadata, KIND)
    if type(spec) is Mapping and root.get("template") is None:
        fields.problem(Code.MISSING_FIELD, root, "spec.template", "what do its workloads have in common? if only {}")
    own = fields.mapping(root.get("metadata"), "spec.metadata", ("labels", "annotations"))
    for key, (_, node) in own.entries.items() if own else ():
        if type(node) is Mapping and len(node.entries) > _MOST_ENTRIES:
            message = f"at most {_MOST_ENTRIES} {key}, found {len(node.entries)}"
            fields.problem(Code.TOO_MANY, node, f"spec.metadata.{key}", message)
    annotations = fields.string_map(own.get("annotations") if own else None, "spec.metadata.annotations")
    return WorkloadGroup(
        namespace=metadata.namespace,
        name=metadata.name,
        labels=read_labels(fields, own.get("labels") if own else None, "spec.metadata.labels"),
        annotations=tuple((key, value.text) for key, (_, value) in annotations.items()),
        template=_template(fields, root.get("template")),
        probe=_probe(fields, root.get("probe"), "spec.probe"),
        created=metadata.created,
        where=metadata.where,
    )


def _template(fields: Fields, node: Node | None) -> WorkloadSpec:
    """Its address is filled in later, by whoever registers."""
    root = fields.mapping(node, "spec.template", WORKLOAD_FIELDS)
    if root is None:
        return WorkloadSpec("")
    template = read_workload_spec(fields, root, "spec.template")
    check_unix(fields, root, "spec.template", template)
    return template


def _probe(fields: Fields, node: Node | None, path: str) -> ReadinessProbe | None:
    root = fields.mapping(node, path, (*_NUMBERS, *_METHODS))
    if root is None:
        return None
    numbers = [fields.integer(root.get(key), f"{path}.{key}", 0, _MAX_INT32) or 0 for key in _NUMBERS]
    method = _method(fields, root, path)
    return ReadinessProbe(method, *numbers) if method else None


def _method(fields: Fields, root: Mapping, path: str) -> ProbeMethod | None:
    given = [key for key in _METHODS if key in root.entries]
    if not given:
        fields.problem(Code.MISSING_FIELD, root, path, "a probe has a method: httpGet, tcpSocket or exec")
        return None
    if len(given) > 1:
        message = f"a probe has one method, found {', '.join(given)}"
        fields.problem(Code.CONFLICTING_FIELDS, root.entries[given[1]][0], path, message)
    key, (place, node) = given[0], root.entries[given[0]]
    path = f"{path}.{key}"
    match key:
        case "httpGet":
            return _http(fields, node, path)
        case "tcpSocket":
            return _tcp(fields, node, path)
        case "exec":
            return _exec(fields, node, path)
        case _:
            message = "Istio's webhook refuses probes by gRPC; write httpGet, tcpSocket or exec"
            fields.problem(Code.NOT_ONE_OF, place, path, message)
            return None


def _probed_port(fields: Fields, root: Mapping, path: str) -> int:
    if root.get("port") is None:
        fields.problem(Code.MISSING_FIELD, root, f"{path}.port", "which port of the workload?")
    return read_port(fields, root.get("port"), f"{path}.port") or 0


def _http(fields: Fields, node: Node, path: str) -> HttpProbe | None:
    root = fields.mapping(node, path, ("port", "path", "host", "scheme", "httpHeaders"))
    if root is None:
        return None
    return HttpProbe(
        port=_probed_port(fields, root, path),
        path=fields.string(root.get("path"), f"{path}.path") or "",
        host=fields.string(root.get("host"), f"{path}.host") or "",
        scheme=fields.one_of(root.get("scheme"), f"{path}.scheme", ("", "HTTP", "HTTPS")) or "HTTP",
        headers=_headers(fields, root.get("httpHeaders"), f"{path}.httpHeaders"),
    )


def _headers(fields: Fields, node: Node | None, path: str) -> tuple[tuple[str, str], ...]:
    found = []
    for item_path, item in fields.items(node, path):
        entry = fields.mapping(item, item_path, ("name", "value"))
        if entry is None:
            continue
        name = fields.string(entry.get("name"), f"{item_path}.name") or ""
        if not _HEADER.fullmatch(name):
            message = f"expected letters, digits, '-' and '_', found {name!r}"
            fields.problem(Code.BAD_HEADER_NAME, entry.get("name") or entry, f"{item_path}.name", message)
        found.append((name, fields.string(entry.get("value"), f"{item_path}.value") or ""))
    return tuple(found)


def _tcp(fields: Fields, node: Node, path: str) -> TcpProbe | None:
    root = fields.mapping(node, path, ("port", "host"))
    if root is None:
        return None
    return TcpProbe(_probed_port(fields, root, path), fields.string(root.get("host"), f"{path}.host") or "")


def _exec(fields: Fields, node: Node, path: str) -> ExecProbe | None:
    root = fields.mapping(node, path, ("command",))
    if root is None:
        return None
    command = tuple(text for _, text, _ in fields.strings(root.get("command"), f"{path}.command"))
    if not command:
        fields.problem(Code.MISSING_FIELD, root, f"{path}.command", "which command?")
    return ExecProbe(command)
