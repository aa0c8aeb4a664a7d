"""Consistent hashing: the cluster's table of endpoints, and what of a request the route hashes.

Source: istio/istio pilot/pkg/networking/core/cluster_traffic_policy.go (ApplyRingHashLoadBalancer), core/route/route.go
(ConsistentHashToHashPolicy); the limits are those of envoy.config.cluster.v3.Cluster.
"""

from typing import assert_never

from authz.forwarder.translate.wrapped import as_duration, as_uint64
from authz.model.routing.traffic_policy import (
    ConsistentHash,
    HashCookie,
    HashHeader,
    HashKey,
    HashQueryParameter,
    HashSourceIp,
    LoadBalancer,
    Maglev,
    RingHash,
)
from authz.pb.cluster import Cluster
from authz.pb.route import RouteAction

MAX_RING_SIZE = 8 * 1024 * 1024


def hash_policies(balancer: LoadBalancer | None) -> tuple[RouteAction.HashPolicy, ...]:
    """What a route to a cluster of this load balancer hashes; nothing, where it does not hash or has no key."""
    policy = balancer.policy if balancer else None
    if not isinstance(policy, ConsistentHash) or policy.key is None:
        return ()
    return (_hash_policy(policy.key),)


def _hash_policy(key: HashKey) -> RouteAction.HashPolicy:
    match key:
        case HashHeader(name):
            return RouteAction.HashPolicy(header=RouteAction.HashPolicy.Header(header_name=name))
        case HashCookie():
            return RouteAction.HashPolicy(cookie=_cookie(key))
        case HashSourceIp():
            properties = RouteAction.HashPolicy.ConnectionProperties(source_ip=True)
            return RouteAction.HashPolicy(connection_properties=properties)
        case HashQueryParameter(name):
            return RouteAction.HashPolicy(query_parameter=RouteAction.HashPolicy.QueryParameter(name=name))
        case _:
            assert_never(key)


def _cookie(cookie: HashCookie) -> RouteAction.HashPolicy.Cookie:
    """With a time to live, if only 0 s, Envoy sets the cookie where it is missing."""
    return RouteAction.HashPolicy.Cookie(
        name=cookie.name,
        path=cookie.path,
        ttl=None if cookie.ttl is None else as_duration(cookie.ttl),
        attributes=[
            RouteAction.HashPolicy.CookieAttribute(name=name, value=value) for name, value in cookie.attributes
        ],
    )


def add_consistent_hash(cluster: Cluster, policy: ConsistentHash) -> None:
    """Let a cluster pick endpoints by hash.

    Istio takes any size of a ring; Envoy refuses one above MAX_RING_SIZE, and with it all clusters that are sent along.
    """
    match policy.algorithm:
        case RingHash(minimum_ring_size):
            cluster.lb_policy = Cluster.RING_HASH
            if minimum_ring_size is not None:
                size = min(minimum_ring_size, MAX_RING_SIZE)
                cluster.ring_hash_lb_config.minimum_ring_size.CopyFrom(as_uint64(size))
        case Maglev(table_size):
            cluster.lb_policy = Cluster.MAGLEV
            if table_size:
                cluster.maglev_lb_config.table_size.CopyFrom(as_uint64(table_size))
        case _:
            assert_never(policy.algorithm)
