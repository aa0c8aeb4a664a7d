"""One cluster, and the endpoints that it is told of apart.

Source: istio/istio pilot/pkg/networking/core/cluster_traffic_policy.go (applyTrafficPolicy), cluster_builder.go.
"""

from dataclasses import dataclass

from authz.forwarder.proxy import Proxy
from authz.forwarder.translate.cluster_names import cluster_name, sni_name
from authz.forwarder.translate.connection_pool import (
    HttpOptions,
    add_connection_pool,
    add_http_options,
    speaks_http2,
    uses_client_protocol,
)
from authz.forwarder.translate.consistent_hash import MAX_RING_SIZE
from authz.forwarder.translate.discovery import add_discovery, add_dynamic, cluster_type, dns_cache
from authz.forwarder.translate.endpoints import can_be_reached, load_assignment
from authz.forwarder.translate.load_balancing import add_load_balancing, is_passthrough
from authz.forwarder.translate.locality import Client, add_locality, places_of, setting_of
from authz.forwarder.translate.outlier_detection import add_outlier_detection
from authz.forwarder.translate.remarks import Remark
from authz.forwarder.translate.upstream_tls import (
    AutoNames,
    Server,
    add_auto_mtls,
    add_proxy_protocol,
    add_tls,
    auto_names,
)
from authz.mesh.effective_policy import EffectivePolicy
from authz.mesh.registry import Discovery, Endpoint, MeshPort, MeshService
from authz.model.routing.client_tls import ClientTls, ClientTlsMode
from authz.model.routing.mesh_defaults import MeshDefaults
from authz.model.routing.traffic_policy import ConsistentHash, RingHash, ZoneAwareBalancing
from authz.model.where import Where
from authz.pb.cluster import Cluster
from authz.pb.endpoint import ClusterLoadAssignment
from authz.pb.protobuf import Struct

_ISTIO = "istio"
_BY_NAME = frozenset({Cluster.STRICT_DNS, Cluster.LOGICAL_DNS})
_MESH_MTLS = ClientTls(ClientTlsMode.ISTIO_MUTUAL)
_CONFIG_MAP = "configmap://"


@dataclass(frozen=True, slots=True)
class ClusterSource:
    """All that one cluster is made of. `endpoints`: of the subset; `mtls`: those of the port that take the mesh's.

    `identities`: who may serve, SPIFFE ids and names. `is_for_bytes`: no route sends requests to it. `is_passed_on`:
    it gets TLS of the mesh as it comes, unopened.
    """

    service: MeshService
    port: MeshPort
    subset: str
    policy: EffectivePolicy
    endpoints: tuple[Endpoint, ...]
    mtls: frozenset[Endpoint]
    identities: tuple[str, ...]
    where: Where
    is_for_bytes: bool = False
    is_passed_on: bool = False

    @property
    def name(self) -> str:
        """What it is called."""
        name = sni_name if self.is_passed_on else cluster_name
        return name(self.service.host, self.port.number, self.subset)

    @property
    def is_dynamic(self) -> bool:
        """Whether it sends to whatever host a request names."""
        return self.service.discovery is Discovery.DYNAMIC_DNS


@dataclass(frozen=True, slots=True)
class MadeCluster:
    """`cluster` None: there is none to be had. `assignment`: the endpoints of one that is told of them apart."""

    cluster: Cluster | None
    assignment: ClusterLoadAssignment | None
    remarks: tuple[Remark, ...]


