"""Where a VirtualService sends to.

Source: istio/api networking/v1alpha3/virtual_service.proto, Destination, RouteDestination.
"""

from dataclasses import dataclass

from authz.model.routing.hosts import DEFAULT_CLUSTER_DOMAIN, HostPattern, parse_host, resolve_short_name
from authz.model.where import Where


@dataclass(frozen=True, slots=True)
class Destination:
    """A service, or a subset of it. `host` as written, in lower case; `port` None: for the service to say.

    `namespace`: of the resource that says it, where a short name is at home; a delegate's stays its own when merged.
    """

    where: Where
    namespace: str
    host: str
    subset: str = ""
    port: int | None = None

    def full_host(self, cluster_domain: str = DEFAULT_CLUSTER_DOMAIN) -> HostPattern:
        """The host as services are known by."""
        return parse_host(resolve_short_name(self.host, self.namespace, cluster_domain))


@dataclass(frozen=True, slots=True)
class WeightedDestination:
    """One of the places that connections go to, by its part in the sum of all weights. That of a single one is 1."""

    destination: Destination
    weight: int = 0
