from random import Random

import pytest

from authz.forwarder.translate.locality import Client, Place, add_locality, covers, places_of, setting_of
from authz.mesh.registry import Endpoint
from authz.mesh.registry.endpoint import place_labels
from authz.model.routing.locality import NO_LOCALITY, parse_locality
from authz.model.routing.mesh_defaults import MeshDefaults
from authz.model.routing.traffic_policy import (
    Distribute,
    Failover,
    LoadBalancer,
    LocalityBalancing,
    ZoneAwareBalancing,
)
from authz.pb.cluster import Cluster
from authz.pb.packing import Json, to_json
from tests.support.endpoints import endpoint

Setting = LocalityBalancing | ZoneAwareBalancing | None
HERE = "r1/z1/s1"
EVERYWHERE = [
    endpoint("10.0.0.1", locality="r1/z1/s1"),
    endpoint("10.0.0.2", locality="r1/z1/s2"),
    endpoint("10.0.0.3", locality="r1/z2/s1"),
    endpoint("10.0.0.4", locality="r2/z1/s1"),
    endpoint("10.0.0.5", locality="r3/z1/s1"),
]


def client(locality: str = HERE, **labels: str) -> Client:
    where = parse_locality(locality)
    return Client(where, place_labels(frozenset(labels.items()), where))


def priorities(
    setting: Setting,
    endpoints: list[Endpoint] | None = None,
    who: Client | None = None,
    *,
    detects_outliers: bool = True,
) -> dict[str, int]:
    """By address."""
    places = places_of(endpoints or EVERYWHERE, setting, who or client(), detects_outliers=detects_outliers)
    return dict(sorted((one.address, place.priority) for place in places for one, _ in place.endpoints))


def weights(setting: Setting, endpoints: list[Endpoint] | None = None, who: Client | None = None) -> dict[str, int]:
    """By locality."""
    places = places_of(endpoints or EVERYWHERE, setting, who or client(), detects_outliers=False)
    return {str(place.locality): place.weight for place in places}


ON = LocalityBalancing(enabled=True)


def test_near_places_come_first_where_endpoints_can_be_left_out() -> None:
    assert list(priorities(ON).values()) == [0, 1, 2, 3, 3]


@pytest.mark.parametrize("setting", [ON, LocalityBalancing(failover=(Failover("r1", "r2"),)), None])
def test_nothing_fails_over_without_outlier_detection(setting: Setting) -> None:
    assert set(priorities(setting, detects_outliers=False).values()) == {0}


def test_nothing_fails_over_where_places_do_not_count() -> None:
    assert set(priorities(None).values()) == {0}


def test_a_region_fails_over_to_the_one_that_is_said_before_others() -> None:
    setting = LocalityBalancing(failover=(Failover("r2", "r1"), Failover("r1", "r3")))
    assert list(priorities(setting).values()) == [0, 1, 2, 4, 3]


def test_priorities_have_no_gaps() -> None:
    assert priorities(ON, EVERYWHERE[2:]) == {"10.0.0.3": 0, "10.0.0.4": 1, "10.0.0.5": 1}


def test_a_client_without_locality_is_near_to_endpoints_without_one() -> None:
    found = priorities(ON, [endpoint("10.0.0.9"), *EVERYWHERE], Client())
    assert found["10.0.0.9"] == 0
    assert {found[one.address] for one in EVERYWHERE} == {1}


LABELLED = [
    endpoint("10.0.0.1", labels={"a": "1", "b": "1"}),
    endpoint("10.0.0.2", labels={"a": "1", "b": "2"}),
    endpoint("10.0.0.3", labels={"a": "2", "b": "1"}),
    endpoint("10.0.0.4"),
]


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (("a", "b"), [0, 1, 2, 2]),
        (("b", "a"), [0, 2, 1, 2]),
        (("a=2", "b"), [1, 1, 0, 1]),
        (("missing",), [0, 0, 0, 0]),
        (("missing=1",), [0, 0, 0, 0]),
    ],
)
def test_labels_from_the_first_on_say_what_comes_first(keys: tuple[str, ...], expected: list[int]) -> None:
    setting = LocalityBalancing(failover_priority=keys)
    assert list(priorities(setting, LABELLED, client("", a="1", b="1")).values()) == expected


