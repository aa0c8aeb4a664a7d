"""All services and endpoints of a mesh at one moment."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from authz.mesh.registry.endpoint import Endpoint, KnownWorkload
from authz.mesh.registry.service import Discovery, MeshPort, MeshService
from authz.mesh.registry.visible import VisibleServices
from authz.mesh.registry.workloads import Workloads
from authz.model.routing.hosts import HostPattern, parse_host
from authz.model.workload import Labels

EndpointsOfPorts = Mapping[int, tuple[Endpoint, ...]]
"""By the number of a service's port."""


@dataclass(frozen=True, slots=True)
class ServiceTarget:
    """A port of a service that a workload serves, and its own port for it. None: nobody knows the port of that name."""

    service: MeshService
    port: MeshPort
    number: int | None


class Registry:
    """Immutable. `services`: all of them, oldest first."""

    def __init__(
        self,
        services: Iterable[MeshService],
        endpoints: Mapping[tuple[str, HostPattern], EndpointsOfPorts],
        workloads: Workloads,
    ) -> None:
        self.services = tuple(services)
        self._endpoints = endpoints
        self._workloads = workloads
        self._aliases = _aliases(self.services)
        self._views: dict[str, VisibleServices] = {}

    def seen_from(self, namespace: str) -> VisibleServices:
        """What a namespace sees; made once."""
        view = self._views.get(namespace)
        if view is None:
            view = self._views[namespace] = VisibleServices(self.services, namespace)
        return view

    def endpoints(self, service: MeshService, port: int, labels: Labels = frozenset()) -> tuple[Endpoint, ...]:
        """The endpoints of a port, by its number, that have all of `labels`. One of an alias has none of its own."""
        found = self._endpoints.get(service.key, {}).get(port, ())
        return tuple(endpoint for endpoint in found if labels <= endpoint.labels) if labels else found

    def accounts(self, service: MeshService) -> tuple[tuple[str, str], ...]:
        """Who may serve: namespace and service account of its endpoints, and those that the service allows itself."""
        found = {(service.namespace, account) for account in service.service_accounts}
        for endpoints in self._endpoints.get(service.key, {}).values():
            workloads = [endpoint.workload for endpoint in endpoints]
            found.update((one.namespace, one.service_account) for one in workloads if one.service_account)
        return tuple(sorted(found))

    def aliases(self, service: MeshService) -> tuple[MeshService, ...]:
        """The services that are another name of this one, by namespace and host."""
        return self._aliases.get(service.host, ())

    def workload_at(self, address: str) -> KnownWorkload | None:
        """The workload of an IP address, as it is written."""
        return self._workloads.at(address)

    def targets(self, namespace: str, labels: Labels) -> tuple[ServiceTarget, ...]:
        """The ports of services that a workload serves, in the order of the services: those that select its labels."""
        return tuple(
            ServiceTarget(service, port, self._target(service, port))
            for service in self.services
            if service.namespace == namespace and service.selector is not None and service.selector <= labels
            for port in service.ports
        )

    def _target(self, service: MeshService, port: MeshPort) -> int | None:
        """A target with a name is looked up among the endpoints: all of them have the port under that name."""
        if not isinstance(port.target, str):
            return port.target or port.number
        return next((endpoint.port for endpoint in self.endpoints(service, port.number)), None)


def _aliases(services: tuple[MeshService, ...]) -> dict[HostPattern, tuple[MeshService, ...]]:
    """By the host that it comes to in the end, through other aliases; one that leads back to itself is none."""
    aliases = [service for service in services if service.discovery is Discovery.ALIAS]
    next_host = {service.host: parse_host(service.alias_of) for service in aliases}
    found: dict[HostPattern, list[MeshService]] = {}
    for service in sorted(aliases, key=lambda one: (one.namespace, one.host.text)):
        host, seen = next_host[service.host], {service.host}
        while host in next_host and host not in seen:
            seen.add(host)
            host = next_host[host]
        if host not in seen:
            found.setdefault(host, []).append(service)
    return {host: tuple(of_host) for host, of_host in found.items()}
