"""Service, EndpointSlice, Pod and WorkloadEntry -> services of Kubernetes and their endpoints.

Source: istio/istio pilot/pkg/serviceregistry/kube/conversion.go, and controller/endpointslice.go and controller.go
beside it. Where Istio leaves an endpoint out whose pod it does not know yet, we keep it: pods need not be among the
files. Of such a pod only those labels are known that its service selects it by.
"""

from collections.abc import Iterable, Iterator

from authz.mesh.registry.endpoint import Endpoint, KnownWorkload, place_labels
from authz.mesh.registry.service import Discovery, MeshPort, MeshService, Origin
from authz.mesh.registry.workloads import Workloads
from authz.model.routing.hosts import parse_host
from authz.model.routing.kubernetes import AddressType, EndpointSlice, KubernetesPort, Service, SliceEndpoint
from authz.model.routing.locality import NO_LOCALITY, Locality
from authz.model.routing.protocol import protocol_of_service_port
from authz.model.routing.visibility import ExportTo
from authz.model.routing.workload_entry import AddressKind


def service_of(service: Service, export_to: ExportTo, cluster_domain: str) -> MeshService:
    """The service as the mesh sees it. `export_to`: with the mesh's default filled in."""
    return MeshService(
        host=parse_host(f"{service.name}.{service.namespace}.svc.{cluster_domain}"),
        namespace=service.namespace,
        name=service.name,
        origin=Origin.KUBERNETES,
        discovery=_discovery(service),
        ports=tuple(_port(port) for port in service.ports),
        addresses=service.cluster_ips,
        is_external=bool(service.external_name),
        export_to=export_to,
        server_names=(),
        service_accounts=service.service_accounts,
        selector=service.selector,
        alias_of=service.external_name,
        created=service.created,
        where=service.where,
    )


def _discovery(service: Service) -> Discovery:
    if service.external_name:
        return Discovery.ALIAS
    return Discovery.HEADLESS if service.is_headless else Discovery.ENDPOINTS


def _port(port: KubernetesPort) -> MeshPort:
    protocol = protocol_of_service_port(port.number, port.name, port.transport, port.app_protocol)
    return MeshPort(port.number, port.name, protocol, port.target_port)


def endpoints_of(
    service: Service, slices: Iterable[EndpointSlice], workloads: Workloads
) -> dict[int, tuple[Endpoint, ...]]:
    """The endpoints of each port, by its number; an address counts once a port."""
    if service.external_name:
        return {}
    numbers = {port.name: port.number for port in service.ports}
    found: dict[int, dict[tuple[str, int], Endpoint]] = {number: {} for number in numbers.values()}
    for name, endpoint in _from_slices(service, slices, workloads):
        if name in numbers:
            found[numbers[name]].setdefault((endpoint.address, 0), endpoint)
    for number, endpoint in _from_workload_entries(service, workloads):
        found[number].setdefault((endpoint.address, endpoint.port), endpoint)
    return {number: tuple(endpoints.values()) for number, endpoints in found.items()}


def _from_slices(
    service: Service, slices: Iterable[EndpointSlice], workloads: Workloads
) -> Iterator[tuple[str, Endpoint]]:
    """Endpoints that are ready, each with the name of its port."""
    for one in slices:
        if one.address_type is AddressType.FQDN:
            continue
        ports = [(port.name, port.number) for port in one.ports if port.number is not None]
        for endpoint in one.endpoints:
            if not endpoint.is_ready:
                continue
            workload = (workloads.pod(one.namespace, endpoint.pod) if endpoint.pod else None) or _unknown_workload(
                service, one, endpoint
            )
            # a slice knows the zone of a pod, which the pod itself does not
            locality = Locality(zone=endpoint.zone) if workload.locality == NO_LOCALITY else workload.locality
            labels = place_labels(workload.labels, locality, workload.node or endpoint.node)
            for address in endpoint.addresses:
                for name, number in ports:
                    yield name, Endpoint(address, number, workload, labels, locality)


def _unknown_workload(service: Service, one: EndpointSlice, endpoint: SliceEndpoint) -> KnownWorkload:
    selected_by = service.selector if endpoint.pod and service.selector else frozenset()
    return KnownWorkload(
        one.namespace, endpoint.pod, AddressKind.IP, endpoint.addresses, one.where, selected_by, node=endpoint.node
    )


def _from_workload_entries(service: Service, workloads: Workloads) -> Iterator[tuple[int, Endpoint]]:
    """WorkloadEntries that the service selects, as if they were pods; each with the number of the service's port."""
    if not service.selector or service.is_headless:
        return
    for workload in workloads.selected_entries(service.namespace, service.selector):
        if workload.kind is not AddressKind.IP:
            continue
        labels = place_labels(workload.labels, workload.locality, workload.node, workload.network)
        for port in service.ports:
            target = _target_of(workload, port)
            if target is not None:
                yield port.number, Endpoint(workload.addresses[0], target, workload, labels, workload.locality)


def _target_of(workload: KnownWorkload, port: KubernetesPort) -> int | None:
    """A port of the name that the service targets; a number needs none, but one of the port's own name wins."""
    if isinstance(port.target_port, str):
        return workload.port(port.target_port)
    return workload.port(port.name) or port.target_port or port.number
