"""authz.forwarder.translate.destinations: the name of a cluster, and what is known about it."""

from __future__ import annotations

import pytest

from authz.forwarder.translate.destinations import Asked, Destinations, Target
from authz.model.routing.destination import Destination
from authz.model.routing.traffic_policy import SimpleBalancing
from authz.model.where import Where
from tests.support.gateways import PROXY, view
from tests.support.mesh import document, kubernetes

ONE_PORT = kubernetes("Service", "{clusterIP: 10.0.0.1, ports: [{name: http, port: 80}]}", "name: one, namespace: app")
TWO_PORTS = kubernetes(
    "Service",
    "{clusterIP: 10.0.0.2, ports: [{name: http, port: 80}, {name: grpc, port: 9090}]}",
    "name: two, namespace: app",
)
ALIAS = kubernetes(
    "Service", "{type: ExternalName, externalName: one.app.svc.cluster.local}", "name: alias, namespace: app"
)
RULE = document(
    "DestinationRule",
    "{host: one, trafficPolicy: {loadBalancer: {simple: RANDOM}}, subsets: [{name: v1, labels: {version: v1}},"
    " {name: hashed, trafficPolicy: {loadBalancer: {consistentHash: {useSourceIp: true}}}}]}",
    "name: one, namespace: app",
)


def entry(namespace: str, ports: str, export_to: str = "'*'", name: str = "e") -> str:
    spec = f"{{hosts: [shared.example.com], resolution: DNS, ports: [{ports}], exportTo: [{export_to}]}}"
    return document("ServiceEntry", spec, f"name: {name}, namespace: {namespace}")


def port(number: int) -> str:
    return f"{{number: {number}, name: http-{number}, protocol: HTTP}}"


def target(
    host: str,
    *documents: str,
    port: int | None = None,
    subset: str = "",
    owner: str | None = "app",
    listener_port: int = 8080,
) -> Target:
    asked = Asked(Destination(Where("a.yaml"), "app", host, subset, port), listener_port, owner)
    return Destinations(view(ONE_PORT, TWO_PORTS, RULE, *documents), PROXY).target(asked)


@pytest.mark.parametrize(
    ("host", "port", "subset", "cluster"),
    [
        ("one", None, "", "outbound|80||one.app.svc.cluster.local"),
        ("one", 80, "v1", "outbound|80|v1|one.app.svc.cluster.local"),
        ("two", 9090, "", "outbound|9090||two.app.svc.cluster.local"),
        ("two.app.svc.cluster.local", 80, "", "outbound|80||two.app.svc.cluster.local"),
    ],
)
def test_a_destination_is_a_port_of_a_service_or_a_subset_of_it(
    host: str, port: int | None, subset: str, cluster: str
) -> None:
    found = target(host, port=port, subset=subset)
    assert (found.cluster, found.trouble) == (cluster, "")


@pytest.mark.parametrize(
    ("host", "port", "subset", "cluster", "trouble"),
    [
        (
            "two",
            None,
            "",
            "outbound|8080||two.app.svc.cluster.local",
            "service 'two.app.svc.cluster.local' has no port 8080; it has 80, 9090",
        ),
        (
            "nobody",
            None,
            "",
            "outbound|8080||nobody.app.svc.cluster.local",
            "no service 'nobody.app.svc.cluster.local' is known to namespace 'istio-system'",
        ),
        ("one.app", 80, "", "outbound|80||one.app", "no service 'one.app' is known to namespace 'istio-system'"),
        (
            "one",
            None,
            "v9",
            "outbound|80|v9|one.app.svc.cluster.local",
            "no DestinationRule has a subset 'v9' of 'one.app.svc.cluster.local'",
        ),
        (
            "two",
            80,
            "v1",
            "outbound|80|v1|two.app.svc.cluster.local",
            "no DestinationRule has a subset 'v1' of 'two.app.svc.cluster.local'",
        ),
    ],
)
def test_a_destination_that_is_not_there_has_a_name_and_a_reason(
    host: str, port: int | None, subset: str, cluster: str, trouble: str
) -> None:
    found = target(host, port=port, subset=subset)
    assert (found.cluster, found.trouble) == (cluster, trouble)


def test_without_a_port_the_only_one_counts_else_that_of_the_listener() -> None:
    assert target("one", listener_port=443).cluster == "outbound|80||one.app.svc.cluster.local"
    assert target("two", listener_port=443).cluster == "outbound|443||two.app.svc.cluster.local"


def test_an_alias_leads_to_what_it_is_another_name_of() -> None:
    found = target("alias", ALIAS, port=80)
    assert found.cluster == "outbound|80||one.app.svc.cluster.local"
    assert found.balancer is not None
    assert found.balancer.policy is SimpleBalancing.RANDOM


def test_of_two_services_of_a_host_that_of_the_virtual_services_namespace_says_the_port() -> None:
    both = (entry("app", port(81)), entry("istio-system", port(82)))
    assert target("shared.example.com", *both).cluster == "outbound|81||shared.example.com"
    assert target("shared.example.com", *both, owner=None).cluster == "outbound|82||shared.example.com"


def test_a_service_that_the_proxy_does_not_see_says_nothing() -> None:
    hidden = entry("app", port(81), export_to="'.'")
    assert target("shared.example.com", hidden).trouble != ""
    assert target("shared.example.com", hidden, entry("istio-system", port(82))).cluster.startswith("outbound|82|")


def test_what_its_destination_rule_says_is_known() -> None:
    assert target("one").balancer is not None
    assert not target("one").is_hashed
    assert target("one", subset="hashed").is_hashed
    assert target("two", port=80).balancer is None
