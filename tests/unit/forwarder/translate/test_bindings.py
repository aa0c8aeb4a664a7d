"""authz.forwarder.translate.bindings: which VirtualServices apply to a server, in which order, for which hosts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authz.forwarder.translate.bindings import Bindings
from authz.forwarder.translate.memo import Memo
from authz.mesh.routing_view import RoutingView
from authz.model.routing.mesh_defaults import MeshDefaults
from tests.support.gateways import HTTP, PROXY, gateway, view, virtual_service

TO_A = "http: [{route: [{destination: {host: a}}]}]"


def bindings(found: RoutingView) -> Bindings:
    return Bindings(found, PROXY, Memo())


def bound(found: RoutingView) -> list[tuple[str, list[str]]]:
    """Names and domains at the first server of the first gateway."""
    first = found.gateways[0]
    of_server = bindings(found).bound(first, first.servers[0])
    return [(one.service.name, [domain.text for domain in one.domains]) for one in of_server]


def domains(server: str, service: str, namespace: str = "app") -> list[str]:
    documents = gateway(f"{HTTP}, hosts: [{server}]"), virtual_service(f"hosts: [{service}], {TO_A}", "v", namespace)
    found = bound(view(*documents))
    return found[0][1] if found else []


@pytest.mark.parametrize(
    ("server", "service", "found"),
    [
        ("a.com", "a.com", ["a.com"]),
        ("a.com", "'*'", ["a.com"]),
        ("'*'", "a.com", ["a.com"]),
        ("'*'", "'*'", ["*"]),
        ("'*.foo.com'", "x.foo.com", ["x.foo.com"]),
        ("'*.foo.com'", "'*.x.foo.com'", ["*.x.foo.com"]),
        ("x.foo.com", "'*.foo.com'", ["x.foo.com"]),
        ("'*.foo.com'", "'*'", ["*.foo.com"]),
        ("'*.foo.com'", "foo.com", []),
        ("a.com", "b.com", []),
        ("A.com", "a.COM", ["a.com"]),
        ("a.com, b.com", "'*.com'", ["a.com", "b.com"]),
        ("a.com, '*.com'", "a.com, b.com", ["a.com", "b.com"]),
        ("'*'", "short", ["short.app.svc.cluster.local"]),
        ("'app/a.com'", "a.com", ["a.com"]),
        ("'*/a.com'", "a.com", ["a.com"]),
        ("'./a.com'", "a.com", []),
        ("'other/a.com'", "a.com", []),
        ("'other/*.com', 'app/a.com'", "a.com, b.com", ["a.com"]),
    ],
)
def test_of_server_and_service_the_more_specific_host_is_the_domain(
    server: str, service: str, found: list[str]
) -> None:
    assert domains(server, service) == found


def test_a_dot_is_the_namespace_of_the_gateway() -> None:
    assert domains("'./a.com'", "a.com", namespace="istio-system") == ["a.com"]


@pytest.mark.parametrize(
    ("gateways", "is_bound"),
    [
        ("istio-system/g", True),
        ("g", False),
        ("mesh", False),
        ("istio-system/other", False),
        ("mesh, istio-system/g", True),
    ],
)
def test_a_service_names_its_gateways(gateways: str, *, is_bound: bool) -> None:
    found = view(gateway(f"{HTTP}, hosts: ['*']"), virtual_service(f"hosts: [a.com], {TO_A}", "v", "app", gateways))
    assert bool(bound(found)) is is_bound


def test_who_it_is_exported_to_says_the_namespace_of_the_proxy_not_that_of_the_gateway() -> None:
    def found(export_to: str) -> bool:
        service = virtual_service(f"hosts: [a.com], exportTo: [{export_to}], {TO_A}", "v", "app", "app/g")
        return bool(bound(view(gateway(f"{HTTP}, hosts: ['*']", namespace="app"), service)))

    assert found("'*'")
    assert found("istio-system")
    assert not found("'.'")
    assert not found("app")


def test_the_more_private_come_first_then_the_older() -> None:
    def service(name: str, export_to: str, namespace: str = "app") -> str:
        return virtual_service(f"hosts: [a.com]{export_to}, {TO_A}", name, namespace)

    documents = [
        gateway(f"{HTTP}, hosts: ['*']"),
        service("a-public", ""),
        service("b-public", ", exportTo: ['*']"),
        service("c-exported", ", exportTo: [istio-system]"),
        service("d-private", ", exportTo: ['.']", "istio-system"),
        service("e-private", ", exportTo: [istio-system, app]", "istio-system"),
    ]
    names = ["d-private", "e-private", "c-exported", "a-public", "b-public"]
    assert [name for name, _ in bound(view(*documents))] == names
    assert [name for name, _ in bound(view(*reversed(documents)))] == names


def test_what_nobody_exports_is_as_the_mesh_says() -> None:
    documents = gateway(f"{HTTP}, hosts: ['*']"), virtual_service(f"hosts: [a.com], {TO_A}", "v", "app")
    assert bound(view(*documents, defaults=MeshDefaults(virtual_service_export_to=(".",)))) == []


def delegate(name: str, extra: str = "") -> str:
    return virtual_service(f"{TO_A}{extra}", name, "teams").replace("{gateways: [istio-system/g], ", "{")


def test_delegates_are_merged_in_and_serve_nothing_themselves() -> None:
    entry = "http: [{match: [{uri: {prefix: /d}}], delegate: {name: d, namespace: teams}}]"
    found = view(
        gateway(f"{HTTP}, hosts: ['*']"), virtual_service(f"hosts: [a.com], {entry}", "v", "app"), delegate("d")
    )
    (one,) = bindings(found).bound(found.gateways[0], found.gateways[0].servers[0])
    assert [len(route.matches) for route in one.service.http] == [1]
    assert one.service.name == "v"


@pytest.mark.parametrize(
    ("export_to", "routes"), [("", 1), (", exportTo: [app]", 1), (", exportTo: ['.']", 0), (", exportTo: [b]", 0)]
)
def test_a_delegate_has_to_be_exported_to_its_root(export_to: str, routes: int) -> None:
    root = virtual_service("hosts: [a.com], http: [{delegate: {name: d, namespace: teams}}]", "v", "app")
    found = view(gateway(f"{HTTP}, hosts: ['*']"), root, delegate("d", export_to))
    merged = bindings(found)
    (one,) = merged.bound(found.gateways[0], found.gateways[0].servers[0])
    assert len(one.service.http) == routes
    assert len(merged.remarks) == 1 - routes


def test_a_service_without_a_host_of_the_gateways_that_it_names_is_remarked() -> None:
    found = view(
        gateway(f"{HTTP}, hosts: [a.com]", "port: {number: 81, name: more, protocol: HTTP}, hosts: [b.com]"),
        virtual_service(f"hosts: [b.com], {TO_A}", "used", "app"),
        virtual_service(f"hosts: [c.com], {TO_A}", "unused", "app"),
        virtual_service(f"hosts: [c.com], {TO_A}", "elsewhere", "app", "other/gateway"),
    )
    served = [(found.gateways[0], server) for server in found.gateways[0].servers]
    unused = next(one for one in found.virtual_services if one.name == "unused")
    assert [remark.where for remark in bindings(found).unbound(served)] == [unused.where]


HOSTS = st.sampled_from(["a.com", "x.a.com", "y.x.a.com", "b.com", "*.a.com", "*.x.a.com", "*.com", "*"])


@given(
    st.lists(HOSTS, min_size=1, max_size=3, unique=True),
    st.lists(HOSTS | st.just("*a.com"), min_size=1, max_size=6, unique=True),
)
def test_looking_up_hosts_finds_what_comparing_all_of_them_finds(server: list[str], services: list[str]) -> None:
    listed = ", ".join(f"'{host}'" for host in server)
    documents = [virtual_service(f"hosts: ['{host}'], {TO_A}", f"v{n}", "app") for n, host in enumerate(services)]
    found = view(gateway(f"{HTTP}, hosts: [{listed}]"), *documents)
    hosts = [one.host for one in found.gateways[0].servers[0].hosts]
    wanted = [one.name for one in found.virtual_services if any(one.hosts[0].overlaps(host) for host in hosts)]
    assert [name for name, _ in bound(found)] == wanted
