"""What the contract of a decision says and no recording: both forms of a path, odd targets, where a policy attaches."""

from typing import Any

import pytest

from tests.reference import Request, Shadow, Verdict, Workload, decide

MESH: dict[str, Any] = {}


def policy(action: str, *rules: dict[str, Any], name: str = "p", namespace: str = "foo", **spec: Any) -> dict[str, Any]:
    return {
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"action": action, "rules": list(rules), **spec},
    }


def paths(*values: str) -> dict[str, Any]:
    return {"to": [{"operation": {"paths": list(values)}}]}


def not_paths(*values: str) -> dict[str, Any]:
    return {"to": [{"operation": {"notPaths": list(values)}}]}


def ask(
    *policies: dict[str, Any], mesh: dict[str, Any] = MESH, workload: Workload | None = None, **request: Any
) -> Verdict:
    return decide(policies, mesh, workload or Workload("foo"), Request(**request))


def test_a_path_out_of_normal_form_is_denied_by_a_rule_for_its_normal_form() -> None:
    verdict = ask(policy("DENY", paths("/admin")), path="/public/../admin")

    assert (verdict.allowed, verdict.matched) == (False, "ns[foo]-policy[p]-rule[0]")


def test_a_path_out_of_normal_form_is_denied_by_a_rule_for_what_was_sent() -> None:
    assert not ask(policy("DENY", paths("/public/*")), path="/public/../admin").allowed


def test_both_forms_of_a_path_need_an_allow_rule() -> None:
    assert not ask(policy("ALLOW", paths("/public/*")), path="/public/../admin").allowed
    assert not ask(policy("ALLOW", paths("/admin")), path="/public/../admin").allowed
    assert not ask(policy("ALLOW", not_paths("/admin")), path="/%61dmin").allowed
    assert ask(policy("ALLOW", paths("/public/*", "/admin")), path="/public/../admin").allowed


def test_without_normalization_in_the_mesh_only_what_was_sent_counts() -> None:
    mesh = {"pathNormalization": {"normalization": "NONE"}}

    assert ask(policy("DENY", paths("/admin")), mesh=mesh, path="/public/../admin").allowed


def test_the_normal_form_reaches_the_path_header_too() -> None:
    rule = {"when": [{"key": "request.headers[:path]", "values": ["/admin?x"]}]}

    assert not ask(policy("DENY", rule), path="/%61dmin?x").allowed


@pytest.mark.parametrize("path", ["admin", "", "?x", "*", "/a#b", "/a?b#c", "/a\0", "/a%00b", "http://h/"])
def test_an_odd_target_is_denied_whatever_the_policies(path: str) -> None:
    assert ask(path=path) == Verdict(allowed=False, matched=None, reason="bad_path")


def test_options_star_and_connect_need_no_slash() -> None:
    assert ask(policy("ALLOW", paths("*")), method="OPTIONS", path="*").allowed
    assert ask(policy("ALLOW", {}), method="CONNECT", path="").allowed
    assert ask(policy("ALLOW", {}), method="CONNECT", path="a.b:443").allowed
    assert not ask(policy("ALLOW", {}), method="CONNECT", path="a#b").allowed


def test_rule_ids_are_ordered_as_bytes() -> None:
    rules = [paths("/no")] * 2 + [paths("/a")] + [paths("/no")] * 7 + [paths("/a")]

    assert ask(policy("ALLOW", *rules), path="/a").matched == "ns[foo]-policy[p]-rule[10]"


def test_a_matching_custom_rule_denies_before_anything_else() -> None:
    custom = policy("CUSTOM", paths("/a*"), name="c", provider={"name": "opa"})

    verdict = ask(custom, policy("DENY", {}), path="/a")

    assert verdict.reason == "custom"
    assert verdict.matched == "istio-ext-authz-opa-ns[foo]-policy[c]-rule[0]-deny-due-to-bad-CUSTOM-action"


def test_dry_run_policies_cast_a_shadow_and_nothing_else() -> None:
    dry_allow, dry_deny = policy("ALLOW", paths("/x")), policy("DENY", {}, name="d")
    for one in (dry_allow, dry_deny):
        one["metadata"]["annotations"] = {"istio.io/dry-run": "true"}

    verdict = ask(dry_allow, dry_deny, path="/a")

    assert (verdict.allowed, verdict.reason) == (True, "no_policy")
    assert verdict.shadow_allow == Shadow(allowed=False, matched=None)
    assert verdict.shadow_deny == Shadow(allowed=False, matched="ns[foo]-policy[d]-rule[0]")


def test_a_bare_request_principal_is_the_subject_only_when_asked_for() -> None:
    rule = {"from": [{"source": {"requestPrincipals": ["user@example.com"]}}]}
    request = Request(claims={"iss": "https://any", "sub": "user@example.com"})

    assert not decide([policy("ALLOW", rule)], MESH, Workload("foo"), request).allowed
    assert decide([policy("ALLOW", rule)], MESH, Workload("foo"), request, bare_request_principals="subject").allowed


def test_a_star_is_one_line_of_a_claim_as_envoys_regular_expression_reads_it() -> None:
    rule = {"when": [{"key": "request.auth.claims[c]", "values": ["*"]}]}

    assert not ask(policy("ALLOW", rule), claims={"c": "a\nb"}).allowed


def test_a_gateway_is_attached_to_by_its_label_or_by_what_the_proxy_says() -> None:
    ref = {"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "gw"}
    deny = policy("DENY", {}, targetRefs=[ref])

    assert not ask(deny, workload=Workload("foo", {"gateway.networking.k8s.io/gateway-name": "gw"})).allowed
    assert not ask(deny, workload=Workload("foo", role="gateway", gateways=("foo/gw",))).allowed
    assert ask(deny, workload=Workload("foo", role="gateway", gateways=("bar/gw",))).allowed


def test_a_waypoint_heeds_policies_of_its_services_namespace() -> None:
    deny = policy("DENY", {}, namespace="bar", targetRefs=[{"kind": "Service", "name": "svc"}])

    assert not ask(deny, workload=Workload("foo", role="waypoint", services=("bar/svc",))).allowed
    assert ask(deny, workload=Workload("foo", role="waypoint", service_entries=("bar/svc",))).allowed
    assert ask(deny, workload=Workload("foo", services=("bar/svc",))).allowed


def test_a_reference_into_another_namespace_attaches_to_nothing() -> None:
    ref = {"kind": "Service", "name": "svc", "namespace": "bar"}

    assert ask(
        policy("DENY", {}, targetRefs=[ref]), workload=Workload("foo", role="waypoint", services=("foo/svc",))
    ).allowed


def test_an_address_that_is_none_is_in_no_block() -> None:
    rule = {"from": [{"source": {"ipBlocks": ["0.0.0.0/0", "::/0"]}}]}

    assert not ask(policy("ALLOW", rule), source_ip=None).allowed
    assert not ask(policy("ALLOW", rule), source_ip="/var/run/x.sock").allowed
