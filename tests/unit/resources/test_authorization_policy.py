from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from authz.model.address import parse_cidr
from authz.model.problem import Code, Severity
from authz.model.rule import Action, AttributeKind, Port, Principal, Rule
from authz.model.string_match import Exact, Prefix, Present
from authz.model.where import Where
from authz.resources.authorization_policy import AuthorizationPolicy
from tests.support.reading import policy, problems_of_spec, resources, summaries

_, _, VALIDATION = yaml.safe_load_all(
    (Path(__file__).parents[2] / "data/authorization-policy-vectors.yaml").read_text()
)

LONG = ", ".join(["x"] * 513)


def row_name(row: dict[str, Any]) -> str:
    return str(row["name"])


@pytest.mark.parametrize("row", VALIDATION, ids=row_name)
def test_what_istio_accepts_is_accepted_and_what_it_rejects_is_rejected(row: dict[str, Any]) -> None:
    head = {"apiVersion": "security.istio.io/v1"}
    found, problems = resources(*[json.dumps({**head, **document}) for document in row["policies"]], file="a.json")
    errors = [problem for problem in problems if problem.severity is Severity.ERROR]
    assert ("reject" if errors else "accept") == row["expect"]
    assert all(error.where.line == 1 and error.where.column > 1 and error.message for error in errors)
    assert found.of(AuthorizationPolicy)


@pytest.mark.parametrize("version", ["v1", "v1beta1"])
def test_both_versions_mean_the_same(version: str) -> None:
    text = f"apiVersion: security.istio.io/{version}\nkind: AuthorizationPolicy\nmetadata: {{name: a}}\n"
    found, problems = resources(text)
    assert problems == []
    assert [policy.key for policy in found.of(AuthorizationPolicy)] == [("default", "a")]


@pytest.mark.parametrize("spec", ["{}", "{rules: []}", "{action: ALLOW}", "{action: AUDIT}"])
def test_an_allow_or_audit_policy_may_have_no_rules(spec: str) -> None:
    assert policy(spec).rules == ()


def test_no_rules_and_an_empty_rule_are_told_apart() -> None:
    assert policy("{rules: []}").rules == ()
    assert policy("{rules: [{}]}").rules == (Rule(0, (), (), (), Where("a.yaml", 4, 16)),)


@pytest.mark.parametrize("action", Action)
def test_the_action_is_read(action: Action) -> None:
    provider = ", provider: {name: p}" if action is Action.CUSTOM else ""
    assert policy(f"{{action: {action.value}{provider}, rules: [{{}}]}}").action is action
    assert policy("{rules: [{}]}").action is Action.ALLOW


def test_a_provider_is_read_from_a_custom_policy() -> None:
    assert policy("{action: CUSTOM, provider: {name: p}, rules: [{}]}").provider == "p"
    assert policy("{rules: [{}]}").provider == ""


def test_every_field_of_a_rule_is_a_requirement() -> None:
    found = policy(
        "{rules: [{}, {from: [{source: {principals: [a, b*]}}], when: [{key: source.ip, notValues: [10.0.0.0/8]}]}]}"
    )
    (rule,) = found.rules[1:]
    ((principals,),) = rule.sources
    (condition,) = rule.conditions
    assert (rule.index, rule.operations) == (1, ())
    assert (principals.values, principals.texts) == ((Principal("a"), Principal("b*")), ("a", "b*"))
    assert (principals.field, principals.negated) == ("from[0].source.principals", False)
    assert (condition.values, condition.field, condition.negated) == (
        (parse_cidr("10.0.0.0/8"),),
        "when[0].notValues",
        True,
    )
    assert (str(principals.where), str(condition.where)) == ("a.yaml:4:50", "a.yaml:4:97")


