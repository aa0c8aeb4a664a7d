from datetime import UTC, datetime

import pytest

from authz.model.routing.gateway_ref import MESH
from authz.model.routing.hosts import HostPattern
from authz.model.routing.virtual_service import VirtualService
from authz.model.routing.visibility import PUBLIC, ExportTo
from tests.support.reading import resources, summaries
from tests.support.routes import problems_of, virtual_service

HTTP = "http: [{redirect: {uri: /}}]"
ROUTE = "route: [{destination: {host: a}}]"


@pytest.mark.parametrize("version", ["v1", "v1beta1", "v1alpha3"])
def test_it_is_who_its_metadata_says(version: str) -> None:
    found, problems = resources(
        f"apiVersion: networking.istio.io/{version}\nkind: VirtualService\n"
        "metadata: {name: web, namespace: foo, creationTimestamp: '2024-01-31T12:00:00Z'}\n"
        f"spec: {{hosts: [a.com], exportTo: [., b], {HTTP}}}\n"
    )
    assert problems == []
    (one,) = found.of(VirtualService)
    assert (one.namespace, one.name, str(one.where)) == ("foo", "web", "a.yaml:1:1")
    assert one.created == datetime(2024, 1, 31, 12, tzinfo=UTC)
    assert one.export_to == ExportTo(frozenset({"foo", "b"}))
    assert (one.hosts, one.gateways) == ((HostPattern("a.com"),), (MESH,))


def test_what_nobody_exports_is_as_the_mesh_has_it() -> None:
    assert virtual_service(f"{{hosts: [a.com], {HTTP}}}").export_to is None
    assert virtual_service(f"{{hosts: [a.com], exportTo: ['*'], {HTTP}}}").export_to == PUBLIC


def test_routes_of_all_three_sorts_may_stand_side_by_side() -> None:
    found = virtual_service(
        f"{{hosts: [a.com], {HTTP}, tls: [{{match: [{{sniHosts: [a.com]}}], {ROUTE}}}], tcp: [{{{ROUTE}}}]}}"
    )
    assert [len(routes) for routes in (found.http, found.tls, found.tcp)] == [1, 1, 1]


def test_without_hosts_it_is_a_delegate() -> None:
    assert virtual_service(f"{{{HTTP}}}").is_delegate


def test_a_claim_is_refused_in_the_mesh_at_its_match() -> None:
    text = "{match: [{}, {headers: {'@request.auth.claims.a.b': {exact: c}}}], redirect: {uri: /}}"
    (problem,) = problems_of("VirtualService", f"{{hosts: [a.com], http: [{text}]}}")
    assert problem.field == "spec.http[0].match[1].headers"
    assert problem.message == "only gateways route by claims, found 'a.b'; name gateways, and not mesh"
    assert problem.where.column == 44


def tls(*matches: str) -> list[str]:
    routes = ", ".join(f"{{match: [{{{match}}}], {ROUTE}}}" for match in matches)
    return summaries(problems_of("VirtualService", f"{{hosts: ['*.a.com'], gateways: [g, h], tls: [{routes}]}}"))


def test_a_server_name_in_two_matches_is_refused_at_the_second() -> None:
    (found,) = tls("sniHosts: [b.a.com, c.a.com]", "sniHosts: [c.a.com]")
    assert found.endswith("AZ529 spec.tls[1].match[0].sniHosts")


@pytest.mark.parametrize(
    "one,other",
    [
        ("port: 1, ", ""),
        ("gateways: [g], ", ""),
        ("gateways: [g, h], ", "gateways: [h], "),
        ("sourceLabels: {a: b}, ", ""),
        ("sourceLabels: {a: b}, ", "sourceLabels: {c: d}, "),
        ("sourceNamespace: b, ", ""),
        ("destinationSubnets: [10.0.0.0/8], ", "destinationSubnets: [10.0.0.0/8, 11.0.0.0/8], "),
    ],
)
def test_a_proxy_may_have_both_where_they_differ_by_what_one_leaves_open(one: str, other: str) -> None:
    assert len(tls(f"{one}sniHosts: [b.a.com, c.a.com]", f"{other}sniHosts: [c.a.com]")) == 1


@pytest.mark.parametrize(
    "one,other",
    [
        ("port: 1, ", "port: 2, "),
        ("gateways: [g], ", "gateways: [h], "),
        ("sourceLabels: {a: b}, ", "sourceLabels: {a: c}, "),
        ("sourceNamespace: b, ", "sourceNamespace: c, "),
        ("destinationSubnets: [10.0.0.0/8], ", ""),
        ("destinationSubnets: [10.0.0.0/8], ", "destinationSubnets: [11.0.0.0/8], "),
    ],
)
def test_no_proxy_has_both_where_they_are_for_different_things(one: str, other: str) -> None:
    assert tls(f"{one}sniHosts: [b.a.com, c.a.com]", f"{other}sniHosts: [c.a.com]") == []


def test_a_document_without_spec_is_told_so_once() -> None:
    found = resources("apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: a}\n")[1]
    assert summaries(found) == ["1:1 AZ022 spec"]


def test_a_spec_that_is_no_mapping_is_told_so_once() -> None:
    assert summaries(problems_of("VirtualService", "[]")) == ["4:7 AZ021 spec"]
    assert summaries(problems_of("Gateway", "[]")) == ["4:7 AZ021 spec"]
