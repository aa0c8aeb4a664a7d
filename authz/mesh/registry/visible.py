"""What one namespace sees of the services.

Source: istio/istio pilot/pkg/model/push_context.go, initServiceRegistry, and sidecar.go, selectServices.
"""

from collections import defaultdict
from collections.abc import Iterable

from authz.mesh.registry.service import MeshService, Origin
from authz.model.routing.hosts import HostPattern, index_hosts


class VisibleServices:
    """The services that are exported to a namespace, oldest first. Immutable.

    `all`: every one of them; `services`: of each host only those of one namespace, see `one_namespace_a_host`.
    """

    def __init__(self, services: Iterable[MeshService], namespace: str) -> None:
        self.namespace = namespace
        self.all = tuple(service for service in services if service.export_to.visible_to(namespace))
        self.services = one_namespace_a_host(self.all, namespace)
        self._by_host: dict[HostPattern, list[MeshService]] = defaultdict(list)
        for service in self.services:
            self._by_host[service.host].append(service)
        self._index = index_hosts((service.host, service) for service in self.services)

    def service(self, host: HostPattern) -> MeshService | None:
        """The service of this very host; of several the one that counts."""
        found = self._by_host.get(host)
        return found[0] if found else None

    def of_host(self, host: HostPattern) -> tuple[MeshService, ...]:
        """All services of this very host, which may have different ports; the first with a port has it."""
        return tuple(self._by_host.get(host, ()))

    def most_specific(self, host: HostPattern) -> MeshService | None:
        """The service of a host, else that of the longest wildcard that covers it."""
        return self._index.most_specific(host)

    def covered_by(self, pattern: HostPattern) -> tuple[MeshService, ...]:
        """The services whose hosts a pattern covers, oldest first."""
        if not pattern.is_wildcard:
            return self.of_host(pattern)
        return tuple(service for service in self.services if service.host.is_subset_of(pattern))


def one_namespace_a_host(services: Iterable[MeshService], namespace: str) -> tuple[MeshService, ...]:
    """Of the services of one host only those of one namespace.

    `namespace` itself wins; else the first one with a service of Kubernetes; else the first. `services`: oldest first;
    what a Sidecar imports is narrowed by this too, after it has been picked.
    """
    services = tuple(services)
    chosen: dict[HostPattern, MeshService] = {}
    for service in services:
        before = chosen.setdefault(service.host, service)
        if before is not service and _goes_before(service, before, namespace):
            chosen[service.host] = service
    return tuple(service for service in services if chosen[service.host].namespace == service.namespace)


def _goes_before(service: MeshService, chosen: MeshService, namespace: str) -> bool:
    if namespace in {service.namespace, chosen.namespace}:
        return service.namespace == namespace != chosen.namespace
    return service.origin is Origin.KUBERNETES and chosen.origin is not Origin.KUBERNETES
