from __future__ import annotations

import pytest

from authz.model.problem import Code
from authz.resources.selector import TargetRef
from tests.support.reading import policy, problems_of_spec, summaries

GATEWAY_API = "gateway.networking.k8s.io"


@pytest.mark.parametrize(
    ("spec", "labels"),
    [
        ("{}", None),
        ("{selector: {}}", {}),
        ("{selector: {matchLabels: {}}}", {}),
        ("{selector: {matchLabels: {app: x, 'on': 'off'}}}", {"app": "x", "on": "off"}),
        ("{selector: {matchLabels: {a.io/b: ''}}}", {"a.io/b": ""}),
        (f"{{selector: {{matchLabels: {{a: {'x' * 63}}}}}}}", {"a": "x" * 63}),
    ],
)
def test_no_selector_and_an_empty_one_are_told_apart(spec: str, labels: dict[str, str] | None) -> None:
    assert policy(spec).selector == (None if labels is None else frozenset(labels.items()))


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("{selector: [a]}", ["4:18 AZ021 spec.selector"]),
        ("{selector: }", ["4:18 AZ021 spec.selector"]),
        ("{selector: {app: x}}", ["4:19 AZ020 spec.selector.app"]),
        ("{selector: {matchlabels: {app: x}}}", ["4:19 AZ020 spec.selector.matchlabels"]),
        ("{selector: {matchExpressions: []}}", ["4:19 AZ020 spec.selector.matchExpressions"]),
        ("{selector: {matchLabels: [a]}}", ["4:32 AZ021 spec.selector.matchLabels"]),
        ("{selector: {matchLabels: {app: 80}}}", ["4:38 AZ021 spec.selector.matchLabels.app"]),
        ("{selector: {matchLabels: {app: true}}}", ["4:38 AZ021 spec.selector.matchLabels.app"]),
        ("{selector: {matchLabels: {app: [x]}}}", ["4:38 AZ021 spec.selector.matchLabels.app"]),
        ("{selector: {matchLabels: {80: x}}}", ["4:33 AZ021 spec.selector.matchLabels.80"]),
        ("{selector: {matchLabels: {'': x}}}", ["4:33 AZ113 spec.selector.matchLabels"]),
        ("{selector: {matchLabels: {app: x*}}}", ["4:38 AZ113 spec.selector.matchLabels.app"]),
        ("{selector: {matchLabels: {app: '*'}}}", ["4:38 AZ113 spec.selector.matchLabels.app"]),
        ("{selector: {matchLabels: {a*: x}}}", ["4:33 AZ113 spec.selector.matchLabels.a*"]),
        (f"{{selector: {{matchLabels: {{a: {'x' * 64}}}}}}}", ["4:36 AZ113 spec.selector.matchLabels.a"]),
    ],
)
def test_what_is_wrong_with_a_selector_is_said_at_its_place(spec: str, expected: list[str]) -> None:
    assert summaries(problems_of_spec(spec)) == expected


def labels(count: int) -> str:
    return f"{{selector: {{matchLabels: {{{', '.join(f'l{n}: x' for n in range(count))}}}}}}}"


def test_a_selector_has_at_most_4096_labels() -> None:
    assert len(policy(labels(4096)).selector or ()) == 4096
    assert [problem.code for problem in problems_of_spec(labels(4097))] == [Code.TOO_MANY]


@pytest.mark.parametrize(
    ("ref", "expected"),
    [
        ("{kind: Service, name: s}", TargetRef("Service", "s")),
        ("{group: '', kind: Service, name: s}", TargetRef("Service", "s")),
        ("{group: core, kind: Service, name: s}", TargetRef("Service", "s")),
        ("{group: networking.istio.io, kind: ServiceEntry, name: s}", TargetRef("ServiceEntry", "s")),
        (f"{{group: {GATEWAY_API}, kind: Gateway, name: g}}", TargetRef("Gateway", "g")),
        (f"{{group: {GATEWAY_API}, kind: GatewayClass, name: g}}", TargetRef("GatewayClass", "g")),
        ("{kind: Service, name: s, namespace: ''}", TargetRef("Service", "s")),
    ],
)
def test_a_policy_can_be_attached_to_what_istio_knows(ref: str, expected: TargetRef) -> None:
    assert policy(f"{{targetRefs: [{ref}]}}").target_refs == (expected,)
    assert policy(f"{{targetRef: {ref}}}").target_refs == (expected,)


