from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from authz.model.problem import Code
from authz.resources.peer_authentication import MtlsMode, PeerAuthentication
from tests.support.reading import resources, summaries

HEAD = "apiVersion: security.istio.io/%s\nkind: PeerAuthentication\nmetadata: {name: a, namespace: foo}\n"
SELECTOR = "selector: {matchLabels: {app: web}}"


def read(spec: str, version: str = "v1") -> PeerAuthentication:
    found, problems = resources(HEAD % version + spec)
    assert problems == []
    (policy,) = found.of(PeerAuthentication)
    return policy


@pytest.mark.parametrize("version", ["v1", "v1beta1"])
def test_every_field_is_read(version: str) -> None:
    ports = "portLevelMtls: {'8080': {mode: DISABLE}, 443: {mode: PERMISSIVE}, '9': {}}"
    policy = read(f"spec: {{{SELECTOR}, mtls: {{mode: STRICT}}, {ports}}}", version)

    assert (policy.key, str(policy.where)) == (("foo", "a"), "a.yaml:1:1")
    assert policy.selector == frozenset({("app", "web")})
    assert policy.mode is MtlsMode.STRICT
    assert policy.ports == ((9, MtlsMode.UNSET), (443, MtlsMode.PERMISSIVE), (8080, MtlsMode.DISABLE))


@pytest.mark.parametrize("spec", ["", "spec: {}", "spec: {mtls: {}}", "spec: {mtls: {mode: UNSET}}"])
def test_without_a_mode_it_is_unset(spec: str) -> None:
    assert read(spec).mode is MtlsMode.UNSET


@pytest.mark.parametrize(
    ("spec", "selector"),
    [("", None), ("spec: {selector: {}}", frozenset()), ("spec: {selector: {matchLabels: {}}}", frozenset())],
)
def test_a_selector_without_labels_is_legal_and_surely_not_meant(spec: str, selector: object) -> None:
    found, problems = resources(HEAD % "v1" + spec)
    assert found.of(PeerAuthentication)[0].selector == selector
    assert [problem.code for problem in problems] == ([] if selector is None else [Code.EMPTY_SELECTOR])


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("{mtls: {mode: BLAH}}", "4:21 AZ026 spec.mtls.mode"),
        ("{mtls: {mode: strict}}", "4:21 AZ026 spec.mtls.mode"),
        ("{mtls: {mode: }}", "4:21 AZ021 spec.mtls.mode"),
        ("{mtls: }", "4:14 AZ021 spec.mtls"),
        ("{mtls: STRICT}", "4:14 AZ021 spec.mtls"),
        ("{mtls: {mode: STRICT, modes: a}}", "4:29 AZ020 spec.mtls.modes"),
        ("{mode: STRICT}", "4:8 AZ020 spec.mode"),
        ("{targetRefs: [{kind: Gateway, name: a, group: gateway.networking.k8s.io}]}", "4:8 AZ020 spec.targetRefs"),
        ("{portLevelMtls: {'80': {mode: STRICT}}}", "4:23 AZ131 spec.portLevelMtls"),
        ("{selector: {}, portLevelMtls: {'80': {mode: STRICT}}}", "4:37 AZ131 spec.portLevelMtls"),
        (f"{{{SELECTOR}, portLevelMtls: {{}}}}", "4:60 AZ132 spec.portLevelMtls"),
        (f"{{{SELECTOR}, portLevelMtls: [80]}}", "4:60 AZ021 spec.portLevelMtls"),
        (f"{{{SELECTOR}, portLevelMtls: {{'80': STRICT}}}}", "4:67 AZ021 spec.portLevelMtls.80"),
        (f"{{{SELECTOR}, portLevelMtls: {{'80': {{mode: ON}}}}}}", "4:74 AZ021 spec.portLevelMtls.80.mode"),
        ("{selector: {matchLabels: {'a*': b}}}", "4:33 AZ113 spec.selector.matchLabels.a*"),
        ("{selector: {matchLabels: {'': b}}}", "4:33 AZ113 spec.selector.matchLabels"),
        (f"{{selector: {{matchLabels: {{a: {'b' * 64}}}}}}}", "4:36 AZ113 spec.selector.matchLabels.a"),
    ],
)
def test_what_istio_refuses_is_refused_with_its_place(spec: str, expected: str) -> None:
    _, problems = resources(HEAD % "v1" + f"spec: {spec}")
    assert summaries([problem for problem in problems if not problem.code.is_warning]) == [expected]


