"""The authorizer in an Envoy's filters: asked about every request and every connection, and never gone around.

Whose requests they are stands in the metadata of the filters' own calls: that is there for connections too, and for
redirects to HTTPS, which have no route; and no client can say it. Route configurations and the node say the same, for
authorizers that look there.

Source: Envoy's ext_authz filters, for HTTP and for connections; how Envoy 1.40 was seen to call them.
"""

from datetime import timedelta

from authz.forwarder.proxy import AuthorizerSettings, Proxy
from authz.forwarder.translate.wrapped import as_duration
from authz.pb.core import ApiVersion, GrpcService, HeaderValue
from authz.pb.envoy_type import HttpStatus
from authz.pb.hcm import HttpFilter
from authz.pb.http_ext_authz import CheckSettings, ExtAuthz, ExtAuthzPerRoute
from authz.pb.listener import Filter
from authz.pb.network_ext_authz import ExtAuthz as NetworkExtAuthz
from authz.pb.packing import pack
from authz.pb.route import RouteConfiguration

HTTP_FILTER = "envoy.filters.http.ext_authz"
_NETWORK_FILTER = "envoy.filters.network.ext_authz"
_CALL_METADATA = "authz-"
_NO_LABELS = ","  # empty entries count nothing; a value that is empty itself Envoy would leave out
_NODE_LABELS = "LABELS"  # where `bootstrap.node_of` has them


def http_authorization(proxy: Proxy) -> tuple[HttpFilter, ...]:
    """The filter that asks about each request; none where nobody is to be asked.

    The route is not chosen anew after the answer: what was asked about is what is done.
    """
    settings = proxy.authorizer
    if settings is None:
        return ()
    filter_ = ExtAuthz(
        transport_api_version=ApiVersion.V3,
        grpc_service=_service(proxy, settings),
        failure_mode_allow=False,
        status_on_error=HttpStatus(code=settings.status_on_error),
        encode_raw_headers=True,
        include_peer_certificate=True,
        include_tls_session=True,
        bootstrap_metadata_labels_key=_NODE_LABELS,
        clear_route_cache=False,
    )
    return (HttpFilter(name=HTTP_FILTER, typed_config=pack(filter_)),)


def connection_authorization(proxy: Proxy, stat_prefix: str) -> tuple[Filter, ...]:
    """The filter that asks about each connection before a byte of it goes on; none where nobody is to be asked."""
    settings = proxy.authorizer
    if settings is None:
        return ()
    filter_ = NetworkExtAuthz(
        stat_prefix=stat_prefix,
        transport_api_version=ApiVersion.V3,
        grpc_service=_service(proxy, settings),
        failure_mode_allow=False,
        include_peer_certificate=True,
        include_tls_session=True,
        bootstrap_metadata_labels_key=_NODE_LABELS,
    )
    return (Filter(name=_NETWORK_FILTER, typed_config=pack(filter_)),)


def add_authorization(config: RouteConfiguration, proxy: Proxy) -> None:
    """Have the filter say whose requests those of a route configuration are; nothing where nobody is asked."""
    if proxy.authorizer is None:
        return
    of_route = ExtAuthzPerRoute(check_settings=CheckSettings(context_extensions=workload_texts(proxy)))
    config.typed_per_filter_config[HTTP_FILTER].CopyFrom(pack(of_route))


def workload_texts(proxy: Proxy) -> dict[str, str]:
    """Whose requests a proxy's are, by the keys that the authorizer reads."""
    texts = {
        "namespace": proxy.namespace,
        "labels": ",".join(f"{key}={value}" for key, value in sorted(proxy.labels)),
        "role": proxy.role.value,
    }
    return {**texts, "service_account": proxy.service_account} if proxy.service_account else texts


def _service(proxy: Proxy, settings: AuthorizerSettings) -> GrpcService:
    """Where to ask. A `%` in metadata begins what Envoy puts in itself, and stands for one when there are two."""
    said = workload_texts(proxy)
    return GrpcService(
        envoy_grpc=GrpcService.EnvoyGrpc(cluster_name=settings.cluster),
        timeout=as_duration(timedelta(milliseconds=settings.timeout_ms)),
        initial_metadata=[
            HeaderValue(key=f"{_CALL_METADATA}{key.replace('_', '-')}", value=value.replace("%", "%%") or _NO_LABELS)
            for key, value in said.items()
        ],
    )
