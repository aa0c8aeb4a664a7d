"""Why: the verdict of each policy and rule, the first field that failed, what was seen, and where it is written."""

from dataclasses import replace

import pytest

from authz.authorizer import Authorizer
from authz.decision.explain import Explanation, PathForms, RuleNote, seen
from authz.model.decision import Allowed, Denied, Reason
from authz.model.request import Request
from authz.model.rule import Action, Attribute, AttributeKind
from authz.model.workload import LABELS_UNKNOWN, Workload
from authz.resources.documents import SourceFile
from tests.support.certificates import certificate
from tests.support.policies import Document, authorizer, dry_run, load, policy, source, to, when
from tests.support.rules import facts

TEXT = b"""\
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: users, namespace: foo}
spec:
  rules:
    - from:
        - source:
            principals: [cluster.local/ns/foo/sa/web]
      to:
        - operation:
            methods: [GET]
            paths: [/users]
        - operation:
            methods: [PUT]
            paths: [/users, /groups]
      when:
        - key: request.headers[x-team]
          values: [blue]
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: never, namespace: foo}
spec:
  action: DENY
  rules:
    - to: [{operation: {notMethods: [GET, PUT]}}]
"""
WEB = "spiffe://cluster.local/ns/foo/sa/web"
PASSES = Request(path="/users", principal=WEB, headers=(("x-team", "blue"),))


@pytest.fixture(scope="module")
def users() -> Authorizer:
    return load([SourceFile("users.yaml", TEXT)], workload="foo/")


def rule_of(explanation: Explanation, policy_name: str) -> RuleNote:
    (note,) = (policy.rules[0] for policy in explanation.policies if policy.name == policy_name)
    return note


def test_every_policy_in_scope_has_its_verdict_and_its_place(users: Authorizer) -> None:
    explanation = users.explain(PASSES)

    assert isinstance(explanation.decision, Allowed)
    assert [(note.name, note.action, note.matched, str(note.where)) for note in explanation.policies] == [
        ("never", Action.DENY, False, "users.yaml:20:1"),
        ("users", Action.ALLOW, True, "users.yaml:1:1"),
    ]
    assert explanation.workload == Workload("foo")
    assert explanation.nearest_miss is None


@pytest.mark.parametrize(
    "request_, field, wanted, saw, line, held",
    [
        (replace(PASSES, principal=""), "from[0].source.principals", "cluster.local/ns/foo/sa/web", (), 8, 3),
        (
            replace(PASSES, principal="spiffe://x"),
            "from[0].source.principals",
            "cluster.local/ns/foo/sa/web",
            ("spiffe://x",),
            8,
            3,
        ),
        (replace(PASSES, path="/groups"), "to[0].operation.paths", "/users", ("/groups",), 12, 3),
        (replace(PASSES, path="/x", method="PUT"), "to[1].operation.paths", "/users", ("/x",), 15, 3),
        (replace(PASSES, headers=()), "when[0]", "blue", (), 18, 3),
        (replace(PASSES, headers=(("x-team", "red"), ("x-team", "green"))), "when[0]", "blue", ("red", "green"), 18, 3),
        (Request(path="/x"), "from[0].source.principals", "cluster.local/ns/foo/sa/web", (), 8, 1),
    ],
)
def test_the_first_field_that_failed_is_named_with_what_was_seen(
    users: Authorizer, request_: Request, field: str, *, wanted: str, saw: tuple[str, ...], line: int, held: int
) -> None:
    note = rule_of(users.explain(request_), "users")

    assert not note.matched
    assert note.failed is not None
    assert (note.failed.field.startswith(field), note.failed.wanted[0], note.failed.seen) == (True, wanted, saw)
    assert (note.failed.where.file, note.failed.where.line) == ("users.yaml", line)
    assert (note.held, note.fields) == (held, 4)


def test_a_negated_field_that_failed_says_what_it_did_not_want(users: Authorizer) -> None:
    failed = rule_of(users.explain(PASSES), "never").failed

    assert failed is not None
    assert (failed.field, failed.wanted, failed.negated, failed.seen) == (
        "to[0].operation.notMethods",
        ("GET", "PUT"),
        True,
        ("GET",),
    )


