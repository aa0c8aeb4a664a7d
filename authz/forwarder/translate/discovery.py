"""How a cluster finds its endpoints.

Source: istio/istio pilot/pkg/networking/core/cluster.go (convertResolution), cluster_builder.go (buildCluster,
buildDFPCluster, maybeApplyEdsConfig), networking/util/util.go (SelectDNSLookupFamily).
"""

from collections.abc import Iterable
from datetime import timedelta

from authz.forwarder.translate.cluster_names import dns_cache_name
from authz.forwarder.translate.wrapped import as_duration, as_uint32
from authz.mesh.registry import Discovery, MeshPort, MeshService
from authz.model.routing.mesh_defaults import MeshDefaults
from authz.model.routing.protocol import Protocol
from authz.model.workload import Role
from authz.pb.cares import CaresDnsResolverConfig
from authz.pb.cluster import Cluster
from authz.pb.core import AggregatedConfigSource, ApiVersion, ConfigSource, TypedExtensionConfig
from authz.pb.dns_cache import DnsCacheConfig
from authz.pb.dynamic_forward_proxy_cluster import ClusterConfig
from authz.pb.packing import pack

DYNAMIC_PROTOCOLS = frozenset({Protocol.HTTP, Protocol.HTTP2, Protocol.GRPC, Protocol.TLS})
_DYNAMIC = "envoy.clusters.dynamic_forward_proxy"
_RESOLVER = "envoy.network.dns_resolver.cares"
_QUERIES_PER_SOCKET = 100
_JITTER = timedelta(milliseconds=100)
_FASTEST = timedelta(milliseconds=2)  # Envoy refuses 1 ms
_FOR_EVER = timedelta(0)


def cluster_type(service: MeshService, role: Role) -> int:
    """A word of Cluster.DiscoveryType; not for aliases and DYNAMIC_DNS. Only sidecars know where a client wanted to go.

    A gateway sends to known endpoints, of which a service that is found by original destination has none.
    """
    match service.discovery:
        case Discovery.DNS:
            return Cluster.STRICT_DNS
        case Discovery.DNS_ROUND_ROBIN:
            return Cluster.LOGICAL_DNS
        case Discovery.ORIGINAL | Discovery.HEADLESS if role is Role.SIDECAR:
            return Cluster.ORIGINAL_DST
        case _:
            return Cluster.EDS


def port_override(service: MeshService, port: MeshPort) -> int | None:
    """The port of an original destination, where it is another one than the client wanted."""
    if service.discovery is not Discovery.ORIGINAL or port.target == port.number or isinstance(port.target, str):
        return None
    return port.target


def add_discovery(cluster: Cluster, override: int | None, addresses: Iterable[str], mesh: MeshDefaults) -> None:
    """What a cluster of the type it has by now needs; names and endpoints apart.

    `override`: what `port_override` gives; `addresses`: the proxy's own.
    """
    match cluster.type:
        case Cluster.EDS:
            cluster.eds_cluster_config.CopyFrom(_by_ads())
        case Cluster.STRICT_DNS | Cluster.LOGICAL_DNS:
            _add_dns(cluster, addresses, mesh)
        case Cluster.ORIGINAL_DST:
            if override is not None:
                cluster.original_dst_lb_config.upstream_port_override.CopyFrom(as_uint32(override))


def _by_ads() -> Cluster.EdsClusterConfig:
    """Endpoints are always sent, if only none: they are waited for."""
    source = ConfigSource(
        ads=AggregatedConfigSource(), resource_api_version=ApiVersion.V3, initial_fetch_timeout=as_duration(_FOR_EVER)
    )
    return Cluster.EdsClusterConfig(eds_config=source)


def _add_dns(cluster: Cluster, addresses: Iterable[str], mesh: MeshDefaults) -> None:
    """The time to live of an answer counts; the rate only where there was no answer."""
    cluster.dns_lookup_family = _family(addresses)
    cluster.respect_dns_ttl = True
    cluster.dns_refresh_rate.CopyFrom(as_duration(max(mesh.dns_refresh_rate, _FASTEST)))
    cluster.dns_jitter.CopyFrom(as_duration(_JITTER))
    resolver = CaresDnsResolverConfig(udp_max_queries=as_uint32(_QUERIES_PER_SOCKET))
    cluster.typed_dns_resolver_config.CopyFrom(TypedExtensionConfig(name=_RESOLVER, typed_config=pack(resolver)))


def _family(addresses: Iterable[str]) -> int:
    """That of a proxy's own addresses. With both it uses IPv4, as Istio's does without dual stack."""
    found = tuple(addresses)
    return Cluster.V6_ONLY if found and all(":" in address for address in found) else Cluster.V4_ONLY


def dns_cache(service: MeshService, addresses: Iterable[str]) -> DnsCacheConfig:
    """The cache of a DYNAMIC_DNS service. Its clusters and whatever fills it have to say the same."""
    return DnsCacheConfig(name=dns_cache_name(service.host), dns_lookup_family=_family(addresses))


def add_dynamic(cluster: Cluster, cache: DnsCacheConfig, *, is_insecure: bool) -> None:
    """Let a cluster send to the host that a request names. `is_insecure`: it does not verify that very name."""
    config = ClusterConfig(dns_cache_config=cache, allow_insecure_cluster_options=is_insecure)
    cluster.cluster_type.CopyFrom(Cluster.CustomClusterType(name=_DYNAMIC, typed_config=pack(config)))
    cluster.lb_policy = Cluster.CLUSTER_PROVIDED
