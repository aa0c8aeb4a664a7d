import pytest

from authz.mesh.registry import Discovery, Endpoint, MeshPort, Origin, Registry, RegistrySettings, TlsMode
from authz.model.routing.hosts import HostPattern
from authz.model.routing.locality import Locality
from authz.model.routing.protocol import Protocol
from tests.support.mesh import document, endpoint_slice, kubernetes, registry

SERVICE = kubernetes(
    "Service",
    "{clusterIP: 10.9.0.1, selector: {app: a}, ports: [{name: http, port: 80, targetPort: 8080}]}",
    "name: a, namespace: foo",
)
HTTP = "[{name: http, port: 8080}]"


def pods(*names: str, labels: str = "app: a") -> list[str]:
    return [
        kubernetes(
            "Pod",
            "{serviceAccountName: sa, nodeName: n}",
            f"name: {name}, namespace: foo, labels: {{{labels}, name: {name}}}",
            f"{{podIP: 10.0.0.{number}}}",
        )
        for number, name in enumerate(names, 1)
    ]


def target(name: str) -> str:
    return f"targetRef: {{kind: Pod, name: {name}}}"


def endpoints(found: Registry, port: int = 80) -> tuple[Endpoint, ...]:
    return found.endpoints(found.services[0], port)


def test_a_service_has_the_name_of_its_namespace_and_domain() -> None:
    (service,) = registry(SERVICE).services
    assert (service.host, service.origin) == (HostPattern("a.foo.svc.cluster.local"), Origin.KUBERNETES)
    assert (service.discovery, service.addresses, service.is_external) == (Discovery.ENDPOINTS, ("10.9.0.1",), False)
    assert service.ports == (MeshPort(80, "http", Protocol.HTTP, 8080),)
    (other,) = registry(SERVICE, settings=RegistrySettings(cluster_domain="c.d")).services
    assert other.host == HostPattern("a.foo.svc.c.d")


@pytest.mark.parametrize(
    ("spec", "discovery"),
    [
        ("{clusterIP: None}", Discovery.HEADLESS),
        ("{}", Discovery.ENDPOINTS),
        ("{type: ExternalName, externalName: b.example.com}", Discovery.ALIAS),
    ],
)
def test_a_service_says_how_endpoints_are_found(spec: str, discovery: Discovery) -> None:
    (service,) = registry(kubernetes("Service", spec)).services
    assert service.discovery is discovery
    assert service.alias_of == ("b.example.com" if discovery is Discovery.ALIAS else "")
    assert service.is_external is (discovery is Discovery.ALIAS)


@pytest.mark.parametrize(
    ("port", "protocol"),
    [
        ("{name: grpc-a, port: 1}", Protocol.GRPC),
        ("{name: a, port: 1, appProtocol: kubernetes.io/h2c}", Protocol.HTTP2),
        ("{name: a, port: 1}", Protocol.AUTO),
        ("{name: a, port: 3306}", Protocol.TCP),
        ("{name: http, port: 1, protocol: UDP}", Protocol.UDP),
    ],
)
def test_a_port_says_its_protocol(port: str, protocol: Protocol) -> None:
    (service,) = registry(kubernetes("Service", f"{{ports: [{port}]}}")).services
    assert service.ports[0].protocol is protocol


def test_endpoints_come_from_slices_by_the_name_of_the_port() -> None:
    service = kubernetes("Service", "{ports: [{name: http, port: 80}, {name: grpc, port: 81}]}")
    ports = "[{name: grpc, port: 9090}, {name: http, port: 8080}, {name: other, port: 1}, {name: http}]"
    found = registry(service, endpoint_slice("a", "[{addresses: [10.0.0.1]}, {addresses: [10.0.0.2]}]", ports))
    assert [(one.address, one.port) for one in endpoints(found)] == [("10.0.0.1", 8080), ("10.0.0.2", 8080)]
    assert [(one.address, one.port) for one in endpoints(found, 81)] == [("10.0.0.1", 9090), ("10.0.0.2", 9090)]


def test_a_port_without_name_is_that_of_a_slice_without_name() -> None:
    service = kubernetes("Service", "{ports: [{port: 80}]}")
    found = registry(service, endpoint_slice("a", "[{addresses: [10.0.0.1]}]", "[{port: 8080}]"))
    assert [one.port for one in endpoints(found)] == [8080]


def test_what_is_not_ready_is_left_out() -> None:
    written = (
        "[{addresses: [10.0.0.1], conditions: {ready: false}}, {addresses: [10.0.0.2], conditions: {ready: true}}]"
    )
    found = registry(SERVICE, endpoint_slice("a", written, HTTP, "name: s, namespace: foo"))
    assert [one.address for one in endpoints(found)] == ["10.0.0.2"]


def test_an_address_in_two_slices_counts_once() -> None:
    slices = [endpoint_slice("a", "[{addresses: [10.0.0.1]}]", HTTP, f"name: s{n}, namespace: foo") for n in "12"]
    assert [one.address for one in endpoints(registry(SERVICE, *slices))] == ["10.0.0.1"]


@pytest.mark.parametrize("metadata", ["name: s, namespace: bar"])
def test_slices_of_another_namespace_are_of_another_service(metadata: str) -> None:
    assert endpoints(registry(SERVICE, endpoint_slice("a", "[{addresses: [10.0.0.1]}]", HTTP, metadata))) == ()


def test_slices_of_names_are_passed_over() -> None:
    written = endpoint_slice("a", "[{addresses: [b.c]}]", HTTP, "name: s, namespace: foo")
    assert endpoints(registry(SERVICE, written.replace("IPv4", "FQDN"))) == ()