@pytest.mark.parametrize(
    ("field", "value", "kind"),
    [
        ("principals", "td/ns/a/sa/b", AttributeKind.SOURCE_PRINCIPAL),
        ("requestPrincipals", "iss/sub", AttributeKind.REQUEST_PRINCIPAL),
        ("namespaces", "a*b*", AttributeKind.SOURCE_NAMESPACE),
        ("serviceAccounts", "ns/sa", AttributeKind.SOURCE_SERVICE_ACCOUNT),
        ("trustDomains", "*.td", AttributeKind.SOURCE_TRUST_DOMAIN),
        ("ipBlocks", "10.0.0.0/8", AttributeKind.SOURCE_IP),
        ("remoteIpBlocks", "::/0", AttributeKind.REMOTE_IP),
    ],
)
def test_a_source_field_and_its_negation_are_about_one_attribute(field: str, value: str, kind: AttributeKind) -> None:
    negative = f"not{field[0].upper()}{field[1:]}"
    found = policy(f"{{rules: [{{from: [{{source: {{{field}: ['{value}'], {negative}: ['{value}']}}}}]}}]}}")
    ((one, other),) = found.rules[0].sources
    assert (one.attribute.kind, one.negated, other.attribute.kind, other.negated) == (kind, False, kind, True)
    assert one.values == other.values


@pytest.mark.parametrize(
    ("field", "value", "kind"),
    [
        ("hosts", "*.COM", AttributeKind.HOST),
        ("ports", "80", AttributeKind.DESTINATION_PORT),
        ("methods", "get", AttributeKind.METHOD),
        ("paths", "/{**}", AttributeKind.PATH),
    ],
)
def test_an_operation_field_and_its_negation_are_about_one_attribute(
    field: str, value: str, kind: AttributeKind
) -> None:
    negative = f"not{field[0].upper()}{field[1:]}"
    found = policy(f"{{rules: [{{to: [{{operation: {{{field}: ['{value}'], {negative}: ['{value}']}}}}]}}]}}")
    ((one, other),) = found.rules[0].operations
    assert (one.attribute.kind, one.negated, other.attribute.kind, other.negated) == (kind, False, kind, True)
    assert one.values == other.values


def test_sources_and_operations_are_alternatives_and_their_fields_are_not() -> None:
    found = policy(
        "{rules: [{from: [{source: {namespaces: [a], ipBlocks: [1.2.3.4]}}, {source: {namespaces: [b]}}],"
        " to: [{operation: {ports: ['1'], hosts: ['*']}}, {operation: {paths: ['/a*']}}]}]}"
    )
    rule = found.rules[0]
    assert [[requirement.texts for requirement in source] for source in rule.sources] == [
        [("a",), ("1.2.3.4",)],
        [("b",)],
    ]
    assert [[one.values for one in operation] for operation in rule.operations] == [
        [(Port(1),), (Present(),)],
        [(Prefix("/a"),)],
    ]


def test_a_condition_with_both_lists_is_two_requirements() -> None:
    found = policy("{rules: [{when: [{key: 'request.headers[X-A]', values: [a], notValues: [b]}]}]}")
    one, other = found.rules[0].conditions
    assert one.attribute == other.attribute
    assert (one.attribute.name, one.values, one.negated) == (("x-a",), (Exact("a"),), False)
    assert (other.values, other.negated) == ((Exact("b"),), True)


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [("'true'", True), ("'1'", True), ("T", True), ("'false'", False), ("'0'", False), ("F", False)],
)
def test_dry_run_is_what_go_reads_as_a_boolean(annotation: str, expected: bool) -> None:  # noqa: FBT001
    metadata = f"{{name: a, annotations: {{istio.io/dry-run: {annotation}}}}}"
    text = f"apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {metadata}"
    found, problems = resources(text)
    assert problems == []
    assert found.of(AuthorizationPolicy)[0].dry_run is expected


