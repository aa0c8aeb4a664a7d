from datetime import UTC, datetime

import pytest

from authz.model.routing.kubernetes import (
    AddressType,
    EndpointSlice,
    KubernetesPort,
    Namespace,
    Pod,
    Service,
    SliceEndpoint,
    SlicePort,
)
from authz.model.routing.visibility import NOWHERE, PUBLIC, ExportTo
from tests.support.reading import resources, summaries
from tests.support.routing import document, read

SLICE = "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\n"


def service(spec: str, metadata: str = "name: a, namespace: foo") -> Service:
    return read(Service, document("Service", spec, metadata, "v1"))


def pod(spec: str, status: str, metadata: str = "name: a, namespace: foo") -> Pod:
    return read(Pod, document("Pod", spec, metadata, "v1") + f"status: {status}\n")


def endpoint_slice(fields: str, metadata: str = "name: a-1, labels: {kubernetes.io/service-name: a}") -> EndpointSlice:
    return read(EndpointSlice, f"{SLICE}metadata: {{{metadata}}}\n{fields}")


def test_a_service_is_read() -> None:
    spec = (
        "{type: ClusterIP, clusterIP: 10.0.0.1, clusterIPs: [10.0.0.1, 'fd00::1'], selector: {app: a}, ports: ["
        "{name: http, port: 80, targetPort: 8080}, {name: web, port: 81, targetPort: web, appProtocol: https},"
        " {name: dns, port: 53, protocol: UDP}], sessionAffinity: None, ipFamilies: [IPv4]}"
    )
    found = service(spec, "name: a, namespace: foo, creationTimestamp: 2024-01-01T00:00:00Z")

    assert (found.key, str(found.where), found.created) == (
        ("foo", "a"),
        "a.yaml:1:1",
        datetime(2024, 1, 1, tzinfo=UTC),
    )
    assert found.ports == (
        KubernetesPort(80, "http", "TCP", None, 8080),
        KubernetesPort(81, "web", "TCP", "https", "web"),
        KubernetesPort(53, "dns", "UDP", None, None),
    )
    assert (found.cluster_ips, found.is_headless, found.external_name) == (("10.0.0.1", "fd00::1"), False, "")
    assert found.selector == frozenset({("app", "a")})


@pytest.mark.parametrize(
    ("spec", "addresses", "is_headless"),
    [
        ("{}", (), False),
        ("{clusterIP: ''}", (), False),
        ("{clusterIP: null}", (), False),
        ("{clusterIP: None}", (), True),
        ("{clusterIP: None, clusterIPs: [None]}", (), True),
        ("{clusterIP: 10.0.0.1}", ("10.0.0.1",), False),
    ],
)
def test_a_headless_service_is_told_from_one_without_address(
    spec: str,
    addresses: tuple[str, ...],
    is_headless: bool,  # noqa: FBT001
) -> None:
    found = service(spec)
    assert (found.cluster_ips, found.is_headless) == (addresses, is_headless)


def test_an_external_name_counts_only_for_its_type() -> None:
    assert service("{type: ExternalName, externalName: B.example.com}").external_name == "b.example.com"
    assert service("{type: ClusterIP, externalName: b.example.com}").external_name == ""


@pytest.mark.parametrize("selector", ["", "selector: {}", "selector: null"])
def test_a_service_without_selector_selects_nothing(selector: str) -> None:
    assert service(f"{{{selector}}}").selector is None


@pytest.mark.parametrize(
    ("written", "export_to"),
    [
        ("'*'", PUBLIC),
        ("'~'", NOWHERE),
        ("'., b'", ExportTo(frozenset({"foo", "b"}))),
        ("''", None),
    ],
)
def test_an_annotation_says_who_sees_it(written: str, export_to: ExportTo | None) -> None:
    metadata = f"name: a, namespace: foo, annotations: {{networking.istio.io/exportTo: {written}}}"
    assert service("{}", metadata).export_to == export_to


