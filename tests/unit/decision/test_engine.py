"""One set in force: doubt about the request is a denial with its own reason, and nothing else is doubted."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from authz.decision.engine import Engine
from authz.model.decision import Allowed, Denied, Reason
from authz.model.request import Request
from authz.model.workload import LABELS_UNKNOWN, Role, Target, Workload
from tests.support.certificates import certificate
from tests.support.policies import Document, authorizer, policy, source, to, when

USER = "spiffe://td/ns/foo/sa/user"
SELECTS = policy("p", {}, selector={"matchLabels": {"app": "httpbin"}})


def engine(*policies: Document, workload: str | Workload | None = "foo/app=httpbin", **mesh: object) -> Engine:
    return authorizer(*policies, workload=workload, mesh=mesh)._engine


def reasons(decides: Engine, requests: Iterable[Request]) -> set[Reason]:
    return {decides.decide(request).reason for request in requests}


UNREADABLE_PEERS = [
    Request(certificate="garbage"),
    Request(certificate=certificate(uris=(USER,)), principal="spiffe://td/ns/foo/sa/admin"),
    Request(principal=f"{USER}\0"),
    Request(principal=f"{USER}\x1b"),
    Request(certificate=certificate(names=("a\0b",))),
]
NEEDS_THE_PEER = [
    source(principals=["td/ns/foo/sa/user"]),
    source(notPrincipals=["td/ns/foo/sa/user"]),
    source(principals=["*"]),
    source(namespaces=["foo"]),
    source(notNamespaces=["fo*"]),
    source(serviceAccounts=["user"]),
    source(trustDomains=["td"]),
    when("source.principal", "*"),
]


@pytest.mark.parametrize("action", ["ALLOW", "DENY"])
@pytest.mark.parametrize("protocol", ["http", "tcp"])
@pytest.mark.parametrize("rule", NEEDS_THE_PEER, ids=str)
def test_an_unreadable_peer_denies_where_a_rule_needs_it(rule: Document, protocol: str, action: str) -> None:
    decides = engine(policy("p", rule, action=action))

    assert reasons(decides, [replace(one, protocol=protocol) for one in UNREADABLE_PEERS]) == {Reason.UNREADABLE_FACT}
    assert decides.decide(replace(UNREADABLE_PEERS[0], protocol=protocol)).detail.startswith("source.certificate: ")


@pytest.mark.parametrize("protocol", ["http", "tcp"])
def test_an_unreadable_peer_passes_where_no_rule_needs_it(protocol: str) -> None:
    decides = engine(policy("p", source(ipBlocks=["10.0.0.0/8"])), policy("d", to(ports=["1"]), action="DENY"))
    requests = [replace(one, protocol=protocol, source_ip="10.0.0.1") for one in UNREADABLE_PEERS]

    assert reasons(decides, requests) == {Reason.ALLOW_RULE}


def test_an_unreadable_fact_passes_where_another_field_of_the_rule_fails() -> None:
    decides = engine(policy("p", {**to(paths=["/a"]), **when("request.headers[x]", not_values=["b"])}, action="DENY"))
    broken = Request(headers=(("x", "\0"),))

    assert decides.decide(broken).reason is Reason.NO_ALLOW_POLICY
    assert decides.decide(replace(broken, path="/a")).reason is Reason.UNREADABLE_FACT


@pytest.mark.parametrize("action", ["ALLOW", "DENY"])
def test_a_header_with_a_nul_denies_where_a_rule_reads_it(action: str) -> None:
    decides = engine(policy("p", when("request.headers[x]", "a", not_values=["b"]), action=action))

    assert decides.decide(Request(headers=(("x", "a"), ("x", "\0")))).reason is Reason.UNREADABLE_FACT
    assert decides.decide(Request(headers=(("x", "a"), ("y", "\0")))).reason is not Reason.UNREADABLE_FACT


def test_nobody_says_whose_request_it_is() -> None:
    decides = engine(policy("p", {}, namespace="istio-system"), workload=None)
    decision = decides.decide(Request())

    assert isinstance(decision, Denied)
    assert decision.reason is Reason.UNKNOWN_WORKLOAD
    assert "authz-namespace" in decision.detail
    assert isinstance(decides.decide(Request(workload=Workload("foo"))), Allowed)


@pytest.mark.parametrize("protocol", ["http", "tcp"])
def test_unknown_labels_and_a_selector_in_scope_deny(protocol: str) -> None:
    unknown = Request(protocol=protocol, workload=Workload("foo", LABELS_UNKNOWN))
    decision = engine(SELECTS, workload=None).decide(unknown)

    assert isinstance(decision, Denied)
    assert decision.reason is Reason.UNKNOWN_LABELS
    assert "policy foo/p selects by labels" in decision.detail


def test_unknown_labels_do_not_matter_without_a_selector_in_scope() -> None:
    unknown = Request(workload=Workload("foo", LABELS_UNKNOWN))
    elsewhere = policy("q", {}, namespace="bar", action="DENY", selector={"matchLabels": {"a": "b"}})

    assert engine(policy("p", {}), elsewhere, workload=None).decide(unknown).reason is Reason.ALLOW_RULE


def test_to_have_no_labels_is_to_be_selected_by_none() -> None:
    assert engine(SELECTS, workload="foo/").decide(Request()).reason is Reason.NO_ALLOW_POLICY


def test_the_targets_of_the_settings_workload_count() -> None:
    attached = policy("p", {}, action="DENY", targetRefs=[{"group": "", "kind": "Service", "name": "svc"}])
    waypoint = Workload("foo", role=Role.WAYPOINT, services=frozenset({Target("foo", "svc")}))

    assert engine(attached, workload=waypoint).decide(Request()).reason is Reason.DENY_RULE
    assert engine(attached).decide(Request()).reason is Reason.NO_ALLOW_POLICY


@pytest.mark.parametrize(
    "method, target, problem",
    [
        ("GET", "/a", ""),
        ("GET", "//", ""),
        ("OPTIONS", "*", ""),
        ("CONNECT", "", ""),
        ("CONNECT", "a:443", ""),
        ("GET", "/a?b=%00", ""),
        ("GET", "", "begin"),
        ("GET", "*", "begin"),
        ("options", "*", "begin"),
        ("GET", "a", "begin"),
        ("GET", "?", "begin"),
        ("POST", "pkg.Svc/Method", "begin"),
        ("GET", "http://a/b", "begin"),
        ("GET", "\\a", "begin"),
        ("GET", "/a#b", "fragment"),
        ("GET", "/a?b#c", "fragment"),
        ("OPTIONS", "*#", "fragment"),
        ("GET", "/a\0", "NUL"),
        ("GET", "/a?\0", "NUL"),
        ("GET", "/a%00b", "NUL"),
        ("CONNECT", "a\0", "NUL"),
    ],
)
def test_a_target_that_no_proxy_should_send_is_refused(method: str, target: str, problem: str) -> None:
    decides = engine(policy("p", {}))
    decision = decides.decide(Request(method=method, path=target))

    assert decision.reason is (Reason.MALFORMED_PATH if problem else Reason.ALLOW_RULE)
    assert problem in decision.detail
    assert decides.explain(Request(method=method, path=target)).decision == decision


def test_a_path_that_is_not_normal_is_decided_in_both_forms_and_says_so() -> None:
    decides = engine(policy("p", to(paths=["/admin"]), action="DENY"))
    decisions = [decides.decide(Request(path=path)) for path in ("/admin", "/a/../admin", "/a/../b", "/b")]

    assert [decision.reason for decision in decisions] == [
        Reason.DENY_RULE,
        Reason.DENY_RULE,
        Reason.NO_ALLOW_POLICY,
        Reason.NO_ALLOW_POLICY,
    ]
    assert [decision.path_not_normalized for decision in decisions] == [False, True, True, False]


def test_an_allow_rule_must_match_both_forms() -> None:
    decides = engine(policy("p", to(paths=["/public/*"])), policy("q", to(paths=["/other"])))
    paths = ["/public/a", "/public/../secret", "/x/../public/a", "/public/../other", "/public/x/../a"]

    assert [isinstance(decides.decide(Request(path=path)), Allowed) for path in paths] == [
        True,
        False,
        False,
        True,
        True,
    ]


def test_no_form_is_normal_where_the_mesh_normalizes_nothing() -> None:
    decides = engine(policy("p", to(paths=["/admin"]), action="DENY"), pathNormalization={"normalization": "NONE"})

    assert not decides.decide(Request(path="/a/../admin")).path_not_normalized
    assert isinstance(decides.decide(Request(path="/a/../admin")), Allowed)


def test_http_and_tcp_to_one_workload_are_not_confused() -> None:
    decides = engine(policy("p", to(paths=["/a"])), workload=None)
    request = Request(path="/a", workload=Workload("foo"))

    for _ in range(2):
        assert decides.decide(request).reason is Reason.ALLOW_RULE
        assert decides.decide(replace(request, protocol="tcp")).reason is Reason.NO_ALLOW_RULE


def test_the_same_request_gets_the_same_decision_object() -> None:
    decides = engine(policy("p", to(paths=["/a"])))

    assert decides.decide(Request(path="/a")) is decides.decide(Request(path="/a", method="PUT"))
    assert decides.decide(Request()) is decides.decide(Request(path="/b"))


def test_workloads_are_remembered_by_all_that_is_said_of_them() -> None:
    decides = engine(policy("p", {}, selector={"matchLabels": {"a": "b"}}), workload=None)
    labels = [{("a", "b")}, {("a", "b"), ("c", "d")}, {("c", "d")}, set[tuple[str, str]]()]

    for _ in range(2):
        decisions = [decides.decide(Request(workload=Workload("foo", frozenset(one)))) for one in labels]
        assert [decision.by is not None for decision in decisions] == [True, True, False, False]
