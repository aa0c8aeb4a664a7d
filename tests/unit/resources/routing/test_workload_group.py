import pytest

from authz.model.routing.workload_entry import WorkloadSpec
from authz.model.routing.workload_group import (
    ExecProbe,
    HttpProbe,
    ProbeMethod,
    ReadinessProbe,
    TcpProbe,
    WorkloadGroup,
)
from tests.support.reading import resources, summaries
from tests.support.routing import document, read


def probe(text: str) -> ReadinessProbe | None:
    return read(WorkloadGroup, document("WorkloadGroup", f"{{template: {{}}, probe: {text}}}")).probe


def test_every_field_is_read() -> None:
    spec = (
        "{metadata: {labels: {app: a}, annotations: {b: 'c d'}}, template: {serviceAccount: e, ports: {http: 80}},"
        " probe: {tcpSocket: {port: 80}}}"
    )
    group = read(WorkloadGroup, document("WorkloadGroup", spec, "name: a, namespace: foo"))

    assert (group.key, str(group.where), group.created) == (("foo", "a"), "a.yaml:1:1", None)
    assert (group.labels, group.annotations) == (frozenset({("app", "a")}), (("b", "c d"),))
    assert group.template == WorkloadSpec("", ports=(("http", 80),), service_account="e")
    assert group.probe == ReadinessProbe(TcpProbe(80))


def test_a_group_may_say_nothing_but_that_it_is_one() -> None:
    group = read(WorkloadGroup, document("WorkloadGroup", "{template: {}}"))
    assert (group.labels, group.annotations, group.probe) == (frozenset(), (), None)


def test_the_numbers_of_a_probe_are_read() -> None:
    numbers = "initialDelaySeconds: 1, timeoutSeconds: 2, periodSeconds: 3, successThreshold: 4, failureThreshold: 5"
    assert probe(f"{{tcpSocket: {{port: 80}}, {numbers}}}") == ReadinessProbe(TcpProbe(80), 1, 2, 3, 4, 5)


@pytest.mark.parametrize(
    ("text", "method"),
    [
        ("{httpGet: {port: 80}}", HttpProbe(80)),
        (
            "{httpGet: {port: 80, path: /a, host: b, scheme: HTTPS, httpHeaders: [{name: c, value: d}, {name: e}]}}",
            HttpProbe(80, "/a", "b", "HTTPS", (("c", "d"), ("e", ""))),
        ),
        ("{tcpSocket: {port: 80, host: a}}", TcpProbe(80, "a")),
        ("{exec: {command: [a, b]}}", ExecProbe(("a", "b"))),
    ],
)
def test_a_probe_has_one_method(text: str, method: ProbeMethod) -> None:
    assert probe(text) == ReadinessProbe(method)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("{}", "4:7 AZ022 spec.template"),
        ("{template: []}", "4:18 AZ021 spec.template"),
        ("{template: {ports: {a.b: 80}}}", "4:27 AZ023 spec.template.ports.a.b"),
        ("{template: {}, probe: {}}", "4:29 AZ022 spec.probe"),
        ("{template: {}, probe: {grpc: {}}}", "4:30 AZ026 spec.probe.grpc"),
        ("{template: {}, probe: {httpGet: []}}", "4:39 AZ021 spec.probe.httpGet"),
        ("{template: {}, probe: {tcpSocket: a}}", "4:41 AZ021 spec.probe.tcpSocket"),
        ("{template: {}, probe: {exec: a}}", "4:36 AZ021 spec.probe.exec"),
        ("{template: {}, metadata: {labels: []}}", "4:41 AZ021 spec.metadata.labels"),
    ],
)
def test_what_is_wrong_is_told_at_its_place(spec: str, expected: str) -> None:
    assert summaries(resources(document("WorkloadGroup", spec))[1]) == [expected]


@pytest.mark.parametrize("key", ["labels", "annotations"])
def test_there_is_a_limit_to_labels_and_annotations(key: str) -> None:
    entries = ", ".join(f"a{one}: b" for one in range(257))
    _, problems = resources(document("WorkloadGroup", f"{{template: {{}}, metadata: {{{key}: {{{entries}}}}}}}"))
    assert [(problem.code.value, problem.field) for problem in problems] == [("AZ024", f"spec.metadata.{key}")]
