"""Checks of PeerAuthentication: policies that are legal and do nothing."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from authz.model.problem import Code, Problem, Severity
from authz.resources.peer_authentication import PeerAuthentication, oldest_first

_MAX_COMPARED = 100  # so that many policies of one namespace cost no square


def look_at_peers(policies: Iterable[PeerAuthentication], root_namespace: str) -> Iterator[Problem]:
    """Selectors in the root namespace, and policies that an older one of their class hides, ports and all."""
    seen: dict[tuple[str, bool], list[PeerAuthentication]] = defaultdict(list)
    for policy in sorted(policies, key=oldest_first):
        if policy.selector and policy.namespace == root_namespace:
            message = (
                f"a PeerAuthentication with a selector does nothing in the root namespace {root_namespace!r}; put it "
                "in the workloads' own, or remove the selector to mean the whole mesh"
            )
            yield _warning(Code.ROOT_SELECTOR, policy, "spec.selector", message)
            continue
        labels, older = policy.selector or frozenset(), seen[policy.namespace, bool(policy.selector)]
        hides = next((one for one in older if (one.selector or frozenset()) <= labels), None)
        if hides is not None:
            message = (
                f"{hides.namespace}/{hides.name} ({hides.where}) is for these workloads too and comes first, being "
                "older or first by name; they are not merged, so this one does nothing"
            )
            yield _warning(Code.HIDDEN_PEER_AUTHENTICATION, policy, "spec", message)
        elif len(older) < _MAX_COMPARED:
            older.append(policy)


def _warning(code: Code, policy: PeerAuthentication, field: str, message: str) -> Problem:
    return Problem(code, policy.where, field, message, Severity.WARNING)
