from datetime import timedelta

import pytest

from authz.forwarder.translate.consistent_hash import MAX_RING_SIZE, add_consistent_hash, hash_policies
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
    SimpleBalancing,
)
from authz.pb.cluster import Cluster
from authz.pb.packing import Json, to_json


@pytest.mark.parametrize(
    ("key", "found"),
    [
        (HashHeader("x-user"), {"header": {"header_name": "x-user"}}),
        (HashQueryParameter("q"), {"query_parameter": {"name": "q"}}),
        (HashSourceIp(), {"connection_properties": {"source_ip": True}}),
        (HashCookie("c"), {"cookie": {"name": "c"}}),
        (HashCookie("c", ttl=timedelta(0)), {"cookie": {"name": "c", "ttl": "0s"}}),
        (
            HashCookie("c", "/p", timedelta(seconds=5), (("SameSite", "Lax"), ("Secure", ""))),
            {
                "cookie": {
                    "name": "c",
                    "ttl": "5s",
                    "path": "/p",
                    "attributes": [{"name": "SameSite", "value": "Lax"}, {"name": "Secure"}],
                }
            },
        ),
    ],
)
def test_a_key_of_a_hash_is_a_policy_of_the_route(key: HashKey, found: Json) -> None:
    assert [to_json(one) for one in hash_policies(LoadBalancer(ConsistentHash(key)))] == [found]


@pytest.mark.parametrize(
    "balancer", [None, LoadBalancer(), LoadBalancer(SimpleBalancing.RANDOM), LoadBalancer(ConsistentHash(None))]
)
def test_without_a_key_a_route_hashes_nothing(balancer: LoadBalancer | None) -> None:
    assert hash_policies(balancer) == ()


@pytest.mark.parametrize(
    ("policy", "found"),
    [
        (
            ConsistentHash(None),
            {"lb_policy": "RING_HASH", "ring_hash_lb_config": {"minimum_ring_size": "1024"}},
        ),
        (ConsistentHash(None, RingHash(None)), {"lb_policy": "RING_HASH"}),
        (
            ConsistentHash(None, RingHash(2**64 - 1)),
            {"lb_policy": "RING_HASH", "ring_hash_lb_config": {"minimum_ring_size": str(MAX_RING_SIZE)}},
        ),
        (
            ConsistentHash(None, Maglev(65537)),
            {"lb_policy": "MAGLEV", "maglev_lb_config": {"table_size": "65537"}},
        ),
        (ConsistentHash(None, Maglev(0)), {"lb_policy": "MAGLEV"}),
    ],
)
def test_a_cluster_hashes_with_a_table_that_envoy_takes(policy: ConsistentHash, found: Json) -> None:
    cluster = Cluster()
    add_consistent_hash(cluster, policy)
    assert to_json(cluster) == found
