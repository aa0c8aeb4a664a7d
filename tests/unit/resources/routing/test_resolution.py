"""What a resolution allows: tests/cases/routing-validation-service-entry.yaml. Here is where and how it is told."""

import pytest

from tests.support.reading import resources
from tests.support.routing import document

PORTS = "ports: [{number: 80, name: http, protocol: HTTP}]"


def told(spec: str, metadata: str = "name: a") -> list[tuple[str, str, str]]:
    _, problems = resources(document("ServiceEntry", spec, metadata))
    return [(problem.code.value, problem.field, problem.message) for problem in problems]


@pytest.mark.parametrize(
    ("spec", "code", "field", "words"),
    [
        ("resolution: NONE, endpoints: [{address: 10.0.0.1}]", "AZ561", "spec.endpoints", "remove endpoints"),
        ("resolution: STATIC, endpoints: [{address: b.c}]", "AZ571", "spec.endpoints[0].address", "for resolution DNS"),
        (
            "resolution: STATIC, endpoints: [{address: 10.0.0.1, ports: {grpc: 1}}]",
            "AZ026",
            "spec.endpoints[0].ports.grpc",
            "it has http",
        ),
        (
            "resolution: DNS_ROUND_ROBIN, endpoints: [{address: b.c}, {address: d.e}]",
            "AZ561",
            "spec.endpoints",
            "found 2; write DNS",
        ),
        ("resolution: DNS, addresses: [10.0.0.0/8]", "AZ561", "spec.addresses[0]", "for resolution NONE and STATIC"),
        ("resolution: DNS, endpoints: [{}]", "AZ571", "spec.endpoints[0].address", "names and IP addresses"),
        ("resolution: DYNAMIC_DNS", "AZ561", "spec.hosts[0]", "write resolution: DNS"),
    ],
)
def test_a_problem_says_where_it_is_and_what_to_write(spec: str, code: str, field: str, words: str) -> None:
    ((found, at, message),) = told(f"{{hosts: [a.b], {PORTS}, {spec}}}")
    assert (found, at) == (code, field)
    assert words in message


def test_a_service_without_ports_says_so_where_an_endpoint_has_some() -> None:
    ((_, _, message),) = told("{hosts: [a.b], resolution: STATIC, endpoints: [{address: 10.0.0.1, ports: {http: 1}}]}")
    assert message == "the service has no port of this name; it has no ports"


def test_all_that_is_wrong_is_told_at_once() -> None:
    spec = (
        "{hosts: [a.b, c.d], resolution: DYNAMIC_DNS, location: MESH_INTERNAL, addresses: [10.0.0.1],"
        " endpoints: [{address: 10.0.0.2}], ports: [{number: 443, name: a, protocol: HTTPS}]}"
    )
    found = told(spec, "name: a, labels: {istio.io/use-waypoint: w}")
    assert {field for _, field, _ in found} == {
        "spec.hosts[0]",
        "spec.hosts[1]",
        "spec.addresses",
        "spec.endpoints",
        "spec.ports",
        "spec.location",
    }


@pytest.mark.parametrize("word", ["False", "false", "FALSE"])
def test_who_wants_no_address_is_told_what_that_means_for_tcp(word: str) -> None:
    metadata = f"name: a, labels: {{networking.istio.io/enable-autoallocate-ip: '{word}'}}"
    spec = "{hosts: [a.b], resolution: DNS, ports: [{number: 80, name: a, protocol: TCP}]}"
    assert [code for code, _, _ in told(spec, metadata)] == ["AZ995"]
    assert told(spec) == []
