import pytest

from authz.mesh.registry.service import MeshService, Origin
from authz.mesh.registry.visible import VisibleServices, one_namespace_a_host
from authz.model.routing.hosts import HostPattern
from authz.model.routing.visibility import NOWHERE, PUBLIC, ExportTo
from tests.support.mesh import mesh_service

KUBERNETES, ENTRY = Origin.KUBERNETES, Origin.SERVICE_ENTRY


def service(
    host: str, namespace: str = "foo", origin: Origin = ENTRY, export_to: ExportTo = PUBLIC, *, name: str = "a"
) -> MeshService:
    return mesh_service(host, namespace, origin, export_to, name=name)


@pytest.mark.parametrize(
    ("export_to", "seen_by"),
    [
        (PUBLIC, ["foo", "bar", "baz"]),
        (NOWHERE, []),
        (ExportTo(frozenset({"foo"})), ["foo"]),
        (ExportTo(frozenset({"bar", "baz"})), ["bar", "baz"]),
    ],
)
def test_a_service_is_seen_where_it_is_exported_to(export_to: ExportTo, seen_by: list[str]) -> None:
    one = service("a.b", export_to=export_to)
    assert [name for name in ("foo", "bar", "baz") if VisibleServices([one], name).services] == seen_by


@pytest.mark.parametrize(
    ("services", "namespace"),
    [
        ([("foo", ENTRY), ("bar", ENTRY), ("own", ENTRY)], "own"),
        ([("foo", KUBERNETES), ("own", ENTRY)], "own"),
        ([("own", ENTRY), ("foo", KUBERNETES)], "own"),
        ([("foo", ENTRY), ("bar", KUBERNETES), ("baz", KUBERNETES)], "bar"),
        ([("foo", ENTRY), ("bar", ENTRY)], "foo"),
        ([("foo", KUBERNETES), ("bar", ENTRY)], "foo"),
    ],
)
def test_of_one_host_the_own_namespace_wins_then_kubernetes_then_the_oldest(
    services: list[tuple[str, Origin]], namespace: str
) -> None:
    found = VisibleServices([service("a.b", *one) for one in services], "own")
    chosen = found.service(HostPattern("a.b"))
    assert chosen is not None
    assert chosen.namespace == namespace
    assert [one.namespace for one in found.services] == [namespace]
    assert len(found.all) == len(services)


def test_all_services_of_a_host_and_its_namespace_stay() -> None:
    services = [service("a.b", "foo", name="1"), service("a.b", "bar", name="2"), service("a.b", "foo", name="3")]
    found = VisibleServices(services, "own")
    assert [one.name for one in found.of_host(HostPattern("a.b"))] == ["1", "3"]
    assert [one.name for one in found.services] == ["1", "3"]


def test_what_is_not_seen_does_not_win() -> None:
    hidden = service("a.b", "bar", KUBERNETES, NOWHERE)
    found = VisibleServices([hidden, service("a.b", "foo")], "own").service(HostPattern("a.b"))
    assert found is not None
    assert found.namespace == "foo"


def test_a_host_that_nobody_has_is_none() -> None:
    found = VisibleServices([service("a.b")], "own")
    assert found.service(HostPattern("c.d")) is None
    assert found.of_host(HostPattern("c.d")) == ()


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("a.b.com", "a.b.com"),
        ("c.b.com", "*.b.com"),
        ("x.y.b.com", "*.b.com"),
        ("b.com", "*.com"),
        ("*.b.com", "*.b.com"),
        ("*.c.b.com", "*.b.com"),
        ("com", None),
    ],
)
def test_the_most_specific_wildcard_covers_a_host(host: str, expected: str | None) -> None:
    found = VisibleServices([service("*.com"), service("*.b.com"), service("a.b.com")], "own")
    one = found.most_specific(HostPattern(host))
    assert (one.host.text if one else None) == expected


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*", ["b.com", "a.b.com", "*.c.com"]),
        ("*.com", ["b.com", "a.b.com", "*.c.com"]),
        ("*.b.com", ["a.b.com"]),
        ("*.c.com", ["*.c.com"]),
        ("b.com", ["b.com"]),
        ("d.c.com", []),
    ],
)
def test_a_pattern_covers_services(pattern: str, expected: list[str]) -> None:
    found = VisibleServices([service("b.com"), service("a.b.com"), service("*.c.com")], "own")
    assert [one.host.text for one in found.covered_by(HostPattern(pattern))] == expected


def test_what_has_been_picked_is_narrowed_in_the_same_way() -> None:
    picked = [service("a.b", "bar"), service("a.b", "own"), service("c.d", "bar")]
    assert [(one.host.text, one.namespace) for one in one_namespace_a_host(picked, "own")] == [
        ("a.b", "own"),
        ("c.d", "bar"),
    ]
