"""The mesh at one moment: its configuration and its policies, ready to be asked by workload."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from authz.mesh.peer_authentication import EffectiveMtls, PeerAuthentications
from authz.mesh.selection import applies, needs_labels
from authz.model.workload import LABELS_UNKNOWN, Role, Workload
from authz.resources.authorization_policy import AuthorizationPolicy
from authz.resources.mesh_config import MeshConfig
from authz.resources.peer_authentication import PeerAuthentication

_Label = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Scope:
    """The policies for one workload: the root namespace's first, then by name.

    `undecided` is a policy that might be for it: its labels are not known.
    """

    policies: tuple[AuthorizationPolicy, ...]
    undecided: AuthorizationPolicy | None = None


class MeshView:
    """Immutable. Finding a workload's policies costs what its namespace has for its labels, not what the mesh has."""

    def __init__(
        self,
        config: MeshConfig,
        policies: Iterable[AuthorizationPolicy],
        peer_authentications: Iterable[PeerAuthentication] = (),
    ) -> None:
        self.config = config
        self._peer_authentications = PeerAuthentications(peer_authentications, config.root_namespace)
        self.policies = tuple(sorted(policies, key=lambda policy: policy.key))
        self._by_label: dict[str, dict[_Label | None, list[AuthorizationPolicy]]] = defaultdict(
            lambda: defaultdict(list)
        )
        for policy in self.policies:
            filed_under = min(policy.selector) if policy.selector else None
            self._by_label[policy.namespace][filed_under].append(policy)

    def scope(self, workload: Workload) -> Scope:
        """The policies that are for a workload."""
        root = self.config.root_namespace
        if workload.labels is LABELS_UNKNOWN:
            undecided = next((p for p in self._candidates(workload) if needs_labels(p, workload)), None)
            if undecided:
                return Scope((), undecided)
        found = [policy for policy in self._candidates(workload) if applies(policy, workload, root)]
        found.sort(key=lambda policy: (policy.namespace != root, policy.key))
        return Scope(tuple(found))

    def mtls(self, workload: Workload) -> EffectiveMtls | None:
        """What PeerAuthentication asks for at a workload; None where it asks nothing. Raises UndecidedMtlsError."""
        return self._peer_authentications.effective(workload)

    def _candidates(self, workload: Workload) -> Iterator[AuthorizationPolicy]:
        namespaces = {self.config.root_namespace, workload.namespace}
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
