"""Endpoints by where they run: how much each place gets, and when.

Source: istio/istio pilot/pkg/networking/core/loadbalancer/loadbalancer.go; networking/util/util.go (LocalityMatch,
LbPriority). Deviation: failover acts wherever endpoints are left out by outlier detection, also if only the mesh's
`defaultTrafficPolicy` has one; Istio does so for names of DNS, and not for known addresses.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import ceil

from authz.forwarder.translate.wrapped import MAX_UINT32, as_percent, as_uint64
from authz.mesh.registry import Endpoint
from authz.model.routing.locality import NO_LOCALITY, Locality, parse_locality
from authz.model.routing.mesh_defaults import MeshDefaults
from authz.model.routing.traffic_policy import (
    Distribute,
    Failover,
    LoadBalancer,
    LocalityBalancing,
    ZoneAwareBalancing,
)
from authz.model.workload import Labels
from authz.pb.cluster import Cluster

_NETWORK = "topology.istio.io/network"
_ANY = "*"
_LAST_PRIORITY = 128


@dataclass(frozen=True, slots=True)
class Place:
    """Endpoints of one locality and priority, each with its weight; 0 is the first priority. `weight`: of all of it.

    INVARIANT: weights are 1 or more, and those of one priority, of places and of endpoints, fit into a uint32 together.
    """

    locality: Locality
    endpoints: tuple[tuple[Endpoint, int], ...]
    weight: int
    priority: int = 0


@dataclass(frozen=True, slots=True)
class Client:
    """Whose view it is: where the proxy runs, and its labels."""

    locality: Locality = NO_LOCALITY
    labels: Labels = frozenset()


def setting_of(balancer: LoadBalancer | None, mesh: MeshDefaults) -> LocalityBalancing | ZoneAwareBalancing | None:
    """What holds: the rule's word before the mesh's, that on zones before that on localities; None: places don't count.

    Zones that are turned off are a setting, as Envoy would mind zones by itself.
    """
    if balancer and balancer.zone_aware:
        return balancer.zone_aware
    if balancer and balancer.locality:
        return None if balancer.locality.enabled is False else balancer.locality
    if mesh.zone_aware:
        return mesh.zone_aware
    return None if mesh.locality.enabled is False else mesh.locality


def add_locality(
    cluster: Cluster, setting: LocalityBalancing | ZoneAwareBalancing | None, *, detects_outliers: bool
) -> None:
    """Let a cluster mind the weights of places, or zones."""
    if isinstance(setting, ZoneAwareBalancing):
        zones = cluster.common_lb_config.zone_aware_lb_config
        zones.SetInParent()
        if setting.enabled is False:
            zones.routing_enabled.CopyFrom(as_percent(0))
        if setting.min_cluster_size is not None:
            zones.min_cluster_size.CopyFrom(as_uint64(setting.min_cluster_size))
    elif setting is not None:
        fails_over = detects_outliers and bool(setting.failover or setting.failover_priority)
        if fails_over or setting.distribute:
            cluster.common_lb_config.locality_weighted_lb_config.SetInParent()


def places_of(
    endpoints: Iterable[Endpoint],
    setting: LocalityBalancing | ZoneAwareBalancing | None,
    client: Client,
    *,
    detects_outliers: bool,
) -> tuple[Place, ...]:
    """Endpoints by locality and priority, ordered by locality. Without outlier detection nothing fails over."""
    places = _by_locality(endpoints)
    match setting:
        case ZoneAwareBalancing():
            if setting.enabled is not False:
                places = _by_labels(places, setting.failover_priority, client)
                places = _by_region(places, setting.failover, client)
        case LocalityBalancing(distribute=distribute) if distribute:
            places = _distributed(places, distribute, client)
        case LocalityBalancing() if detects_outliers:
            places = _by_labels(places, setting.failover_priority, client)
            if setting.failover or not setting.failover_priority:
                places = _by_distance(places, setting.failover, client)
    return _fitted(places)


def _by_locality(endpoints: Iterable[Endpoint]) -> list[Place]:
    by_locality: dict[Locality, list[Endpoint]] = defaultdict(list)
    for endpoint in endpoints:
        by_locality[endpoint.locality].append(endpoint)
    return [_place(locality, by_locality[locality]) for locality in sorted(by_locality)]


def _place(locality: Locality, endpoints: list[Endpoint], priority: int = 0) -> Place:
    endpoints.sort(key=_by_address)
    weighted = tuple([(endpoint, max(endpoint.weight, 1)) for endpoint in endpoints])
    return Place(locality, weighted, sum([weight for _, weight in weighted]), priority)


def _by_address(endpoint: Endpoint) -> tuple[str, int, int]:
    return endpoint.address, endpoint.port, endpoint.weight


def covers(pattern: str, locality: Locality) -> bool:
    """Whether `REGION/ZONE/SUBZONE` of a rule covers a locality; what is `*` or left out covers all."""
    rule = parse_locality(pattern)
    return (
        rule.region in {_ANY, locality.region}
        and rule.zone in {_ANY, "", locality.zone}
        and rule.sub_zone in {_ANY, "", locality.sub_zone}
    )


def _distributed(places: Sequence[Place], distribute: Iterable[Distribute], client: Client) -> list[Place]:
    """Places with the weights of the first entry that is about the client; a place that it leaves out gets nothing."""
    entry = next((one for one in distribute if covers(one.from_locality, client.locality)), None)
    if entry is None:
        return list(places)
    found: dict[int, Place] = {}
    for pattern, percent in entry.to:
        covered = [n for n, place in enumerate(places) if n not in found and covers(pattern, place.locality)]
        total = sum(places[n].weight for n in covered)
        for n in covered:
            found[n] = replace(places[n], weight=-(-places[n].weight * percent // total))
    return [found[n] for n in sorted(found)]


def _by_distance(places: Iterable[Place], failover: Iterable[Failover], client: Client) -> list[Place]:
    """Near places first; of far ones first the region that the client's region fails over to."""
    places = tuple(places)
    if len(places) <= 1:
        return list(places)
    target = _failover_target(failover, client)

    def distance(place: Place) -> int:
        here, there = client.locality, place.locality
        if here.region != there.region:
            return 3 if target in {None, there.region} else 4
        if here.zone != there.zone:
            return 2
        return 0 if here.sub_zone == there.sub_zone else 1

    return _compacted([replace(place, priority=place.priority * 5 + distance(place)) for place in places])


