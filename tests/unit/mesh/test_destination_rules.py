from collections.abc import Iterable

import pytest

from authz.mesh.destination_rules import DestinationRules, DestinationRuleSettings, MergedRule
from authz.mesh.registry.service import MeshService
from authz.model.routing.destination_rule import DestinationRule
from authz.model.routing.hosts import HostPattern
from authz.model.workload import Labels
from tests.support.mesh import document, mesh_resources, mesh_service

HOST = "reviews.s.svc.cluster.local"
NO_LABELS: Labels = frozenset()
ROOT = "istio-system"


def rule(name: str, namespace: str, host: str = HOST, more: str = "", *, created: str = "") -> str:
    """A rule with one subset, of its own name."""
    metadata = f"name: {name}, namespace: {namespace}{created and f', creationTimestamp: {created}'}"
    return document("DestinationRule", f"{{host: '{host}', subsets: [{{name: {name}}}]{more}}}", metadata)


def rules(*documents: str, settings: DestinationRuleSettings | None = None) -> DestinationRules:
    return DestinationRules(mesh_resources(*documents).of(DestinationRule), settings or DestinationRuleSettings())


def service(host: str = HOST, namespace: str = "s") -> MeshService:
    return mesh_service(host, namespace)


def names(found: MergedRule | None) -> list[str]:
    """The names of the rules that went into one."""
    return [one.name for one in found.rules] if found else []


def subsets(found: MergedRule | None) -> list[str]:
    return [one.name for one in found.subsets] if found else []


def test_nobody_says_anything() -> None:
    assert rules().rule_for(service(), "c", NO_LABELS) is None


@pytest.mark.parametrize(
    ("client", "expected"),
    [("c", "client"), ("other", "service"), ("s", "service"), (ROOT, "service")],
)
def test_the_clients_namespace_is_asked_first_then_the_services(client: str, expected: str) -> None:
    found = rules(rule("client", "c"), rule("service", "s"), rule("root", ROOT)).rule_for(service(), client, NO_LABELS)
    assert names(found) == [expected]


def test_the_root_namespace_is_asked_last() -> None:
    found = rules(rule("root", ROOT), rule("unrelated", "x"))
    assert [names(found.rule_for(service(), client, NO_LABELS)) for client in ("c", "s", ROOT)] == [["root"]] * 3


def test_a_wide_rule_of_the_client_hides_the_exact_one_beside_the_service() -> None:
    found = rules(rule("wide", "c", "*.local"), rule("exact", "s"))
    assert names(found.rule_for(service(), "c", NO_LABELS)) == ["wide"]
    assert names(found.rule_for(service(), "other", NO_LABELS)) == ["exact"]


def test_nothing_is_merged_across_namespaces() -> None:
    policy = ", trafficPolicy: {tls: {mode: SIMPLE}}"
    found = rules(rule("client", "c"), rule("service", "s", more=policy)).rule_for(service(), "c", NO_LABELS)
    assert found is not None
    assert (names(found), found.traffic_policy) == (["client"], None)


def test_wide_rules_of_the_root_namespace_do_not_hide_others_from_its_own_clients() -> None:
    found = rules(rule("wide", ROOT, "*.local"), rule("exact", "s"))
    assert names(found.rule_for(service(), ROOT, NO_LABELS)) == ["exact"]


def test_private_rules_of_the_root_namespace_are_for_its_own_clients_and_come_first() -> None:
    found = rules(rule("private", ROOT, "*.local", ", exportTo: ['.']"), rule("exact", "s"), rule("public", ROOT))
    assert names(found.rule_for(service(), ROOT, NO_LABELS)) == ["private"]
    assert names(found.rule_for(service("x.other.svc.cluster.local", "other"), "c", NO_LABELS)) == []


def test_the_most_specific_host_wins_within_a_namespace() -> None:
    found = rules(rule("all", "s", "*"), rule("wide", "s", "*.local"), rule("narrow", "s", "*.s.svc.cluster.local"))
    assert names(found.rule_for(service(), "c", NO_LABELS)) == ["narrow"]
    exact = rules(rule("narrow", "s", "*.s.svc.cluster.local"), rule("exact", "s"))
    assert names(exact.rule_for(service(), "c", NO_LABELS)) == ["exact"]


def test_a_short_name_is_of_the_namespace_of_its_rule() -> None:
    found = rules(rule("own", "s", "reviews"), rule("other", "c", "reviews"))
    assert names(found.rule_for(service(), "c", NO_LABELS)) == ["own"]
    dotted = rules(rule("dotted", "c", "reviews.s"))
    assert names(dotted.rule_for(service(), "c", NO_LABELS)) == []


