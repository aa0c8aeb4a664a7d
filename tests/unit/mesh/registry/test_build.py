import random

import pytest

from authz.mesh.registry import Registry, RegistrySettings, RegistrySources, build_registry
from authz.model.routing.hosts import HostPattern
from authz.model.routing.visibility import NOWHERE, PUBLIC, ExportTo
from tests.support.mesh import document, endpoint_slice, kubernetes, registry


def entry(name: str, ports: str, more: str = "", namespace: str = "foo", created: str = "") -> str:
    metadata = f"name: {name}, namespace: {namespace}{created and f', creationTimestamp: {created}'}"
    return document("ServiceEntry", f"{{hosts: [a.b], ports: [{ports}], resolution: STATIC{more}}}", metadata)


HTTP = "{number: 80, name: http, protocol: HTTP}"
HTTPS = "{number: 443, name: https, protocol: HTTPS}"


def test_nothing_is_a_registry_too() -> None:
    found = build_registry(RegistrySources())
    assert found.services == ()
    assert found.seen_from("foo").services == ()


@pytest.mark.parametrize(
    ("words", "export_to"),
    [(("*",), PUBLIC), ((".",), ExportTo(frozenset({"foo"}))), (("~",), NOWHERE), (("b",), ExportTo(frozenset({"b"})))],
)
def test_the_mesh_says_who_sees_a_service_that_does_not(words: tuple[str, ...], export_to: ExportTo) -> None:
    settings = RegistrySettings(default_export_to=words)
    service = kubernetes("Service", "{}", "name: c, namespace: foo")
    found = registry(entry("a", HTTP), service, settings=settings)
    assert [one.export_to for one in found.services] == [export_to] * 2


def test_what_a_service_says_itself_counts() -> None:
    found = registry(entry("a", HTTP, ", exportTo: ['*']"), settings=RegistrySettings(default_export_to=("~",)))
    assert found.services[0].export_to == PUBLIC


def test_services_are_in_order_of_age_then_name_then_namespace() -> None:
    found = registry(
        kubernetes("Service", "{}", "name: c, namespace: b, creationTimestamp: '2024-01-02T00:00:00Z'"),
        kubernetes("Service", "{}", "name: d, namespace: a, creationTimestamp: '2024-01-01T00:00:00Z'"),
        kubernetes("Service", "{}", "name: z, namespace: z"),
        kubernetes("Service", "{}", "name: c, namespace: a, creationTimestamp: '2024-01-02T00:00:00Z'"),
    )
    assert [(one.name, one.namespace) for one in found.services] == [("z", "z"), ("d", "a"), ("c", "a"), ("c", "b")]


def test_within_a_namespace_kubernetes_comes_before_an_older_entry() -> None:
    host = "c.foo.svc.cluster.local"
    older = document("ServiceEntry", f"{{hosts: [{host}], ports: [{HTTP}]}}", "name: a, namespace: foo")
    newer = kubernetes("Service", "{}", "name: c, namespace: foo, creationTimestamp: '2024-01-01T00:00:00Z'")
    found = registry(older, newer)
    assert [one.origin.value for one in found.services] == ["Service", "ServiceEntry"]
    chosen = found.seen_from("foo").service(HostPattern(host))
    assert chosen is not None
    assert chosen.origin.value == "Service"


def test_entries_of_one_host_and_namespace_share_their_endpoints() -> None:
    found = registry(
        entry("a", HTTP, ", endpoints: [{address: 10.0.0.1}]"),
        entry("b", f"{HTTP}, {HTTPS}", ", endpoints: [{address: 10.0.0.2}, {address: 10.0.0.1}]"),
        entry("c", HTTP, ", endpoints: [{address: 10.0.0.3}]", namespace="bar"),
    )
    services = found.seen_from("foo").of_host(HostPattern("a.b"))
    assert [one.name for one in services] == ["a", "b"]
    for service in services:
        assert [one.address for one in found.endpoints(service, 80)] == ["10.0.0.1", "10.0.0.2"]
        assert [one.address for one in found.endpoints(service, 443)] == ["10.0.0.2", "10.0.0.1"]


