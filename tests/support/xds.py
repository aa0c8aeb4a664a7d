"""Small resources of Envoy that work: what tests of the forwarder publish."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from authz.forwarder.snapshot import Resource
from authz.model.where import Where
from authz.pb.cluster import Cluster
from authz.pb.core import (
    Address,
    AggregatedConfigSource,
    ApiVersion,
    ConfigSource,
    DataSource,
    SocketAddress,
    TransportSocket,
)
from authz.pb.endpoint import ClusterLoadAssignment, Endpoint, LbEndpoint, LocalityLbEndpoints
from authz.pb.hcm import HttpConnectionManager, HttpFilter, Rds
from authz.pb.listener import Filter, FilterChain, Listener
from authz.pb.packing import pack
from authz.pb.protobuf import BoolValue, Duration
from authz.pb.route import Route, RouteAction, RouteConfiguration, RouteMatch, VirtualHost, WeightedCluster
from authz.pb.router import Router
from authz.pb.tls import CommonTlsContext, DownstreamTlsContext, SdsSecretConfig, Secret, TlsCertificate

LOCALHOST = "127.0.0.1"


def duration(seconds: float) -> Duration:
    made = Duration()
    made.FromTimedelta(timedelta(seconds=seconds))
    return made


def by_ads(wait_s: float | None = None) -> ConfigSource:
    """`wait_s`: how long Envoy waits for the resource; its own default is 15 s."""
    wait = None if wait_s is None else duration(wait_s)
    return ConfigSource(ads=AggregatedConfigSource(), resource_api_version=ApiVersion.V3, initial_fetch_timeout=wait)


def address(port: int) -> Address:
    return Address(socket_address=SocketAddress(address=LOCALHOST, port_value=port))


def cluster(name: str, *, connect_s: float = 1.0, service: str = "", origin: Where | None = None) -> Resource:
    """A cluster whose endpoints come by ADS, as `service` or under its own name."""
    eds = Cluster.EdsClusterConfig(eds_config=by_ads(), service_name=service)
    made = Cluster(name=name, type=Cluster.EDS, eds_cluster_config=eds, connect_timeout=duration(connect_s))
    return Resource.of(made, origin)


def static_cluster(name: str, port: int) -> Resource:
    load = ClusterLoadAssignment(cluster_name=name, endpoints=[_locality([port])])
    return Resource.of(Cluster(name=name, type=Cluster.STATIC, load_assignment=load, connect_timeout=duration(1)))


def endpoints(name: str, *ports: int) -> Resource:
    return Resource.of(ClusterLoadAssignment(cluster_name=name, endpoints=[_locality(ports)]))


def _locality(ports: Sequence[int]) -> LocalityLbEndpoints:
    return LocalityLbEndpoints(lb_endpoints=[LbEndpoint(endpoint=Endpoint(address=address(port))) for port in ports])


def routes(name: str, *clusters: str, prefix: str = "/", origin: Where | None = None) -> Resource:
    """Every request to the clusters, in equal parts."""
    parts = [WeightedCluster.ClusterWeight(name=one) for one in clusters]
    for part in parts:
        part.weight.value = 1
    action = (
        RouteAction(cluster=clusters[0])
        if len(parts) == 1
        else RouteAction(weighted_clusters=WeightedCluster(clusters=parts))
    )
    route = Route(match=RouteMatch(prefix=prefix), route=action)
    hosts = [VirtualHost(name="all", domains=["*"], routes=[route])]
    return Resource.of(RouteConfiguration(name=name, virtual_hosts=hosts, validate_clusters=BoolValue()), origin)


def listener(
    name: str,
    route: str,
    port: int = 0,
    *,
    secrets: Iterable[str] = (),
    wait_s: float = 15.0,
    origin: Where | None = None,
) -> Resource:
    """A listener for HTTP whose routes come by ADS, with TLS where there are secrets for it."""
    manager = HttpConnectionManager(
        stat_prefix=name,
        rds=Rds(route_config_name=route, config_source=by_ads(wait_s)),
        http_filters=[HttpFilter(name="envoy.filters.http.router", typed_config=pack(Router()))],
    )
    hcm = Filter(name="envoy.filters.network.http_connection_manager", typed_config=pack(manager))
    chain = FilterChain(filters=[hcm], transport_socket=_tls(secrets, wait_s))
    made = Listener(name=name, address=address(port), filter_chains=[chain], enable_reuse_port=BoolValue())
    return Resource.of(made, origin)


def _tls(secrets: Iterable[str], wait_s: float) -> TransportSocket | None:
    configs = [SdsSecretConfig(name=one, sds_config=by_ads(wait_s)) for one in secrets]
    if not configs:
        return None
    context = DownstreamTlsContext(common_tls_context=CommonTlsContext(tls_certificate_sds_secret_configs=configs))
    return TransportSocket(name="envoy.transport_sockets.tls", typed_config=pack(context))


def secret(name: str, certificate: bytes = b"certificate", key: bytes = b"key") -> Resource:
    pair = TlsCertificate(
        certificate_chain=DataSource(inline_bytes=certificate), private_key=DataSource(inline_bytes=key)
    )
    return Resource.of(Secret(name=name, tls_certificate=pair))
