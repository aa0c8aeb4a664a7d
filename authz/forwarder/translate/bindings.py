"""Which VirtualServices a server of a Gateway serves, and for which hosts.

Source: istio/istio pilot/pkg/networking/core/gateway.go (buildGatewayHTTPRouteConfig, pickMatchingGatewayHosts) and
pilot/pkg/model/push_context.go (VirtualServicesForGateway).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from authz.forwarder.translate.gateway_plan import PlannedServer
from authz.model.routing.gateway_ref import GatewayRef
from authz.model.routing.hosts import HostPattern
from authz.model.routing.virtual_service import VirtualService


@dataclass(frozen=True, slots=True)
class BoundService:
    """A VirtualService at a server. `hosts`: of the two the narrower ones, in order, each once."""

    service: VirtualService
    hosts: tuple[HostPattern, ...]


def bind_services(
    planned: PlannedServer, services: Iterable[VirtualService], cluster_domain: str
) -> tuple[BoundService, ...]:
    """Those of `services` that name the Gateway and have a host in common with the server, in their order."""
    gateway = GatewayRef(planned.gateway.namespace, planned.gateway.name)
    bound = []
    for service in services:
        if gateway in service.gateways and not service.is_delegate:
            hosts = _common_hosts(planned, service, cluster_domain)
            if hosts:
                bound.append(BoundService(service, hosts))
    return tuple(bound)


def _common_hosts(planned: PlannedServer, service: VirtualService, cluster_domain: str) -> tuple[HostPattern, ...]:
    found: dict[HostPattern, None] = {}
    for of_server in planned.server.hosts:
        if of_server.admits(service.namespace):
            for host in service.full_hosts(cluster_domain):
                common = of_server.host.narrowed_by(host)
                if common is not None:
                    found[common] = None
    return tuple(sorted(found, key=lambda host: host.specificity))


def is_for_gateway(named: tuple[GatewayRef, ...], gateway: GatewayRef) -> bool:
    """Whether a match that names gateways, or none, is for one."""
    return not named or gateway in named