@pytest.mark.parametrize(
    ("action", "annotation", "message"),
    [
        ("ALLOW", "'yes'", "expected true or false, found 'yes'"),
        ("ALLOW", "''", "expected true or false, found ''"),
        ("DENY", "tRUE", "expected true or false, found 'tRUE'"),
        ("AUDIT", "'true'", "only ALLOW and DENY can be tried, this is AUDIT"),
        ("AUDIT", "'false'", "only ALLOW and DENY can be tried, this is AUDIT"),
        ("CUSTOM, provider: {name: p}", "'true'", "only ALLOW and DENY can be tried, this is CUSTOM"),
    ],
)
def test_a_dry_run_that_istio_refuses_is_refused(action: str, annotation: str, message: str) -> None:
    text = f"""apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {{name: a, annotations: {{istio.io/dry-run: {annotation}}}}}
spec: {{action: {action}, rules: [{{}}]}}"""
    (problem,) = resources(text)[1]
    assert (problem.code, problem.field) == (Code.BAD_DRY_RUN, "metadata.annotations[istio.io/dry-run]")
    assert (str(problem.where), problem.message) == ("a.yaml:3:53", message)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        # types
        ("{rules: {}}", ["4:15 AZ021 spec.rules"]),
        ("{rules: a}", ["4:15 AZ021 spec.rules"]),
        ("{rules: [null]}", ["4:16 AZ109 spec.rules[0]"]),
        ("{rules: ['']}", ["4:16 AZ109 spec.rules[0]"]),
        ("{rules: [[]]}", ["4:16 AZ021 spec.rules[0]"]),
        ("{rules: [{}, null, {}, ~]}", ["4:20 AZ109 spec.rules[1]", "4:30 AZ109 spec.rules[3]"]),
        ("{action: 1}", ["4:16 AZ021 spec.action"]),
        ("{action: [ALLOW]}", ["4:16 AZ021 spec.action"]),
        ("{rules: [{from: {}}]}", ["4:23 AZ021 spec.rules[0].from"]),
        ("{rules: [{to: {operation: {ports: ['1']}}}]}", ["4:21 AZ021 spec.rules[0].to"]),
        ("{rules: [{when: {key: a}}]}", ["4:23 AZ021 spec.rules[0].when"]),
        ("{rules: [{to: [{operation: {ports: [80]}}]}]}", ["4:43 AZ021 spec.rules[0].to[0].operation.ports[0]"]),
        ("{rules: [{to: [{operation: {ports: '80'}}]}]}", ["4:42 AZ021 spec.rules[0].to[0].operation.ports"]),
        ("{rules: [{to: [{operation: {hosts: [[a]]}}]}]}", ["4:43 AZ021 spec.rules[0].to[0].operation.hosts[0]"]),
        ("{rules: [{to: [{operation: {methods: [on]}}]}]}", ["4:45 AZ021 spec.rules[0].to[0].operation.methods[0]"]),
        # unknown fields, at every level
        ("{rule: []}", ["4:8 AZ020 spec.rule"]),
        ("{rules: [{form: []}]}", ["4:17 AZ020 spec.rules[0].form"]),
        (
            "{rules: [{from: [{source: {ipBlocks: [1.2.3.4]}, x: y}]}]}",
            ["4:56 AZ020 spec.rules[0].from[0].x"],
        ),
        (
            "{rules: [{from: [{sorce: {}}]}]}",
            ["4:24 AZ109 spec.rules[0].from[0].source", "4:25 AZ020 spec.rules[0].from[0].sorce"],
        ),
        (
            "{rules: [{from: [{source: {ipBlocks: [1.2.3.4], ipBlock: [5.6.7.8]}}]}]}",
            ["4:55 AZ020 spec.rules[0].from[0].source.ipBlock"],
        ),
        ("{rules: [{from: [{source: {ipBlock: [a]}}]}]}", ["4:34 AZ020 spec.rules[0].from[0].source.ipBlock"]),
        ("{rules: [{to: [{operation: {path: [a]}}]}]}", ["4:35 AZ020 spec.rules[0].to[0].operation.path"]),
        ("{rules: [{from: [{source: {hosts: [a]}}]}]}", ["4:34 AZ020 spec.rules[0].from[0].source.hosts"]),
        (
            "{rules: [{when: [{key: source.ip, values: [1.2.3.4], notValue: [a]}]}]}",
            ["4:60 AZ020 spec.rules[0].when[0].notValue"],
        ),
        ("{action: CUSTOM, provider: {name: a, x: b}, rules: [{}]}", ["4:44 AZ020 spec.provider.x"]),
        # rules and providers
        ("{action: DENY}", ["4:7 AZ108 spec.rules"]),
        ("{action: DENY, rules: []}", ["4:29 AZ108 spec.rules"]),
        ("{action: CUSTOM, provider: {name: a}}", ["4:7 AZ108 spec.rules"]),
        ("{action: CUSTOM, rules: [{}]}", ["4:7 AZ111 spec.provider.name"]),
        ("{action: CUSTOM, provider: {}, rules: [{}]}", ["4:34 AZ111 spec.provider.name"]),
        ("{action: CUSTOM, provider: {name: ''}, rules: [{}]}", ["4:34 AZ111 spec.provider.name"]),
        ("{provider: {name: a}, rules: [{}]}", ["4:18 AZ111 spec.provider"]),
        ("{action: DENY, provider: {}, rules: [{}]}", ["4:32 AZ111 spec.provider"]),
        ("{action: deny, rules: [{}]}", ["4:16 AZ026 spec.action"]),
        ("{action: '', rules: [{}]}", ["4:16 AZ026 spec.action"]),
        # what would mean anything
        ("{rules: [{from: []}]}", ["4:23 AZ109 spec.rules[0].from"]),
        ("{rules: [{to: []}]}", ["4:21 AZ109 spec.rules[0].to"]),
        ("{rules: [{from: [null]}]}", ["4:24 AZ109 spec.rules[0].from[0].source"]),
        ("{rules: [{from: [{}]}]}", ["4:24 AZ109 spec.rules[0].from[0].source"]),
        ("{rules: [{from: [{source: {}}]}]}", ["4:24 AZ109 spec.rules[0].from[0].source"]),
        ("{rules: [{to: [{operation: {}}]}]}", ["4:22 AZ109 spec.rules[0].to[0].operation"]),
        ("{rules: [{to: [{operation: null}]}]}", ["4:34 AZ021 spec.rules[0].to[0].operation"]),
        (
            "{rules: [{to: [{operation: {paths: []}}]}]}",
            ["4:34 AZ109 spec.rules[0].to[0].operation", "4:42 AZ903 spec.rules[0].to[0].operation.paths"],
        ),
        ("{rules: [{to: [{operation: {paths: ['']}}]}]}", ["4:43 AZ025 spec.rules[0].to[0].operation.paths[0]"]),
        ("{rules: [{when: [{key: source.ip, values: ['']}]}]}", ["4:50 AZ025 spec.rules[0].when[0].values[0]"]),
        # conditions
        ("{rules: [{when: [null]}]}", ["4:24 AZ021 spec.rules[0].when[0]"]),
        ("{rules: [{when: [{}]}]}", ["4:24 AZ022 spec.rules[0].when[0].key"]),
        ("{rules: [{when: [{values: [a]}]}]}", ["4:24 AZ022 spec.rules[0].when[0].key"]),
        ("{rules: [{when: [{key: '', values: [a]}]}]}", ["4:30 AZ022 spec.rules[0].when[0].key"]),
        ("{rules: [{when: [{key: 80, values: [a]}]}]}", ["4:30 AZ021 spec.rules[0].when[0].key"]),
        ("{rules: [{when: [{key: source.ip}]}]}", ["4:24 AZ107 spec.rules[0].when[0]"]),
        (
            "{rules: [{when: [{key: source.ip, values: []}]}]}",
            ["4:24 AZ107 spec.rules[0].when[0]", "4:49 AZ903 spec.rules[0].when[0].values"],
        ),
        ("{rules: [{when: [{key: source.user, values: [a]}]}]}", ["4:30 AZ106 spec.rules[0].when[0].key"]),
        ("{rules: [{when: [{key: 'request.headers[]', values: [a]}]}]}", ["4:30 AZ106 spec.rules[0].when[0].key"]),
        ("{rules: [{when: [{key: source.ip, values: [a, 1.2.3.4, b]}]}]}",
         ["4:50 AZ101 spec.rules[0].when[0].values[0]", "4:62 AZ101 spec.rules[0].when[0].values[2]"]),
        ("{rules: [{when: [{key: destination.port, values: ['x']}]}]}", ["4:57 AZ102 spec.rules[0].when[0].values[0]"]),
        # values
        ("{rules: [{from: [{source: {ipBlocks: [10.0.0.256]}}]}]}",
         ["4:45 AZ101 spec.rules[0].from[0].source.ipBlocks[0]"]),
        ("{rules: [{from: [{source: {notRemoteIpBlocks: ['::/129']}}]}]}",
         ["4:54 AZ101 spec.rules[0].from[0].source.notRemoteIpBlocks[0]"]),
        ("{rules: [{to: [{operation: {notPorts: ['65536']}}]}]}",
         ["4:46 AZ102 spec.rules[0].to[0].operation.notPorts[0]"]),
        ("{rules: [{to: [{operation: {notPaths: ['/{x}']}}]}]}",
         ["4:46 AZ103 spec.rules[0].to[0].operation.notPaths[0]"]),
        ("{rules: [{from: [{source: {serviceAccounts: [a/*]}}]}]}",
         ["4:52 AZ104 spec.rules[0].from[0].source.serviceAccounts[0]"]),
        ("{rules: [{from: [{source: {notTrustDomains: [a/b]}}]}]}",
         ["4:52 AZ105 spec.rules[0].from[0].source.notTrustDomains[0]"]),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_spec_is_said_at_its_place(spec: str, expected: list[str]) -> None:
    assert summaries(problems_of_spec(spec)) == expected


