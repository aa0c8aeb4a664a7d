"""Which headers, claims and metadata policies name."""

from __future__ import annotations

import pytest

from authz.decision.named import Named, named_by
from authz.model.workload import Workload
from tests.support.policies import Document, dry_run, engine, policy, source, to, when


def named(*policies: Document, tcp: bool = False) -> Named:
    compiler = engine(*policies)._compiler
    return named_by(compiler.program(Workload("foo", frozenset({("app", "httpbin")})), tcp=tcp))


METADATA = "experimental.envoy.filters.a.b[c]"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (policy("p", to(paths=["/a"], methods=["GET"], hosts=["h"])), Named()),
        (policy("p", when("request.headers[X-A]", "a")), Named(headers=("x-a",))),
        (policy("p", when("request.headers[host]", "a")), Named(headers=(":authority",))),
        (policy("p", when("request.auth.claims[a][b]", "a")), Named(claims=(("a", "b"),))),
        (policy("p", when("request.auth.audiences", "a")), Named(claims=(("aud",),))),
        (policy("p", when(METADATA, "a")), Named(metadata=(("envoy.filters.a.b", "c"),))),
        (policy("p", source(remoteIpBlocks=["10.0.0.0/8"])), Named(asks_for_remote_ip=True)),
        (policy("p", source(ipBlocks=["10.0.0.0/8"])), Named()),
        (policy("p", when("request.headers[a]", not_values=["a"]), action="DENY"), Named(headers=("a",))),
        (policy("p", when("request.headers[a]", "a"), action="AUDIT"), Named(headers=("a",))),
        (dry_run(policy("p", when("request.headers[a]", "a"))), Named(headers=("a",))),
        (policy("p", when("request.headers[a]", "a"), namespace="other"), Named()),
    ],
)
def test_what_a_policy_names_is_known(written: Document, expected: Named) -> None:
    assert named(written) == expected


def test_each_is_named_once_and_in_order() -> None:
    found = named(
        policy("p", when("request.headers[b]", "x"), when("request.headers[a]", "x")),
        policy("q", when("request.headers[a]", "y", not_values=["z"]), action="DENY"),
    )
    assert found.headers == ("a", "b")


def test_what_does_not_count_for_tcp_is_not_named() -> None:
    assert named(policy("p", when("request.headers[a]", "a"), action="DENY"), tcp=True) == Named()
