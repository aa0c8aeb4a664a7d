import pytest

from authz.mesh.registry import MeshService, Registry
from authz.model.routing.hosts import HostPattern
from authz.model.workload import Labels
from tests.support.mesh import document, endpoint_slice, kubernetes, registry

HTTP = "{number: 80, name: http, protocol: HTTP}"


def alias(name: str, of: str, namespace: str = "foo") -> str:
    return kubernetes("Service", f"{{type: ExternalName, externalName: {of}}}", f"name: {name}, namespace: {namespace}")


def service(found: Registry, host: str) -> MeshService:
    one = found.seen_from("foo").service(HostPattern(host))
    assert one is not None
    return one


def test_a_view_of_a_namespace_is_made_once() -> None:
    found = registry(kubernetes("Service", "{}"))
    assert found.seen_from("foo") is found.seen_from("foo")
    assert found.seen_from("foo") is not found.seen_from("bar")


def test_aliases_lead_to_a_service_through_one_another() -> None:
    found = registry(
        document("ServiceEntry", f"{{hosts: [c.example.com], ports: [{HTTP}]}}"),
        alias("one", "c.example.com"),
        alias("two", "one.foo.svc.cluster.local", "bar"),
        alias("else", "d.example.com"),
    )
    aliases = found.aliases(service(found, "c.example.com"))
    assert [one.host.text for one in aliases] == ["two.bar.svc.cluster.local", "one.foo.svc.cluster.local"]
    assert found.aliases(aliases[0]) == ()


def test_aliases_that_lead_in_a_circle_lead_nowhere() -> None:
    found = registry(
        alias("one", "two.foo.svc.cluster.local"),
        alias("two", "one.foo.svc.cluster.local"),
        alias("self", "self.foo.svc.cluster.local"),
        alias("into", "one.foo.svc.cluster.local"),
    )
    assert [found.aliases(one) for one in found.services] == [()] * 4


def test_an_alias_has_no_endpoints_of_its_own() -> None:
    written = kubernetes(
        "Service", "{type: ExternalName, externalName: b.c, ports: [{port: 80}]}", "name: a, namespace: foo"
    )
    found = registry(
        written, endpoint_slice("a", "[{addresses: [10.0.0.1]}]", "[{port: 80}]", "name: s, namespace: foo")
    )
    assert found.endpoints(found.services[0], 80) == ()


def test_an_address_has_a_workload() -> None:
    found = registry(
        kubernetes("Pod", "{serviceAccountName: b}", "name: a, namespace: foo, labels: {c: d}", "{podIP: 10.0.0.1}"),
        document("WorkloadEntry", "{address: 'fd00::1'}", "name: w"),
    )
    workload = found.workload_at("10.0.0.1")
    assert workload is not None
    assert (workload.namespace, workload.name, workload.service_account) == ("foo", "a", "b")
    assert dict(workload.labels) == {"c": "d"}
    assert [one.name if one else None for one in map(found.workload_at, ("fd00::1", "10.0.0.9"))] == ["w", None]


SERVICES = (
    kubernetes(
        "Service", "{selector: {app: a}, ports: [{port: 80, targetPort: 8080}, {port: 81}]}", "name: s1, namespace: foo"
    ),
    kubernetes("Service", "{selector: {app: a, version: v1}, ports: [{port: 90}]}", "name: s2, namespace: foo"),
    kubernetes("Service", "{ports: [{port: 91}]}", "name: s3, namespace: foo"),
    kubernetes("Service", "{selector: {app: a}, ports: [{port: 92}]}", "name: s4, namespace: bar"),
    document(
        "ServiceEntry",
        "{hosts: [a.b], resolution: STATIC, workloadSelector: {labels: {app: a}},"
        " ports: [{number: 93, name: c, protocol: HTTP}]}",
        "name: s5, namespace: foo",
    ),
)


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ({}, []),
        ({"app": "a"}, [(80, 8080), (81, 81), (93, 93)]),
        ({"app": "a", "version": "v1"}, [(80, 8080), (81, 81), (90, 90), (93, 93)]),
        ({"app": "b"}, []),
    ],
)
def test_services_that_select_a_workload_have_it_serve_their_ports(
    labels: dict[str, str], expected: list[tuple[int, int]]
) -> None:
    own: Labels = frozenset(labels.items())
    targets = registry(*SERVICES).targets("foo", own)
    assert [(target.port.number, target.number) for target in targets] == expected


@pytest.mark.parametrize(("slices", "number"), [(True, 8080), (False, None)])
def test_a_target_with_a_name_is_looked_up_among_the_endpoints(slices: bool, number: int | None) -> None:  # noqa: FBT001
    written = kubernetes(
        "Service", "{selector: {app: a}, ports: [{name: http, port: 80, targetPort: web}]}", "name: s, namespace: foo"
    )
    endpoints = endpoint_slice(
        "s", "[{addresses: [10.0.0.1]}]", "[{name: http, port: 8080}]", "name: s, namespace: foo"
    )
    found = registry(written, *([endpoints] if slices else []))
    (target,) = found.targets("foo", frozenset({("app", "a")}))
    assert target.number == number


def test_accounts_are_those_of_all_ports_each_once() -> None:
    spec = (
        f"{{hosts: [a.b], resolution: STATIC, ports: [{HTTP}, {{number: 81, name: b, protocol: HTTP}}],"
        " endpoints: [{address: 10.0.0.1, serviceAccount: y}, {address: 10.0.0.2, serviceAccount: x},"
        " {address: 10.0.0.3, serviceAccount: x}, {address: 10.0.0.4}]}"
    )
    found = registry(document("ServiceEntry", spec, "name: a, namespace: foo"))
    assert found.accounts(found.services[0]) == (("foo", "x"), ("foo", "y"))