@pytest.mark.parametrize("field", ["serviceAccounts", "notServiceAccounts"])
@pytest.mark.parametrize("other", ["principals", "notPrincipals", "namespaces", "notNamespaces"])
def test_service_accounts_stand_alone(field: str, other: str) -> None:
    (problem,) = problems_of_spec(f"{{rules: [{{from: [{{source: {{{field}: [a], {other}: [b]}}}}]}}]}}")
    assert (problem.code, problem.where.column) == (Code.CONFLICTING_FIELDS, 34)
    assert problem.message == f"cannot be set beside {other}; use an entry of its own"


def test_service_accounts_may_stand_beside_addresses_and_in_an_entry_of_their_own() -> None:
    found = policy(
        "{rules: [{from: [{source: {serviceAccounts: [a], ipBlocks: [1.2.3.4]}}, {source: {principals: [b]}}]}]}"
    )
    assert len(found.rules[0].sources) == 2


def test_at_most_16_service_accounts() -> None:
    names = ", ".join(["a"] * 17)
    (problem,) = problems_of_spec(f"{{rules: [{{from: [{{source: {{serviceAccounts: [{names}]}}}}]}}]}}")
    assert (problem.code, problem.message) == (Code.TOO_MANY, "at most 16 values, found 17")
    assert problems_of_spec(f"{{rules: [{{from: [{{source: {{serviceAccounts: [{names[3:]}]}}}}]}}]}}") == []


