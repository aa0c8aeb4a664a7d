from __future__ import annotations

import pytest

from authz.model.problem import Code
from authz.resources.mesh_config import MeshConfig
from tests.support.linting import SELECTED, codes, of_condition, of_operation, of_rule, of_source, warnings, warnings_of
from tests.support.reading import HEAD, resources, summaries

PEER = "{source: {principals: ['*']}}"
ADMIN = "{to: [{operation: {paths: [/admin]}}]}"
FROM_A = "{from: [{source: {namespaces: [a]}}]}"
WHEN = "{when: [{key: source.ip, values: [10.0.0.1]}]}"
GATEWAY_CLASS = "targetRefs: [{group: gateway.networking.k8s.io, kind: GatewayClass, name: %s}]"


def annotated(codes: str, spec: str) -> str:
    return f"{HEAD.replace('}', ', annotations: {authz/ignore: ' + codes + '}}')}spec: {spec}\n"


@pytest.mark.parametrize("field", ["Principals", "Namespaces", "ServiceAccounts", "TrustDomains"])
def test_negative_peer_fields_of_allow_let_in_who_has_no_certificate(field: str) -> None:
    (warning,) = of_source(f"{{not{field}: [a/b]}}".replace("a/b", "a" if field != "Principals" else "a/b"), "ALLOW")
    assert (warning.code, warning.field) == (Code.ANYONE_BUT, f"spec.rules[0].from[0].source.not{field}")
    assert "without a certificate" in warning.message
    assert '`principals: ["*"]`' in warning.message


def test_negative_token_fields_of_allow_let_in_who_has_no_token() -> None:
    claim = "{key: 'request.auth.claims[group]', notValues: [a]}"
    for (warning,) in (of_source("{notRequestPrincipals: [a/b]}", "ALLOW"), of_condition(claim, "ALLOW")):
        assert warning.code is Code.ANYONE_BUT
        assert "without a token" in warning.message
        assert '`requestPrincipals: ["*"]`' in warning.message


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("{from: [{source: {notNamespaces: [a], principals: ['*']}}]}", 0),
        ("{from: [{source: {notNamespaces: [a], requestPrincipals: ['*']}}]}", 0),
        ("{from: [{source: {notNamespaces: [a]}}], when: [{key: source.principal, values: ['*']}]}", 0),
        ("{from: [{source: {notNamespaces: [a], ipBlocks: [10.0.0.1]}}]}", 1),
        ("{from: [{source: {notNamespaces: [a]}}, {source: {namespaces: [b]}}]}", 1),
        (f"{{from: [{PEER}], when: [{{key: source.namespace, notValues: [a]}}]}}", 0),
        (f"{{from: [{PEER}, {{source: {{ipBlocks: ['::']}}}}], when: [{{key: source.namespace, notValues: [a]}}]}}", 1),
        ("{from: [{source: {notIpBlocks: [10.0.0.1]}}]}", 0),
        ("{when: [{key: 'request.headers[x]', notValues: [a]}]}", 0),
    ],
)  # fmt: skip
def test_a_positive_identity_beside_it_is_enough(rule: str, said: int) -> None:
    assert codes(of_rule("ALLOW", rule)) == ["AZ941"] * said
    assert codes(of_rule("DENY", rule)) == []


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("{to: [{operation: {notPaths: [/a], methods: [GET]}}]}", 1),
        ("{to: [{operation: {notPaths: [/a], paths: ['/*']}}]}", 0),
        (f"{{from: [{PEER}], to: [{{operation: {{notPaths: [/a]}}}}]}}", 0),
        ("{when: [{key: 'request.headers[x]', values: [a]}], to: [{operation: {notPaths: [/a]}}]}", 0),
    ],
)
def test_other_paths_are_open_where_nobody_is_named(rule: str, said: int) -> None:
    assert codes(of_rule("ALLOW", rule)) == ["AZ942"] * said
    assert codes(of_rule("DENY", rule)) == []


def test_http_fields_beside_the_port_of_a_database() -> None:
    (allow,) = of_operation("{ports: ['80', '5432'], methods: [GET]}")
    (deny,) = of_rule("DENY", "{to: [{operation: {paths: [/a]}}], when: [{key: destination.port, values: ['6379']}]}")
    assert (allow.field, deny.field) == ("spec.rules[0].to[0].operation.ports", "spec.rules[0].when[0].values")
    assert "port 5432 (PostgreSQL) is plain TCP, which has nothing for `to[0].operation.methods`" in allow.message
    assert "the whole rule is left out" in allow.message
    assert "the rest of the rule decides" in deny.message


