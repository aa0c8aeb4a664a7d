"""authz.forwarder.references: what a resource names, wherever in it."""

import pytest
from google.protobuf.message import Message

from authz.forwarder.references import Reference, TypeUrl, references
from authz.pb.accesslog import AccessLog
from authz.pb.cluster import Cluster
from authz.pb.core import AggregatedConfigSource, ConfigSource, GrpcService, HttpUri, PathConfigSource
from authz.pb.hcm import HttpConnectionManager, HttpFilter, Rds
from authz.pb.http_ext_authz import ExtAuthz
from authz.pb.jwt_authn import JwtAuthentication, JwtProvider, RemoteJwks
from authz.pb.listener import Filter, FilterChain, Listener
from authz.pb.packing import UnknownTypeError, pack, type_url
from authz.pb.protobuf import Any
from authz.pb.route import Route, RouteAction, RouteConfiguration, VirtualHost, WeightedCluster
from authz.pb.tcp_proxy import TcpProxy
from authz.pb.tls import CommonTlsContext, SdsSecretConfig, UpstreamTlsContext
from authz.pb.upstream_http import HttpProtocolOptions

ADS = ConfigSource(ads=AggregatedConfigSource())
FILE = ConfigSource(path_config_source=PathConfigSource(path="/x"))
Mirror = RouteAction.RequestMirrorPolicy


def to_clusters(*names: str) -> WeightedCluster:
    return WeightedCluster(clusters=[WeightedCluster.ClusterWeight(name=name) for name in names])


def with_action(action: RouteAction) -> RouteConfiguration:
    return RouteConfiguration(virtual_hosts=[VirtualHost(routes=[Route(route=action)])])


def with_filter(config: Message) -> Listener:
    return Listener(filter_chains=[FilterChain(filters=[Filter(typed_config=pack(config))])])


def with_http_filter(config: Message) -> Listener:
    return with_filter(HttpConnectionManager(http_filters=[HttpFilter(typed_config=pack(config))]))


def tls(**fields: SdsSecretConfig) -> Cluster:
    own = [fields["own"]] if "own" in fields else []
    context = CommonTlsContext(tls_certificate_sds_secret_configs=own)
    if "ca" in fields:
        context.combined_validation_context.validation_context_sds_secret_config.CopyFrom(fields["ca"])
    made = Cluster()
    made.transport_socket.typed_config.CopyFrom(pack(UpstreamTlsContext(common_tls_context=context)))
    return made


Eds = Cluster.EdsClusterConfig
TcpWeights = TcpProxy.WeightedCluster
CASES: dict[str, tuple[Message, list[tuple[TypeUrl, str]]]] = {
    "one cluster": (with_action(RouteAction(cluster="a")), [(TypeUrl.CLUSTER, "a")]),
    "weighted": (
        with_action(RouteAction(weighted_clusters=to_clusters("a", "b"))),
        [(TypeUrl.CLUSTER, "a"), (TypeUrl.CLUSTER, "b")],
    ),
    "mirrors": (
        with_action(RouteAction(cluster="a", request_mirror_policies=[Mirror(cluster="m")])),
        [(TypeUrl.CLUSTER, "a"), (TypeUrl.CLUSTER, "m")],
    ),
    "a cluster by header names none": (with_action(RouteAction(cluster_header="x")), []),
    "a virtual host's mirrors": (
        RouteConfiguration(virtual_hosts=[VirtualHost(request_mirror_policies=[Mirror(cluster="m")])]),
        [(TypeUrl.CLUSTER, "m")],
    ),
    "a cluster's mirrors": (
        Cluster(
            typed_extension_protocol_options={
                "x": pack(HttpProtocolOptions(request_mirror_policies=[Mirror(cluster="m")]))
            }
        ),
        [(TypeUrl.CLUSTER, "m")],
    ),
    "endpoints": (Cluster(name="c", eds_cluster_config=Eds(eds_config=ADS)), [(TypeUrl.ENDPOINT, "c")]),
    "endpoints of another name": (
        Cluster(name="c", eds_cluster_config=Eds(eds_config=ADS, service_name="e")),
        [(TypeUrl.ENDPOINT, "e")],
    ),
    "endpoints from a file": (Cluster(name="c", eds_cluster_config=Eds(eds_config=FILE)), []),
    "routes": (
        with_filter(HttpConnectionManager(rds=Rds(route_config_name="r", config_source=ADS))),
        [(TypeUrl.ROUTE, "r")],
    ),
    "routes in place": (
        with_filter(HttpConnectionManager(route_config=with_action(RouteAction(cluster="a")))),
        [(TypeUrl.CLUSTER, "a")],
    ),
    "tcp": (with_filter(TcpProxy(cluster="a")), [(TypeUrl.CLUSTER, "a")]),
    "tcp weighted": (
        with_filter(TcpProxy(weighted_clusters=TcpWeights(clusters=[TcpWeights.ClusterWeight(name="a")]))),
        [(TypeUrl.CLUSTER, "a")],
    ),
    "the authorizer": (
        with_http_filter(ExtAuthz(grpc_service=GrpcService(envoy_grpc=GrpcService.EnvoyGrpc(cluster_name="z")))),
        [(TypeUrl.CLUSTER, "z")],
    ),
    "keys of an issuer": (
        with_http_filter(
            JwtAuthentication(providers={"p": JwtProvider(remote_jwks=RemoteJwks(http_uri=HttpUri(cluster="k")))})
        ),
        [(TypeUrl.CLUSTER, "k")],
    ),
    "certificate and authorities": (
        tls(own=SdsSecretConfig(name="own", sds_config=ADS), ca=SdsSecretConfig(name="ca", sds_config=ADS)),
        [(TypeUrl.SECRET, "own"), (TypeUrl.SECRET, "ca")],
    ),
    "a secret of the bootstrap": (tls(own=SdsSecretConfig(name="own")), []),
    "nothing": (Listener(access_log=[AccessLog(name="x")]), []),
}


@pytest.mark.parametrize("message, named", CASES.values(), ids=CASES)
def test_what_a_resource_names(message: Message, named: list[tuple[TypeUrl, str]]) -> None:
    assert references(message) == {Reference(*one) for one in named}


def test_what_cannot_be_looked_into_is_refused() -> None:
    opaque = Filter(typed_config=Any(type_url="type.googleapis.com/a.B"))
    with pytest.raises(UnknownTypeError):
        references(Listener(filter_chains=[FilterChain(filters=[opaque])]))


def test_the_types_are_called_as_envoy_calls_them() -> None:
    assert TypeUrl(type_url(Cluster)) is TypeUrl.CLUSTER
    assert TypeUrl(type_url(RouteConfiguration)) is TypeUrl.ROUTE
