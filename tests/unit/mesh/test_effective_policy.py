from dataclasses import fields

import pytest

from authz.mesh.destination_rules import DestinationRules, DestinationRuleSettings, MergedRule
from authz.mesh.effective_policy import EffectivePolicy, effective_policy
from authz.model.routing.destination_rule import DestinationRule
from authz.model.routing.traffic_policy import ConnectionPool, OutlierDetection, TcpPool, TrafficPolicy
from authz.model.where import Where
from tests.support.mesh import document, mesh_resources, mesh_service

HOST = "reviews.s.svc.cluster.local"
TOP_LINE, SUBSET_LINE = 7, 11
BLOCKS = [field.name for field in fields(EffectivePolicy)]


def rule(policy: str = "", subset: str = "") -> MergedRule:
    """The policy begins in TOP_LINE, that of the subset `v1` in SUBSET_LINE."""
    top = f"\n  trafficPolicy:\n    {policy}" if policy else "\n\n"
    own = f"\n    trafficPolicy:\n      {subset}" if subset else ""
    text = document("DestinationRule", f"\n  host: {HOST}{top}\n  subsets:\n  - name: v1{own}", "name: a, namespace: s")
    found = DestinationRules(mesh_resources(text).of(DestinationRule), DestinationRuleSettings())
    merged = found.rule_for(mesh_service(HOST, "s"), "c", frozenset())
    assert merged is not None
    return merged


def said(policy: EffectivePolicy) -> dict[str, int]:
    """The blocks that are there, each with the line of the policy that it comes from."""
    found = {name: getattr(policy, name) for name in BLOCKS}
    return {name: block.where.line for name, block in found.items() if block is not None}


TOP = (
    "{loadBalancer: {simple: RANDOM}, connectionPool: {tcp: {maxConnections: 1}}, outlierDetection: {},"
    " tls: {mode: SIMPLE}, proxyProtocol: {}, retryBudget: {}"
)
ALL = ["load_balancer", "connection_pool", "outlier_detection", "tls", "proxy_protocol", "retry_budget"]


def test_without_a_rule_nothing_is_said() -> None:
    assert effective_policy(None, 80) == EffectivePolicy()
    assert effective_policy(rule(), 80, "v1") == EffectivePolicy()


def test_the_policy_of_the_service_holds_for_ports_without_their_own() -> None:
    one = rule(f"{TOP}, portLevelSettings: [{{port: {{number: 81}}, tls: {{mode: DISABLE}}}}]}}")
    assert said(effective_policy(one, 80)) == dict.fromkeys(ALL, TOP_LINE)
    assert said(effective_policy(one, 80, "v1")) == dict.fromkeys(ALL, TOP_LINE)


def test_what_a_port_has_of_its_own_replaces_the_whole_policy() -> None:
    one = rule(f"{TOP}, portLevelSettings: [{{port: {{number: 80}}, tls: {{mode: DISABLE}}}}]}}")
    found = effective_policy(one, 80)
    assert list(said(found)) == ["tls"]
    assert found.tls is not None
    assert found.tls.value.mode.value == "DISABLE"


def test_of_two_entries_for_a_port_the_first_counts() -> None:
    entries = "{port: {number: 80}, tls: {mode: DISABLE}}, {port: {number: 80}, loadBalancer: {simple: RANDOM}}"
    assert list(said(effective_policy(rule(f"{{portLevelSettings: [{entries}]}}"), 80))) == ["tls"]


def test_what_a_subset_says_replaces_block_by_block() -> None:
    one = rule(f"{TOP}}}", "{tls: {mode: DISABLE}, retryBudget: {percent: 1}}")
    expected = {**dict.fromkeys(ALL, TOP_LINE), "tls": SUBSET_LINE, "retry_budget": SUBSET_LINE}
    assert said(effective_policy(one, 80, "v1")) == expected
    assert said(effective_policy(one, 80)) == dict.fromkeys(ALL, TOP_LINE)


def test_a_subset_that_does_not_exist_has_the_policy_of_the_service() -> None:
    assert said(effective_policy(rule(f"{TOP}}}"), 80, "v9")) == dict.fromkeys(ALL, TOP_LINE)


def test_a_subset_begins_with_what_the_port_of_the_service_has() -> None:
    top = f"{TOP}, portLevelSettings: [{{port: {{number: 80}}, connectionPool: {{tcp: {{}}}}}}]}}"
    found = effective_policy(rule(top, "{tls: {mode: DISABLE}}"), 80, "v1")
    assert said(found) == {"connection_pool": TOP_LINE, "tls": SUBSET_LINE}
    assert found.connection_pool is not None
    assert found.connection_pool.value == ConnectionPool(TcpPool())


def test_a_port_of_a_subset_replaces_four_blocks_and_leaves_the_rest() -> None:
    one = rule(f"{TOP}}}", "{loadBalancer: {}, portLevelSettings: [{port: {number: 80}, tls: {mode: DISABLE}}]}")
    assert said(effective_policy(one, 80, "v1")) == {
        "tls": SUBSET_LINE,
        "proxy_protocol": TOP_LINE,
        "retry_budget": TOP_LINE,
    }
    assert said(effective_policy(one, 81, "v1")) == {**dict.fromkeys(ALL, TOP_LINE), "load_balancer": SUBSET_LINE}


def test_what_only_a_whole_policy_can_have_is_lost_with_it() -> None:
    tunnel = (
        "{tunnel: {targetHost: a.b, targetPort: 80}, portLevelSettings: [{port: {number: 80}, tls: {mode: SIMPLE}}]}"
    )
    assert list(said(effective_policy(rule(tunnel), 80))) == ["tls"]
    assert list(said(effective_policy(rule(tunnel), 81))) == ["tunnel"]
    assert said(effective_policy(rule("", tunnel), 80, "v1")) == {"tls": SUBSET_LINE}
    assert said(effective_policy(rule("", tunnel), 81, "v1")) == {"tunnel": SUBSET_LINE}


MESH = TrafficPolicy(
    connection_pool=ConnectionPool(TcpPool(max_connections=9)),
    outlier_detection=OutlierDetection(),
    where=Where("mesh", 2),
)


@pytest.mark.parametrize(
    ("policy", "lines"),
    [
        ("", {"connection_pool": 2, "outlier_detection": 2}),
        ("{connectionPool: {tcp: {}}}", {"connection_pool": TOP_LINE, "outlier_detection": 2}),
        ("{outlierDetection: {}}", {"connection_pool": 2, "outlier_detection": TOP_LINE}),
        (f"{TOP}}}", dict.fromkeys(ALL, TOP_LINE)),
        (
            f"{TOP}, portLevelSettings: [{{port: {{number: 80}}, tls: {{mode: DISABLE}}}}]}}",
            {"connection_pool": 2, "outlier_detection": 2, "tls": TOP_LINE},
        ),
    ],
)
def test_the_mesh_fills_in_pools_and_outliers_that_nobody_mentions(policy: str, lines: dict[str, int]) -> None:
    assert said(effective_policy(rule(policy), 80, default=MESH)) == lines


def test_a_block_that_is_empty_is_said() -> None:
    found = effective_policy(rule("{outlierDetection: {}}"), 80, default=TrafficPolicy())
    assert found.outlier_detection is not None
    assert found.outlier_detection.value == OutlierDetection()
