from datetime import UTC, datetime

import pytest

from authz.model.routing.locality import Locality
from authz.model.routing.workload_entry import WorkloadEntry, WorkloadSpec
from tests.support.reading import resources, summaries
from tests.support.routing import document, read


def test_every_field_is_read() -> None:
    spec = (
        "{address: 10.0.0.1, ports: {http: 8080, grpc: 9090}, labels: {app: a, version: v1}, network: n,"
        " locality: r/z/s, weight: 3, serviceAccount: b}"
    )
    metadata = "name: a, namespace: foo, creationTimestamp: 2024-01-01T00:00:00Z"
    entry = read(WorkloadEntry, document("WorkloadEntry", spec, metadata))

    assert (entry.key, str(entry.where), str(entry.spec.where)) == (("foo", "a"), "a.yaml:1:1", "a.yaml:4:7")
    assert entry.created == datetime(2024, 1, 1, tzinfo=UTC)
    assert entry.spec == WorkloadSpec(
        address="10.0.0.1",
        ports=(("http", 8080), ("grpc", 9090)),
        labels=frozenset({("app", "a"), ("version", "v1")}),
        network="n",
        locality=Locality("r", "z", "s"),
        weight=3,
        service_account="b",
    )


@pytest.mark.parametrize("weight", ["", ", weight: 0", ", weight: 1"])
def test_without_a_weight_it_weighs_one(weight: str) -> None:
    entry = read(WorkloadEntry, document("WorkloadEntry", f"{{address: 10.0.0.1{weight}}}"))
    assert entry.spec == WorkloadSpec("10.0.0.1")


def test_labels_of_the_metadata_count_as_well_and_win() -> None:
    spec = "{address: 10.0.0.1, labels: {app: spec, version: v1}}"
    entry = read(WorkloadEntry, document("WorkloadEntry", spec, "name: a, labels: {app: metadata, tier: b}"))
    assert dict(entry.spec.labels) == {"app": "metadata", "version": "v1", "tier": "b"}


@pytest.mark.parametrize("labels", ["", "labels: , ", "labels: null, ", "labels: {}, "])
def test_metadata_may_have_no_labels(labels: str) -> None:
    entry = read(WorkloadEntry, document("WorkloadEntry", "{address: 10.0.0.1}", f"{labels}name: a"))
    assert entry.spec.labels == frozenset()


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("{}", "4:7 AZ022 spec.address"),
        ("{network: n}", "4:17 AZ996 spec.network"),
        ("{address: a_b}", "4:17 AZ571 spec.address"),
        ("{address: 'unix:///a', ports: {http: 80}}", "4:30 AZ110 spec.ports"),
        ("{address: 10.0.0.1, ports: {on: 80}}", "4:35 AZ021 spec.ports.on"),
        ("{address: 10.0.0.1, ports: {http: 0}}", "4:41 AZ026 spec.ports.http"),
        ("{address: 10.0.0.1, labels: {app: 1}}", "4:41 AZ021 spec.labels.app"),
        ("{address: [10.0.0.1]}", "4:17 AZ021 spec.address"),
    ],
)
def test_what_is_wrong_is_told_at_its_place(spec: str, expected: str) -> None:
    problems = summaries(resources(document("WorkloadEntry", spec))[1])
    assert problems[-1] == expected or problems == [expected]


@pytest.mark.parametrize("name", ["7777", "'7777'", "http"])
def test_the_name_of_a_port_may_be_a_number_with_or_without_quotes(name: str) -> None:
    entry = read(WorkloadEntry, document("WorkloadEntry", f"{{address: 10.0.0.1, ports: {{{name}: 80}}}}"))
    assert entry.spec.ports == ((name.strip("'"), 80),)


@pytest.mark.parametrize(("key", "most", "value"), [("ports", 128, "80"), ("labels", 256, "b")])
def test_there_is_a_limit_to_ports_and_labels(key: str, most: int, value: str) -> None:
    def told(number: int) -> list[str]:
        entries = ", ".join(f"a{one}: {value}" for one in range(number))
        spec = f"{{address: 10.0.0.1, {key}: {{{entries}}}}}"
        return summaries(resources(document("WorkloadEntry", spec))[1])

    assert told(most) == []
    assert [one.split(maxsplit=1)[1] for one in told(most + 1)] == [f"AZ024 spec.{key}"]