def make_cluster(source: ClusterSource, mesh: MeshDefaults, proxy: Proxy, client: Client) -> MadeCluster:
    """The cluster of a service's port, or of a subset of it. `client`: the proxy as endpoints are near to it or not."""
    remarks = _remarks(source)
    cluster = Cluster(name=source.name)
    if source.is_dynamic:
        _add_dynamic(cluster, source, proxy)
    else:
        cluster.type = cluster_type(source.service, proxy.role)
        _add_balancing(cluster, source, mesh)
    assignment = _assignment(cluster, source, mesh, client)
    if cluster.type in _BY_NAME and not assignment.endpoints:
        text = f"{source.name} has no endpoints to look up, and is not there: requests to it get 503 NC"
        return MadeCluster(None, None, (*remarks, Remark(source.where, text)))
    if not source.is_dynamic:
        add_discovery(cluster, source.port, proxy.addresses, mesh)
    if cluster.type in _BY_NAME:
        cluster.load_assignment.CopyFrom(assignment)
    _add_policy(cluster, source, mesh)
    if source.service.is_external and not source.subset:
        cluster.metadata.filter_metadata[_ISTIO].CopyFrom(_external())
    is_told_apart = cluster.WhichOneof("cluster_discovery_type") == "type" and cluster.type == Cluster.EDS
    return MadeCluster(cluster, assignment if is_told_apart else None, remarks)


def _add_balancing(cluster: Cluster, source: ClusterSource, mesh: MeshDefaults) -> None:
    balancer = source.policy.load_balancer.value if source.policy.load_balancer else None
    if cluster.type == Cluster.ORIGINAL_DST:
        cluster.lb_policy = Cluster.CLUSTER_PROVIDED
        return
    add_load_balancing(cluster, balancer)
    if not is_passthrough(balancer):
        detects_outliers = source.policy.outlier_detection is not None
        add_locality(cluster, setting_of(balancer, mesh), detects_outliers=detects_outliers)


def _assignment(cluster: Cluster, source: ClusterSource, mesh: MeshDefaults, client: Client) -> ClusterLoadAssignment:
    balancer = source.policy.load_balancer.value if source.policy.load_balancer else None
    by_name = cluster.type in _BY_NAME
    reachable = [one for one in source.endpoints if can_be_reached(one, by_name=by_name)]
    if source.is_passed_on:
        reachable = [one for one in reachable if one in source.mtls]
    if cluster.type == Cluster.LOGICAL_DNS:
        reachable = reachable[:1]  # more than that Envoy refuses
    places = places_of(
        reachable,
        setting_of(balancer, mesh),
        client,
        detects_outliers=source.policy.outlier_detection is not None,
    )
    is_marked = bool(source.mtls) and _tls(source) is None
    return load_assignment(cluster.name, places, lambda endpoint: is_marked and endpoint in source.mtls)


def _add_policy(cluster: Cluster, source: ClusterSource, mesh: MeshDefaults) -> None:
    """Pools, outliers, TLS, and what of HTTP depends on them."""
    policy = source.policy
    pool = policy.connection_pool.value if policy.connection_pool else None
    outliers = policy.outlier_detection.value if policy.outlier_detection else None
    add_connection_pool(cluster, pool, policy.retry_budget.value if policy.retry_budget else None, mesh)
    add_outlier_detection(cluster, outliers)
    asks_client = uses_client_protocol(pool) and not _is_mesh_tls(source)
    is_http2 = speaks_http2(source.port.protocol, pool, mesh) and not asks_client
    names = AutoNames()
    if not source.is_passed_on:
        names = _add_tls(cluster, source, is_http2=is_http2)
        add_proxy_protocol(cluster, policy.proxy_protocol.value if policy.proxy_protocol else None)
    options = HttpOptions(
        is_http2=is_http2,
        use_client_protocol=asks_client,
        auto_sni=names.sni,
        auto_san=names.san,
        error_codes=outliers.http_error_codes if outliers else (),
    )
    add_http_options(cluster, pool, options)


def _tls(source: ClusterSource) -> ClientTls | None:
    return source.policy.tls.value if source.policy.tls else None


def _is_mesh_tls(source: ClusterSource) -> bool:
    """Whether some connections of a cluster are mutual TLS of the mesh."""
    tls = _tls(source)
    if source.is_passed_on:
        return False
    return bool(source.mtls) if tls is None else tls.mode is ClientTlsMode.ISTIO_MUTUAL


