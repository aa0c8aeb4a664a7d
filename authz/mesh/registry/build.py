"""Resources -> Registry."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from authz.mesh.registry.endpoint import Endpoint
from authz.mesh.registry.from_kubernetes import endpoints_of, service_of
from authz.mesh.registry.from_service_entry import endpoints_of_entry, services_of_entry
from authz.mesh.registry.registry import EndpointsOfPorts, Registry
from authz.mesh.registry.service import Discovery, MeshPort, MeshService, Origin
from authz.mesh.registry.workloads import Workloads
from authz.model.routing.age import oldest_first
from authz.model.routing.hosts import DEFAULT_CLUSTER_DOMAIN, HostPattern
from authz.model.routing.kubernetes import EndpointSlice, Pod, Service
from authz.model.routing.service_entry import ServiceEntry
from authz.model.routing.visibility import PUBLIC, ExportTo, parse_export_to
from authz.model.routing.workload_entry import WorkloadEntry
from authz.resources.collection import Resources


@dataclass(frozen=True, slots=True)
class RegistrySettings:
    """`default_export_to`: words, of services that do not say themselves; `.` is each one's own namespace."""

    cluster_domain: str = DEFAULT_CLUSTER_DOMAIN
    default_export_to: tuple[str, ...] = ("*",)


@dataclass(frozen=True, slots=True)
class RegistrySources:
    """All that services and endpoints are made of."""

    services: tuple[Service, ...] = ()
    endpoint_slices: tuple[EndpointSlice, ...] = ()
    pods: tuple[Pod, ...] = ()
    service_entries: tuple[ServiceEntry, ...] = ()
    workload_entries: tuple[WorkloadEntry, ...] = ()

    @classmethod
    def of(cls, resources: Resources) -> "RegistrySources":
        """Those of a set of files."""
        return cls(
            services=resources.of(Service),
            endpoint_slices=resources.of(EndpointSlice),
            pods=resources.of(Pod),
            service_entries=resources.of(ServiceEntry),
            workload_entries=resources.of(WorkloadEntry),
        )


_DEFAULTS = RegistrySettings()


@dataclass(frozen=True, slots=True)
class _Found:
    """A service with its own endpoints."""

    service: MeshService
    endpoints: EndpointsOfPorts


def build_registry(sources: RegistrySources, settings: RegistrySettings = _DEFAULTS) -> Registry:
    """The services that the resources make, and where their endpoints are."""
    workloads = Workloads(sources.pods, sources.workload_entries)
    found = [*_of_kubernetes(sources, settings, workloads), *_of_entries(sources, settings, workloads)]
    by_key: dict[tuple[str, HostPattern], list[_Found]] = defaultdict(list)
    for one in found:
        by_key[one.service.key].append(one)
    for same in by_key.values():
        same.sort(key=lambda one: (one.service.origin is not Origin.KUBERNETES, *oldest_first(one.service)))
    endpoints = {key: same[0].endpoints if len(same) == 1 else _joined(same) for key, same in by_key.items()}
    return Registry(_in_order(found, by_key), endpoints, workloads)


def _of_kubernetes(sources: RegistrySources, settings: RegistrySettings, workloads: Workloads) -> Iterable[_Found]:
    slices: dict[tuple[str, str], list[EndpointSlice]] = defaultdict(list)
    for one in sorted(sources.endpoint_slices, key=lambda one: one.key):
        slices[one.namespace, one.service].append(one)
    for service in sources.services:
        export_to = _export_to(service.export_to, service.namespace, settings)
        found = service_of(service, export_to, settings.cluster_domain)
        yield _Found(found, endpoints_of(service, slices.get(service.key, ()), workloads))


def _of_entries(sources: RegistrySources, settings: RegistrySettings, workloads: Workloads) -> Iterable[_Found]:
    for entry in sources.service_entries:
        export_to = _export_to(entry.export_to, entry.namespace, settings)
        for service in services_of_entry(entry, export_to):
            yield _Found(service, endpoints_of_entry(entry, service.host, workloads))


def _export_to(own: ExportTo | None, namespace: str, settings: RegistrySettings) -> ExportTo:
    return own or parse_export_to(settings.default_export_to, namespace, nowhere=True) or PUBLIC


def _in_order(found: list[_Found], by_key: dict[tuple[str, HostPattern], list[_Found]]) -> Iterable[MeshService]:
    """Oldest first, but of one host in one namespace first the one that counts."""
    waiting = {key: iter(same) for key, same in by_key.items()}
    for one in sorted(found, key=lambda one: oldest_first(one.service)):
        yield next(waiting[one.service.key]).service


def _joined(same: list[_Found]) -> EndpointsOfPorts:
    """Services of one host in one namespace have their endpoints together, port by port, by name or else by number."""
    ports = {port.number: port for one in reversed(same) for port in one.service.ports}
    return {number: _of_port(same, port) for number, port in ports.items()}


def _of_port(same: list[_Found], port: MeshPort) -> tuple[Endpoint, ...]:
    found: dict[tuple[str, int], Endpoint] = {}
    for one in same:
        if found and one.service.discovery is Discovery.DNS_ROUND_ROBIN:
            continue  # it has one endpoint at most
        number = next((own.number for own in one.service.ports if own.name == port.name), port.number)
        for endpoint in one.endpoints.get(number, ()):
            found.setdefault((endpoint.address, endpoint.port), endpoint)
    return tuple(found.values())
