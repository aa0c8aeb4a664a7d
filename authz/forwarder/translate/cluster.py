"""One cluster, and the endpoints that it is told of apart.

Source: istio/istio pilot/pkg/networking/core/cluster_traffic_policy.go (applyTrafficPolicy), cluster_builder.go.
"""

from dataclasses import dataclass, field

from authz.forwarder.proxy import Proxy
from authz.forwarder.translate.cluster_names import sni_name
from authz.forwarder.translate.cluster_source import ClusterSource, remarks_on
from authz.forwarder.translate.connection_pool import (
    HttpOptions,
    add_connection_pool,
    add_http_options,
    speaks_http2,
    uses_client_protocol,
)
from authz.forwarder.translate.discovery import add_discovery, add_dynamic, cluster_type, dns_cache, port_override
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
from authz.model.routing.client_tls import ClientTls, ClientTlsMode
from authz.model.routing.mesh_defaults import MeshDefaults
from authz.model.routing.traffic_policy import ConnectionPool, LoadBalancer, OutlierDetection, RetryBudget
from authz.pb.cluster import Cluster
from authz.pb.endpoint import ClusterLoadAssignment
from authz.pb.protobuf import Struct

_ISTIO = "istio"
_MESH_MTLS = ClientTls(ClientTlsMode.ISTIO_MUTUAL)
_BY_NAME = frozenset({Cluster.STRICT_DNS, Cluster.LOGICAL_DNS})


@dataclass(frozen=True, slots=True)
class MadeCluster:
    """`cluster` None: there is none to be had. `assignment`: the endpoints of one that is told of them apart."""

    cluster: Cluster | None
    assignment: ClusterLoadAssignment | None
    remarks: tuple[Remark, ...]


@dataclass(frozen=True, slots=True)
class _Shape:
    """What clusters have in common that differ in names, endpoints and TLS.

    `kind` None: requests say the host. `port_override`: of original destinations.
    """

    kind: int | None
    port_override: int | None
    balancer: LoadBalancer | None
    pool: ConnectionPool | None
    outliers: OutlierDetection | None
    budget: RetryBudget | None
    http: HttpOptions
    is_external: bool


@dataclass(frozen=True, slots=True)
class Workshop:
    """What clusters are made for. `client`: the proxy, as endpoints are near to it or not.

    `shapes`: those that have been made, as most clusters are alike. It grows, which changes nothing but the time.
    """

    mesh: MeshDefaults
    proxy: Proxy
    client: Client
    shapes: dict[_Shape, Cluster] = field(default_factory=dict, repr=False)


def make_cluster(source: ClusterSource, workshop: Workshop) -> MadeCluster:
    """The cluster of a service's port, or of a subset of it."""
    shape, remarks = _shape(source, workshop), remarks_on(source)
    cluster = Cluster()
    cluster.CopyFrom(_shaped(shape, workshop))
    cluster.name = source.name
    assignment = _assignment(source, shape, workshop)
    if shape.kind == Cluster.EDS:
        cluster.eds_cluster_config.service_name = cluster.name
    elif shape.kind in _BY_NAME and not assignment.endpoints:
        text = f"{source.name} has no endpoints to look up, and is not there: requests to it get 503 NC"
        return MadeCluster(None, None, (*remarks, Remark(source.where, text)))
    elif shape.kind in _BY_NAME:
        cluster.load_assignment.CopyFrom(assignment)
    elif shape.kind is None:
        _add_dynamic(cluster, source, workshop.proxy)
    if not source.is_passed_on:
        _add_tls(cluster, source, _server(source, shape.http))
        protocol = source.policy.proxy_protocol
        add_proxy_protocol(cluster, protocol.value if protocol else None)
    return MadeCluster(cluster, assignment if shape.kind == Cluster.EDS else None, remarks)


def _shape(source: ClusterSource, workshop: Workshop) -> _Shape:
    policy = source.policy
    balancer = policy.load_balancer.value if policy.load_balancer else None
    outliers = policy.outlier_detection.value if policy.outlier_detection else None
    kind = None if source.is_dynamic else cluster_type(source.service, workshop.proxy.role)
    return _Shape(
        kind=Cluster.ORIGINAL_DST if is_passthrough(balancer) and kind is not None else kind,
        port_override=port_override(source.service, source.port),
        balancer=balancer,
        pool=policy.connection_pool.value if policy.connection_pool else None,
        outliers=outliers,
        budget=policy.retry_budget.value if policy.retry_budget else None,
        http=_http(source, outliers, workshop.mesh),
        is_external=source.service.is_external and not source.subset,
    )


