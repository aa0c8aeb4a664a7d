"""ServiceEntry: documents -> records, or problems.

Source of every rule here: istio/api networking/v1alpha3/service_entry.proto and its CRD; istio/istio
pkg/config/validation/validation.go, ValidateServiceEntry.
"""

from authz.model.address import parse_cidr
from authz.model.problem import Code
from authz.model.routing.hosts import HostPattern
from authz.model.routing.protocol import Protocol, parse_protocol
from authz.model.routing.service_entry import Location, Resolution, ServiceEntry, ServicePort
from authz.model.routing.workload_entry import WorkloadSpec
from authz.model.workload import Labels
from authz.resources.fields import Fields
from authz.resources.metadata import Metadata
from authz.resources.nodes import Mapping, Node, Scalar, Sequence
from authz.resources.routing.domains import check_wildcard_domain, is_label, is_partial_wildcard
from authz.resources.routing.resolution import check_resolution
from authz.resources.routing.values import (
    read_export_to,
    read_host,
    read_port,
    read_selector_labels,
    refuse_annotations,
    spec_mapping,
    warn,
)
from authz.resources.routing.workload_entry import WORKLOAD_FIELDS, read_workload_spec

KIND = "ServiceEntry"

_FIELDS = frozenset(
    {
        "hosts",
        "addresses",
        "ports",
        "location",
        "resolution",
        "endpoints",
        "workloadSelector",
        "exportTo",
        "subjectAltNames",
    }
)
_MOST = {"hosts": 256, "addresses": 256, "ports": 256, "endpoints": 4096}
_MAX_SELECTOR_LABELS = 256


def read_service_entry(fields: Fields, metadata: Metadata, spec: Node | None) -> ServiceEntry:
    """The service that a document describes. What is wrong goes to `fields.problems`; then the result is not used."""
    root = spec_mapping(fields, metadata, spec, _FIELDS)
    refuse_annotations(fields, metadata, KIND)
    _check_sizes(fields, root)
    if type(spec) is Mapping and not _has_items(root.get("hosts")):
        fields.problem(Code.MISSING_FIELD, root, "spec.hosts", "a service has at least one host")
    resolution = _word(fields, root, "resolution", [one.value for one in Resolution])
    location = _word(fields, root, "location", [one.value for one in Location])
    sans = fields.strings(root.get("subjectAltNames"), "spec.subjectAltNames")
    entry = ServiceEntry(
        namespace=metadata.namespace,
        name=metadata.name,
        hosts=_hosts(fields, root.get("hosts"), resolution),
        addresses=_addresses(fields, root.get("addresses")),
        ports=_ports(fields, root.get("ports")),
        location=Location(location) if location else Location.MESH_EXTERNAL,
        resolution=Resolution(resolution) if resolution else Resolution.NONE,
        endpoints=_endpoints(fields, root.get("endpoints")),
        workload_selector=_selector(fields, root.get("workloadSelector")),
        export_to=read_export_to(fields, root.get("exportTo"), metadata.namespace, nowhere=True),
        subject_alt_names=tuple(text for _, text, _ in sans),
        created=metadata.created,
        where=metadata.where,
    )
    check_resolution(fields, root, entry, metadata.labels)
    return entry


def _check_sizes(fields: Fields, root: Mapping) -> None:
    for key, most in _MOST.items():
        node = root.get(key)
        if type(node) is Sequence and len(node.items) > most:
            fields.problem(Code.TOO_MANY, node, f"spec.{key}", f"at most {most} {key}, found {len(node.items)}")


def _has_items(node: Node | None) -> bool:
    return node is not None and not (type(node) is Sequence and not node.items)


def _word(fields: Fields, root: Mapping, key: str, words: list[str]) -> str | None:
    word = fields.one_of(root.get(key), f"spec.{key}", words)
    return word if word in words else None


