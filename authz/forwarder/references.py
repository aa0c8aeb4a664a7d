"""Which other resources a resource names: the clusters of its routes, its route configuration, endpoints, secrets.

Read off the messages themselves, those packed into an `Any` too, so that no
translation can name a resource that nobody checks. Names that Envoy does not
get by ADS (a static cluster apart, which looks like any other) don't count.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Any as AnyValue

from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message

from authz.pb.packing import unpack


class TypeUrl(Enum):
    """The kinds of resources, in the order in which Envoy has to be told of additions."""

    CLUSTER = "type.googleapis.com/envoy.config.cluster.v3.Cluster"
    ENDPOINT = "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment"
    LISTENER = "type.googleapis.com/envoy.config.listener.v3.Listener"
    ROUTE = "type.googleapis.com/envoy.config.route.v3.RouteConfiguration"
    SECRET = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret"  # noqa: S105 # a type, not a secret

    __hash__ = object.__hash__  # Enum's own is a Python function


@dataclass(frozen=True, slots=True)
class Reference:
    """A resource that another one names."""

    type_url: TypeUrl
    name: str


def references(message: Message) -> frozenset[Reference]:
    """Return what a message names, at any depth. Raises UnknownTypeError for an `Any` that we don't know."""
    return frozenset(_walk(message))


def _walk(message: Message) -> Iterator[Reference]:
    name = message.DESCRIPTOR.full_name
    if read := _READERS.get(name):
        yield from read(message)
    if name == _ANY:
        yield from _walk(unpack(message))  # type: ignore[arg-type] # its class is that of the name
        return
    for field in _ways(name, message.DESCRIPTOR):
        value = getattr(message, field)
        if isinstance(value, Message):
            if message.HasField(field):
                yield from _walk(value)
        else:
            for one in value.values() if isinstance(value, Mapping) else value:
                yield from _walk(one)


@cache
def _ways(name: str, descriptor: Descriptor) -> tuple[str, ...]:  # noqa: ARG001 # `name`: a key that prints
    """Return the fields of a message through which a reference can be reached."""
    return tuple(field.name for field in descriptor.fields if field.message_type and _leads(field.message_type, ()))


def _leads(descriptor: Descriptor, above: tuple[str, ...]) -> bool:
    name = descriptor.full_name
    if name in _READERS or name == _ANY:
        return True
    inner = (field.message_type for field in descriptor.fields)
    return name not in above and any(_leads(one, (*above, name)) for one in inner if one)


def _route_action(action: AnyValue) -> Iterator[Reference]:
    match action.WhichOneof("cluster_specifier"):
        case "cluster":
            yield Reference(TypeUrl.CLUSTER, action.cluster)
        case "weighted_clusters":
            yield from _clusters(one.name for one in action.weighted_clusters.clusters if one.name)
    yield from _mirrors(action)


def _mirrors(holder: AnyValue) -> Iterator[Reference]:
    yield from _clusters(one.cluster for one in holder.request_mirror_policies if one.cluster)


def _tcp_proxy(proxy: AnyValue) -> Iterator[Reference]:
    match proxy.WhichOneof("cluster_specifier"):
        case "cluster":
            yield Reference(TypeUrl.CLUSTER, proxy.cluster)
        case "weighted_clusters":
            yield from _clusters(one.name for one in proxy.weighted_clusters.clusters)


def _clusters(names: Iterator[str]) -> Iterator[Reference]:
    return (Reference(TypeUrl.CLUSTER, name) for name in names)


def _cluster(cluster: AnyValue) -> Iterator[Reference]:
    if cluster.HasField("eds_cluster_config") and cluster.eds_cluster_config.eds_config.HasField("ads"):
        yield Reference(TypeUrl.ENDPOINT, cluster.eds_cluster_config.service_name or cluster.name)


def _rds(rds: AnyValue) -> Iterator[Reference]:
    if rds.config_source.HasField("ads"):
        yield Reference(TypeUrl.ROUTE, rds.route_config_name)


def _sds(config: AnyValue) -> Iterator[Reference]:
    if config.sds_config.HasField("ads"):
        yield Reference(TypeUrl.SECRET, config.name)


_ANY = "google.protobuf.Any"
_READERS: Mapping[str, Callable[[AnyValue], Iterator[Reference]]] = {
    "envoy.config.cluster.v3.Cluster": _cluster,
    "envoy.config.core.v3.GrpcService.EnvoyGrpc": lambda grpc: iter([Reference(TypeUrl.CLUSTER, grpc.cluster_name)]),
    "envoy.config.core.v3.HttpUri": lambda uri: iter([Reference(TypeUrl.CLUSTER, uri.cluster)]),
    "envoy.config.route.v3.RouteAction": _route_action,
    "envoy.config.route.v3.RouteConfiguration": _mirrors,
    "envoy.config.route.v3.VirtualHost": _mirrors,
    "envoy.extensions.filters.network.http_connection_manager.v3.Rds": _rds,
    "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy": _tcp_proxy,
    "envoy.extensions.transport_sockets.tls.v3.SdsSecretConfig": _sds,
    "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": _mirrors,
}