def test_a_client_without_labels_prefers_none() -> None:
    setting = LocalityBalancing(failover_priority=("a",))
    assert set(priorities(setting, LABELLED, Client()).values()) == {0}


def test_another_network_is_behind_all_of_the_clients_own() -> None:
    network = "topology.istio.io/network"
    endpoints = [
        endpoint("10.0.0.1", network="n1", labels={"a": "1"}),
        endpoint("10.0.0.2", network="n1", labels={"a": "2"}),
        endpoint("10.0.0.3", network="n2", labels={"a": "1"}),
        endpoint("10.0.0.4", network="n2", labels={"a": "2"}),
    ]
    who = Client(labels=frozenset({(network, "n1"), ("a", "1")}))
    setting = LocalityBalancing(failover_priority=(network, "a"))
    assert list(priorities(setting, endpoints, who).values()) == [0, 1, 2, 3]


def test_labels_go_before_regions_where_both_are_said() -> None:
    endpoints = [
        endpoint("10.0.0.1", locality="r1", labels={"a": "1"}),
        endpoint("10.0.0.2", locality="r2", labels={"a": "1"}),
        endpoint("10.0.0.3", locality="r1", labels={"a": "2"}),
    ]
    setting = LocalityBalancing(failover_priority=("a",), failover=(Failover("r1", "r2"),))
    found = priorities(setting, endpoints, client("r1", a="1"))
    assert found == {"10.0.0.1": 0, "10.0.0.2": 1, "10.0.0.3": 2}


def test_zones_of_a_region_are_envoys_matter_and_other_regions_come_later() -> None:
    setting = ZoneAwareBalancing(failover=(Failover("r1", "r3"),))
    assert list(priorities(setting, detects_outliers=False).values()) == [0, 0, 0, 2, 1]


def test_zones_that_are_turned_off_split_nothing() -> None:
    assert set(priorities(ZoneAwareBalancing(enabled=False)).values()) == {0}


def test_weights_of_places_are_those_of_their_endpoints() -> None:
    endpoints = [endpoint("10.0.0.1", locality="r1", weight=3), endpoint("10.0.0.2", locality="r1", weight=4)]
    assert weights(ON, endpoints) == {"r1": 7}


def test_traffic_is_distributed_as_is_said_for_the_clients_place() -> None:
    entries = (Distribute("r2/*", (("r1", 100),)), Distribute("r1/z1/*", (("r1/z1/*", 80), ("r2", 20))))
    assert weights(LocalityBalancing(distribute=entries)) == {"r1/z1/s1": 40, "r1/z1/s2": 40, "r2/z1/s1": 20}


def test_who_is_not_named_keeps_the_weights() -> None:
    setting = LocalityBalancing(distribute=(Distribute("r9", (("r1", 100),)),))
    assert weights(setting) == {str(one.locality): 1 for one in EVERYWHERE}


def test_distribution_replaces_failover() -> None:
    setting = LocalityBalancing(distribute=(Distribute("*", (("*", 100),)),))
    assert set(priorities(setting).values()) == {0}


def test_a_place_of_several_under_one_star_gets_its_share_rounded_up() -> None:
    endpoints = [endpoint("10.0.0.1", locality="r1/a", weight=2), endpoint("10.0.0.2", locality="r1/b", weight=1)]
    setting = LocalityBalancing(distribute=(Distribute("*", (("r1/*", 100),)),))
    assert weights(setting, endpoints) == {"r1/a": 67, "r1/b": 34}


@pytest.mark.parametrize(
    ("pattern", "locality", "expected"),
    [
        ("*", "r1/z1", True),
        ("r1", "r1/z1/s1", True),
        ("r1/*", "r1/z1/s1", True),
        ("r1/z1", "r1/z2", False),
        ("r1/z1/s1", "r1/z1", False),
        ("r2", "r1", False),
    ],
)
def test_what_a_locality_of_a_rule_covers(pattern: str, locality: str, *, expected: bool) -> None:
    assert covers(pattern, parse_locality(locality)) is expected


def test_the_order_of_endpoints_does_not_matter() -> None:
    endpoints = [*EVERYWHERE, *[endpoint(f"10.1.0.{n}", locality="r1/z1/s1") for n in range(20)]]
    before = places_of(endpoints, ON, client(), detects_outliers=True)
    Random(1).shuffle(endpoints)
    assert places_of(endpoints, ON, client(), detects_outliers=True) == before


