"""What is compiled is shared, and a policy of another workload costs nothing."""

import pytest

from authz.model.request import Request
from authz.model.settings import DecidingSettings
from authz.model.workload import LABELS_UNKNOWN, Workload
from authz.policy.compile import Compiler, UndecidedScopeError
from tests.support.policies import Document, engine, policy, to
from tests.support.rules import facts

HTTPBIN = Workload("foo", frozenset({("app", "httpbin")}))


def compiler(*policies: Document) -> Compiler:
    return Compiler(engine(*policies).view, DecidingSettings())


def test_workloads_of_the_same_policies_share_a_program() -> None:
    compiles = compiler(policy("p", {}), policy("q", {}, selector={"matchLabels": {"app": "other"}}))
    of_httpbin, of_sleep = (
        compiles.program(Workload("foo", frozenset({("app", name)})), tcp=False) for name in ("httpbin", "sleep")
    )

    assert of_httpbin is of_sleep
    assert compiles.program(Workload("foo", frozenset({("app", "other")})), tcp=False) is not of_httpbin


def test_http_and_tcp_have_programs_of_their_own() -> None:
    compiles = compiler(policy("p", to(paths=["/a"])))
    http, tcp = (compiles.program(HTTPBIN, tcp=tcp) for tcp in (False, True))

    assert http.allow is not None
    assert tcp.allow is not None
    assert (len(http.allow.refs), len(tcp.allow.refs)) == (1, 0)


def test_a_policy_that_many_workloads_share_is_compiled_once() -> None:
    shared = policy("shared", to(paths=["/a"]))
    compiles = compiler(shared, policy("own", {}, selector={"matchLabels": {"app": "httpbin"}}))
    mine = compiles.program(HTTPBIN, tcp=False)
    others = compiles.program(Workload("foo", frozenset()), tcp=False)

    rules = [{scoped.policy.name: scoped.rules for scoped in program.policies} for program in (mine, others)]
    assert rules[0]["shared"][0] is rules[1]["shared"][0]


def test_the_rules_of_other_workloads_are_not_looked_at() -> None:
    mine = policy("mine", to(paths=["/a"]), to(notPaths=["/b"]), selector={"matchLabels": {"app": "httpbin"}})
    others = [
        policy(f"other-{n}", to(notPaths=[f"/{n}"]), selector={"matchLabels": {"app": f"other-{n}"}})
        for n in range(100)
    ]
    elsewhere = [policy(f"elsewhere-{n}", to(notPaths=["/"]), namespace=f"ns-{n}") for n in range(100)]
    alone = compiler(mine).program(HTTPBIN, tcp=False)
    among = compiler(mine, *others, *elsewhere).program(HTTPBIN, tcp=False)

    assert alone.allow is not None
    assert among.allow is not None
    assert among.allow.candidates(facts(Request(path="/a"))) == alone.allow.candidates(facts(Request(path="/a"))) == 2


def test_unknown_labels_and_a_selector_in_scope_decide_nothing() -> None:
    compiles = compiler(policy("p", {}), policy("q", {}, selector={"matchLabels": {"app": "x"}}))

    with pytest.raises(UndecidedScopeError, match="policy foo/q selects by labels") as undecided:
        compiles.program(Workload("foo", LABELS_UNKNOWN), tcp=False)
    assert undecided.value.policy.key == ("foo", "q")


def test_unknown_labels_do_not_matter_where_nothing_selects() -> None:
    compiles = compiler(policy("p", {}), policy("q", {}, namespace="bar", selector={"matchLabels": {"app": "x"}}))

    assert compiles.program(Workload("foo", LABELS_UNKNOWN), tcp=False).allow is not None