def test_the_nearest_miss_is_the_allow_rule_of_which_least_was_missing() -> None:
    far = policy("a-far", {**source(principals=["*"]), **to(paths=["/users"]), **when("request.headers[x]", "y")})
    near = policy("near", {**source(principals=["*"]), **to(paths=["/groups"], methods=["GET"])})
    others = [policy("deny", to(paths=["/x"]), action="DENY"), dry_run(policy("dry", {}))]
    miss = authorizer(far, near, *others).explain(Request(path="/groups")).nearest_miss

    assert miss is not None
    assert (miss.ref.policy, miss.held, miss.fields) == ("near", 2, 3)


def test_without_an_allow_rule_nothing_was_near() -> None:
    assert authorizer(policy("p")).explain(Request()).nearest_miss is None
    assert authorizer(policy("p", {}), policy("d", {}, action="DENY")).explain(Request()).nearest_miss is None


def test_dry_run_and_audit_policies_are_told_as_such() -> None:
    explanation = authorizer(dry_run(policy("s", {})), policy("u", {}, action="AUDIT")).explain(Request())

    assert [(note.name, note.action, note.dry_run, note.matched) for note in explanation.policies] == [
        ("s", Action.ALLOW, True, True),
        ("u", Action.AUDIT, False, True),
    ]
    assert explanation.decision.audited_by is not None
    assert [shadow.denied for shadow in explanation.decision.shadows] == [False]


@pytest.mark.parametrize(
    "request_, reason",
    [
        (Request(workload=Workload("foo", LABELS_UNKNOWN)), Reason.UNKNOWN_LABELS),
        (Request(), Reason.UNKNOWN_WORKLOAD),
        (Request(workload=Workload("foo"), path="x"), Reason.MALFORMED_PATH),
    ],
)
def test_a_request_that_no_policy_is_asked_about_has_the_reason_alone(request_: Request, reason: Reason) -> None:
    explains = authorizer(policy("p", {}, selector={"matchLabels": {"a": "b"}}), workload=None)
    explanation = explains.explain(request_)

    assert explanation.decision == explains.check(request_)
    assert isinstance(explanation.decision, Denied)
    assert (explanation.decision.reason, explanation.policies) == (reason, ())


def test_a_field_that_cannot_be_told_is_neither_held_nor_failed() -> None:
    explains = authorizer(policy("p", {**source(principals=["a"]), **to(paths=["/a"])}))
    note = rule_of(explains.explain(Request(path="/a", certificate="garbage")), "p")

    assert (note.matched, note.failed, note.held, note.fields) == (False, None, 1, 2)
    assert note.unreadable.startswith("source.certificate: ")


BROKEN = Request(certificate="garbage", headers=(("x", "\0"),))
DOUBTS: list[tuple[Document, ...]] = [
    (policy("p", {**source(principals=["a"]), **to(paths=["/b"])}, action="DENY"),),
    (policy("p", {**source(principals=["a"]), **to(paths=["/"])}, action="DENY"),),
    (policy("p", {"from": [*source(principals=["a"])["from"], *source(ipBlocks=["10.0.0.0/8"])["from"]]}),),
    (policy("p", {**source(notPrincipals=["a"]), **to(notPaths=["/"])}),),
    (policy("p", to(paths=["/"])), policy("q", source(principals=["a"]))),
    (policy("p", to(notPaths=["/x"])), policy("q", when("request.headers[x]", "a"))),
    (policy("p", {**when("request.headers[x]", "a"), **to(methods=["PUT"])}), policy("q", {}, action="AUDIT")),
    (
        dry_run(policy("p", when("request.headers[x]", "a"))),
        policy("q", when("request.headers[x]", "a"), action="AUDIT"),
    ),
    (policy("p", when("request.headers[x]", "a"), action="CUSTOM", provider={"name": "x"}), policy("q", {})),
]