def test_a_short_name_ends_with_the_domain_of_the_cluster() -> None:
    found = rules(rule("own", "s", "reviews"), settings=DestinationRuleSettings(cluster_domain="c.d"))
    assert names(found.rule_for(service("reviews.s.svc.c.d"), "c", NO_LABELS)) == ["own"]


@pytest.mark.parametrize(
    ("export_to", "seen_by"),
    [
        ("", ["c", "s", "x"]),
        ("['*']", ["c", "s", "x"]),
        ("['.']", ["s"]),
        ("[s]", ["s"]),
        ("[c]", ["c"]),
        ("['.', c]", ["c", "s"]),
    ],
)
def test_a_rule_is_used_where_it_is_exported_to(export_to: str, seen_by: list[str]) -> None:
    found = rules(rule("a", "s", more=export_to and f", exportTo: {export_to}"))
    assert [client for client in ("c", "s", "x") if found.rule_for(service(), client, NO_LABELS)] == seen_by


def test_the_mesh_says_where_a_rule_is_used_that_does_not() -> None:
    found = rules(rule("a", "s"), settings=DestinationRuleSettings(default_export_to=(".",)))
    assert [client for client in ("c", "s") if found.rule_for(service(), client, NO_LABELS)] == ["s"]


def test_a_rule_that_is_hidden_from_a_client_hides_wider_ones_beside_it() -> None:
    hidden = rule("hidden", "s", more=", exportTo: [x]")
    found = rules(hidden, rule("wide", "s", "*.local"), rule("root", ROOT, "*.local"))
    assert names(found.rule_for(service(), "c", NO_LABELS)) == ["root"]
    assert names(found.rule_for(service(), "x", NO_LABELS)) == ["hidden"]


# merging


def test_subsets_of_one_host_and_namespace_are_together_and_the_oldest_policy_counts() -> None:
    found = rules(
        rule("b", "s", more=", trafficPolicy: {tls: {mode: SIMPLE}}", created="'2024-01-02T00:00:00Z'"),
        rule("a", "s", more=", trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}", created="'2024-01-03T00:00:00Z'"),
        rule("c", "s", created="'2024-01-01T00:00:00Z'"),
    ).rule_for(service(), "c", NO_LABELS)
    assert found is not None
    assert (names(found), subsets(found)) == (["c", "b", "a"], ["c", "b", "a"])
    assert found.traffic_policy is not None
    assert found.traffic_policy.tls is not None
    assert found.traffic_policy.tls.mode.value == "SIMPLE"
    assert str(found.rules[0].where).startswith("a.yaml:")


def test_of_two_subsets_of_one_name_the_first_counts() -> None:
    first = document(
        "DestinationRule", f"{{host: {HOST}, subsets: [{{name: v, labels: {{n: '1'}}}}]}}", "name: a, namespace: s"
    )
    second = document(
        "DestinationRule", f"{{host: {HOST}, subsets: [{{name: v, labels: {{n: '2'}}}}]}}", "name: b, namespace: s"
    )
    found = rules(second, first).rule_for(service(), "c", NO_LABELS)
    assert found is not None
    (subset,) = found.subsets
    assert (subset.labels, found.subset("v"), found.subset("w")) == (frozenset({("n", "1")}), subset, None)


def test_without_times_rules_are_in_order_of_their_names() -> None:
    assert names(rules(rule("b", "s"), rule("a", "s")).rule_for(service(), "c", NO_LABELS)) == ["a", "b"]


def test_a_short_and_a_full_name_of_a_host_are_one() -> None:
    assert names(rules(rule("a", "s", "reviews"), rule("b", "s")).rule_for(service(), "c", NO_LABELS)) == ["a", "b"]


@pytest.mark.parametrize(
    ("first", "second", "for_c", "for_x"),
    [
        ("['*']", "['*']", ["a", "b"], ["a", "b"]),
        ("[c]", "[c]", ["a", "b"], []),
        ("[c]", "[c, x]", ["a", "b"], ["b"]),
        ("[c, x]", "[c]", ["b"], ["a"]),
        ("[c]", "[x]", ["a"], ["b"]),
        ("[c]", "['*']", ["b"], ["b"]),
        ("['*']", "[c]", ["b"], ["a"]),
        ("", "", ["a", "b"], ["a", "b"]),
        ("", "['*']", ["b"], ["b"]),
        ("", "[c]", ["b"], ["a"]),
    ],
)
def test_a_rule_adds_to_an_older_one_that_nobody_sees_without_it(
    first: str, second: str, for_c: list[str], for_x: list[str]
) -> None:
    def written(name: str, export_to: str) -> str:
        return rule(name, "s", more=export_to and f", exportTo: {export_to}")

    found = rules(written("a", first), written("b", second))
    assert names(found.rule_for(service(), "c", NO_LABELS)) == for_c
    assert names(found.rule_for(service(), "x", NO_LABELS)) == for_x


