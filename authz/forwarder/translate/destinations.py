"""Where a destination of a VirtualService leads: the name of a cluster, and what holds for connections to it.

Source: istio/istio pilot/pkg/networking/core/route/route.go (GetDestinationCluster, HashForHTTPDestination) and
core/gateway.go (buildNameToServiceMapForHTTPRoutes).
"""

from dataclasses import dataclass

from authz.forwarder.proxy import Proxy
from authz.forwarder.translate.cluster_names import cluster_name
from authz.forwarder.translate.remarks import Remark
from authz.mesh.destination_rules import MergedRule
from authz.mesh.effective_policy import EffectivePolicy, effective_policy
from authz.mesh.registry import Discovery, MeshService
from authz.mesh.routing_view import RoutingView
from authz.model.routing.destination import Destination
from authz.model.routing.hosts import HostPattern, parse_host
from authz.model.routing.traffic_policy import ConsistentHash, LoadBalancer

_NO_POLICY = EffectivePolicy()


@dataclass(frozen=True, slots=True)
class Target:
    """A cluster by its name, whether or not there is one. `trouble`: why there is none, empty where there is one."""

    cluster: str
    policy: EffectivePolicy = _NO_POLICY
    trouble: str = ""

    @property
    def balancer(self) -> LoadBalancer | None:
        """Which endpoint gets a request."""
        return self.policy.load_balancer.value if self.policy.load_balancer else None

    @property
    def is_hashed(self) -> bool:
        """Whether a consistent hash picks the endpoint."""
        return self.balancer is not None and isinstance(self.balancer.policy, ConsistentHash)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that `Destinations` has an answer to.

    `port`: of the server, as its Gateway has it. `owner`: the namespace whose service of that host comes first, that of
    the VirtualService; None: the one that the proxy's namespace sees.
    """

    destination: Destination
    port: int
    owner: str | None


def unreached(asked: Asked, target: Target, effect: str = "what is sent to it fails with 503 NC") -> Remark:
    """What is wrong with a target that has trouble, and what comes of it."""
    text = f"{target.trouble}; there is no cluster {target.cluster!r}, {effect}"
    return Remark(asked.destination.where, text)


class Destinations:
    """What destinations come to for one proxy at one moment; each is looked up once."""

    def __init__(self, view: RoutingView, proxy: Proxy) -> None:
        self._view, self._proxy = view, proxy
        self._seen = view.registry.seen_from(proxy.namespace)
        self._by_owner: dict[tuple[str, HostPattern], MeshService] = {}
        for service in self._seen.all:
            self._by_owner.setdefault((service.namespace, service.host), service)
        self._known: dict[tuple[str, str, str, int | None, int, str | None], Target] = {}
        self._targets: dict[tuple[str, int, str], Target] = {}  # many questions come to few of these

    def target(self, asked: Asked) -> Target:
        """The cluster of a destination. A name is made for every host, so that nothing goes elsewhere instead."""
        one = asked.destination
        key = (one.host, one.namespace, one.subset, one.port, asked.port, asked.owner)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._look_up(asked)
        return found

    def service(self, host: HostPattern, owner: str | None = None) -> MeshService | None:
        """The service of a host that a VirtualService of namespace `owner` means."""
        own = self._by_owner.get((owner, host)) if owner is not None else None
        return own or self._seen.service(host)

    def _look_up(self, asked: Asked) -> Target:
        destination = asked.destination
        host = destination.full_host(self._view.cluster_domain)
        service = self.service(host, asked.owner)
        if service is not None and service.discovery is Discovery.ALIAS:
            host = parse_host(service.alias_of)
        port = _port(destination, service, asked.port)
        key = (host.text, port, destination.subset)
        found = self._targets.get(key)
        if found is None:
            found = self._targets[key] = self._of_cluster(host, port, destination.subset)
        return found

    def _of_cluster(self, host: HostPattern, port: int, subset: str) -> Target:
        rule = self._rule(host)
        return Target(
            cluster=cluster_name(host, port, subset),
            policy=effective_policy(rule, port, subset),
            trouble=self._trouble(host, port, subset, rule),
        )

    def _rule(self, host: HostPattern) -> MergedRule | None:
        service = self._seen.service(host)
        if service is None:
            return None
        return self._view.destination_rules.rule_for(service, self._proxy.namespace, self._proxy.labels)

    def _trouble(self, host: HostPattern, port: int, subset: str, rule: MergedRule | None) -> str:
        services = self._seen.of_host(host)
        if not services:
            return f"no service {host.text!r} is known to namespace {self._proxy.namespace!r}"
        if not any(service.port(port) for service in services):
            ports = ", ".join(sorted({str(one.number) for service in services for one in service.ports}, key=int))
            return f"service {host.text!r} has no port {port}; it has {ports or 'none'}"
        if subset and (rule is None or rule.subset(subset) is None):
            return f"no DestinationRule has a subset {subset!r} of {host.text!r}"
        return ""


def _port(destination: Destination, service: MeshService | None, listener_port: int) -> int:
    """The port that is written; else the only one of the service, else that of the server, which it may not have."""
    if destination.port is not None:
        return destination.port
    return service.ports[0].number if service is not None and len(service.ports) == 1 else listener_port