def _hosts(fields: Fields, node: Node | None, resolution: str | None) -> tuple[HostPattern, ...]:
    found = []
    for path, item in fields.items(node, "spec.hosts"):
        host = read_host(fields, item, path, _check_host)
        if host is None:
            continue
        found.append(host)
        if is_partial_wildcard(host.text) and resolution != Resolution.DYNAMIC_DNS.value:
            message = f"the star stands for a part of a name, found {host.text!r}; write *. for whole names"
            warn(fields, Code.PARTIAL_WILDCARD, item, path, message)
    return tuple(found)


def _check_host(text: str) -> None:
    check_wildcard_domain(text)
    if text == "*":
        raise ValueError("a service cannot be every host; write *.example.com")


def _addresses(fields: Fields, node: Node | None) -> tuple[str, ...]:
    found = []
    for path, item in fields.items(node, "spec.addresses"):
        text = fields.string(_ending_in_colons(item), path)
        if text is None:
            continue
        try:
            parse_cidr(text)
        except ValueError as error:
            fields.problem(Code.BAD_CIDR, item, path, f"expected an IP address or a block, found {text!r}: {error}")
        found.append(text)
    return tuple(found)


def _ending_in_colons(node: Node) -> Node:
    """An address such as `2001:db8::`, which without quotes some YAML readers take for a mapping, others for text."""
    if type(node) is not Mapping or len(node.entries) != 1:
        return node
    ((key, value),) = node.entries.values()
    is_null = type(value) is Scalar and value.plain and value.text in {"", "null"}
    return Scalar(f"{key.text}:", plain=False, line=key.line, column=key.column) if is_null else node


def _ports(fields: Fields, node: Node | None) -> tuple[ServicePort, ...]:
    found: list[ServicePort] = []
    for path, item in fields.items(node, "spec.ports"):
        entry = fields.mapping(item, path, ("number", "name", "protocol", "targetPort"))
        if entry is None:
            continue
        for key in ("number", "name"):
            if entry.get(key) is None:
                fields.problem(Code.MISSING_FIELD, entry, f"{path}.{key}", "a port of a service has number and name")
        port = _port(fields, entry, path)
        for known in found:
            for key in ("number", "name"):
                if getattr(known, key) and getattr(known, key) == getattr(port, key):
                    message = f"the {key} {getattr(port, key)!r} stands here again; each port has its own"
                    fields.problem(Code.DUPLICATE_ENTRY, entry, f"{path}.{key}", message)
        found.append(port)
    return tuple(found)


def _port(fields: Fields, entry: Mapping, path: str) -> ServicePort:
    name_node = entry.get("name")
    name = fields.string(name_node, f"{path}.name")
    if name is not None and name_node is not None and not is_label(name):
        message = f"expected letters, digits and '-' (at most 63), found {name!r}"
        fields.problem(Code.BAD_NAME, name_node, f"{path}.name", message)
    return ServicePort(
        number=read_port(fields, entry.get("number"), f"{path}.number") or 0,
        name=name or "",
        protocol=_protocol(fields, entry.get("protocol"), f"{path}.protocol"),
        target_port=read_port(fields, entry.get("targetPort"), f"{path}.targetPort"),
    )


def _protocol(fields: Fields, node: Node | None, path: str) -> Protocol:
    text = fields.string(node, path)
    if text is None or node is None:
        return Protocol.AUTO
    try:
        return parse_protocol(text)
    except ValueError as error:
        fields.problem(Code.NOT_ONE_OF, node, path, str(error))
        return Protocol.AUTO


def _endpoints(fields: Fields, node: Node | None) -> tuple[WorkloadSpec, ...]:
    found = []
    for path, item in fields.items(node, "spec.endpoints"):
        entry = fields.mapping(item, path, WORKLOAD_FIELDS)
        if entry is not None:
            found.append(read_workload_spec(fields, entry, path))
    return tuple(found)


def _selector(fields: Fields, node: Node | None) -> Labels | None:
    path = "spec.workloadSelector"
    root = fields.mapping(node, path, ("labels",))
    if node is None or root is None:
        return None
    return read_selector_labels(fields, root.get("labels"), f"{path}.labels", node, _MAX_SELECTOR_LABELS)
