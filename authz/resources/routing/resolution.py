"""What the resolution of a ServiceEntry allows of its hosts, addresses, ports and endpoints.

Source: istio/istio pkg/config/validation/validation.go, ValidateServiceEntry; pilot/pkg/networking/serviceentry/
ip_autoallocation.go for when Istio gives a service an address of its own.
"""

from collections.abc import Callable

from authz.model.problem import Code
from authz.model.routing.protocol import Protocol
from authz.model.routing.service_entry import Location, Resolution, ServiceEntry
from authz.model.routing.workload_entry import AddressKind, WorkloadSpec
from authz.resources.fields import Fields, join
from authz.resources.nodes import Mapping, Node, Sequence, text_of
from authz.resources.routing.domains import check_domain, check_wildcard_domain
from authz.resources.routing.values import warn
from authz.resources.routing.workload_entry import check_address, check_reachable, check_unix

_WAYPOINT = "istio.io/use-waypoint"
_AUTO_ALLOCATE = "networking.istio.io/enable-autoallocate-ip"
_DYNAMIC_PROTOCOLS = (Protocol.HTTP, Protocol.HTTP2, Protocol.GRPC, Protocol.TLS)


def check_resolution(fields: Fields, root: Mapping, entry: ServiceEntry, labels: Node | None) -> None:
    """Note all that does not fit together. `root`: its spec; `labels`: of its metadata."""
    _check_selector(fields, root, entry)
    _check_blocks(fields, root, entry)
    _check_plain_ports(fields, root, entry, labels)
    match entry.resolution:
        case Resolution.NONE:
            _refuse(fields, root, "endpoints", entry, "goes to where the client connected to")
        case Resolution.STATIC:
            _check_static_endpoints(fields, root, entry)
        case Resolution.DNS | Resolution.DNS_ROUND_ROBIN:
            _check_names(fields, root, entry)
            _check_named_endpoints(fields, root, entry)
        case Resolution.DYNAMIC_DNS:
            _check_dynamic(fields, root, entry, labels)


def _refuse(fields: Fields, root: Mapping, key: str, entry: ServiceEntry, why: str) -> None:
    node = root.get(key)
    if type(node) is Sequence and node.items:
        message = f"resolution {entry.resolution.value} {why}; remove {key}, or choose another resolution"
        fields.problem(Code.BAD_RESOLUTION, root.entries[key][0], f"spec.{key}", message)


def _check_selector(fields: Fields, root: Mapping, entry: ServiceEntry) -> None:
    if entry.workload_selector is None:
        return
    place = root.entries["workloadSelector"][0]
    if "endpoints" in root.entries:
        message = "only one of workloadSelector and endpoints: endpoints are selected, or written down"
        fields.problem(Code.CONFLICTING_FIELDS, place, "spec.workloadSelector", message)
    if entry.resolution is Resolution.NONE:
        message = "with resolution NONE this field does nothing; write resolution: STATIC"
        warn(fields, Code.IGNORED_FIELD, place, "spec.workloadSelector", message)


def _check_blocks(fields: Fields, root: Mapping, entry: ServiceEntry) -> None:
    """A block has many addresses: only where the client's own is used, or endpoints are written down, is that fine."""
    if entry.resolution in {Resolution.NONE, Resolution.STATIC}:
        return
    for path, item in fields.items(root.get("addresses"), "spec.addresses"):
        if "/" in text_of(item):
            message = f"blocks are for resolution NONE and STATIC, not for {entry.resolution.value}"
            fields.problem(Code.BAD_RESOLUTION, item, path, message)


def _check_plain_ports(fields: Fields, root: Mapping, entry: ServiceEntry, labels: Node | None) -> None:
    """Connections of plain TCP have nothing to tell hosts apart by but their addresses."""
    node = root.get("ports")
    if node is None:
        return
    protocols = {port.protocol for port in entry.ports}
    plain = [port for port in entry.ports if not port.protocol.is_http and not port.protocol.is_tls]
    if len(entry.hosts) > 1 and entry.resolution is not Resolution.NONE and plain:
        message = f"port {plain[0].number} is neither HTTP nor TLS: nothing tells several hosts apart; one entry a host"
        fields.problem(Code.CONFLICTING_FIELDS, node, "spec.ports", message)
    elif len(entry.hosts) > 1 and entry.addresses and _is_looked_up_tcp(entry):
        message = "several hosts share these addresses, where a client without SNI means none of them"
        warn(fields, Code.SHARED_ADDRESS, root.entries["addresses"][0], "spec.addresses", message)
    elif not entry.addresses and not _is_auto_allocated(entry, labels) and {Protocol.TCP, Protocol.AUTO} & protocols:
        message = "a port of TCP, or of no protocol, has no address of its own; add addresses"
        warn(fields, Code.SHARED_ADDRESS, node, "spec.ports", message)


