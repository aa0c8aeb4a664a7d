import pytest

from authz.mesh.registry import Discovery, MeshPort, MeshService, Origin, Registry, TlsMode
from authz.model.routing.hosts import HostPattern, parse_host
from authz.model.routing.locality import Locality
from authz.model.routing.protocol import Protocol
from authz.model.routing.visibility import PUBLIC, ExportTo
from authz.model.routing.workload_entry import AddressKind
from tests.support.mesh import document, kubernetes, registry

PORT = "ports: [{number: 443, name: https, protocol: HTTPS}]"


def entry(spec: str, metadata: str = "name: a, namespace: foo") -> str:
    return document("ServiceEntry", spec, metadata)


def service(found: Registry, host: str) -> MeshService:
    one = found.seen_from("foo").service(parse_host(host))
    assert one is not None
    return one


def addresses(found: Registry, host: str, port: int = 443) -> list[tuple[str, int]]:
    return [(endpoint.address, endpoint.port) for endpoint in found.endpoints(service(found, host), port)]


def test_each_host_is_a_service() -> None:
    spec = f"{{hosts: [b.example.com, '*.c.example.com'], {PORT}, subjectAltNames: [d], exportTo: ['.']}}"
    found = registry(entry(spec))
    first, second = found.services
    assert first == MeshService(
        host=HostPattern("b.example.com"),
        namespace="foo",
        name="a",
        origin=Origin.SERVICE_ENTRY,
        discovery=Discovery.ORIGINAL,
        ports=(MeshPort(443, "https", Protocol.HTTPS),),
        addresses=(),
        is_external=True,
        export_to=ExportTo(frozenset({"foo"})),
        server_names=("d",),
        service_accounts=(),
        selector=None,
        alias_of="",
        created=None,
        where=first.where,
    )
    assert (second.host, str(second.where)) == (HostPattern("*.c.example.com"), "a.yaml:1:1")


@pytest.mark.parametrize(
    ("resolution", "discovery"),
    [
        ("NONE", Discovery.ORIGINAL),
        ("STATIC", Discovery.ENDPOINTS),
        ("DNS", Discovery.DNS),
        ("DNS_ROUND_ROBIN", Discovery.DNS_ROUND_ROBIN),
    ],
)
def test_a_resolution_says_how_endpoints_are_found(resolution: str, discovery: Discovery) -> None:
    found = registry(entry(f"{{hosts: [b.c], {PORT}, resolution: {resolution}, location: MESH_INTERNAL}}"))
    assert (found.services[0].discovery, found.services[0].is_external) == (discovery, False)


def test_whatever_is_asked_for_has_no_endpoints() -> None:
    found = registry(
        entry("{hosts: ['*.b.c'], ports: [{number: 80, name: a, protocol: HTTP}], resolution: DYNAMIC_DNS}")
    )
    assert found.services[0].discovery is Discovery.DYNAMIC_DNS
    assert addresses(found, "*.b.c", 80) == []


def test_a_block_of_one_address_is_that_address() -> None:
    spec = f"{{hosts: [b.c], addresses: [10.0.0.1/32, 10.1.0.0/16, 'fd00::1/128', 10.0.0.2], {PORT}}}"
    assert registry(entry(spec)).services[0].addresses == ("10.0.0.1", "10.1.0.0/16", "fd00::1", "10.0.0.2")


def test_the_host_itself_is_the_endpoint_where_there_is_no_other() -> None:
    port = "{number: 443, name: https, protocol: HTTPS, targetPort: 8443}"
    spec = f"{{hosts: [api.external.com], ports: [{port}], resolution: DNS}}"
    found = registry(entry(spec))
    (endpoint,) = found.endpoints(found.services[0], 443)
    assert (endpoint.kind, endpoint.address, endpoint.port) == (AddressKind.NAME, "api.external.com", 8443)
    assert (endpoint.tls_mode, endpoint.labels, endpoint.weight) == (TlsMode.DISABLED, frozenset(), 1)


def test_a_port_is_the_endpoints_own_then_the_target_then_the_same() -> None:
    spec = (
        "{hosts: [b.c], resolution: STATIC, ports: [{number: 80, name: a, protocol: HTTP, targetPort: 8080},"
        " {number: 81, name: b, protocol: HTTP}],"
        " endpoints: [{address: 10.0.0.1, ports: {a: 9090}}, {address: 10.0.0.2}]}"
    )
    found = registry(entry(spec))
    assert addresses(found, "b.c", 80) == [("10.0.0.1", 9090), ("10.0.0.2", 8080)]
    assert addresses(found, "b.c", 81) == [("10.0.0.1", 81), ("10.0.0.2", 81)]
    assert addresses(found, "b.c", 82) == []


def test_a_socket_comes_before_every_port() -> None:
    spec = (
        "{hosts: [b.c], resolution: STATIC, ports: [{number: 80, name: a, protocol: HTTP, targetPort: 8080}],"
        " endpoints: [{address: 'unix:///run/a.sock'}]}"
    )
    found = registry(entry(spec))
    (endpoint,) = found.endpoints(found.services[0], 80)
    assert (endpoint.kind, endpoint.address, endpoint.port) == (AddressKind.UNIX, "/run/a.sock", 0)


