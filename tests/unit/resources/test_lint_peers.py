from __future__ import annotations

import pytest

from authz.model.where import Where
from authz.resources.lint.peers import look_at_peers
from authz.resources.peer_authentication import MtlsMode, PeerAuthentication


def policy(name: str, labels: dict[str, str] | None = None, namespace: str = "foo") -> PeerAuthentication:
    selector = None if labels is None else frozenset(labels.items())
    return PeerAuthentication(namespace, name, selector, MtlsMode.STRICT, (), None, Where(f"{name}.yaml", 1, 1))


def warned(*policies: PeerAuthentication) -> list[str]:
    return [f"{problem.code.value} {problem.where.file}" for problem in look_at_peers(policies, "istio-system")]


WEB, NEW_WEB = {"app": "web"}, {"app": "web", "version": "2"}


@pytest.mark.parametrize(
    ("policies", "expected"),
    [
        ([policy("b"), policy("a"), policy("c", {})], ["AZ972 b.yaml", "AZ972 c.yaml"]),
        ([policy("a", WEB), policy("b", WEB)], ["AZ972 b.yaml"]),
        ([policy("a", WEB), policy("b", NEW_WEB)], ["AZ972 b.yaml"]),
        ([policy("a", WEB, "istio-system")], ["AZ971 a.yaml"]),
        # silent: each does something somewhere, or may
        ([policy("a", NEW_WEB), policy("b", WEB)], []),
        ([policy("a", WEB), policy("b", {"version": "2"})], []),
        ([policy("a"), policy("b", WEB), policy("c", namespace="bar"), policy("d", namespace="istio-system")], []),
        ([policy("a", {}, "istio-system")], []),
    ],
)
def test_a_policy_that_does_nothing_is_warned_about(policies: list[PeerAuthentication], expected: list[str]) -> None:
    assert warned(*policies) == expected


def test_the_message_names_what_counts_instead() -> None:
    (problem,) = look_at_peers([policy("a"), policy("b")], "istio-system")
    assert problem.message.startswith("foo/a (a.yaml:1:1) is for these workloads too and comes first")