@pytest.mark.parametrize("path", ["/", "/x/..", "/x/../b", "/b"])
@pytest.mark.parametrize("policies", DOUBTS)
def test_in_doubt_the_decision_is_still_that_of_the_engine(policies: tuple[Document, ...], path: str) -> None:
    explains = authorizer(*policies)

    for request in (BROKEN, replace(BROKEN, source_ip="10.0.0.1"), replace(BROKEN, certificate="")):
        at = replace(request, path=path)
        assert explains.explain(at).decision == explains.check(at)


ALL = Request(
    method="PUT",
    path="/a?b",
    host="H",
    headers=(("x", "1"), ("x", "2")),
    source_ip="10.0.0.1",
    destination_ip="2001:db8::1",
    destination_port=80,
    certificate=certificate(uris=(WEB,), common_name="c"),
    sni="S",
    claims={"iss": "i", "sub": "s", "groups": ["g"]},
    dynamic_metadata={"f": {"k": "v", "l": ["w"]}},
)


@pytest.mark.parametrize(
    "attribute, values",
    [
        (Attribute(AttributeKind.SOURCE_NAMESPACE), (WEB, "CN=c")),
        (Attribute(AttributeKind.REQUEST_PRINCIPAL), ("i/s",)),
        (Attribute(AttributeKind.CLAIM, ("groups",)), ("g",)),
        (Attribute(AttributeKind.METADATA, ("f", "k")), ("v",)),
        (Attribute(AttributeKind.METADATA, ("f", "l")), ("w",)),
        (Attribute(AttributeKind.HEADER, ("x",)), ("1", "2")),
        (Attribute(AttributeKind.SOURCE_IP), ("10.0.0.1",)),
        (Attribute(AttributeKind.REMOTE_IP), ("10.0.0.1",)),
        (Attribute(AttributeKind.DESTINATION_IP), ("2001:db8::1",)),
        (Attribute(AttributeKind.DESTINATION_PORT), ("80",)),
        (Attribute(AttributeKind.HOST), ("h",)),
        (Attribute(AttributeKind.METHOD), ("PUT",)),
        (Attribute(AttributeKind.PATH), ("/a",)),
        (Attribute(AttributeKind.SNI), ("s",)),
    ],
)
def test_values_seen_are_those_that_a_person_would_name(attribute: Attribute, values: tuple[str, ...]) -> None:
    assert seen(attribute, facts(ALL)) == values


@pytest.mark.parametrize("kind", [AttributeKind.SNI, AttributeKind.SOURCE_IP, AttributeKind.SOURCE_PRINCIPAL])
def test_what_a_request_has_not_is_not_seen(kind: AttributeKind) -> None:
    assert seen(Attribute(kind), facts()) == ()


def test_of_an_unusual_path_it_is_said_which_form_the_notes_are_about() -> None:
    decides = authorizer(policy("a", to(paths=["/x/*"])), policy("d", to(paths=["/admin"]), action="DENY"))
    denied, allowed, raw = [decides.explain(Request(path=path)) for path in ("/x/../admin", "/x/%61", "/y/../x/a")]

    assert denied.path_forms == PathForms("/x/../admin", "/admin", explained="/admin")
    assert rule_of(denied, "d").matched
    assert allowed.path_forms == PathForms("/x/%61", "/x/a", explained="/x/%61")
    assert raw.path_forms == PathForms("/y/../x/a", "/x/a", explained="/y/../x/a")
    assert decides.explain(Request(path="/x/a")).path_forms is None


def test_what_does_not_count_for_tcp_is_noted() -> None:
    rules = ({**source(principals=["a"]), **to(ports=["80"], paths=["/a"])}, {**when("request.headers[x]", "y")})
    explanation = authorizer(policy("a", *rules), policy("d", *rules, action="DENY")).explain(Request(protocol="tcp"))
    allow, deny = sorted(explanation.policies, key=lambda note: note.name)

    assert [rule.dropped for rule in deny.rules] == [("to[0].operation.paths",), ("when[0].values",)]
    assert deny.impossible == ()
    assert allow.rules == ()
    assert [(rule.index, rule.field) for rule in allow.impossible] == [
        (0, "to[0].operation.paths"),
        (1, "when[0].values"),
    ]
    assert not any(
        rule.dropped for note in authorizer(policy("a", *rules)).explain(Request()).policies for rule in note.rules
    )