def _add_tls(cluster: Cluster, source: ClusterSource, *, is_http2: bool) -> AutoNames:
    """What the rule says; where it says nothing, mutual TLS of the mesh for those endpoints that take it."""
    tls = _tls(source)
    server = Server(
        sni="" if source.is_dynamic else sni_name(source.service.host, source.port.number, source.subset),
        identities=source.identities,
        server_names=source.service.server_names,
        is_http=not (source.port.protocol.is_tcp or source.is_for_bytes),
        is_http2=is_http2,
    )
    if tls is not None:
        add_tls(cluster, tls, server)
        return _dynamic_names(tls) if source.is_dynamic else auto_names(tls, server)
    if source.mtls and cluster.type == Cluster.ORIGINAL_DST:
        # there is no telling endpoints apart: all of them take it, or none gets it
        if source.endpoints and all(one in source.mtls for one in source.endpoints):
            add_tls(cluster, _MESH_MTLS, server)
    elif source.mtls:
        add_auto_mtls(cluster, server)
    return AutoNames()


def _dynamic_names(tls: ClientTls | None) -> AutoNames:
    """The host that a request names is the server's name, and its certificate has to have it, whatever else it has."""
    if tls is None or tls.mode is ClientTlsMode.DISABLE:
        return AutoNames()
    return AutoNames(sni=not tls.sni, san=not tls.insecure_skip_verify)


def _add_dynamic(cluster: Cluster, source: ClusterSource, proxy: Proxy) -> None:
    tls = _tls(source)
    names = _dynamic_names(tls)
    is_insecure = (names.sni, names.san) != (True, True)
    add_dynamic(cluster, dns_cache(source.service, proxy.addresses), is_insecure=is_insecure)


def _external() -> Struct:
    made = Struct()
    made.fields["external"].bool_value = True
    return made


def _remarks(source: ClusterSource) -> tuple[Remark, ...]:
    """What is not done as it is written."""
    by_name = source.service.discovery.is_dns
    out_of_reach = [one for one in source.endpoints if not can_be_reached(one, by_name=by_name)]
    of_endpoints = [
        Remark(one.workload.where, f"{one.address!r} is no address that {source.name} can have, and is left out")
        for one in out_of_reach
    ]
    return (*_of_balancer(source), *_of_pool(source), *_of_tls(source), *of_endpoints)


def _of_balancer(source: ClusterSource) -> list[Remark]:
    block = source.policy.load_balancer
    if block is None:
        return []
    found = []
    policy = block.value.policy
    if isinstance(policy, ConsistentHash) and isinstance(policy.algorithm, RingHash):
        size = policy.algorithm.minimum_ring_size or 0
        if size > MAX_RING_SIZE:
            found.append(Remark(block.where, f"minimumRingSize {size} is more than Envoy takes: it is {MAX_RING_SIZE}"))
    zones: ZoneAwareBalancing | None = block.value.zone_aware
    if zones is not None and zones.enabled is not False:
        text = "zoneAwareLbSetting keeps other regions for later, but zones count nothing: the proxy has no peers"
        found.append(Remark(block.where, text))
    return found


def _of_pool(source: ClusterSource) -> list[Remark]:
    found = []
    budget, pool = source.policy.retry_budget, source.policy.connection_pool
    if budget is not None and budget.value.budget_interval is not None:
        text = "budgetInterval does nothing: Envoy counts the requests that are active now"
        found.append(Remark(budget.where, text))
    if pool is not None and uses_client_protocol(pool.value) and _is_mesh_tls(source):
        text = "useClientProtocol does nothing with mutual TLS of the mesh, which has to say beforehand what it speaks"
        found.append(Remark(pool.where, text))
    return found


def _of_tls(source: ClusterSource) -> list[Remark]:
    tls = _tls(source)
    if tls is None or source.is_passed_on:
        return []
    if tls.mode in {ClientTlsMode.SIMPLE, ClientTlsMode.MUTUAL} and tls.credential_name.startswith(_CONFIG_MAP):
        text = f"{tls.credential_name!r} cannot be read, no handshake succeeds: write credentialName of a Secret"
        return [Remark(tls.where, text)]
    return []