@pytest.mark.parametrize(
    ("spec", "entry", "field"),
    [
        ("{{rules: [{}]}}", "{}", "spec.rules"),
        ("{{rules: [{{from: [{}]}}]}}", "{source: {namespaces: [a]}}", "spec.rules[0].from"),
    ],
)
def test_at_most_512_entries(spec: str, entry: str, field: str) -> None:
    assert policy(spec.format(", ".join([entry] * 512))).rules[-1].index in {0, 511}
    (problem,) = problems_of_spec(spec.format(", ".join([entry] * 513)))
    assert (problem.code, problem.field) == (Code.TOO_MANY, field)
    assert "513" in problem.message


@pytest.mark.parametrize(
    "field",
    [
        "principals",
        "requestPrincipals",
        "namespaces",
        "serviceAccounts",
        "trustDomains",
        "notPrincipals",
        "notTrustDomains",
    ],
)
def test_a_custom_policy_does_not_know_the_peer(field: str) -> None:
    rules = f"rules: [{{from: [{{source: {{{field}: [a], ipBlocks: [1.2.3.4]}}}}]}}]"
    (problem,) = problems_of_spec(f"{{{rules}, action: CUSTOM, provider: {{name: p}}}}")
    assert (problem.code, problem.field) == (Code.NOT_WITH_CUSTOM, f"spec.rules[0].from[0].source.{field}")
    assert problems_of_spec(f"{{{rules}, action: DENY}}") == []


@pytest.mark.parametrize(
    "key",
    ["source.namespace", "source.serviceAccount", "source.trustDomain", "source.principal", "request.auth.principal",
     "request.auth.audiences", "request.auth.presenter", "request.auth.claims[a]"],
)  # fmt: skip
def test_a_custom_policy_has_no_condition_on_identities(key: str) -> None:
    when = f"rules: [{{when: [{{key: '{key}', notValues: [a]}}]}}]"
    (problem,) = problems_of_spec(f"{{{when}, action: CUSTOM, provider: {{name: p}}}}")
    assert (problem.code, problem.field) == (Code.NOT_WITH_CUSTOM, "spec.rules[0].when[0].key")
    assert problems_of_spec(f"{{{when}, action: AUDIT}}") == []


