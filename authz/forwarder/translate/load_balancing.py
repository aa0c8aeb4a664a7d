"""Which endpoint of a cluster gets a request; for localities see `locality`.

Source: istio/istio pilot/pkg/networking/core/cluster_traffic_policy.go, applyLoadBalancer and what it calls.
"""

from typing import assert_never

from authz.forwarder.translate.consistent_hash import add_consistent_hash
from authz.forwarder.translate.wrapped import as_duration, as_percent
from authz.model.routing.traffic_policy import ConsistentHash, LoadBalancer, SimpleBalancing, Warmup
from authz.pb.cluster import Cluster
from authz.pb.core import RuntimeDouble

# Envoy wants a key of its runtime; Istio's is one that nobody would set there by accident
_RUNTIME_KEY = "("
_DEFAULT = LoadBalancer()


def is_passthrough(balancer: LoadBalancer | None) -> bool:
    """Whether connections go where the client wanted, whatever the endpoints."""
    return balancer is not None and balancer.policy is SimpleBalancing.PASSTHROUGH


def add_load_balancing(cluster: Cluster, balancer: LoadBalancer | None) -> None:
    """Let a cluster balance: LEAST_REQUEST where nobody says otherwise."""
    balancer = balancer or _DEFAULT
    match balancer.policy:
        case ConsistentHash():
            add_consistent_hash(cluster, balancer.policy)
        case SimpleBalancing.LEAST_REQUEST:
            cluster.lb_policy = Cluster.LEAST_REQUEST
            if balancer.warmup:
                cluster.least_request_lb_config.slow_start_config.CopyFrom(_slow_start(balancer.warmup))
        case SimpleBalancing.ROUND_ROBIN:
            cluster.lb_policy = Cluster.ROUND_ROBIN
            if balancer.warmup:
                cluster.round_robin_lb_config.slow_start_config.CopyFrom(_slow_start(balancer.warmup))
        case SimpleBalancing.RANDOM:
            cluster.lb_policy = Cluster.RANDOM
        case SimpleBalancing.PASSTHROUGH:
            cluster.type = Cluster.ORIGINAL_DST
            cluster.lb_policy = Cluster.CLUSTER_PROVIDED
        case _:
            assert_never(balancer.policy)


def _slow_start(warmup: Warmup) -> Cluster.SlowStartConfig:
    return Cluster.SlowStartConfig(
        slow_start_window=as_duration(warmup.duration),
        aggression=RuntimeDouble(default_value=warmup.aggression, runtime_key=_RUNTIME_KEY),
        min_weight_percent=as_percent(warmup.minimum_percent),
    )