def _is_looked_up_tcp(entry: ServiceEntry) -> bool:
    return entry.resolution.is_dns and any(port.protocol.is_tcp for port in entry.ports)


def _is_auto_allocated(entry: ServiceEntry, labels: Node | None) -> bool:
    return entry.resolution is not Resolution.NONE and _label(labels, _AUTO_ALLOCATE).lower() != "false"


def _label(labels: Node | None, key: str) -> str:
    return text_of(labels.get(key)) if type(labels) is Mapping else ""


def _written_endpoints(fields: Fields, root: Mapping, entry: ServiceEntry) -> list[tuple[str, Mapping, WorkloadSpec]]:
    """Endpoints with their places; none at all if one of them is no mapping."""
    written = [(path, item) for path, item in fields.items(root.get("endpoints"), "spec.endpoints")]
    mappings = [(path, item) for path, item in written if type(item) is Mapping]
    return [(path, item, spec) for (path, item), spec in zip(mappings, entry.endpoints, strict=True)]


def _check_static_endpoints(fields: Fields, root: Mapping, entry: ServiceEntry) -> None:
    for path, item, spec in _written_endpoints(fields, root, entry):
        check_reachable(fields, item, path, spec)
        check_address(fields, item, path, spec, names=False)
        _check_port_names(fields, item, path, entry)
        if spec.kind is AddressKind.UNIX and len(entry.ports) != 1:
            message = f"a unix socket serves exactly one port of the service, which has {len(entry.ports)}"
            fields.problem(Code.BAD_ADDRESS, item.entries["address"][1], f"{path}.address", message)


def _check_named_endpoints(fields: Fields, root: Mapping, entry: ServiceEntry) -> None:
    endpoints = _written_endpoints(fields, root, entry)
    for path, item, spec in endpoints:
        if spec.kind in {AddressKind.NONE, AddressKind.UNIX}:
            message = f"resolution {entry.resolution.value} takes names and IP addresses, found {spec.address!r}"
            place = item.get("address") or item
            fields.problem(Code.BAD_ADDRESS, place, f"{path}.address", message)
            check_unix(fields, item, path, spec)
        check_address(fields, item, path, spec)
        _check_port_names(fields, item, path, entry)
    if entry.resolution is Resolution.DNS_ROUND_ROBIN and len(endpoints) > 1:
        message = f"resolution DNS_ROUND_ROBIN takes one endpoint at most, found {len(endpoints)}; write DNS"
        fields.problem(Code.BAD_RESOLUTION, root.entries["endpoints"][0], "spec.endpoints", message)


def _check_port_names(fields: Fields, item: Mapping, path: str, entry: ServiceEntry) -> None:
    """Ports of an endpoint are those of the service, by name."""
    node = item.get("ports")
    names = [port.name for port in entry.ports]
    for name, (place, _) in node.entries.items() if type(node) is Mapping else ():
        if name not in names:
            message = f"the service has no port of this name; it has {', '.join(names) or 'no ports'}"
            fields.problem(Code.NOT_ONE_OF, place, join(f"{path}.ports", name), message)


def _check_names(fields: Fields, root: Mapping, entry: ServiceEntry) -> None:
    """Without endpoints the hosts themselves are looked up."""
    if entry.endpoints:
        return
    for path, item in fields.items(root.get("hosts"), "spec.hosts"):
        text = text_of(item)
        if _is(check_wildcard_domain, text) and not _is(check_domain, text):
            message = f"no DNS server knows {text!r}; add endpoints, or write resolution: DYNAMIC_DNS"
            fields.problem(Code.BAD_RESOLUTION, item, path, message)


def _is(check: Callable[[str], None], text: str) -> bool:
    try:
        check(text)
    except ValueError:
        return False
    return True


def _check_dynamic(fields: Fields, root: Mapping, entry: ServiceEntry, labels: Node | None) -> None:
    for path, item in fields.items(root.get("hosts"), "spec.hosts"):
        if not text_of(item).startswith("*"):
            message = "resolution DYNAMIC_DNS is for wildcard hosts; write resolution: DNS"
            fields.problem(Code.BAD_RESOLUTION, item, path, message)
    for key in ("addresses", "endpoints"):
        _refuse(fields, root, key, entry, "looks up the host that the client asks for")
    for port in entry.ports:
        if port.protocol not in _DYNAMIC_PROTOCOLS:
            known = ", ".join(one.value for one in _DYNAMIC_PROTOCOLS)
            message = f"resolution DYNAMIC_DNS is for {known}, port {port.number} is {port.protocol.value or 'none'}"
            fields.problem(Code.BAD_RESOLUTION, root.entries["ports"][1], "spec.ports", message)
    if entry.location is Location.MESH_INTERNAL and _label(labels, _WAYPOINT).lower() not in {"", "none"}:
        message = "resolution DYNAMIC_DNS with a waypoint is for MESH_EXTERNAL only"
        fields.problem(Code.BAD_RESOLUTION, root.entries["location"][1], "spec.location", message)
