"""All clusters of a proxy, and the endpoints of those that are told of them apart.

Front door: `translate_clusters`; `policy_for` is what a DestinationRule comes to, for whoever makes routes and filters.

Source: istio/istio pilot/pkg/networking/core/cluster.go, buildClusters and buildOutboundClusters.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from authz.forwarder.proxy import Proxy
from authz.forwarder.references import Reference, TypeUrl
from authz.forwarder.snapshot import Resource
from authz.forwarder.translate.cluster import Workshop, make_cluster
from authz.forwarder.translate.cluster_names import BLACK_HOLE, cluster_name
from authz.forwarder.translate.cluster_source import ClusterSource
from authz.forwarder.translate.discovery import DYNAMIC_PROTOCOLS
from authz.forwarder.translate.locality import Client
from authz.forwarder.translate.remarks import Remark
from authz.forwarder.translate.wrapped import as_duration
from authz.mesh.destination_rules import MergedRule
from authz.mesh.effective_policy import EffectivePolicy, effective_policy
from authz.mesh.registry import Discovery, Endpoint, MeshPort, MeshService
from authz.mesh.registry.endpoint import place_labels
from authz.mesh.routing_view import RoutingView
from authz.model.routing.mesh_defaults import MeshDefaults
from authz.model.routing.protocol import Protocol
from authz.model.where import Where
from authz.model.workload import Labels
from authz.pb.cluster import Cluster
from authz.pb.endpoint import ClusterLoadAssignment
from authz.resources.peer_authentication import PeerAuthentication

_Key = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class WantedClusters:
    """`for_bytes`: names of clusters that no HTTP route names, but a TCP or TLS route does.

    `passed_on`: whether a server of mode AUTO_PASSTHROUGH asks for clusters by the names that handshakes have.
    """

    for_bytes: frozenset[str] = frozenset()
    passed_on: bool = False


@dataclass(frozen=True, slots=True)
class _Setting:
    """What all clusters depend on."""

    proxy: Proxy
    defaults: MeshDefaults
    trust_domains: tuple[str, ...]
    peer_authentications: tuple[PeerAuthentication, ...]
    passed_on: bool


@dataclass(frozen=True, slots=True)
class _Source:
    """What the clusters of one service depend on. `ports`: those that no other service of its host has before."""

    service: MeshService
    ports: tuple[MeshPort, ...]
    rule: MergedRule | None
    endpoints: tuple[tuple[Endpoint, ...], ...]
    accounts: tuple[tuple[str, str], ...]
    for_bytes: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Made:
    resources: tuple[Resource, ...]
    remarks: tuple[Remark, ...]


@dataclass(frozen=True, slots=True)
class ClusterMemo:
    """What an earlier translation has made, for the next one to use again where nothing has changed."""

    setting: _Setting | None = None
    made: Mapping[_Key, tuple[_Source, _Made]] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Clusters:
    """Clusters and endpoints, in the order of their services; `remarks` in order, each once."""

    resources: tuple[Resource, ...]
    remarks: tuple[Remark, ...]
    memo: ClusterMemo


_NOTHING = ClusterMemo()
_ALL = WantedClusters()


def translate_clusters(
    view: RoutingView, proxy: Proxy, wanted: WantedClusters = _ALL, memo: ClusterMemo = _NOTHING
) -> Clusters:
    """The clusters of every service that the proxy's namespace sees, and one without endpoints.

    `memo`: of the translation before; without it the result is the same, and takes longer.
    """
    setting = _Setting(proxy, view.defaults, view.mesh.trust_domains, view.peer_authentications, wanted.passed_on)
    known = memo.made if memo.setting == setting else {}
    here = Client(proxy.locality, place_labels(proxy.labels, proxy.locality))
    workshop = Workshop(view.defaults, proxy, here)
    made: dict[_Key, tuple[_Source, _Made]] = {}
    for source in _sources(view, proxy, wanted):
        key = _key(source.service)
        before = known.get(key)
        made[key] = before if before and before[0] == source else (source, _make(view, setting, source, workshop))
    resources = [one for _, found in made.values() for one in found.resources]
    remarks = {remark: None for _, found in made.values() for remark in found.remarks}
    return Clusters((*resources, _black_hole(view.defaults)), tuple(sorted(remarks)), ClusterMemo(setting, made))


def policy_for(view: RoutingView, proxy: Proxy, service: MeshService, port: int, subset: str = "") -> EffectivePolicy:
    """What holds for a proxy's connections to a port of a service, and a subset of it."""
    rule = view.destination_rules.rule_for(service, proxy.namespace, proxy.labels)
    return effective_policy(rule, port, subset, view.defaults.traffic_policy)


def _key(service: MeshService) -> _Key:
    return service.namespace, service.name, service.host.text, service.origin.value


def _sources(view: RoutingView, proxy: Proxy, wanted: WantedClusters) -> Iterator[_Source]:
    """The services that have clusters, each with the ports that are its own: of a host and a port there is one."""
    taken: set[str] = set()
    for service in view.registry.seen_from(proxy.namespace).services:
        if service.discovery is Discovery.ALIAS:
            continue
        ports = []
        for port in service.ports:
            name = cluster_name(service.host, port.number)
            if port.protocol is not Protocol.UDP and name not in taken:
                taken.add(name)
                ports.append(port)
        if ports:
            yield _source(view, proxy, wanted, service, tuple(ports))