@pytest.mark.parametrize(
    ("ref", "expected"),
    [
        ("{}", ["4:21 AZ114 spec.targetRefs[0].kind", "4:21 AZ114 spec.targetRefs[0].name"]),
        ("{name: s}", ["4:21 AZ114 spec.targetRefs[0].kind"]),
        ("{kind: Service}", ["4:21 AZ114 spec.targetRefs[0].name"]),
        ("{kind: Service, name: ''}", ["4:37 AZ114 spec.targetRefs[0].name"]),
        ("{kind: Service, name: s, namespace: x}", ["4:46 AZ114 spec.targetRefs[0].namespace"]),
        ("{kind: Gateway, name: g}", ["4:22 AZ114 spec.targetRefs[0].kind"]),
        ("{kind: service, name: s}", ["4:22 AZ114 spec.targetRefs[0].kind"]),
        ("{group: apps, kind: Deployment, name: s}", ["4:35 AZ114 spec.targetRefs[0].kind"]),
        ("{group: networking.istio.io, kind: Service, name: s}", ["4:50 AZ114 spec.targetRefs[0].kind"]),
        ("{group: core, kind: ServiceEntry, name: s}", ["4:35 AZ114 spec.targetRefs[0].kind"]),
        ("{kind: Service, name: 80}", ["4:37 AZ114 spec.targetRefs[0].name", "4:43 AZ021 spec.targetRefs[0].name"]),
        ("{kind: Service, name: s, port: 80}", ["4:46 AZ020 spec.targetRefs[0].port"]),
        ("Service", ["4:21 AZ021 spec.targetRefs[0]"]),
    ],
)
def test_what_is_wrong_with_a_reference_is_said_at_its_place(ref: str, expected: list[str]) -> None:
    assert summaries(problems_of_spec(f"{{targetRefs: [{ref}]}}")) == expected


def test_a_wrong_target_says_which_there_are() -> None:
    (problem,) = problems_of_spec("{targetRefs: [{group: apps, kind: Deployment, name: s}]}")
    assert problem.message == (
        "expected one of core/Service, networking.istio.io/ServiceEntry, gateway.networking.k8s.io/Gateway, "
        "gateway.networking.k8s.io/GatewayClass, found apps/Deployment"
    )


def test_at_most_16_references() -> None:
    refs = [f"{{kind: Service, name: s{n}}}" for n in range(17)]
    assert len(policy(f"{{targetRefs: [{', '.join(refs[:16])}]}}").target_refs) == 16
    assert summaries(problems_of_spec(f"{{targetRefs: [{', '.join(refs)}]}}")) == ["4:20 AZ024 spec.targetRefs"]


@pytest.mark.parametrize(
    "spec",
    [
        "{selector: {matchLabels: {a: b}}, targetRefs: [{kind: Service, name: s}]}",
        "{selector: {}, targetRefs: []}",
        "{selector: {}, targetRef: {kind: Service, name: s}}",
        "{targetRef: {kind: Service, name: s}, targetRefs: [{kind: Service, name: s}]}",
        "{targetRefs: [{kind: Service, name: s}], selector: {}, targetRef: {kind: Service, name: s}}",
    ],
)
def test_only_one_way_of_attaching_may_be_there(spec: str) -> None:
    (problem,) = problems_of_spec(spec)
    assert (problem.code, problem.field) == (Code.CONFLICTING_FIELDS, "spec")
    assert problem.message.startswith("only one of selector, targetRef and targetRefs; found ")