@pytest.mark.parametrize(
    "operation", ["ports: ['5432']", "ports: ['9000'], methods: [GET]", "notPorts: ['22'], methods: [GET]"]
)
def test_other_ports_could_be_anything(operation: str) -> None:
    assert codes(of_operation(f"{{{operation}}}")) == []


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        (f"{{action: DENY, rules: [{ADMIN}]}}", True),
        (f"{{action: DENY, rules: [{FROM_A}, {ADMIN}, {ADMIN.replace('admin', 'b')}]}}", True),
        (f"{{action: DENY, {SELECTED}rules: [{ADMIN}]}}", False),
        (f"{{action: DENY, targetRefs: [{{kind: Service, name: a}}], rules: [{ADMIN}]}}", False),
        (f"{{action: ALLOW, rules: [{ADMIN}]}}", False),
        ("{action: DENY, rules: [{}]}", False),
        ("{action: DENY, rules: [{to: [{operation: {paths: [/a], ports: ['80']}}]}]}", False),
    ],
)
def test_a_deny_of_http_fields_alone_denies_tcp(spec: str, said: bool) -> None:  # noqa: FBT001
    found = warnings(spec)
    assert codes(found) == ["AZ944"] * said
    assert all("in the namespace" in warning.message for warning in found)


@pytest.mark.parametrize(
    ("rules", "fields"),
    [
        (f"{FROM_A}, {ADMIN}", ["spec.rules[1]"]),
        (f"{ADMIN}, {FROM_A}", ["spec.rules[1]"]),
        (f"{FROM_A}, {ADMIN}, {WHEN}", ["spec.rules[1]", "spec.rules[2]"]),
        (f"{FROM_A}, {ADMIN}, {FROM_A.replace('[a]', '[b]')}", []),
        (f"{FROM_A}, {FROM_A.replace('[a]', '[b]')}", []),
        (f"{FROM_A}, {{from: [{PEER}], to: [{{operation: {{paths: [/admin]}}}}]}}", []),
        (f"{FROM_A}, {{to: [{{operation: {{paths: [/healthz, '/public/*']}}}}]}}", []),
        (f"{FROM_A}, {{to: [{{operation: {{methods: [OPTIONS]}}}}]}}", []),
        (FROM_A, []),
    ],
)
def test_a_dash_that_parts_a_rule(rules: str, fields: list[str]) -> None:
    found = warnings(f"{{{SELECTED}rules: [{rules}]}}")
    assert codes(found) == ["AZ945"] * len(fields)
    assert [warning.field for warning in found] == fields
    assert codes(warnings(f"{{action: DENY, {SELECTED}rules: [{rules}]}}")) == []


@pytest.mark.parametrize(
    ("operations", "said"),
    [
        ("{methods: [GET]}|{paths: [/a]}", 1),
        ("{hosts: [a.b]}|{methods: [GET]}", 1),
        ("{methods: [GET]}|{paths: [/healthz]}", 0),
        ("{methods: [OPTIONS]}|{paths: [/a]}", 0),
        ("{methods: [GET]}|{paths: [/a], methods: [PUT]}", 0),
        ("{methods: [GET]}|{ports: ['80']}", 0),
        ("{paths: [/a]}|{hosts: [a.b]}", 0),
        ("{methods: [GET]}|{paths: [/a]}|{paths: [/b]}", 0),
    ],
)
def test_a_dash_that_parts_an_operation(operations: str, said: int) -> None:
    entries = ", ".join(f"{{operation: {one}}}" for one in operations.split("|"))
    found = of_rule("ALLOW", f"{{from: [{PEER}], to: [{entries}]}}")
    assert codes(found) == ["AZ945"] * said
    assert all("remove the dash before this one" in warning.message for warning in found)
    assert codes(of_rule("DENY", f"{{to: [{entries}]}}")) == ["AZ927"] * ("hosts" in operations)