def _source(
    view: RoutingView,
    proxy: Proxy,
    wanted: WantedClusters,
    service: MeshService,
    ports: tuple[MeshPort, ...],
) -> _Source:
    rule = view.destination_rules.rule_for(service, proxy.namespace, proxy.labels)
    subsets = ("", *(one.name for one in rule.subsets)) if rule else ("",)
    for_bytes = frozenset(
        name
        for port in ports
        for name in (cluster_name(service.host, port.number, subset) for subset in subsets)
        if name in wanted.for_bytes
    )
    return _Source(
        service=service,
        ports=ports,
        rule=rule,
        endpoints=tuple([view.registry.endpoints(service, port.number) for port in ports]),
        accounts=view.registry.accounts(service),
        for_bytes=for_bytes,
    )


def _make(view: RoutingView, setting: _Setting, source: _Source, workshop: Workshop) -> _Made:
    resources: list[Resource] = []
    remarks: list[Remark] = []
    for one in _cluster_sources(view, setting, source):
        made = make_cluster(one, workshop)
        remarks.extend(made.remarks)
        if made.cluster is not None:
            resources.append(_of_cluster(made.cluster, one.where))
        if made.assignment is not None:
            resources.append(_of_assignment(made.assignment, one.where))
    return _Made(tuple(resources), (*remarks, *_of_dynamic(source)))


def _of_cluster(cluster: Cluster, where: Where) -> Resource:
    """As `Resource.of` would make it. Beside its endpoints only TLS names anything, and few clusters have that."""
    if cluster.HasField("transport_socket") or cluster.transport_socket_matches:
        return Resource.of(cluster, where)
    is_told_apart = cluster.HasField("eds_cluster_config")
    named = frozenset([Reference(TypeUrl.ENDPOINT, cluster.name)] if is_told_apart else ())
    wire = cluster.SerializeToString(deterministic=True)
    return Resource.of_bytes(TypeUrl.CLUSTER, cluster.name, wire, named, where)


def _of_assignment(assignment: ClusterLoadAssignment, where: Where) -> Resource:
    """As `Resource.of` would make it. Endpoints name nothing."""
    wire = assignment.SerializeToString(deterministic=True)
    return Resource.of_bytes(TypeUrl.ENDPOINT, assignment.cluster_name, wire, frozenset(), where)


def _cluster_sources(view: RoutingView, setting: _Setting, source: _Source) -> Iterator[ClusterSource]:
    """For every port one of all endpoints, and one of each subset; twice, where handshakes name clusters."""
    service, rule = source.service, source.rule
    identities = (*_spiffe_ids(setting, source), *service.server_names)
    for port, endpoints in zip(source.ports, source.endpoints, strict=True):
        if service.discovery is Discovery.DYNAMIC_DNS and port.protocol not in DYNAMIC_PROTOCOLS:
            continue
        takes_mtls = frozenset([one for one in endpoints if not service.is_external and view.takes_mtls(one)])
        for subset, labels, where in _subsets(source):
            name = cluster_name(service.host, port.number, subset)
            of_subset = tuple([one for one in endpoints if labels <= one.labels]) if labels else endpoints
            for passed_on in (False, True) if _can_be_passed_on(setting, service) else (False,):
                yield ClusterSource(
                    service=service,
                    port=port,
                    subset=subset,
                    policy=effective_policy(rule, port.number, subset, setting.defaults.traffic_policy),
                    endpoints=of_subset,
                    mtls=takes_mtls if passed_on or setting.defaults.enable_auto_mtls else frozenset(),
                    identities=identities,
                    where=where,
                    is_for_bytes=name in source.for_bytes,
                    is_passed_on=passed_on,
                )


def _subsets(source: _Source) -> Iterator[tuple[str, Labels, Where]]:
    yield "", frozenset(), source.service.where
    if source.rule is not None and source.service.discovery is not Discovery.DYNAMIC_DNS:
        for subset in source.rule.subsets:
            yield subset.name, subset.labels, subset.where


def _can_be_passed_on(setting: _Setting, service: MeshService) -> bool:
    return setting.passed_on and not service.is_external and service.discovery is not Discovery.DYNAMIC_DNS


def _spiffe_ids(setting: _Setting, source: _Source) -> list[str]:
    return [
        f"spiffe://{domain}/ns/{namespace}/sa/{account}"
        for namespace, account in source.accounts
        for domain in setting.trust_domains
    ]


def _of_dynamic(source: _Source) -> list[Remark]:
    """A service whose requests say the host has no subsets, and not every protocol says a host."""
    service = source.service
    if service.discovery is not Discovery.DYNAMIC_DNS:
        return []
    text = "a service of resolution DYNAMIC_DNS has no subsets: requests to them get 503 NC"
    found = [Remark(subset.where, text) for subset in (source.rule.subsets if source.rule else ())]
    for port in source.ports:
        if port.protocol not in DYNAMIC_PROTOCOLS:
            text = f"port {port.number} says no host of its own that DYNAMIC_DNS could look up: it has no cluster"
            found.append(Remark(service.where, text))
    return found


def _black_hole(defaults: MeshDefaults) -> Resource:
    """Where nothing comes out again."""
    cluster = Cluster(
        name=BLACK_HOLE,
        type=Cluster.STATIC,
        lb_policy=Cluster.ROUND_ROBIN,
        connect_timeout=as_duration(defaults.connect_timeout),
    )
    return Resource.of(cluster)
