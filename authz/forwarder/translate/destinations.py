"""Where a VirtualService sends to -> the cluster of that name, whether there is one or not.

Source: istio/istio pilot/pkg/networking/core/route/route.go, GetDestinationCluster.
"""

from collections.abc import Iterable

from authz.forwarder.proxy import Proxy
from authz.forwarder.translate.cluster_names import cluster_name
from authz.mesh.registry import Discovery, MeshService
from authz.mesh.routing_view import RoutingView
from authz.model.routing.destination import Destination, WeightedDestination
from authz.model.routing.hosts import HostPattern, parse_host


class Destinations:
    """Finds clusters for one proxy."""

    def __init__(self, view: RoutingView, proxy: Proxy) -> None:
        self._services = view.registry.seen_from(proxy.namespace)
        self._cluster_domain = proxy.cluster_domain

    def service(self, destination: Destination) -> MeshService | None:
        """The service that is meant, of an alias the one behind it; None: nobody knows it."""
        found = self._services.service(destination.full_host(self._cluster_domain))
        if found is not None and found.discovery is Discovery.ALIAS:
            return self._services.service(parse_host(found.alias_of))
        return found

    def port(self, destination: Destination, listener_port: int) -> int:
        """The service's port: the one that is named, else its only one, else that of whoever listens."""
        if destination.port is not None:
            return destination.port
        service = self.service(destination)
        return service.ports[0].number if service is not None and len(service.ports) == 1 else listener_port

    def cluster(self, destination: Destination, listener_port: int) -> str:
        """The cluster's name; of a service or subset that is not there it is one that nobody has, and so 503 NC."""
        return cluster_name(self._host(destination), self.port(destination, listener_port), destination.subset)

    def weighted(self, destinations: Iterable[WeightedDestination], listener_port: int) -> tuple[tuple[str, int], ...]:
        """Clusters with their weights, without those of weight 0; of a single one the weight counts nothing."""
        found = tuple([(self.cluster(one.destination, listener_port), one.weight) for one in destinations])
        return ((found[0][0], 1),) if len(found) == 1 else tuple([one for one in found if one[1]])

    def _host(self, destination: Destination) -> HostPattern:
        service = self.service(destination)
        return service.host if service is not None else destination.full_host(self._cluster_domain)