def test_a_custom_policy_may_ask_for_the_rest() -> None:
    found = policy(
        "{action: CUSTOM, provider: {name: p}, rules: [{from: [{source: {ipBlocks: ['::'], remoteIpBlocks: ['::1']}}],"
        " to: [{operation: {hosts: [a], ports: ['1'], methods: [GET], paths: [/a]}}],"
        " when: [{key: 'request.headers[a]', values: [b]}, {key: connection.sni, values: [c]}]}]}"
    )
    assert found.provider == "p"


@pytest.mark.parametrize(
    "rule",
    [
        "{from: [{source: {principals: ['spiffe://a/ns/b/sa/c', '*', '**', 'a*b']}}]}",
        "{from: [{source: {namespaces: ['a*b*c', '*'], requestPrincipals: ['*/*', i]}}]}",
        "{to: [{operation: {methods: [get], hosts: ['a.com:80', 'a.com/x', 'a.*.com']}}]}",
        "{to: [{operation: {paths: ['no-slash', '/a/*/b', '/a?b', '/a//b']}}]}",
        "{to: [{operation: {ports: ['0', '0080', '65535']}}]}",
        "{from: [{source: {ipBlocks: ['0.0.0.0/0', '::/0', '10.1.2.3/8', '::ffff:1.2.3.4']}}]}",
        "{when: [{key: 'request.headers[a][b]', values: ['*']}]}",
        "{when: [{key: source.trustDomain, values: [a/b]}]}",
        "{from: [{source: {principals: [], namespaces: [a]}}]}",
    ],
)
def test_what_is_useless_but_legal_is_no_error(rule: str) -> None:
    problems = problems_of_spec(f"{{rules: [{rule}]}}")
    assert [problem for problem in problems if problem.severity is Severity.ERROR] == []


def test_an_empty_list_beside_others_is_warned_about() -> None:
    (problem,) = problems_of_spec("{rules: [{from: [{source: {principals: [], namespaces: [a]}}]}]}")
    assert (problem.severity, problem.code) == (Severity.WARNING, Code.EMPTY_VALUES)
    assert problem.field == "spec.rules[0].from[0].source.principals"


def test_all_problems_of_a_policy_are_found_in_one_run() -> None:
    spec = """\
action: Deny
rule: []
rules:
- from:
  - source:
      ipBlocks: ["10.0.0.300"]
      principal: [a]
  to:
  - operation:
      ports:
      - 80
      - "x"
      paths: ["/{id}"]
  when:
  - key: source.user
    values: [a]
  - values: [a]
"""
    assert summaries(problems_of_spec(spec)) == [
        "5:11 AZ026 spec.action",
        "6:3 AZ020 spec.rule",
        "10:20 AZ101 spec.rules[0].from[0].source.ipBlocks[0]",
        "11:9 AZ020 spec.rules[0].from[0].source.principal",
        "15:11 AZ021 spec.rules[0].to[0].operation.ports[0]",
        "16:11 AZ102 spec.rules[0].to[0].operation.ports[1]",
        "17:17 AZ103 spec.rules[0].to[0].operation.paths[0]",
        "19:12 AZ106 spec.rules[0].when[0].key",
        "21:7 AZ022 spec.rules[0].when[1].key",
    ]


def test_a_mistyped_field_says_what_is_meant() -> None:
    (problem,) = problems_of_spec("{rules: [{from: [{source: {requestPrincipal: [a], namespaces: [b]}}]}]}")
    assert problem.message == "there is no such field; did you mean 'requestPrincipals'?"


@pytest.mark.parametrize("text", ["|\n        80", ">-\n        80", '"80"', "'80'", "!!str 80"])
def test_a_port_may_be_written_in_any_form_of_a_string(text: str) -> None:
    spec = f"rules:\n- to:\n  - operation:\n      ports:\n      - {text}"
    codes = [problem.code for problem in problems_of_spec(spec)]
    assert codes == ([Code.BAD_PORT] if text.startswith("|") else [])  # a block keeps its line break
