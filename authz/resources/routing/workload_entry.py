"""WorkloadEntry, and what endpoints and templates have in common with it: documents -> records, or problems.

Source of every rule here: istio/api networking/v1alpha3/workload_entry.proto and its CRD; istio/istio
pkg/config/validation/validation.go, validateWorkloadEntry; for labels pilot/pkg/serviceregistry/serviceentry/
conversion.go, ConvertWorkloadEntry.
"""

from authz.model.problem import Code
from authz.model.routing.locality import parse_locality
from authz.model.routing.workload_entry import UNIX_SCHEME, AddressKind, WorkloadEntry, WorkloadSpec
from authz.model.workload import Labels
from authz.resources.fields import Fields, join
from authz.resources.metadata import Metadata
from authz.resources.nodes import Mapping, Node, Scalar, scalar_type
from authz.resources.routing.domains import is_address_or_domain, is_label
from authz.resources.routing.values import read_labels, read_port, refuse_annotations, spec_mapping, warn

KIND = "WorkloadEntry"
WORKLOAD_FIELDS = frozenset({"address", "ports", "labels", "network", "locality", "weight", "serviceAccount"})

_MAX_UINT32 = 2**32 - 1
_MOST_CHARACTERS = {"address": 256, "network": 2048, "locality": 2048, "serviceAccount": 253}
_MOST_OF_PORT_NAME = 62  # one less than a port of the service has
_MOST_ENTRIES = {"ports": 128, "labels": 256}


def read_workload_entry(fields: Fields, metadata: Metadata, spec: Node | None) -> WorkloadEntry:
    """The workload that a document describes. What is wrong goes to `fields.problems`; then it is not used."""
    root = spec_mapping(fields, metadata, spec, WORKLOAD_FIELDS)
    refuse_annotations(fields, metadata, KIND)
    found = read_workload_spec(fields, root, "spec", read_labels(fields, metadata.labels, "metadata.labels"))
    if type(spec) is Mapping:
        check_reachable(fields, root, "spec", found)
        check_address(fields, root, "spec", found)
    return WorkloadEntry(metadata.namespace, metadata.name, found, metadata.created, metadata.where)


def read_workload_spec(fields: Fields, root: Mapping, path: str, own_labels: Labels = frozenset()) -> WorkloadSpec:
    """What is said of a workload, its address not judged yet. `own_labels`: of the metadata, which win."""
    texts = {key: _text(fields, root, key, path) for key in _MOST_CHARACTERS}
    for key, most in _MOST_ENTRIES.items():
        node = root.get(key)
        if type(node) is Mapping and len(node.entries) > most:
            fields.problem(Code.TOO_MANY, node, f"{path}.{key}", f"at most {most} {key}, found {len(node.entries)}")
    labels = dict(read_labels(fields, root.get("labels"), f"{path}.labels"))
    return WorkloadSpec(
        address=texts["address"],
        ports=_ports(fields, root.get("ports"), f"{path}.ports"),
        labels=frozenset((labels | dict(own_labels)).items()),
        network=texts["network"],
        locality=parse_locality(texts["locality"]),
        weight=fields.integer(root.get("weight"), f"{path}.weight", 0, _MAX_UINT32) or 1,
        service_account=texts["serviceAccount"],
        where=fields.where(root),
    )


def _text(fields: Fields, root: Mapping, key: str, path: str) -> str:
    node, most = root.get(key), _MOST_CHARACTERS[key]
    text = fields.string(node, f"{path}.{key}") or ""
    if len(text) > most and node is not None:
        fields.problem(Code.TOO_LARGE, node, f"{path}.{key}", f"at most {most} characters, found {len(text)}")
    return text


def _ports(fields: Fields, node: Node | None, path: str) -> tuple[tuple[str, int], ...]:
    if node is None:
        return ()
    if type(node) is not Mapping:
        fields.wrong_type(node, path, "a mapping of names to ports")
        return ()
    found = []
    for name, (place, value) in node.entries.items():
        if place.plain and scalar_type(place) != "string" and not name.isdecimal():
            fields.wrong_type(place, join(path, name), "a string")
        elif not is_label(name) or len(name) > _MOST_OF_PORT_NAME:
            message = f"expected letters, digits and '-' (at most {_MOST_OF_PORT_NAME}), found {name!r}"
            fields.problem(Code.BAD_NAME, place, join(path, name), message)
        port = read_port(fields, value, join(path, name))
        if port is not None:
            found.append((name, port))
    return tuple(found)


def check_reachable(fields: Fields, root: Mapping, path: str, spec: WorkloadSpec) -> None:
    """A workload has an address, or at least a network."""
    if spec.address:
        return
    if not spec.network:
        fields.problem(Code.MISSING_FIELD, root, f"{path}.address", "an address, a name or unix:///PATH")
    else:
        message = f"without an address it can only be reached through a gateway of the network {spec.network!r}"
        warn(fields, Code.NO_ADDRESS, root.entries["network"][1], f"{path}.network", message)


def check_address(fields: Fields, root: Mapping, path: str, spec: WorkloadSpec, *, names: bool = True) -> None:
    """What an address can be. `names`: whether it may also be one for DNS."""
    node = root.get("address")
    if node is None:
        return
    match spec.kind:
        case AddressKind.UNIX:
            check_unix(fields, root, path, spec)
        case AddressKind.NAME if not names:
            message = f"expected an IP address or unix:///PATH, found {spec.address!r}; names are for resolution DNS"
            fields.problem(Code.BAD_ADDRESS, node, f"{path}.address", message)
        case AddressKind.NAME if not is_address_or_domain(spec.address):
            message = f"expected an IP address, a name such as a.example.com or unix:///PATH, found {spec.address!r}"
            fields.problem(Code.BAD_ADDRESS, node, f"{path}.address", message)
        case _:
            pass


def check_unix(fields: Fields, root: Mapping, path: str, spec: WorkloadSpec) -> None:
    """A socket is an absolute path to a file, or an abstract name, and has no ports."""
    node = root.get("address")
    socket = spec.address.removeprefix(UNIX_SCHEME)
    if type(node) is not Scalar or spec.kind is not AddressKind.UNIX:
        return
    if not socket.startswith(("/", "@")) or socket.endswith("/"):
        message = f"expected unix:///PATH of a file, or unix://@NAME, found {spec.address!r}"
        fields.problem(Code.BAD_ADDRESS, node, f"{path}.address", message)
    if "ports" in root.entries:
        message = "a unix socket has no ports; remove them"
        fields.problem(Code.CONFLICTING_FIELDS, root.entries["ports"][0], f"{path}.ports", message)