def test_an_annotation_names_further_service_accounts() -> None:
    metadata = "name: a, annotations: {alpha.istio.io/kubernetes-serviceaccounts: 'b, c'}"
    assert service("{}", metadata).service_accounts == ("b", "c")
    assert service("{}").service_accounts == ()


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("{ports: [{name: a}]}", "4:16 AZ022 spec.ports[0].port"),
        ("{ports: [{port: 0}]}", "4:23 AZ026 spec.ports[0].port"),
        ("{ports: [{port: 80, targetPort: '80'}]}", "4:39 AZ023 spec.ports[0].targetPort"),
        ("{ports: [{port: 80, targetPort: 0}]}", "4:39 AZ026 spec.ports[0].targetPort"),
        ("{ports: [{port: 80, protocol: HTTP}]}", "4:37 AZ026 spec.ports[0].protocol"),
        ("{ports: [80]}", "4:16 AZ021 spec.ports[0]"),
        ("{clusterIP: a}", "4:19 AZ101 spec.clusterIP"),
        ("{clusterIP: 10.0.0.1, clusterIPs: [b]}", "4:42 AZ101 spec.clusterIPs[0]"),
        ("{type: ExternalName}", "4:7 AZ022 spec.externalName"),
        ("{type: ExternalName, externalName: a_b}", "4:42 AZ592 spec.externalName"),
        ("{selector: {app: 1}}", "4:24 AZ021 spec.selector.app"),
        ("[]", "4:7 AZ021 spec"),
    ],
)
def test_what_is_used_of_a_service_is_read_strictly(spec: str, expected: str) -> None:
    assert summaries(resources(document("Service", spec, api_version="v1"))[1]) == [expected]


def test_an_annotation_that_names_no_namespace_is_refused() -> None:
    metadata = "name: a, annotations: {networking.istio.io/exportTo: '*, b'}"
    _, problems = resources(document("Service", "{}", metadata, "v1"))
    assert summaries(problems) == ["3:65 AZ593 metadata.annotations[networking.istio.io/exportTo]"]


def test_endpoints_are_read() -> None:
    found = endpoint_slice(
        "addressType: IPv4\n"
        "endpoints:\n"
        "- {addresses: [10.0.0.1], conditions: {ready: true, serving: true}, nodeName: n, zone: z,"
        " targetRef: {kind: Pod, name: p, namespace: default}, hostname: h}\n"
        "- {addresses: [10.0.0.2], conditions: {ready: false}, targetRef: {kind: Node, name: q}}\n"
        "- {addresses: [10.0.0.3]}\n"
        "- {addresses: [10.0.0.4], conditions: {ready: null}}\n"
        "ports: [{name: http, port: 8080, protocol: TCP}, {name: none, port: null}, {port: 53, protocol: UDP}]\n"
    )
    assert (found.key, found.service, found.address_type) == (("default", "a-1"), "a", AddressType.IPV4)
    assert found.endpoints == (
        SliceEndpoint(("10.0.0.1",), pod="p", zone="z", node="n"),
        SliceEndpoint(("10.0.0.2",), is_ready=False),
        SliceEndpoint(("10.0.0.3",)),
        SliceEndpoint(("10.0.0.4",)),
    )
    assert found.ports == (SlicePort("http", 8080), SlicePort("none", None), SlicePort("", 53, "UDP"))


@pytest.mark.parametrize("fields", ["endpoints: null\nports: null\n", "endpoints: []\n", ""])
def test_a_slice_may_be_empty(fields: str) -> None:
    found = endpoint_slice(f"addressType: IPv6\n{fields}", "name: a")
    assert (found.endpoints, found.ports, found.service) == ((), (), "")