def _by_region(places: Iterable[Place], failover: Iterable[Failover], client: Client) -> list[Place]:
    """The client's own region, whose zones Envoy minds; then the one it fails over to; then the others."""
    target = _failover_target(failover, client)

    def distance(place: Place) -> int:
        if place.locality.region == client.locality.region:
            return 0
        return 1 if place.locality.region == target else 2

    return _compacted([replace(place, priority=place.priority * 3 + distance(place)) for place in places])


def _failover_target(failover: Iterable[Failover], client: Client) -> str | None:
    return next((one.to_region for one in failover if one.from_region == client.locality.region), None)


def _by_labels(places: Iterable[Place], keys: Sequence[str], client: Client) -> list[Place]:
    """The more labels, from the first on, an endpoint has as the client or the rule has them, the sooner it is used.

    A client without labels is like no endpoint in particular, and then places stay as they are.
    """
    if not keys or not client.labels:
        return list(places)
    wanted = _wanted(keys, client)
    network_first = keys[0] == _NETWORK
    return _compacted([part for place in places for part in _split(place, wanted, network_first=network_first)])


def _wanted(keys: Iterable[str], client: Client) -> list[tuple[str, str]]:
    """Labels and their values; `KEY=VALUE` says it, and without a value the client's own counts."""
    labels = dict(client.labels)
    parts = [key.split("=") for key in keys]
    given = {one[0]: one[1] for one in parts if len(one) == 2}  # noqa: PLR2004 - key and value
    return [(one[0], given.get(one[0], labels.get(one[0], ""))) for one in parts]


def _split(place: Place, wanted: Sequence[tuple[str, str]], *, network_first: bool) -> list[Place]:
    by_priority: dict[int, list[Endpoint]] = defaultdict(list)
    for endpoint, _ in place.endpoints:
        by_priority[_distance_by_labels(endpoint, wanted, network_first=network_first)].append(endpoint)
    return [_place(place.locality, found, priority) for priority, found in sorted(by_priority.items())]


def _distance_by_labels(endpoint: Endpoint, wanted: Sequence[tuple[str, str]], *, network_first: bool) -> int:
    """How many labels are left from the first that differs.

    In another network, if that is the first label, the other labels still count, but all of it comes after what is in
    the client's network.
    """
    labels = dict(endpoint.labels)
    differing = [n for n, (key, value) in enumerate(wanted) if labels.get(key, "") != value]
    if network_first and differing and differing[0] == 0:
        return len(wanted) + (len(wanted) - differing[1] if len(differing) > 1 else 0)
    return len(wanted) - differing[0] if differing else 0


def _compacted(places: Sequence[Place]) -> list[Place]:
    """Priorities from 0 on without gaps, which Envoy asks for, and not more than it takes."""
    if len(places) == 1 and not places[0].priority:
        return list(places)
    ranks = {
        priority: min(rank, _LAST_PRIORITY)
        for rank, priority in enumerate(sorted({place.priority for place in places}))
    }
    return [replace(place, priority=ranks[place.priority]) for place in places]


def _fitted(places: Sequence[Place]) -> tuple[Place, ...]:
    """Weights made smaller where Envoy could not add them up, in proportion: a ring adds up those of a priority."""
    totals = _totals(places)
    if all(total <= MAX_UINT32 for total in totals.values()):
        return tuple(places)
    return tuple([_shrunk(place, totals[place.priority]) for place in places])


def _totals(places: Iterable[Place]) -> dict[int, int]:
    """By priority the sum of the weights of places, or of endpoints, whichever is more."""
    of_places: dict[int, int] = defaultdict(int)
    of_endpoints: dict[int, int] = defaultdict(int)
    for place in places:
        of_places[place.priority] += place.weight
        of_endpoints[place.priority] += sum([weight for _, weight in place.endpoints])
    return {priority: max(total, of_endpoints[priority]) for priority, total in of_places.items()}


def _shrunk(place: Place, total: int) -> Place:
    # half of the range, so that what is rounded up to 1 has room
    divisor = max(ceil(total / (MAX_UINT32 // 2)), 1)
    endpoints = tuple([(endpoint, max(weight // divisor, 1)) for endpoint, weight in place.endpoints])
    return replace(place, endpoints=endpoints, weight=max(place.weight // divisor, 1))