def test_ports_of_one_number_and_two_names_are_one_port() -> None:
    other = "{number: 80, name: web, protocol: HTTP}"
    found = registry(
        entry("a", HTTP, ", endpoints: [{address: 10.0.0.1}]"), entry("b", other, ", endpoints: [{address: 10.0.0.2}]")
    )
    assert [one.address for one in found.endpoints(found.services[0], 80)] == ["10.0.0.1", "10.0.0.2"]


def test_ports_of_one_name_and_two_numbers_share_endpoints() -> None:
    other = "{number: 8080, name: http, protocol: HTTP}"
    found = registry(
        entry("a", HTTP, ", endpoints: [{address: 10.0.0.1}]"), entry("b", other, ", endpoints: [{address: 10.0.0.2}]")
    )
    assert [(one.address, one.port) for one in found.endpoints(found.services[0], 80)] == [
        ("10.0.0.1", 80),
        ("10.0.0.2", 8080),
    ]


def test_a_service_and_an_entry_of_its_host_share_endpoints() -> None:
    host = "c.foo.svc.cluster.local"
    found = registry(
        kubernetes("Service", "{ports: [{name: http, port: 80}]}", "name: c, namespace: foo"),
        endpoint_slice("c", "[{addresses: [10.0.0.1]}]", "[{name: http, port: 8080}]", "name: s, namespace: foo"),
        document(
            "ServiceEntry",
            f"{{hosts: [{host}], ports: [{HTTP}], resolution: STATIC, endpoints: [{{address: 10.0.0.2}}]}}",
            "name: a, namespace: foo",
        ),
    )
    service = found.seen_from("foo").service(HostPattern(host))
    assert service is not None
    assert [one.address for one in found.endpoints(service, 80)] == ["10.0.0.1", "10.0.0.2"]


def test_of_two_entries_whose_names_are_looked_up_in_turn_the_first_has_the_endpoint() -> None:
    one, two = (
        document(
            "ServiceEntry",
            f"{{hosts: [a.b], ports: [{HTTP}], resolution: DNS_ROUND_ROBIN, endpoints: [{{address: {address}}}]}}",
            f"name: {name}, namespace: foo",
        )
        for name, address in (("a", "c.d"), ("b", "e.f"))
    )
    found = registry(two, one)
    assert [endpoint.address for endpoint in found.endpoints(found.services[0], 80)] == ["c.d"]


def test_one_host_in_two_namespaces_has_the_endpoints_of_each() -> None:
    found = registry(
        entry("a", HTTP, ", endpoints: [{address: 10.0.0.1}]"),
        entry("b", HTTP, ", endpoints: [{address: 10.0.0.2}]", namespace="bar"),
    )

    def seen_from(namespace: str) -> list[str]:
        service = found.seen_from(namespace).service(HostPattern("a.b"))
        assert service is not None
        return [one.address for one in found.endpoints(service, 80)]

    assert (seen_from("foo"), seen_from("bar"), seen_from("baz")) == (["10.0.0.1"], ["10.0.0.2"], ["10.0.0.1"])


def endpoint(number: int) -> str:
    return f"[{{addresses: [10.0.0.{number}]}}]"


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_files_makes_no_difference(seed: int) -> None:
    selected = "resolution: STATIC, workloadSelector: {labels: {d: e}}"
    documents = [
        *[kubernetes("Service", "{ports: [{name: http, port: 80}]}", f"name: c, namespace: {name}") for name in "abc"],
        *[
            endpoint_slice("c", endpoint(n), "[{name: http, port: 8080}]", f"name: s{n}, namespace: a")
            for n in (1, 2, 3)
        ],
        *[entry(f"e{n}", HTTP, f", endpoints: [{{address: 10.1.0.{n}}}]") for n in (1, 2, 3)],
        document(
            "ServiceEntry",
            f"{{hosts: [c.a.svc.cluster.local, w.x], ports: [{HTTP}], {selected}}}",
            "name: c, namespace: a",
        ),
        *[
            document("WorkloadEntry", f"{{address: 10.2.0.{n}, labels: {{d: e}}}}", f"name: w{n}, namespace: a")
            for n in (1, 2)
        ],
    ]
    shuffled = list(documents)
    random.Random(seed).shuffle(shuffled)

    def told(found: Registry) -> list[tuple[str, str, str, list[str]]]:
        return [
            (one.name, one.namespace, one.host.text, [endpoint.address for endpoint in found.endpoints(one, 80)])
            for one in found.services
        ]

    assert told(registry(*shuffled)) == told(registry(*documents))
