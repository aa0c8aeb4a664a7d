import pytest

from authz.mesh.registry.endpoint import TlsMode
from authz.mesh.registry.workloads import Workloads, workload_of_pod, workload_of_spec
from authz.model.routing.kubernetes import Pod
from authz.model.routing.locality import Locality
from authz.model.routing.workload_entry import WorkloadEntry, WorkloadSpec
from authz.model.where import Where
from authz.model.workload import Labels

WHERE = Where("f")


def labels(**texts: str) -> Labels:
    return frozenset((key.replace("_", "-"), value) for key, value in texts.items())


def pod(name: str, address: str, own: Labels = frozenset(), *, is_ready: bool = True, namespace: str = "foo") -> Pod:
    return Pod(namespace, name, own, "sa", (address,), (), "", is_ready, None, WHERE)


def entry(name: str, address: str, own: Labels = frozenset(), namespace: str = "foo") -> WorkloadEntry:
    return WorkloadEntry(namespace, name, WorkloadSpec(address, labels=own), None, WHERE)


@pytest.mark.parametrize(
    ("own", "account", "of_entry", "of_pod"),
    [
        ({}, "", TlsMode.DISABLED, TlsMode.DISABLED),
        ({}, "b", TlsMode.ISTIO, TlsMode.DISABLED),
        ({"security.istio.io/tlsMode": "istio"}, "", TlsMode.ISTIO, TlsMode.ISTIO),
        ({"security.istio.io/tlsMode": "disabled"}, "b", TlsMode.DISABLED, TlsMode.DISABLED),
        ({"security.istio.io/tlsMode": "other"}, "b", TlsMode.DISABLED, TlsMode.DISABLED),
    ],
)
def test_mutual_tls_is_known_by_label_or_of_an_entry_by_its_account(
    own: dict[str, str], account: str, of_entry: TlsMode, of_pod: TlsMode
) -> None:
    labelled = frozenset(own.items())
    spec = WorkloadSpec("10.0.0.1", labels=labelled, service_account=account)
    assert workload_of_spec(spec, "foo").tls_mode is of_entry
    one = Pod("foo", "a", labelled, account, ("10.0.0.1",), (), "", is_ready=True, created=None, where=WHERE)
    assert workload_of_pod(one).tls_mode is of_pod


@pytest.mark.parametrize(
    ("written", "label", "locality"),
    [
        (Locality(), "r.z.s", Locality("r", "z", "s")),
        (Locality(), "r/z", Locality("r", "z")),
        (Locality("own"), "r.z", Locality("own")),
        (Locality(), "", Locality()),
    ],
)
def test_a_locality_may_be_a_label_with_dots(written: Locality, label: str, locality: Locality) -> None:
    spec = WorkloadSpec("10.0.0.1", labels=labels(istio_locality=label), locality=written)
    assert workload_of_spec(spec, "foo").locality == locality


def test_pods_that_are_ready_and_entries_are_selected_within_their_namespace() -> None:
    web, api = labels(app="web"), labels(app="api")
    workloads = Workloads(
        [pod("p2", "10.0.0.2", web), pod("p1", "10.0.0.1", web), pod("p3", "10.0.0.3", web, is_ready=False)],
        [entry("a", "10.0.1.1", web), entry("b", "10.0.1.2", api), entry("c", "10.0.1.3", web, namespace="bar")],
    )
    assert [one.name for one in workloads.selected("foo", web)] == ["p1", "p2", "a"]
    assert [one.name for one in workloads.selected_entries("foo", web)] == ["a"]
    assert [one.name for one in workloads.selected("foo", frozenset())] == ["p1", "p2", "a", "b"]
    assert workloads.selected("foo", labels(app="none")) == []
    assert workloads.selected("none", frozenset()) == []


def test_all_labels_of_a_selector_count() -> None:
    both = labels(app="web", version="v1")
    workloads = Workloads([], [entry("a", "10.0.0.1", both), entry("b", "10.0.0.2", labels(app="web"))])
    assert [one.name for one in workloads.selected("foo", both)] == ["a"]


def test_a_pod_is_found_by_name_whether_it_is_ready_or_not() -> None:
    workloads = Workloads([pod("a", "10.0.0.1", is_ready=False)], [])
    found = workloads.pod("foo", "a")
    assert found is not None
    assert found.addresses == ("10.0.0.1",)
    assert workloads.pod("bar", "a") is None


def test_an_address_has_one_workload_and_rather_a_pod() -> None:
    shared = "10.0.0.1"
    workloads = Workloads([pod("p", shared)], [entry("a", shared), entry("b", "10.0.0.2"), entry("c", "")])
    names = [
        found.name if (found := workloads.at(address)) else None for address in (shared, "10.0.0.2", "10.0.0.3", "")
    ]
    assert names == ["p", "b", None, None]


def test_a_pod_that_is_not_ready_is_at_its_address_unless_another_has_it_by_now() -> None:
    gone, starting = pod("a", "10.0.0.1", is_ready=False), pod("b", "10.0.0.2", is_ready=False)
    workloads = Workloads([gone, starting, pod("c", "10.0.0.1")], [])
    assert [found.name if (found := workloads.at(f"10.0.0.{n}")) else None for n in (1, 2)] == ["c", "b"]
