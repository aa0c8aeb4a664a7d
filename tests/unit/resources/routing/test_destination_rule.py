from datetime import UTC, datetime

import pytest

from authz.model.routing.client_tls import ClientTlsMode
from authz.model.routing.destination_rule import DestinationRule
from authz.model.routing.hosts import HostPattern
from authz.model.routing.visibility import PUBLIC, ExportTo
from tests.support.reading import resources, summaries
from tests.support.routing import document, read


def rule(spec: str, metadata: str = "name: a, namespace: foo") -> DestinationRule:
    return read(DestinationRule, document("DestinationRule", spec, metadata))


@pytest.mark.parametrize("version", ["v1", "v1beta1", "v1alpha3"])
def test_every_field_is_read(version: str) -> None:
    spec = (
        "{host: Reviews, exportTo: ['.', b], trafficPolicy: {tls: {mode: SIMPLE}},"
        " subsets: [{name: v1, labels: {version: v1}, trafficPolicy: {tls: {mode: DISABLE}}}, {name: all}]}"
    )
    metadata = "name: a, namespace: foo, creationTimestamp: 2024-01-01T00:00:00Z"
    found = read(
        DestinationRule, document("DestinationRule", spec, metadata, api_version=f"networking.istio.io/{version}")
    )

    assert (found.key, str(found.where)) == (("foo", "a"), "a.yaml:1:1")
    assert found.created == datetime(2024, 1, 1, tzinfo=UTC)
    assert found.host == HostPattern("reviews")
    assert found.export_to == ExportTo(frozenset({"foo", "b"}))
    assert found.traffic_policy is not None
    assert found.traffic_policy.tls is not None
    first, second = found.subsets
    assert (first.name, first.labels) == ("v1", frozenset({("version", "v1")}))
    assert first.traffic_policy is not None
    assert first.traffic_policy.tls is not None
    assert first.traffic_policy.tls.mode is ClientTlsMode.DISABLE
    assert (second.labels, second.traffic_policy) == (frozenset(), None)


def test_what_is_absent_is_told_from_what_is_empty() -> None:
    found = rule("{host: a}")
    assert (found.traffic_policy, found.export_to, found.workload_selector, found.created) == (None,) * 4
    assert found.subsets == ()
    assert rule("{host: a, exportTo: ['*']}").export_to == PUBLIC
    assert rule("{host: a, workloadSelector: {matchLabels: {a: b}}}").workload_selector == frozenset({("a", "b")})


def test_a_selector_without_labels_is_a_selector() -> None:
    found, (warning,) = resources(document("DestinationRule", "{host: a, workloadSelector: {}}"))
    assert found.of(DestinationRule)[0].workload_selector == frozenset()
    assert warning.code.is_warning


def test_a_subset_and_its_policy_know_their_places() -> None:
    found = rule("{host: a, subsets: [{name: v1, trafficPolicy: {connectionPool: {tcp: {}}}}]}")
    assert found.subsets[0].traffic_policy is not None
    assert [str(found.subsets[0].where), str(found.subsets[0].traffic_policy.where)] == ["a.yaml:4:27", "a.yaml:4:53"]


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("{trafficPolicy: {}}", ["4:7 AZ022 spec.host", "4:23 AZ596 spec.trafficPolicy"]),
        ("{host: a, subsets: [{name: a, trafficPolicy: {}}]}", ["4:52 AZ596 spec.subsets[0].trafficPolicy"]),
        ("{host: a, subsets: [{name: b}, {name: b}]}", ["4:38 AZ595 spec.subsets[1].name"]),
        ("{host: a, workloadSelector: {matchLabels: {a: b}}, exportTo: ['*']}", ["4:68 AZ110 spec.exportTo"]),
        ("{host: a, workloadSelector: a}", ["4:35 AZ021 spec.workloadSelector"]),
        ("{host: a, subsets: {a: b}}", ["4:26 AZ021 spec.subsets"]),
    ],
)
def test_what_is_wrong_is_told_at_its_place(spec: str, expected: list[str]) -> None:
    assert summaries(resources(document("DestinationRule", spec))[1]) == expected


def test_a_rule_without_spec_says_nothing() -> None:
    text = "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: a}\n"
    assert summaries(resources(text)[1]) == ["1:1 AZ022 spec"]


def test_a_name_of_its_own_namespace_is_private_as_the_dot_is() -> None:
    spec = "{host: a, workloadSelector: {matchLabels: {a: b}}, exportTo: [%s]}"
    assert rule(spec % "foo").export_to == rule(spec % "'.'").export_to == ExportTo(frozenset({"foo"}))
