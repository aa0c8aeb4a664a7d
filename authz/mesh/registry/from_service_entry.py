"""ServiceEntry -> services, one a host, and their endpoints.

Source: istio/istio pilot/pkg/serviceregistry/serviceentry/conversion.go.
"""

from authz.mesh.registry.endpoint import Endpoint, KnownWorkload, place_labels
from authz.mesh.registry.service import Discovery, MeshPort, MeshService, Origin
from authz.mesh.registry.workloads import Workloads, workload_of_spec
from authz.model.address import parse_cidr
from authz.model.routing.hosts import HostPattern
from authz.model.routing.service_entry import Location, Resolution, ServiceEntry, ServicePort
from authz.model.routing.visibility import ExportTo
from authz.model.routing.workload_entry import UNIX_SCHEME, AddressKind
from authz.model.workload import Labels

_DISCOVERY = {
    Resolution.NONE: Discovery.ORIGINAL,
    Resolution.STATIC: Discovery.ENDPOINTS,
    Resolution.DNS: Discovery.DNS,
    Resolution.DNS_ROUND_ROBIN: Discovery.DNS_ROUND_ROBIN,
    Resolution.DYNAMIC_DNS: Discovery.DYNAMIC_DNS,
}
_REACHABLE = {
    Resolution.STATIC: frozenset({AddressKind.IP, AddressKind.UNIX}),
    Resolution.DNS: frozenset({AddressKind.IP, AddressKind.NAME}),
    Resolution.DNS_ROUND_ROBIN: frozenset({AddressKind.IP, AddressKind.NAME}),
}


def services_of_entry(entry: ServiceEntry, export_to: ExportTo) -> list[MeshService]:
    """A service for each host. `export_to`: with the mesh's default filled in."""
    ports = tuple(MeshPort(port.number, port.name, port.protocol, port.target_port) for port in entry.ports)
    addresses = tuple(_without_full_length(address) for address in entry.addresses)
    return [
        MeshService(
            host=host,
            namespace=entry.namespace,
            name=entry.name,
            origin=Origin.SERVICE_ENTRY,
            discovery=_DISCOVERY[entry.resolution],
            ports=ports,
            addresses=addresses,
            is_external=entry.location is Location.MESH_EXTERNAL,
            export_to=export_to,
            server_names=entry.subject_alt_names,
            service_accounts=(),
            selector=entry.workload_selector,
            alias_of="",
            created=entry.created,
            where=entry.where,
        )
        for host in entry.hosts
    ]


def _without_full_length(address: str) -> str:
    """A block of one address is that address."""
    block = parse_cidr(address)
    return address.partition("/")[0] if block.first == block.last else address


def endpoints_of_entry(entry: ServiceEntry, host: HostPattern, workloads: Workloads) -> dict[int, tuple[Endpoint, ...]]:
    """The endpoints of each port, by its number."""
    if entry.resolution not in _REACHABLE:
        return {}
    written = _workloads(entry, host, workloads)
    placed = [(one, place_labels(one.labels, one.locality, one.node, one.network)) for one in written]
    most = 1 if entry.resolution is Resolution.DNS_ROUND_ROBIN else None
    return {
        port.number: tuple(_endpoint_of(workload, port, labels) for workload, labels in placed[:most])
        for port in entry.ports
    }


def _workloads(entry: ServiceEntry, host: HostPattern, workloads: Workloads) -> list[KnownWorkload]:
    """Those that can be reached: written down, selected, or the host itself."""
    reachable = _REACHABLE[entry.resolution]
    if entry.workload_selector is not None:
        # a socket can be selected for DNS only, to Istio, and there is none that DNS would find
        found = workloads.selected(entry.namespace, entry.workload_selector)
        reachable -= {AddressKind.UNIX}
    elif entry.resolution.is_dns and not entry.endpoints:
        return [KnownWorkload(entry.namespace, entry.name, AddressKind.NAME, (host.text,), entry.where)]
    else:
        found = [workload_of_spec(spec, entry.namespace) for spec in entry.endpoints]
    return [workload for workload in found if workload.kind in reachable]


def _endpoint_of(workload: KnownWorkload, port: ServicePort, labels: Labels) -> Endpoint:
    """A workload as an endpoint of a port."""
    address = workload.addresses[0].removeprefix(UNIX_SCHEME)
    return Endpoint(address, _port_of(workload, port), workload, labels, workload.locality)


def _port_of(workload: KnownWorkload, port: ServicePort) -> int:
    """A socket has none; else the workload's port of that name, else the service's target, else the same number."""
    if workload.kind is AddressKind.UNIX:
        return 0
    return workload.port(port.name) or port.target_port or port.number
