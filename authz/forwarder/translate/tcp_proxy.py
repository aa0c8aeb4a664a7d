"""Where connections go that nobody looks into -> the filter that sends them there.

Source: istio/istio pilot/pkg/networking/core/networkfilter.go.
"""

from authz.forwarder.translate.byte_routes import ByteRoute
from authz.forwarder.translate.wrapped import as_duration
from authz.mesh.effective_policy import EffectivePolicy
from authz.model.routing.traffic_policy import ConsistentHash, HashSourceIp, Tunnel, TunnelProtocol
from authz.pb.envoy_type import HashPolicy
from authz.pb.listener import Filter
from authz.pb.packing import pack
from authz.pb.tcp_proxy import TcpProxy

_TCP_PROXY = "envoy.filters.network.tcp_proxy"


def tcp_proxy(route: ByteRoute) -> Filter:
    """The last filter of a chain. A tunnel is only for a single destination."""
    proxy = TcpProxy(stat_prefix=route.clusters[0][0])
    if len(route.clusters) == 1:
        proxy.cluster = route.clusters[0][0]
        if route.policy.tunnel is not None:
            proxy.tunneling_config.CopyFrom(_tunnel(route.policy.tunnel.value))
    else:
        weights = [TcpProxy.WeightedCluster.ClusterWeight(name=name, weight=weight) for name, weight in route.clusters]
        proxy.weighted_clusters.CopyFrom(TcpProxy.WeightedCluster(clusters=weights))
    _add_limits(proxy, route.policy)
    if _hashes_source(route.policy):
        proxy.hash_policy.append(HashPolicy(source_ip=HashPolicy.SourceIp()))
    return Filter(name=_TCP_PROXY, typed_config=pack(proxy))


def cluster_proxy(name: str) -> Filter:
    """To one cluster, whatever a DestinationRule says."""
    return Filter(name=_TCP_PROXY, typed_config=pack(TcpProxy(stat_prefix=name, cluster=name)))


def _tunnel(tunnel: Tunnel) -> TcpProxy.TunnelingConfig:
    host = f"{tunnel.target_host}:{tunnel.target_port}"
    return TcpProxy.TunnelingConfig(hostname=host, use_post=tunnel.protocol is TunnelProtocol.POST)


def _add_limits(proxy: TcpProxy, policy: EffectivePolicy) -> None:
    pool = policy.connection_pool.value.tcp if policy.connection_pool else None
    if pool is None:
        return
    if pool.idle_timeout is not None:
        proxy.idle_timeout.CopyFrom(as_duration(pool.idle_timeout))
    if pool.max_connection_duration is not None:
        proxy.max_downstream_connection_duration.CopyFrom(as_duration(pool.max_connection_duration))


def _hashes_source(policy: EffectivePolicy) -> bool:
    balancing = policy.load_balancer.value.policy if policy.load_balancer else None
    return isinstance(balancing, ConsistentHash) and isinstance(balancing.key, HashSourceIp)
