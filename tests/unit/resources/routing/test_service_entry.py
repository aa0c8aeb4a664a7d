from datetime import UTC, datetime

import pytest

from authz.model.routing.hosts import HostPattern
from authz.model.routing.protocol import Protocol
from authz.model.routing.service_entry import Location, Resolution, ServiceEntry, ServicePort
from authz.model.routing.visibility import NOWHERE
from authz.model.routing.workload_entry import WorkloadSpec
from tests.support.reading import resources, summaries
from tests.support.routing import document, read


def entry(spec: str, metadata: str = "name: a, namespace: foo") -> ServiceEntry:
    return read(ServiceEntry, document("ServiceEntry", spec, metadata))


@pytest.mark.parametrize("version", ["v1", "v1beta1", "v1alpha3"])
def test_every_field_is_read(version: str) -> None:
    spec = (
        "{hosts: [API.example.com], addresses: [10.0.0.1, 10.1.0.0/16, 'fd00::1'],"
        " ports: [{number: 443, name: https, protocol: https, targetPort: 8443}], location: MESH_INTERNAL,"
        " resolution: STATIC, endpoints: [{address: 10.2.0.1, ports: {https: 9443}}], exportTo: ['~'],"
        " subjectAltNames: [b.example.com]}"
    )
    metadata = "name: a, namespace: foo, creationTimestamp: 2024-01-01T00:00:00Z"
    found = read(ServiceEntry, document("ServiceEntry", spec, metadata, f"networking.istio.io/{version}"))

    assert found == ServiceEntry(
        namespace="foo",
        name="a",
        hosts=(HostPattern("api.example.com"),),
        addresses=("10.0.0.1", "10.1.0.0/16", "fd00::1"),
        ports=(ServicePort(443, "https", Protocol.HTTPS, 8443),),
        location=Location.MESH_INTERNAL,
        resolution=Resolution.STATIC,
        endpoints=(WorkloadSpec("10.2.0.1", (("https", 9443),)),),
        workload_selector=None,
        export_to=NOWHERE,
        subject_alt_names=("b.example.com",),
        created=datetime(2024, 1, 1, tzinfo=UTC),
        where=found.where,
    )
    assert (found.key, str(found.where)) == (("foo", "a"), "a.yaml:1:1")
    assert str(found.endpoints[0].where) == "a.yaml:4:210"


def test_the_defaults_are_outside_the_mesh_and_wherever_the_client_wants() -> None:
    found = entry("{hosts: [a.b]}")
    assert (found.location, found.resolution, found.export_to) == (Location.MESH_EXTERNAL, Resolution.NONE, None)
    assert (found.workload_selector, found.endpoints, found.ports, found.addresses) == (None, (), (), ())


def test_a_port_without_protocol_is_looked_at() -> None:
    found = entry(
        "{hosts: [a.b], addresses: [10.0.0.1], ports: [{number: 80, name: a}, {number: 81, name: b, protocol: ''}]}"
    )
    assert [port.protocol for port in found.ports] == [Protocol.AUTO, Protocol.AUTO]


def test_a_selector_without_labels_selects_everything_and_is_warned_of() -> None:
    found, (warning,) = resources(document("ServiceEntry", "{hosts: [a.b], resolution: STATIC, workloadSelector: {}}"))
    assert found.of(ServiceEntry)[0].workload_selector == frozenset()
    assert (warning.code.value, warning.field) == ("AZ952", "spec.workloadSelector")
    selected = entry("{hosts: [a.b], resolution: STATIC, workloadSelector: {labels: {app: c}}}")
    assert selected.workload_selector == frozenset({("app", "c")})


@pytest.mark.parametrize("written", ["['2001:db8::']", "\n  - 2001:db8::"])
def test_an_address_may_end_with_colons_with_and_without_quotes(written: str) -> None:
    block = (
        f"\n  hosts: [a.b]\n  addresses: {written}" if "\n" in written else f"{{hosts: [a.b], addresses: {written}}}"
    )
    assert entry(block).addresses == ("2001:db8::",)


@pytest.mark.parametrize("key", ["hosts", "addresses", "ports", "endpoints"])
def test_lists_have_a_limit(key: str) -> None:
    hosts = {
        "hosts": ", ".join(f"a{n}.b" for n in range(257)),
        "addresses": ", ".join(f"10.0.{n // 256}.{n % 256}" for n in range(257)),
        "ports": ", ".join(f"{{number: {n}, name: p{n}, protocol: HTTP}}" for n in range(1, 258)),
        "endpoints": ", ".join(f"{{address: 10.0.{n // 256}.{n % 256}}}" for n in range(4097)),
    }
    others = "" if key == "hosts" else "hosts: [a.b], "
    _, problems = resources(document("ServiceEntry", f"{{{others}resolution: STATIC, {key}: [{hosts[key]}]}}"))
    assert [(problem.code.value, problem.field) for problem in problems] == [("AZ024", f"spec.{key}")]


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("{ports: []}", ["4:7 AZ022 spec.hosts"]),
        ("{hosts: a.b}", ["4:15 AZ021 spec.hosts"]),
        ("{hosts: [a.b], addresses: [c]}", ["4:34 AZ101 spec.addresses[0]"]),
        ("{hosts: [a.b], ports: [{number: 1, name: a_b, protocol: HTTP}]}", ["4:48 AZ023 spec.ports[0].name"]),
        ("{hosts: [a.b], ports: [{number: 1, name: a, protocol: X}]}", ["4:61 AZ026 spec.ports[0].protocol"]),
        ("{hosts: [a.b], endpoints: [a]}", ["4:22 AZ561 spec.endpoints", "4:34 AZ021 spec.endpoints[0]"]),
        ("{hosts: [a.b], workloadSelector: a}", ["4:40 AZ021 spec.workloadSelector"]),
    ],
)
def test_what_is_wrong_is_told_at_its_place(spec: str, expected: list[str]) -> None:
    _, problems = resources(document("ServiceEntry", spec))
    assert summaries([problem for problem in problems if not problem.code.is_warning]) == expected
