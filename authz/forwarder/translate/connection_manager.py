"""What a gateway does with the requests of a connection, whatever their routes.

Source: istio/istio pilot/pkg/networking/core/gateway.go (buildGatewayConnectionManager) and listener_builder.go
(buildHTTPConnectionManager).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from authz.forwarder.proxy import Proxy
from authz.forwarder.translate.authorization import http_authorization
from authz.forwarder.translate.cors import CORS_FILTER
from authz.forwarder.translate.faults import FAULT_FILTER
from authz.forwarder.translate.wrapped import as_duration
from authz.mesh.routing_view import RoutingView
from authz.model.path import PathNormalization
from authz.model.routing.mesh_defaults import ForwardClientCert
from authz.pb.core import AggregatedConfigSource, ApiVersion, ConfigSource, TypedExtensionConfig
from authz.pb.cors import Cors
from authz.pb.early_header_mutation import HeaderMutation as EarlyHeaderMutation
from authz.pb.fault import HTTPFault
from authz.pb.grpc_web import GrpcWeb
from authz.pb.hcm import HttpConnectionManager, HttpFilter, Rds
from authz.pb.listener import Filter
from authz.pb.mutation_rules import HeaderMutation
from authz.pb.packing import pack
from authz.pb.protobuf import BoolValue
from authz.pb.router import Router

_GRPC_WEB = "envoy.filters.http.grpc_web"
_ROUTER = "envoy.filters.http.router"
_MANAGER = "envoy.filters.network.http_connection_manager"
_EARLY = "envoy.http.early_header_mutation.header_mutation"
_SERVER_NAME = "istio-envoy"
_WEBSOCKET = "websocket"
# who a client is, as proxies of Istio tell one another: no client says it
_IDENTITY_HEADERS = ("x-envoy-peer-metadata", "x-envoy-peer-metadata-id")
_SAYING_WHO = frozenset({ForwardClientCert.SANITIZE_SET, ForwardClientCert.APPEND_FORWARD})
_FOR_EVER = timedelta(0)


@dataclass(frozen=True, slots=True)
class ManagerSettings:
    """What differs between the servers of a gateway.

    `routes`: the name of the route configuration, which comes by ADS. `token_filters`: what comes before the
    authorizer. `reads_grpc_web`: whether calls of browsers are turned into gRPC.
    """

    routes: str
    stat_prefix: str
    token_filters: tuple[HttpFilter, ...] = ()
    reads_grpc_web: bool = False


def connection_manager(view: RoutingView, proxy: Proxy, settings: ManagerSettings) -> Filter:
    """The filter that reads requests."""
    topology = view.defaults.topology
    manager = HttpConnectionManager(
        codec_type=HttpConnectionManager.AUTO,
        stat_prefix=settings.stat_prefix,
        rds=Rds(route_config_name=settings.routes, config_source=_by_ads()),
        http_filters=_filters(proxy, settings),
        server_name=_SERVER_NAME,
        stream_idle_timeout=as_duration(_FOR_EVER),
        use_remote_address=BoolValue(value=True),
        xff_num_trusted_hops=topology.num_trusted_proxies,
        early_header_mutation_extensions=[_without_identities()],
        forward_client_cert_details=HttpConnectionManager.ForwardClientCertDetails.Value(
            topology.forward_client_cert.value
        ),
        proxy_100_continue=True,
        upgrade_configs=[HttpConnectionManager.UpgradeConfig(upgrade_type=_WEBSOCKET)],
    )
    if topology.forward_client_cert in _SAYING_WHO:
        manager.set_current_client_cert_details.CopyFrom(
            HttpConnectionManager.SetCurrentClientCertDetails(
                subject=BoolValue(value=True), cert=True, dns=True, uri=True
            )
        )
    _add_normalization(manager, view.mesh.path_normalization)
    return Filter(name=_MANAGER, typed_config=pack(manager))


def _filters(proxy: Proxy, settings: ManagerSettings) -> Iterator[HttpFilter]:
    """Whoever may not pass causes no fault, and no answer to another origin is given before."""
    yield from settings.token_filters
    yield from http_authorization(proxy)
    if settings.reads_grpc_web:
        yield HttpFilter(name=_GRPC_WEB, typed_config=pack(GrpcWeb()))
    yield HttpFilter(name=FAULT_FILTER, typed_config=pack(HTTPFault()))
    yield HttpFilter(name=CORS_FILTER, typed_config=pack(Cors()))
    yield HttpFilter(name=_ROUTER, typed_config=pack(Router()))


def _by_ads() -> ConfigSource:
    return ConfigSource(
        ads=AggregatedConfigSource(), resource_api_version=ApiVersion.V3, initial_fetch_timeout=as_duration(_FOR_EVER)
    )


def _without_identities() -> TypedExtensionConfig:
    mutations = [HeaderMutation(remove=name) for name in _IDENTITY_HEADERS]
    return TypedExtensionConfig(name=_EARLY, typed_config=pack(EarlyHeaderMutation(mutations=mutations)))


def _add_normalization(manager: HttpConnectionManager, mode: PathNormalization) -> None:
    """Routes and policies see the path in the same form."""
    manager.normalize_path.CopyFrom(BoolValue(value=mode is not PathNormalization.NONE))
    manager.merge_slashes = mode in {PathNormalization.MERGE_SLASHES, PathNormalization.DECODE_AND_MERGE_SLASHES}
    decodes = mode is PathNormalization.DECODE_AND_MERGE_SLASHES
    manager.path_with_escaped_slashes_action = (
        HttpConnectionManager.UNESCAPE_AND_FORWARD if decodes else HttpConnectionManager.KEEP_UNCHANGED
    )