@pytest.mark.parametrize(
    "port", ["'0'", "0", "65536", "http", "'080'", "0x50", "-1", "8_0", "80.0", "''", "~", "'1e3'", "'٨٠'"]
)
def test_a_key_that_is_no_port_is_refused(port: str) -> None:
    _, (problem,) = resources(HEAD % "v1" + f"spec: {{{SELECTOR}, portLevelMtls: {{{port}: {{mode: STRICT}}}}}}")
    assert problem.code is Code.BAD_MTLS_PORT


def test_one_port_written_in_two_ways_is_there_twice() -> None:
    _, (problem,) = resources(
        HEAD % "v1" + f"spec: {{{SELECTOR}, portLevelMtls: {{80: {{}}, '80': {{mode: STRICT}}}}}}"
    )
    assert problem.code is Code.DUPLICATE_KEY


@pytest.mark.parametrize("word", ["true", "false", "maybe"])
def test_it_cannot_be_tried(word: str) -> None:
    text = (HEAD % "v1").replace("foo}", f"foo, annotations: {{istio.io/dry-run: '{word}'}}}}")
    _, problems = resources(text)
    assert summaries(problems) == ["3:69 AZ115 metadata.annotations[istio.io/dry-run]"]


@pytest.mark.parametrize(
    ("written", "created"),
    [
        ("'2024-01-01T00:00:00Z'", datetime(2024, 1, 1, tzinfo=UTC)),
        ("2024-01-01T00:00:00Z", datetime(2024, 1, 1, tzinfo=UTC)),
        ("'2024-01-01T01:00:00+01:00'", datetime(2024, 1, 1, tzinfo=UTC)),
        ("'2024-01-01T00:00:00.5Z'", datetime(2024, 1, 1, microsecond=500_000, tzinfo=UTC)),
        ("null", None),
        ("", None),
    ],
)
def test_its_age_is_read(written: str, created: datetime | None) -> None:
    found, problems = resources((HEAD % "v1").replace("foo}", f"foo, creationTimestamp: {written}}}"))
    assert problems == []
    assert found.of(PeerAuthentication)[0].created == created


@pytest.mark.parametrize(
    "written", ["yesterday", "'2024-01-01'", "2024", "'2024-13-01T00:00:00Z'", "'0001-01-01T00:00:00+14:00'", "[]"]
)
def test_an_age_that_cannot_be_read_is_refused(written: str) -> None:
    _, (problem,) = resources((HEAD % "v1").replace("foo}", f"foo, creationTimestamp: {written}}}"))
    assert (problem.code, problem.field) == (Code.WRONG_TYPE, "metadata.creationTimestamp")


def test_its_kind_and_that_of_another_policy_may_share_a_name() -> None:
    other = (HEAD % "v1").replace("PeerAuthentication", "AuthorizationPolicy")
    found, problems = resources(HEAD % "v1" + "---\n" + other)
    assert problems == []
    assert (found.policies, found.is_empty) == (2, False)


def test_two_of_a_name_are_refused() -> None:
    _, (problem,) = resources(HEAD % "v1" + "---\n" + HEAD % "v1beta1")
    assert problem.code is Code.DUPLICATE_RESOURCE
    assert problem.message == "PeerAuthentication foo/a is defined here again; first at a.yaml:1:1"


def contents(metadata: dict[str, Any], spec: dict[str, Any]) -> tuple[str, ...]:
    written = {"apiVersion": "security.istio.io/v1", "kind": "PeerAuthentication", "metadata": metadata, "spec": spec}
    return resources(json.dumps(written))[0].contents


def test_its_content_has_all_that_decides() -> None:
    plain = contents({"name": "a"}, {})
    assert contents({"name": "a", "labels": {"b": "c"}}, {}) == plain
    assert contents({"name": "a", "creationTimestamp": "2024-01-01T00:00:00Z"}, {}) != plain
    assert contents({"name": "a"}, {"mtls": {"mode": "STRICT"}}) != plain