def test_names_are_for_slices_of_names_only() -> None:
    fields = "endpoints: [{addresses: [a.example.com]}]\n"
    assert endpoint_slice(f"addressType: FQDN\n{fields}").endpoints == (SliceEndpoint(("a.example.com",)),)
    _, problems = resources(f"{SLICE}metadata: {{name: a}}\naddressType: IPv4\n{fields}")
    assert summaries(problems) == ["5:26 AZ101 endpoints[0].addresses[0]"]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("endpoints: []", "1:1 AZ022 addressType"),
        ("addressType: ipv4", "4:14 AZ026 addressType"),
        ("addressType: IPv4\nendpoints: [a]", "5:13 AZ021 endpoints[0]"),
        ("addressType: IPv4\nendpoints: [{addresses: [], conditions: {ready: 'true'}}]", "5:49 AZ021 {}.ready"),
        ("addressType: IPv4\nports: [{port: 70000}]", "5:16 AZ026 ports[0].port"),
    ],
)
def test_what_is_used_of_a_slice_is_read_strictly(fields: str, expected: str) -> None:
    _, problems = resources(f"{SLICE}metadata: {{name: a}}\n{fields}\n")
    assert summaries(problems) == [expected.replace("{}", "endpoints[0].conditions")]


def test_a_pod_is_read() -> None:
    spec = (
        "{serviceAccountName: b, nodeName: n, containers: [{name: c, image: d, ports: [{name: http, containerPort: 80},"
        " {containerPort: 81}]}, {name: e, ports: [{name: grpc, containerPort: 90, protocol: TCP}]}, {name: f}]}"
    )
    status = "{phase: Running, podIP: 10.0.0.1, podIPs: [{ip: 10.0.0.1}, {ip: 'fd00::1'}]}"
    found = pod(spec, status, "name: a, namespace: foo, labels: {app: a}")

    assert (found.key, str(found.where), found.created) == (("foo", "a"), "a.yaml:1:1", None)
    assert (found.labels, found.service_account, found.node) == (frozenset({("app", "a")}), "b", "n")
    assert (found.addresses, found.ports) == (("10.0.0.1", "fd00::1"), (("http", 80), ("grpc", 90)))
    assert found.is_ready


def test_a_pod_without_a_service_account_has_the_default_one() -> None:
    assert pod("{}", "{podIP: 10.0.0.1}").service_account == "default"


@pytest.mark.parametrize(
    ("status", "metadata", "is_ready"),
    [
        ("{podIP: 10.0.0.1}", "", True),
        ("{podIP: 10.0.0.1, conditions: [{type: Initialized, status: 'True'}]}", "", True),
        ("{podIP: 10.0.0.1, conditions: [{type: Ready, status: 'True'}]}", "", True),
        ("{podIP: 10.0.0.1, conditions: [{type: Ready, status: 'False'}]}", "", False),
        ("{podIP: 10.0.0.1, conditions: [{type: Ready, status: Unknown}]}", "", False),
        ("{podIP: 10.0.0.1, phase: Succeeded}", "", False),
        ("{podIP: 10.0.0.1, phase: Failed}", "", False),
        ("{podIP: 10.0.0.1, phase: Pending}", "", True),
        ("{podIP: 10.0.0.1}", ", deletionTimestamp: '2024-01-01T00:00:00Z'", False),
        ("{phase: Running}", "", False),
        ("{}", "", False),
    ],
)
def test_a_pod_is_ready_if_it_is_there_to_stay_and_says_nothing_else(
    status: str,
    metadata: str,
    is_ready: bool,  # noqa: FBT001
) -> None:
    assert pod("{}", status, f"name: a{metadata}").is_ready is is_ready


def test_a_namespace_has_labels() -> None:
    text = "apiVersion: v1\nkind: Namespace\nmetadata: {name: a, labels: {b: c}}\nspec: {finalizers: [kubernetes]}\n"
    assert read(Namespace, text).labels == frozenset({("b", "c")})


def test_kinds_of_other_groups_are_not_ours() -> None:
    found, problems = resources(document("Service", "{replicas: 3}", api_version="serving.knative.dev/v1"))
    assert (found.of(Service), problems) == ((), [])
