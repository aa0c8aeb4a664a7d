"""What an Envoy of ours is started with: who it is, and where to ask for all the rest.

Source: istio/istio pkg/bootstrap/config.go and tools/packaging/common/envoy_bootstrap.json. The fragment of a request's
URL is refused, as is Envoy's own default; Istio has it stripped.
"""

from datetime import timedelta

from authz.forwarder.proxy import Proxy
from authz.forwarder.settings import DEFAULT_MAX_CONNECTIONS
from authz.forwarder.translate.wrapped import as_duration
from authz.model.address import parse_address
from authz.model.routing.matching import MAX_REGEX_PROGRAM
from authz.model.workload import Role
from authz.pb.bootstrap import Bootstrap, LayeredRuntime, RuntimeLayer
from authz.pb.cluster import Cluster
from authz.pb.core import (
    Address,
    AggregatedConfigSource,
    ApiConfigSource,
    ApiVersion,
    ConfigSource,
    GrpcService,
    Http2ProtocolOptions,
    Node,
    Pipe,
    SocketAddress,
)
from authz.pb.downstream_connections import DownstreamConnectionsConfig
from authz.pb.endpoint import ClusterLoadAssignment, Endpoint, LbEndpoint, LocalityLbEndpoints
from authz.pb.overload_manager import OverloadManager, ResourceMonitor
from authz.pb.packing import Json, pack, to_json
from authz.pb.protobuf import Struct
from authz.pb.upstream_http import HttpProtocolOptions

XDS_CLUSTER = "xds-grpc"
_HTTP_OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
_CONNECT = timedelta(seconds=1)
_FOR_EVER = timedelta(0)
_KINDS = {Role.SIDECAR: "sidecar", Role.GATEWAY: "router", Role.WAYPOINT: "waypoint"}
_NOWHERE = "127.0.0.1"
_MAX_CONNECTIONS = "envoy.resource_monitors.global_downstream_max_connections"


def bootstrap(
    proxy: Proxy, xds: str, authorizer: str | None, max_connections: int = DEFAULT_MAX_CONNECTIONS
) -> dict[str, Json]:
    """The configuration of an Envoy that gets everything by ADS, but for the admin interface.

    `xds`, `authorizer`: where they are, `HOST:PORT` or `unix:PATH`. `max_connections`: of clients, all listeners
    together; more are closed at once.
    """
    clusters = [grpc_cluster(XDS_CLUSTER, xds)]
    if proxy.authorizer is not None and authorizer is not None:
        clusters.append(grpc_cluster(proxy.authorizer.cluster, authorizer))
    ads = ApiConfigSource(
        api_type=ApiConfigSource.DELTA_GRPC,
        transport_api_version=ApiVersion.V3,
        set_node_on_first_message_only=True,
        grpc_services=[GrpcService(envoy_grpc=GrpcService.EnvoyGrpc(cluster_name=XDS_CLUSTER))],
    )
    made = Bootstrap(
        node=node_of(proxy),
        static_resources=Bootstrap.StaticResources(clusters=clusters),
        dynamic_resources=Bootstrap.DynamicResources(ads_config=ads, lds_config=_by_ads(), cds_config=_by_ads()),
        layered_runtime=runtime(),
        overload_manager=_overload_manager(max_connections),
    )
    return to_json(made)


def node_of(proxy: Proxy) -> Node:
    """Who a proxy is, in Istio's form: `router~ADDRESS~NAME.NAMESPACE~NAMESPACE.svc.DOMAIN`."""
    address = proxy.addresses[0] if proxy.addresses else _NOWHERE
    kind, namespace = _KINDS[proxy.role], proxy.namespace
    name = proxy.service_account or kind
    metadata = Struct()
    metadata.get_or_create_struct("LABELS").update(dict(sorted(proxy.labels)))
    metadata.update({"NAMESPACE": namespace, "NAME": name, "SERVICE_ACCOUNT": proxy.service_account})
    return Node(
        id=f"{kind}~{address}~{name}.{namespace}~{namespace}.svc.{proxy.cluster_domain}",
        cluster=f"{name}.{namespace}",
        metadata=metadata,
    )


def runtime() -> LayeredRuntime:
    """What is otherwise than Envoy has it."""
    values = Struct()
    values.update({"re2.max_program_size.error_level": MAX_REGEX_PROGRAM})
    return LayeredRuntime(layers=[RuntimeLayer(name="static", static_layer=values)])


def _overload_manager(max_connections: int) -> OverloadManager:
    """Without it a flood of connections takes all descriptors, those to the authorizer among them."""
    limit = DownstreamConnectionsConfig(max_active_downstream_connections=max_connections)
    return OverloadManager(resource_monitors=[ResourceMonitor(name=_MAX_CONNECTIONS, typed_config=pack(limit))])


def grpc_cluster(name: str, listen: str) -> Cluster:
    """A static cluster of a gRPC server at `HOST:PORT` or `unix:PATH`."""
    options = HttpProtocolOptions(
        explicit_http_config=HttpProtocolOptions.ExplicitHttpConfig(http2_protocol_options=Http2ProtocolOptions())
    )
    endpoint = LbEndpoint(endpoint=Endpoint(address=_address(listen)))
    cluster = Cluster(
        name=name,
        type=Cluster.STATIC if _is_static(listen) else Cluster.STRICT_DNS,
        connect_timeout=as_duration(_CONNECT),
        load_assignment=ClusterLoadAssignment(
            cluster_name=name, endpoints=[LocalityLbEndpoints(lb_endpoints=[endpoint])]
        ),
    )
    cluster.typed_extension_protocol_options[_HTTP_OPTIONS].CopyFrom(pack(options))
    return cluster


def _host_and_port(listen: str) -> tuple[str, int]:
    host, _, port = listen.rpartition(":")
    return host.removeprefix("[").removesuffix("]"), int(port)


def _is_static(listen: str) -> bool:
    return listen.startswith("unix:") or parse_address(_host_and_port(listen)[0]) is not None


def _address(listen: str) -> Address:
    if listen.startswith("unix:"):
        return Address(pipe=Pipe(path=listen.removeprefix("unix:")))
    host, port = _host_and_port(listen)
    return Address(socket_address=SocketAddress(address=host, port_value=port))


def _by_ads() -> ConfigSource:
    return ConfigSource(
        ads=AggregatedConfigSource(), resource_api_version=ApiVersion.V3, initial_fetch_timeout=as_duration(_FOR_EVER)
    )
