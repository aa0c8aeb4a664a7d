from datetime import UTC, datetime

import pytest

from authz.model.routing.gateway import Gateway, Port, ServerHost
from authz.model.routing.hosts import ANY_HOST, HostPattern
from authz.model.routing.protocol import Protocol
from tests.support.reading import resources, summaries
from tests.support.routes import gateway, problems_of, server

HTTP = "port: {number: 80, name: http, protocol: HTTP}"


def test_every_field_is_read() -> None:
    found, problems = resources(
        "apiVersion: networking.istio.io/v1beta1\nkind: Gateway\n"
        "metadata: {name: gw, namespace: foo, creationTimestamp: '2024-01-31T12:00:00Z'}\nspec:\n"
        "  selector: {istio: ingressgateway}\n  servers:\n"
        f"  - {{{HTTP}, bind: 10.0.0.1, name: plain, hosts: [a.example.com]}}\n"
    )
    assert problems == []
    (one,) = found.of(Gateway)
    assert (one.namespace, one.name, str(one.where)) == ("foo", "gw", "a.yaml:1:1")
    assert one.selector == frozenset({("istio", "ingressgateway")})
    assert one.created == datetime(2024, 1, 31, 12, tzinfo=UTC)
    (only,) = one.servers
    assert only.port == Port(80, "http", Protocol.HTTP)
    assert (only.bind, only.name, only.tls, str(only.where)) == ("10.0.0.1", "plain", None, "a.yaml:7:5")
    assert only.hosts == (ServerHost(None, HostPattern("a.example.com")),)


def test_without_a_selector_it_is_for_every_gateway() -> None:
    assert gateway(f"{{servers: [{{{HTTP}, hosts: ['*']}}]}}").selector == frozenset()


@pytest.mark.parametrize(
    "host,namespace,pattern",
    [
        ("a.com", None, HostPattern("a.com")),
        ("A.com", None, HostPattern("a.com")),
        ("'*'", None, ANY_HOST),
        ("'*/*'", None, ANY_HOST),
        ("'*/a.com'", None, HostPattern("a.com")),
        ("./a.com", "foo", HostPattern("a.com")),
        ("b/*.com", "b", HostPattern("*.com")),
    ],
)
def test_a_host_may_be_for_the_virtual_services_of_one_namespace(
    host: str, namespace: str | None, pattern: HostPattern
) -> None:
    assert server(f"{{{HTTP}, hosts: [{host}]}}").hosts == (ServerHost(namespace, pattern),)


def test_a_socket_has_no_port() -> None:
    found = server("{port: {name: http, protocol: HTTP}, bind: 'unix:///run/a.sock', hosts: ['*']}")
    assert (found.port.number, found.bind) == (0, "unix:///run/a.sock")


@pytest.mark.parametrize(
    "spec,expected",
    [
        ("{}", "4:7 AZ022 spec.servers"),
        ("{servers: {}}", "4:17 AZ021 spec.servers"),
        (f"{{servers: [{{{HTTP}}}]}}", "4:18 AZ022 spec.servers[0].hosts"),
        (f"{{servers: [{{{HTTP}, hosts: [a.com, b]}}]}}", "4:82 AZ592 spec.servers[0].hosts[1]"),
        (f"{{servers: [{{{HTTP}, hosts: ['*'], host: a}}]}}", "4:81 AZ020 spec.servers[0].host"),
        (f"{{servers: [{{{HTTP}, hosts: ['*'], bind: a}}]}}", "4:87 AZ503 spec.servers[0].bind"),
        (
            "{servers: [{port: {number: 80, name: a, protocol: X}, hosts: ['*']}]}",
            "4:57 AZ026 spec.servers[0].port.protocol",
        ),
        ("{servers: [{port: {number: 80}, hosts: ['*']}]}", "4:25 AZ022 spec.servers[0].port.name"),
    ],
)
def test_a_problem_is_at_its_place(spec: str, expected: str) -> None:
    assert expected in summaries(problems_of("Gateway", spec))


def test_the_first_of_two_ports_of_one_name_is_named() -> None:
    one = f"{{{HTTP}, hosts: ['*']}}"
    (problem,) = problems_of("Gateway", f"{{servers: [{one}, {one}]}}")
    assert problem.message == "the port name 'http' stands here again; first in the server at a.yaml:4:18"


def test_a_document_without_spec_is_told_so_once() -> None:
    found = resources("apiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: {name: a}\n")[1]
    assert summaries(found) == ["1:1 AZ022 spec"]