def test_an_endpoint_is_what_its_pod_is() -> None:
    written = f"[{{addresses: [10.0.0.1], {target('p1')}, zone: z}}]"
    labels = "app: a, version: v1, security.istio.io/tlsMode: istio"
    found = registry(SERVICE, endpoint_slice("a", written, HTTP, "name: s, namespace: foo"), *pods("p1", labels=labels))
    (endpoint,) = endpoints(found)
    assert (endpoint.tls_mode, endpoint.workload.name, endpoint.workload.service_account) == (TlsMode.ISTIO, "p1", "sa")
    assert endpoint.locality == Locality("", "z")
    placed = {("version", "v1"), ("topology.kubernetes.io/zone", "z"), ("kubernetes.io/hostname", "n")}
    assert placed <= endpoint.labels
    assert found.accounts(found.services[0]) == (("foo", "sa"),)


def test_the_locality_that_a_pod_is_labelled_with_comes_before_the_zone_of_its_slice() -> None:
    written = f"[{{addresses: [10.0.0.1], {target('p1')}, zone: z}}]"
    labels = "app: a, istio-locality: r.y"
    found = registry(SERVICE, endpoint_slice("a", written, HTTP, "name: s, namespace: foo"), *pods("p1", labels=labels))
    assert endpoints(found)[0].locality == Locality("r", "y")


def test_labels_of_pods_make_subsets() -> None:
    written = f"[{{addresses: [10.0.0.1], {target('p1')}}}, {{addresses: [10.0.0.2], {target('p2')}}}]"
    found = registry(SERVICE, endpoint_slice("a", written, HTTP, "name: s, namespace: foo"), *pods("p1", "p2"))
    of_p2 = found.endpoints(found.services[0], 80, frozenset({("name", "p2")}))
    assert [one.address for one in of_p2] == ["10.0.0.2"]


def test_of_a_pod_that_nobody_knows_only_what_its_service_selects_by_is_known() -> None:
    written = f"[{{addresses: [10.0.0.1], {target('p9')}, nodeName: n}}, {{addresses: [10.0.0.2]}}]"
    found = registry(SERVICE, endpoint_slice("a", written, HTTP, "name: s, namespace: foo"))
    first, second = endpoints(found)
    assert dict(first.labels) == {"app": "a", "kubernetes.io/hostname": "n"}
    assert (first.tls_mode, first.workload.name, second.labels) == (TlsMode.DISABLED, "p9", frozenset())
    assert [one.address for one in found.endpoints(found.services[0], 80, frozenset({("version", "v1")}))] == []


ENTRIES = (
    document(
        "WorkloadEntry", "{address: 10.0.1.1, labels: {app: a}, ports: {http: 81, web: 82}}", "name: w1, namespace: foo"
    ),
    document("WorkloadEntry", "{address: b.example.com, labels: {app: a}}", "name: w2, namespace: foo"),
    document("WorkloadEntry", "{address: 10.0.1.3, labels: {app: a}}", "name: w3, namespace: foo"),
    document("WorkloadEntry", "{address: 10.0.1.4, labels: {app: b}}", "name: w4, namespace: foo"),
    document("WorkloadEntry", "{address: 10.0.1.5, labels: {app: a}}", "name: w5, namespace: bar"),
)


@pytest.mark.parametrize(
    ("port", "expected"),
    [
        ("{name: http, port: 80, targetPort: 8080}", [("10.0.1.1", 81), ("10.0.1.3", 8080)]),
        ("{name: http, port: 80}", [("10.0.1.1", 81), ("10.0.1.3", 80)]),
        ("{name: other, port: 80, targetPort: web}", [("10.0.1.1", 82)]),
        ("{name: other, port: 80}", [("10.0.1.1", 80), ("10.0.1.3", 80)]),
    ],
)
def test_a_service_selects_workload_entries_too(port: str, expected: list[tuple[str, int]]) -> None:
    service = kubernetes("Service", f"{{selector: {{app: a}}, ports: [{port}]}}", "name: a, namespace: foo")
    found = registry(service, *ENTRIES)
    assert [(one.address, one.port) for one in endpoints(found)] == expected


@pytest.mark.parametrize(
    "spec", ["{ports: [{port: 80}]}", "{clusterIP: None, selector: {app: a}, ports: [{port: 80}]}"]
)
def test_without_a_selector_or_headless_it_selects_none(spec: str) -> None:
    assert endpoints(registry(kubernetes("Service", spec, "name: a, namespace: foo"), *ENTRIES)) == ()


def test_pods_come_from_slices_alone() -> None:
    assert endpoints(registry(SERVICE, *pods("p1"))) == ()


def test_two_transports_of_one_number_are_two_ports() -> None:
    ports = "[{name: dns, port: 53, protocol: UDP}, {name: dns-tcp, port: 53, protocol: TCP}]"
    service = kubernetes("Service", f"{{ports: {ports}}}")
    slices = endpoint_slice(
        "a", "[{addresses: [10.0.0.1]}]", "[{name: dns, port: 5353, protocol: UDP}, {name: dns-tcp, port: 53}]"
    )
    (one,) = registry(service, slices).services
    assert [port.protocol for port in one.ports] == [Protocol.UDP, Protocol.TCP]


def test_an_annotation_allows_further_accounts() -> None:
    metadata = "name: a, namespace: foo, annotations: {alpha.istio.io/kubernetes-serviceaccounts: 'z, b'}"
    found = registry(kubernetes("Service", "{}", metadata))
    assert found.accounts(found.services[0]) == (("foo", "b"), ("foo", "z"))
