from datetime import timedelta

import pytest

from authz.forwarder.translate.load_balancing import add_load_balancing, is_passthrough
from authz.model.routing.traffic_policy import (
    ConsistentHash,
    HashHeader,
    LoadBalancer,
    SimpleBalancing,
    Warmup,
)
from authz.pb.cluster import Cluster
from authz.pb.packing import Json, to_json


def balanced(balancer: LoadBalancer | None) -> Json:
    cluster = Cluster(type=Cluster.EDS)
    add_load_balancing(cluster, balancer)
    return to_json(cluster)


@pytest.mark.parametrize(
    ("balancer", "found"),
    [
        (None, {"type": "EDS", "lb_policy": "LEAST_REQUEST"}),
        (LoadBalancer(), {"type": "EDS", "lb_policy": "LEAST_REQUEST"}),
        (LoadBalancer(SimpleBalancing.ROUND_ROBIN), {"type": "EDS"}),  # the first of Envoy's words
        (LoadBalancer(SimpleBalancing.RANDOM), {"type": "EDS", "lb_policy": "RANDOM"}),
        (LoadBalancer(SimpleBalancing.PASSTHROUGH), {"type": "ORIGINAL_DST", "lb_policy": "CLUSTER_PROVIDED"}),
        (
            LoadBalancer(ConsistentHash(HashHeader("a"))),
            {"type": "EDS", "lb_policy": "RING_HASH", "ring_hash_lb_config": {"minimum_ring_size": "1024"}},
        ),
    ],
)
def test_each_way_of_balancing(balancer: LoadBalancer | None, found: Json) -> None:
    assert balanced(balancer) == found


SLOWLY = {
    "slow_start_window": "30s",
    "aggression": {"default_value": 1.0, "runtime_key": "("},
    "min_weight_percent": {"value": 10.0},
}


@pytest.mark.parametrize(
    ("policy", "found"),
    [
        (SimpleBalancing.LEAST_REQUEST, {"least_request_lb_config": {"slow_start_config": SLOWLY}}),
        (SimpleBalancing.ROUND_ROBIN, {"round_robin_lb_config": {"slow_start_config": SLOWLY}}),
        (SimpleBalancing.RANDOM, {}),
        (ConsistentHash(None), {"ring_hash_lb_config": {"minimum_ring_size": "1024"}}),
    ],
)
def test_endpoints_warm_up_where_envoy_can_do_it(
    policy: SimpleBalancing | ConsistentHash, found: dict[str, Json]
) -> None:
    made = balanced(LoadBalancer(policy, warmup=Warmup(timedelta(seconds=30))))
    assert isinstance(made, dict)
    assert {key: value for key, value in made.items() if key not in {"type", "lb_policy"}} == found


def test_how_fast_endpoints_warm_up_can_be_said() -> None:
    cluster = Cluster()
    add_load_balancing(cluster, LoadBalancer(warmup=Warmup(timedelta(seconds=1), 0.0, 2.5)))
    config = cluster.least_request_lb_config.slow_start_config
    assert (config.aggression.default_value, config.HasField("min_weight_percent")) == (2.5, True)
    assert config.min_weight_percent.value == 0


def test_only_passthrough_ignores_endpoints() -> None:
    assert is_passthrough(LoadBalancer(SimpleBalancing.PASSTHROUGH))
    assert not is_passthrough(LoadBalancer())
    assert not is_passthrough(None)