def test_an_endpoint_has_all_that_is_written_of_it() -> None:
    spec = (
        f"{{hosts: [b.c], resolution: STATIC, {PORT}, endpoints: [{{address: 10.0.0.1, labels: {{version: v1}},"
        " weight: 3, locality: r/z/s, network: n, serviceAccount: d}]}"
    )
    found = registry(entry(spec))
    (endpoint,) = found.endpoints(found.services[0], 443)
    assert (endpoint.weight, endpoint.locality, endpoint.tls_mode) == (3, Locality("r", "z", "s"), TlsMode.ISTIO)
    assert (endpoint.workload.network, endpoint.workload.service_account, endpoint.workload.namespace) == (
        "n",
        "d",
        "foo",
    )
    assert {("version", "v1"), ("topology.kubernetes.io/zone", "z")} <= endpoint.labels
    assert found.accounts(found.services[0]) == (("foo", "d"),)


def test_labels_select_endpoints() -> None:
    spec = (
        f"{{hosts: [b.c], resolution: STATIC, {PORT}, endpoints: [{{address: 10.0.0.1, labels: {{version: v1}}}},"
        " {address: 10.0.0.2, labels: {version: v2, tier: x}}]}"
    )
    found = registry(entry(spec))

    def of(*labels: tuple[str, str]) -> list[str]:
        return [one.address for one in found.endpoints(found.services[0], 443, frozenset(labels))]

    assert of() == ["10.0.0.1", "10.0.0.2"]
    assert of(("version", "v2")) == ["10.0.0.2"]
    assert of(("version", "v2"), ("tier", "y")) == []


def test_of_names_in_turn_there_is_one_endpoint() -> None:
    found = registry(entry(f"{{hosts: [b.c], {PORT}, resolution: DNS_ROUND_ROBIN}}"))
    assert addresses(found, "b.c") == [("b.c", 443)]


WORKLOADS = (
    document(
        "WorkloadEntry", "{address: 10.0.0.2, labels: {app: b}, ports: {https: 8443}}", "name: w2, namespace: foo"
    ),
    document("WorkloadEntry", "{address: d.example.com}", "name: w1, namespace: foo, labels: {app: b}"),
    document("WorkloadEntry", "{address: 'unix:///run/a.sock', labels: {app: b}}", "name: w3, namespace: foo"),
    document("WorkloadEntry", "{network: n, labels: {app: b}}", "name: w4, namespace: foo"),
    document("WorkloadEntry", "{address: 10.0.0.9, labels: {app: b}}", "name: w5, namespace: bar"),
    document("WorkloadEntry", "{address: 10.0.0.8, labels: {app: c}}", "name: w6, namespace: foo"),
    kubernetes(
        "Pod",
        "{containers: [{name: c, ports: [{name: https, containerPort: 9443}]}]}",
        "name: p1, namespace: foo, labels: {app: b}",
        "{podIP: 10.0.0.1}",
    ),
    kubernetes("Pod", "{}", "name: p2, namespace: foo, labels: {app: b}", "{podIP: 10.0.0.3, phase: Failed}"),
)


def test_a_selector_picks_pods_and_entries_with_addresses() -> None:
    spec = f"{{hosts: [b.c], resolution: STATIC, {PORT}, workloadSelector: {{labels: {{app: b}}}}}}"
    assert addresses(registry(entry(spec), *WORKLOADS), "b.c") == [("10.0.0.1", 9443), ("10.0.0.2", 8443)]


def test_a_selector_picks_names_only_where_they_are_looked_up() -> None:
    spec = f"{{hosts: [b.c], resolution: DNS, {PORT}, workloadSelector: {{labels: {{app: b}}}}}}"
    found = addresses(registry(entry(spec), *WORKLOADS), "b.c")
    assert found == [("10.0.0.1", 9443), ("d.example.com", 443), ("10.0.0.2", 8443)]


def test_a_selector_that_picks_nothing_does_not_fall_back_to_the_host() -> None:
    spec = f"{{hosts: [b.c], resolution: DNS, {PORT}, workloadSelector: {{labels: {{app: none}}}}}}"
    assert addresses(registry(entry(spec), *WORKLOADS), "b.c") == []


def test_a_selector_without_labels_picks_all_of_the_namespace() -> None:
    spec = f"{{hosts: [b.c], resolution: STATIC, {PORT}, workloadSelector: {{}}}}"
    found = addresses(registry(entry(spec), *WORKLOADS), "b.c")
    assert found == [("10.0.0.1", 9443), ("10.0.0.2", 8443), ("10.0.0.8", 443)]


def test_a_workload_with_a_network_alone_is_no_endpoint() -> None:
    spec = f"{{hosts: [b.c], resolution: STATIC, {PORT}, endpoints: [{{network: n}}]}}"
    assert addresses(registry(entry(spec)), "b.c") == []


def test_without_words_of_its_own_it_is_visible_as_the_mesh_says() -> None:
    (one,) = registry(entry("{hosts: [b.c]}")).services
    assert one.export_to == PUBLIC


def test_two_endpoints_are_two_even_of_one_address() -> None:
    spec = f"{{hosts: [b.c], resolution: STATIC, {PORT}, endpoints: [{{address: 10.0.0.1}}, {{address: 10.0.0.1}}]}}"
    assert addresses(registry(entry(spec)), "b.c") == [("10.0.0.1", 443)] * 2
