"""Which mutual TLS mode a workload has, port by port.

Source: istio/istio pilot/pkg/security/authn/policy_applier.go (ComposePeerAuthentication), pilot/pkg/model/
authentication.go. Policies that have lost contribute nothing: the oldest of a class counts, and it alone.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from authz.model.workload import LABELS_UNKNOWN, Labels, LabelsUnknown, Role, Workload
from authz.resources.peer_authentication import MtlsMode, PeerAuthentication, oldest_first


@dataclass(frozen=True, slots=True)
class PortMode:
    """A mode that is never UNSET, and the policy that says so; None where none does, which is Istio's default."""

    mode: MtlsMode
    by: PeerAuthentication | None


@dataclass(frozen=True, slots=True)
class EffectiveMtls:
    """What holds at a workload: `default`, but for `ports`."""

    default: PortMode
    ports: Mapping[int, PortMode] = field(default_factory=dict)

    def at(self, port: int) -> PortMode:
        """What holds at a port of the workload."""
        return self.ports.get(port, self.default)


class UndecidedMtlsError(Exception):
    """The workload's labels are not known, and a policy of its namespace selects by labels."""

    def __init__(self, policy: PeerAuthentication) -> None:
        super().__init__(f"PeerAuthentication {policy.namespace}/{policy.name} selects by labels")
        self.policy = policy


class PeerAuthentications:
    """All of a mesh, ready to be asked by workload."""

    def __init__(self, policies: Iterable[PeerAuthentication], root_namespace: str) -> None:
        self._root_namespace = root_namespace
        self._by_namespace: dict[str, list[PeerAuthentication]] = defaultdict(list)
        for policy in sorted(policies, key=oldest_first):
            self._by_namespace[policy.namespace].append(policy)

    def effective(self, workload: Workload) -> EffectiveMtls | None:
        """What holds at a workload; None where no policy is for it, as for gateways and waypoints, always.

        Raises UndecidedMtlsError.
        """
        if workload.role is not Role.SIDECAR or not self._by_namespace:
            return None
        winners = [winner for winner in self._winners(workload) if winner is not None]
        if not winners:
            return None
        effective = PortMode(MtlsMode.PERMISSIVE, None)
        for winner in winners:
            if winner.mode is not MtlsMode.UNSET:
                effective = PortMode(winner.mode, winner)
        narrowest = winners[-1]
        if not narrowest.selector:
            return EffectiveMtls(effective)
        ports = {
            port: effective if mode is MtlsMode.UNSET else PortMode(mode, narrowest) for port, mode in narrowest.ports
        }
        return EffectiveMtls(effective, ports)

    def _winners(self, workload: Workload) -> tuple[PeerAuthentication | None, ...]:
        """The oldest for the mesh, for the namespace, and for the workload itself."""
        of_mesh = _oldest_for_all(self._by_namespace.get(self._root_namespace, ()))
        if workload.namespace == self._root_namespace:
            return (of_mesh,)  # a policy with a selector does nothing there
        own = self._by_namespace.get(workload.namespace, ())
        return of_mesh, _oldest_for_all(own), _oldest_for(workload.labels, own)


def _oldest_for_all(policies: Iterable[PeerAuthentication]) -> PeerAuthentication | None:
    return next((policy for policy in policies if not policy.selector), None)


def _oldest_for(labels: Labels | LabelsUnknown, policies: Iterable[PeerAuthentication]) -> PeerAuthentication | None:
    for policy in policies:
        if not policy.selector:
            continue
        if labels is LABELS_UNKNOWN:
            raise UndecidedMtlsError(policy)
        if policy.selector <= labels:
            return policy
    return None
