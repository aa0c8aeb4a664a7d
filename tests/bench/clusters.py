"""What the clusters of a gateway cost: made for the first time, and again after one endpoint has moved."""

import statistics
import time
from dataclasses import replace

from authz.forwarder.proxy import Proxy
from authz.forwarder.translate.clusters import ClusterMemo, translate_clusters
from authz.mesh.registry import RegistrySources
from authz.mesh.routing_view import RoutingView
from authz.model.routing.destination_rule import DestinationRule, Subset
from authz.model.routing.hosts import HostPattern
from authz.model.routing.kubernetes import EndpointSlice, Pod, Service
from authz.model.routing.service_entry import ServiceEntry
from authz.model.routing.traffic_policy import OutlierDetection, TrafficPolicy
from authz.resources.collection import Resources
from tests.bench.registry import _WHERE, _sources

_ROUNDS = 5
_PROXY = Proxy("istio-system", frozenset({("istio", "ingressgateway")}))


def print_clusters() -> None:
    """The registry's 2,000 services and 5,000 pods: each one cluster, or with its two subsets three."""
    sources = _sources()
    moved = replace(sources, endpoint_slices=(_moved(sources.endpoint_slices[0]), *sources.endpoint_slices[1:]))
    for name, rules in (("alone", ()), ("with two subsets each", _rules(sources))):
        _print(name, RoutingView(_resources(sources, rules)), RoutingView(_resources(moved, rules)))


def _print(name: str, view: RoutingView, moved: RoutingView) -> None:
    first_s, again_s = [], []
    for _ in range(_ROUNDS):
        started = time.perf_counter()
        first = translate_clusters(view, _PROXY, memo=ClusterMemo())
        made = time.perf_counter()
        second = translate_clusters(moved, _PROXY, memo=first.memo)
        first_s.append(made - started)
        again_s.append(time.perf_counter() - made)
    kept = sum(one is other for one, other in zip(first.resources, second.resources, strict=True))
    print(f"clusters of services {name}: {len(first.resources):,} resources ", end="")
    print(f"in {statistics.median(first_s) * 1e3:.0f} ms, again in {statistics.median(again_s) * 1e3:.0f} ms ", end="")
    print(f"after one endpoint has moved, {kept:,} of them kept")


def _moved(one: EndpointSlice) -> EndpointSlice:
    return replace(one, endpoints=(replace(one.endpoints[0], addresses=("172.31.0.1",)), *one.endpoints[1:]))


def _rules(sources: RegistrySources) -> tuple[DestinationRule, ...]:
    subsets = tuple(Subset(version, frozenset({("version", version)}), None, _WHERE) for version in ("v0", "v1"))
    return tuple(
        DestinationRule(
            namespace=service.namespace,
            name=service.name,
            host=HostPattern(f"{service.name}.{service.namespace}.svc.cluster.local"),
            traffic_policy=TrafficPolicy(outlier_detection=OutlierDetection()),
            subsets=subsets,
            export_to=None,
            workload_selector=None,
            created=None,
            where=_WHERE,
        )
        for service in sources.services
    )


def _resources(sources: RegistrySources, rules: tuple[DestinationRule, ...]) -> Resources:
    return Resources(
        {
            Service: sources.services,
            EndpointSlice: sources.endpoint_slices,
            Pod: sources.pods,
            ServiceEntry: sources.service_entries,
            DestinationRule: rules,
        }
    )