# workloadSelector


APP: Labels = frozenset({("app", "a"), ("version", "v1")})
SELECTOR = ", workloadSelector: {matchLabels: {app: a}}"


@pytest.mark.parametrize(
    ("client", "labels", "expected"),
    [
        ("s", APP, ["selecting"]),
        ("s", frozenset({("app", "b")}), ["general"]),
        ("s", NO_LABELS, ["general"]),
        ("c", APP, ["general"]),
    ],
)
def test_a_rule_with_a_selector_is_for_these_clients_of_its_namespace(
    client: str, labels: Labels, expected: list[str]
) -> None:
    found = rules(rule("general", "s"), rule("selecting", "s", more=SELECTOR))
    assert names(found.rule_for(service(), client, labels)) == expected


def test_a_selector_counts_for_what_goes_out_only() -> None:
    found = rules(rule("general", "s"), rule("selecting", "s", more=SELECTOR))
    assert names(found.rule_for(service(), "s", APP, inbound=True)) == ["general"]
    assert found.rule_for(service(), "s", APP) != found.rule_for(service(), "s", APP, inbound=True)


def test_clients_that_are_not_selected_have_no_rule_if_there_is_no_other_beside_it() -> None:
    found = rules(rule("selecting", "s", more=SELECTOR), rule("root", ROOT))
    assert found.rule_for(service(), "s", NO_LABELS) is None
    assert names(found.rule_for(service(), "c", APP)) == ["root"]


def test_rules_with_the_same_selector_are_one_and_with_another_two() -> None:
    found = rules(
        rule("a", "s", more=SELECTOR),
        rule("b", "s", more=SELECTOR),
        rule("c", "s", more=", workloadSelector: {matchLabels: {version: v1}}"),
    )
    assert names(found.rule_for(service(), "s", APP)) == ["a", "b"]
    assert names(found.rule_for(service(), "s", frozenset({("version", "v1")}))) == ["c"]


def test_a_private_rule_adds_to_those_with_a_selector_and_stays_for_the_others() -> None:
    found = rules(rule("general", "s", more=", exportTo: ['.']"), rule("selecting", "s", more=SELECTOR))
    assert names(found.rule_for(service(), "s", APP)) == ["selecting", "general"]
    assert names(found.rule_for(service(), "s", NO_LABELS)) == ["general"]


def test_a_rule_for_its_namespace_and_another_adds_to_those_with_a_selector() -> None:
    found = rules(rule("general", "s", more=", exportTo: ['.', c]"), rule("selecting", "s", more=SELECTOR))
    assert names(found.rule_for(service(), "s", APP)) == ["selecting", "general"]
    assert names(found.rule_for(service(), "s", NO_LABELS)) == ["general"]
    assert names(found.rule_for(service(), "c", APP)) == ["general"]


def test_a_selector_without_labels_selects_every_client_of_its_namespace() -> None:
    found = rules(rule("selecting", "s", more=", workloadSelector: {}"), rule("general", "s"))
    assert names(found.rule_for(service(), "s", NO_LABELS)) == ["selecting"]


# hosts with wildcards


@pytest.mark.parametrize(
    ("hosts", "expected"),
    [
        (["*.example.com"], "*.example.com"),
        (["*.com", "*.example.com"], "*.example.com"),
        (["*.com"], "*.com"),
        (["*"], "*"),
    ],
)
def test_a_service_of_a_wildcard_host_has_the_rule_that_covers_it(hosts: Iterable[str], expected: str) -> None:
    found = rules(*[rule(f"r{number}", "s", host) for number, host in enumerate(hosts)])
    one = found.rule_for(service("*.example.com"), "c", NO_LABELS)
    assert one is not None
    assert one.host == HostPattern(expected)


def test_the_order_of_files_makes_no_difference() -> None:
    kinds = {"general": "", "selecting": SELECTOR, "exported": ", exportTo: ['.', c]"}
    written = [rule(f"{name}-{number}", "s", more=more) for number in range(3) for name, more in kinds.items()]
    forward, backward = rules(*written), rules(*reversed(written))
    for client, labels in (("s", APP), ("s", NO_LABELS), ("c", NO_LABELS), ("x", NO_LABELS)):
        found = names(forward.rule_for(service(), client, labels))
        assert found == names(backward.rule_for(service(), client, labels)) != []