def test_weights_that_envoy_could_not_add_up_are_made_smaller() -> None:
    most = 2**32 - 1
    endpoints = [endpoint(f"10.0.0.{n}", weight=most, locality=f"r{n % 2}") for n in range(6)]
    endpoints.append(endpoint("10.0.0.9", weight=1))
    places = places_of(endpoints, None, client(), detects_outliers=False)
    assert sum(place.weight for place in places) <= most
    assert sum(weight for place in places for _, weight in place.endpoints) <= most
    assert min(weight for place in places for _, weight in place.endpoints) == 1
    assert len({place.weight for place in places if len(place.endpoints) == 3}) == 1


def test_endpoints_of_a_ring_are_added_up_wherever_they_are() -> None:
    setting = LocalityBalancing(distribute=(Distribute("*", (("*", 100),)),))
    endpoints = [endpoint(f"10.0.0.{n}", weight=2**32 - 1, locality=f"r{n}") for n in range(2)]
    places = places_of(endpoints, setting, client(), detects_outliers=False)
    assert sum(weight for place in places for _, weight in place.endpoints) < 2**32


def test_there_are_no_more_priorities_than_envoy_takes() -> None:
    keys = tuple(f"k{n}" for n in range(200))
    labels = dict.fromkeys(keys, "1")
    endpoints = [endpoint(f"10.0.0.{n}", labels=dict(list(labels.items())[:n])) for n in range(200)]
    setting = LocalityBalancing(failover_priority=keys)
    assert max(priorities(setting, endpoints, client("", **labels)).values()) == 128


OFF = LocalityBalancing(enabled=False)
OTHER = LocalityBalancing(failover_priority=("a",))
ZONES = ZoneAwareBalancing()


@pytest.mark.parametrize(
    ("balancer", "mesh", "expected"),
    [
        (None, MeshDefaults(), ON),
        (LoadBalancer(), MeshDefaults(), ON),
        (None, MeshDefaults(locality=OFF), None),
        (None, MeshDefaults(zone_aware=ZONES), ZONES),
        (LoadBalancer(locality=OTHER), MeshDefaults(zone_aware=ZONES), OTHER),
        (LoadBalancer(locality=OTHER), MeshDefaults(locality=OFF), OTHER),
        (LoadBalancer(locality=OFF), MeshDefaults(), None),
        (LoadBalancer(zone_aware=ZONES), MeshDefaults(), ZONES),
        (LoadBalancer(zone_aware=ZoneAwareBalancing(enabled=False)), MeshDefaults(), ZoneAwareBalancing(enabled=False)),
    ],
)
def test_a_rule_is_before_the_mesh(balancer: LoadBalancer | None, mesh: MeshDefaults, expected: Setting) -> None:
    assert setting_of(balancer, mesh) == expected


WEIGHTED: Json = {"common_lb_config": {"locality_weighted_lb_config": {}}}


@pytest.mark.parametrize(
    ("setting", "detects_outliers", "expected"),
    [
        (None, True, {}),
        (ON, True, {}),
        (LocalityBalancing(distribute=(Distribute("*", (("*", 100),)),)), False, WEIGHTED),
        (LocalityBalancing(failover=(Failover("a", "b"),)), False, {}),
        (LocalityBalancing(failover=(Failover("a", "b"),)), True, WEIGHTED),
        (LocalityBalancing(failover_priority=("a",)), True, WEIGHTED),
        (ZONES, True, {"common_lb_config": {"zone_aware_lb_config": {}}}),
        (
            ZoneAwareBalancing(enabled=False, min_cluster_size=3),
            False,
            {"common_lb_config": {"zone_aware_lb_config": {"routing_enabled": {}, "min_cluster_size": "3"}}},
        ),
    ],
)
def test_a_cluster_minds_weights_of_places_only_where_they_are_said(
    setting: Setting, expected: Json, *, detects_outliers: bool
) -> None:
    cluster = Cluster()
    add_locality(cluster, setting, detects_outliers=detects_outliers)
    assert to_json(cluster) == expected


def test_nobody_is_nowhere() -> None:
    assert places_of([], ON, client(), detects_outliers=True) == ()
    assert places_of([endpoint()], ON, Client(), detects_outliers=True) == (Place(NO_LOCALITY, ((endpoint(), 1),), 1),)
