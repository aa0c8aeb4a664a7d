"""What the registry costs: building it anew, as every change of the files does, and asking it."""

import statistics
import time

from authz.mesh.registry import Registry, RegistrySources, build_registry
from authz.model.routing.hosts import HostPattern
from authz.model.routing.kubernetes import (
    AddressType,
    EndpointSlice,
    KubernetesPort,
    Pod,
    Service,
    SliceEndpoint,
    SlicePort,
)
from authz.model.routing.protocol import Protocol
from authz.model.routing.service_entry import Location, Resolution, ServiceEntry, ServicePort
from authz.model.where import Where

_SERVICES, _ENTRIES, _PODS, _NAMESPACES = 1_500, 500, 5_000, 50
_ROUNDS = 7
_WHERE = Where("bench.yaml", 1, 1)


def print_registry() -> None:
    """2,000 services, 5,000 pods that are an endpoint of one of them, each on one port."""
    sources = _sources()
    builds, views = [], []
    for _ in range(_ROUNDS):
        started = time.perf_counter()
        registry = build_registry(sources)
        built = time.perf_counter()
        registry.seen_from("ns1")
        builds.append(built - started)
        views.append(time.perf_counter() - built)
    built_ms, view_ms = statistics.median(builds) * 1e3, statistics.median(views) * 1e3
    print(f"registry of {_SERVICES + _ENTRIES:,} services, {_PODS:,} endpoints: ", end="")
    print(f"built in {built_ms:.0f} ms, a namespace's view in {view_ms:.1f} ms")
    assert _endpoints(build_registry(sources)) == _PODS + _ENTRIES


def _endpoints(registry: Registry) -> int:
    return sum(len(registry.endpoints(service, port.number)) for service in registry.services for port in service.ports)


def _sources() -> RegistrySources:
    pods = [_pod(number) for number in range(_PODS)]
    slices = [_slice(number, pods[number::_SERVICES]) for number in range(_SERVICES)]
    return RegistrySources(
        services=tuple(_service(number) for number in range(_SERVICES)),
        endpoint_slices=tuple(slices),
        pods=tuple(pods),
        service_entries=tuple(_entry(number) for number in range(_ENTRIES)),
    )


def _namespace(service: int) -> str:
    return f"ns{service % _NAMESPACES}"


def _service(number: int) -> Service:
    return Service(
        namespace=_namespace(number),
        name=f"s{number}",
        ports=(KubernetesPort(80, "http", "TCP", None, 8080),),
        cluster_ips=(f"10.{number >> 8}.{number & 255}.1",),
        is_headless=False,
        external_name="",
        selector=frozenset({("app", f"s{number}")}),
        export_to=None,
        service_accounts=(),
        created=None,
        where=_WHERE,
    )


def _pod(number: int) -> Pod:
    service = number % _SERVICES
    return Pod(
        namespace=_namespace(service),
        name=f"p{number}",
        labels=frozenset({("app", f"s{service}"), ("version", f"v{number % 2}"), ("pod-template-hash", "abc")}),
        service_account="sa",
        addresses=(f"172.16.{number >> 8}.{number & 255}",),
        ports=(("http", 8080),),
        node=f"node{number % 20}",
        is_ready=True,
        created=None,
        where=_WHERE,
    )


def _slice(service: int, pods: list[Pod]) -> EndpointSlice:
    return EndpointSlice(
        namespace=_namespace(service),
        name=f"s{service}-1",
        service=f"s{service}",
        address_type=AddressType.IPV4,
        endpoints=tuple(
            SliceEndpoint(pod.addresses, pod=pod.name, zone=f"zone{number % 3}", node=pod.node)
            for number, pod in enumerate(pods)
        ),
        ports=(SlicePort("http", 8080),),
        created=None,
        where=_WHERE,
    )


def _entry(number: int) -> ServiceEntry:
    return ServiceEntry(
        namespace=_namespace(number),
        name=f"e{number}",
        hosts=(HostPattern(f"api{number}.example.com"),),
        addresses=(),
        ports=(ServicePort(443, "https", Protocol.HTTPS),),
        location=Location.MESH_EXTERNAL,
        resolution=Resolution.DNS,
        endpoints=(),
        workload_selector=None,
        export_to=None,
        subject_alt_names=(),
        created=None,
        where=_WHERE,
    )
