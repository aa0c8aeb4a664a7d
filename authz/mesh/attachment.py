"""Finding the policies of a workload among many, by what they have in common: selector and target references."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from authz.mesh.selection import Attached, applies, needs_labels
from authz.model.workload import LABELS_UNKNOWN, Role, Workload

Policy = TypeVar("Policy", bound=Attached)

_Label = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Scope(Generic[Policy]):
    """The policies for one workload: the root namespace's first, then by name.

    `undecided` is a policy that might be for it: its labels are not known.
    """

    policies: tuple[Policy, ...]
    undecided: Policy | None = None


class AttachedPolicies(Generic[Policy]):
    """All policies of a kind, by name. Finding a workload's costs what its namespace has for its labels."""

    def __init__(self, policies: Iterable[Policy], root_namespace: str) -> None:
        self.all = tuple(sorted(policies, key=lambda policy: policy.key))
        self._root_namespace = root_namespace
        self._by_label: dict[str, dict[_Label | None, list[Policy]]] = defaultdict(lambda: defaultdict(list))
        for policy in self.all:
            filed_under = min(policy.selector) if policy.selector else None
            self._by_label[policy.namespace][filed_under].append(policy)

    def scope(self, workload: Workload) -> Scope[Policy]:
        """The policies that are for a workload."""
        root = self._root_namespace
        if workload.labels is LABELS_UNKNOWN:
            undecided = next((p for p in self._candidates(workload) if needs_labels(p, workload)), None)
            if undecided:
                return Scope((), undecided)
        found = [policy for policy in self._candidates(workload) if applies(policy, workload, root)]
        found.sort(key=lambda policy: (policy.namespace != root, policy.key))
        return Scope(tuple(found))

    def _candidates(self, workload: Workload) -> Iterator[Policy]:
        namespaces = {self._root_namespace, workload.namespace}
        if workload.role is Role.WAYPOINT:
            namespaces.update(service.namespace for service in workload.services | workload.service_entries)
        for namespace in namespaces & self._by_label.keys():
            by_label = self._by_label[namespace]
            if workload.labels is LABELS_UNKNOWN:
                for policies in by_label.values():
                    yield from policies
                continue
            for label in (None, *workload.labels):
                yield from by_label.get(label, ())