def _http(source: ClusterSource, outliers: OutlierDetection | None, mesh: MeshDefaults) -> HttpOptions:
    pool = source.policy.connection_pool.value if source.policy.connection_pool else None
    asks_client = uses_client_protocol(pool) and not source.has_mesh_tls
    names = _names(source)
    return HttpOptions(
        is_http2=speaks_http2(source.port.protocol, pool, mesh) and not asks_client,
        use_client_protocol=asks_client,
        auto_sni=names.sni,
        auto_san=names.san,
        error_codes=outliers.http_error_codes if outliers else (),
    )


def _shaped(shape: _Shape, workshop: Workshop) -> Cluster:
    made = workshop.shapes.get(shape)
    if made is None:
        made = workshop.shapes[shape] = _make_shape(shape, workshop)
    return made


def _make_shape(shape: _Shape, workshop: Workshop) -> Cluster:
    mesh, cluster = workshop.mesh, Cluster()
    if shape.kind is not None:
        cluster.type = shape.kind
        add_discovery(cluster, shape.port_override, workshop.proxy.addresses, mesh)
    if shape.kind == Cluster.ORIGINAL_DST:
        cluster.lb_policy = Cluster.CLUSTER_PROVIDED
    elif shape.kind is not None:
        add_load_balancing(cluster, shape.balancer)
        setting = setting_of(shape.balancer, mesh)
        add_locality(cluster, setting, detects_outliers=shape.outliers is not None)
    add_connection_pool(cluster, shape.pool, shape.budget, mesh)
    add_outlier_detection(cluster, shape.outliers)
    add_http_options(cluster, shape.pool, shape.http)
    if shape.is_external:
        cluster.metadata.filter_metadata[_ISTIO].CopyFrom(_external())
    return cluster


def _external() -> Struct:
    made = Struct()
    made.fields["external"].bool_value = True
    return made


def _assignment(source: ClusterSource, shape: _Shape, workshop: Workshop) -> ClusterLoadAssignment:
    reachable = [one for one in source.endpoints if can_be_reached(one, by_name=shape.kind in _BY_NAME)]
    if source.is_passed_on:
        reachable = [one for one in reachable if one in source.mtls]
    if shape.kind == Cluster.LOGICAL_DNS:
        reachable = reachable[:1]  # more than that Envoy refuses
    places = places_of(
        reachable,
        setting_of(shape.balancer, workshop.mesh),
        workshop.client,
        detects_outliers=shape.outliers is not None,
    )
    marked = source.mtls if source.tls is None else frozenset()
    return load_assignment(source.name, places, marked)


def _names(source: ClusterSource) -> AutoNames:
    """What requests say of the server, where the rule does not.

    Where a request says the host, that is the server's name, and its certificate has to have it, whatever else it has.
    """
    tls = source.tls
    if not source.is_dynamic:
        return auto_names(tls, source.service.server_names)
    if tls is None or tls.mode is ClientTlsMode.DISABLE:
        return AutoNames()
    return AutoNames(sni=not tls.sni, san=not tls.insecure_skip_verify)


def _server(source: ClusterSource, http: HttpOptions) -> Server:
    return Server(
        sni="" if source.is_dynamic else sni_name(source.service.host, source.port.number, source.subset),
        identities=source.identities,
        server_names=source.service.server_names,
        is_http=not (source.port.protocol.is_tcp or source.is_for_bytes),
        is_http2=http.is_http2,
    )


def _add_tls(cluster: Cluster, source: ClusterSource, server: Server) -> None:
    """What the rule says; where it says nothing, mutual TLS of the mesh for those endpoints that take it."""
    if source.tls is not None:
        add_tls(cluster, source.tls, server)
    elif source.mtls and cluster.type == Cluster.ORIGINAL_DST:
        # there is no telling endpoints apart: all of them take it, or none gets it
        if source.endpoints and all(one in source.mtls for one in source.endpoints):
            add_tls(cluster, _MESH_MTLS, server)
    elif source.mtls:
        add_auto_mtls(cluster, server)


def _add_dynamic(cluster: Cluster, source: ClusterSource, proxy: Proxy) -> None:
    names = _names(source)
    is_verified = names.sni and names.san
    add_dynamic(cluster, dns_cache(source.service, proxy.addresses), is_insecure=not is_verified)
