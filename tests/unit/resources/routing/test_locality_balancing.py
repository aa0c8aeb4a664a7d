import pytest

from authz.model.routing.destination_rule import DestinationRule
from authz.model.routing.traffic_policy import (
    Distribute,
    Failover,
    LoadBalancer,
    LocalityBalancing,
    ZoneAwareBalancing,
)
from tests.support.reading import resources, summaries
from tests.support.routing import document, read


def load_balancer(text: str) -> LoadBalancer:
    policy = f"{{outlierDetection: {{}}, loadBalancer: {text}}}"
    found = read(DestinationRule, document("DestinationRule", f"{{host: a, trafficPolicy: {policy}}}"))
    assert found.traffic_policy is not None
    assert found.traffic_policy.load_balancer is not None
    return found.traffic_policy.load_balancer


@pytest.mark.parametrize(
    ("text", "locality"),
    [
        ("{}", LocalityBalancing()),
        ("{enabled: true}", LocalityBalancing(enabled=True)),
        ("{enabled: false}", LocalityBalancing(enabled=False)),
        (
            "{distribute: [{from: 'a/*', to: {'a/*': 80, b: 20}}]}",
            LocalityBalancing(distribute=(Distribute("a/*", (("a/*", 80), ("b", 20))),)),
        ),
        (
            "{failover: [{from: a, to: b}], failoverPriority: [version, app=c]}",
            LocalityBalancing(failover=(Failover("a", "b"),), failover_priority=("version", "app=c")),
        ),
    ],
)
def test_localities_are_read(text: str, locality: LocalityBalancing) -> None:
    assert load_balancer(f"{{localityLbSetting: {text}}}") == LoadBalancer(locality=locality)


def test_zones_are_read() -> None:
    text = "{enabled: true, failover: [{from: a, to: b}], failoverPriority: [version], minClusterSize: 6}"
    assert load_balancer(f"{{zoneAwareLbSetting: {text}}}") == LoadBalancer(
        zone_aware=ZoneAwareBalancing((Failover("a", "b"),), ("version",), enabled=True, min_cluster_size=6)
    )


@pytest.mark.parametrize(
    ("localities", "overlap"),
    [
        (["a", "b"], False),
        (["a", "a"], True),
        (["a", "a/z"], True),
        (["a/z", "a"], True),
        (["a/*", "a/z"], True),
        (["a/z", "a/*"], False),
        (["a/z/*", "a/z/s"], True),
        (["a/z/s", "a/z/*"], False),
        (["a/z/s", "a/z"], True),
        (["a/z/s", "a/y/s"], False),
        (["*", "a"], True),
        (["a", "*"], False),
        (["a*", "ab"], False),
    ],
)
def test_a_narrow_locality_may_stand_before_a_wide_one_with_a_star(localities: list[str], overlap: bool) -> None:  # noqa: FBT001
    entries = ", ".join(f"{{from: '{locality}', to: {{x: 100}}}}" for locality in localities)
    policy = f"{{loadBalancer: {{localityLbSetting: {{distribute: [{entries}]}}}}}}"
    _, problems = resources(document("DestinationRule", f"{{host: a, trafficPolicy: {policy}}}"))
    assert [problem.code.value for problem in problems] == (["AZ551"] if overlap else [])


@pytest.mark.parametrize("order", ["'a/*': 50, a/z: 50", "a/z: 50, 'a/*': 50"])
def test_destinations_have_no_order_so_that_any_overlap_is_one(order: str) -> None:
    policy = f"{{loadBalancer: {{localityLbSetting: {{distribute: [{{from: a, to: {{{order}}}}}]}}}}}}"
    _, problems = resources(document("DestinationRule", f"{{host: a, trafficPolicy: {policy}}}"))
    path = "spec.trafficPolicy.loadBalancer.localityLbSetting.distribute[0].to"
    assert [(problem.code.value, problem.field) for problem in problems] == [("AZ551", path)]


@pytest.mark.parametrize("field", ["localityLbSetting", "zoneAwareLbSetting"])
def test_nothing_fails_over_without_outlier_detection_beside_it(field: str) -> None:
    balancer = f"{{{field}: {{failover: [{{from: a, to: b}}]}}}}"
    policy = f"{{outlierDetection: {{}}, portLevelSettings: [{{port: {{number: 80}}, loadBalancer: {balancer}}}]}}"
    _, problems = resources(document("DestinationRule", f"{{host: a, trafficPolicy: {policy}}}"))
    assert [problem.code.value for problem in problems] == ["AZ993"]


def test_weights_are_judged_only_when_all_of_them_are_numbers() -> None:
    policy = "{loadBalancer: {localityLbSetting: {distribute: [{from: a, to: {b: x, c: 20}}]}}}"
    _, problems = resources(document("DestinationRule", f"{{host: a, trafficPolicy: {policy}}}"))
    path = "spec.trafficPolicy.loadBalancer.localityLbSetting.distribute[0].to"
    assert summaries(problems) == [f"4:99 AZ021 {path}.b"]