@pytest.mark.parametrize(
    ("alternatives", "said"),
    [
        ("{notNamespaces: [a]}|{notNamespaces: [b]}", 1),
        ("{notNamespaces: [a]}|{ipBlocks: [10.0.0.1]}|{notNamespaces: [b]}|{notNamespaces: [c]}", 2),
        ("{notNamespaces: [a, b]}|{notNamespaces: [b, c]}", 0),
        ("{notNamespaces: [a]}|{notPrincipals: [b/c]}", 0),
        ("{notNamespaces: [a]}|{namespaces: [b]}", 0),
        ("{notNamespaces: [a]}|{notNamespaces: [b], ipBlocks: [10.0.0.1]}", 0),
    ],
)
def test_alternatives_of_which_one_always_holds(alternatives: str, said: int) -> None:
    entries = ", ".join(f"{{source: {one}}}" for one in alternatives.split("|"))
    found = of_rule("DENY", f"{{from: [{entries}]}}")
    assert codes(found) == ["AZ946"] * said
    assert all("this or `from[0].source.notNamespaces` always holds" in warning.message for warning in found)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("{namespaces: [a], notNamespaces: [b, a]}", 1),
        ("{namespaces: [a, b], notNamespaces: [a]}", 0),
        ("{namespaces: ['*'], notNamespaces: [a]}", 0),
        ("{namespaces: [a], notPrincipals: [a/b]}", 0),
    ],
)
def test_a_list_that_is_excluded_as_a_whole(source: str, said: int) -> None:
    found = of_source(source)
    assert codes(found) == ["AZ947"] * said
    assert all("all that `from[0].source.namespaces` wants" in warning.message for warning in found)


def test_headers_of_two_names_are_two_attributes() -> None:
    conditions = "{key: 'request.headers[a]', values: [x]}, {key: 'request.headers[b]', notValues: [x]}"
    assert codes(of_condition(conditions)) == []
    assert codes(of_condition(conditions.replace("[b]", "[A]"))) == ["AZ947"]


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("{action: AUDIT}", ["AZ951"]),
        ("{action: AUDIT, rules: [{}]}", []),
        ("{}", []),
        ("{rules: []}", []),
        ("{action: ALLOW, selector: {matchLabels: {a: b}}}", []),
        ("{selector: {}}", ["AZ952"]),
        ("{selector: {matchLabels: {}}, rules: [{}]}", ["AZ952"]),
        (f"{{{GATEWAY_CLASS % 'istio-waypoint'}}}", ["AZ953"]),
        ("{targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: a}]}", []),
    ],
)
def test_what_a_policy_is_for(spec: str, said: list[str]) -> None:
    assert codes(warnings(spec)) == said


@pytest.mark.parametrize(("namespace", "name", "said"), [
    ("foo", "istio-waypoint", False), ("foo", "other", True), ("bar", "istio-waypoint", True),
])  # fmt: skip
def test_a_gateway_class_is_looked_for_by_one_name_in_one_namespace(namespace: str, name: str, said: bool) -> None:  # noqa: FBT001
    config = MeshConfig(root_namespace="foo")
    content = f"{HEAD.replace('foo', namespace)}spec: {{{GATEWAY_CLASS % name}}}"
    assert codes(warnings_of(content, config=config)) == ["AZ953"] * said


def test_a_selector_of_the_root_namespace_selects_the_mesh() -> None:
    (warning,) = warnings("{selector: {}}", MeshConfig(root_namespace="foo"))
    assert "every workload of the mesh" in warning.message


def test_the_annotation_silences_what_it_names_and_nothing_else() -> None:
    spec = "{action: DENY, rules: [{to: [{operation: {methods: [get], paths: [a], hosts: []}}]}]}"
    assert codes(warnings(spec)) == ["AZ944", "AZ921", "AZ923", "AZ903"]
    assert codes(warnings_of(annotated("'AZ921, AZ944'", spec))) == ["AZ923", "AZ903"]
    assert codes(warnings_of(annotated("'AZ903 AZ923,AZ944 ,AZ921'", spec))) == []


def test_an_annotation_that_names_no_warning_is_one() -> None:
    found = warnings_of(annotated("'AZ921 AZ101,az905'", "{rules: [{}]}"))
    assert summaries(found) == ["3:65 AZ904 metadata.annotations[authz/ignore]"] * 2
    assert "'AZ101' is an error, and errors are not ignored" in found[0].message
    assert "'az905' is no code of a problem" in found[1].message


def test_an_error_is_not_silenced() -> None:
    _, found = resources(annotated("AZ102", "{rules: [{to: [{operation: {ports: [x]}}]}]}"))
    assert codes(found) == ["AZ102"]
