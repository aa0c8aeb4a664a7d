"""Which security policies are for a workload.

Source: istio/istio pilot/pkg/model/policyattachment.go and authorization.go.
"""

from typing import Protocol

from authz.model.workload import GATEWAY_NAME_LABEL, LABELS_UNKNOWN, Labels, Role, Target, Workload
from authz.resources.selector import TargetRef

_WAYPOINT_CLASS = "istio-waypoint"


class Attached(Protocol):
    """A policy that says which workloads it is for: an AuthorizationPolicy or a RequestAuthentication."""

    @property
    def namespace(self) -> str:
        """Its own; the root namespace: it may be for any workload."""

    @property
    def key(self) -> tuple[str, str]:
        """Namespace and name."""

    @property
    def selector(self) -> Labels | None:
        """Labels that a workload must have; None or empty: none in particular."""

    @property
    def target_refs(self) -> tuple[TargetRef, ...]:
        """Gateways and services that it is attached to."""


def applies(policy: Attached, workload: Workload, root_namespace: str) -> bool:
    """Whether a policy of the workload's or the root namespace is for the workload, whose labels are known."""
    if policy.target_refs:
        return _is_gateway_api(workload) and any(
            _attaches(ref, policy.namespace, workload, root_namespace) for ref in policy.target_refs
        )
    if workload.role is Role.WAYPOINT:
        return False  # a waypoint serves many workloads: only what is attached to it or its services counts
    return not policy.selector or (workload.labels is not LABELS_UNKNOWN and policy.selector <= workload.labels)


def needs_labels(policy: Attached, workload: Workload) -> bool:
    """Whether it takes the workload's labels to know if the policy is for it.

    One of them makes a workload a gateway of the Gateway API, whatever role its proxy has told, or has not.
    """
    if policy.target_refs:
        attaches_to_gateway = any(ref.kind == "Gateway" for ref in policy.target_refs)
        may_be_it = policy.namespace == workload.namespace and not workload.gateways
        return may_be_it and attaches_to_gateway
    return bool(policy.selector) and workload.role is not Role.WAYPOINT


def _is_gateway_api(workload: Workload) -> bool:
    """Whether the workload is a gateway or waypoint of the Gateway API; others ignore target references."""
    return workload.role is Role.WAYPOINT or bool(_gateways(workload))


def _gateways(workload: Workload) -> frozenset[Target]:
    labels = {} if workload.labels is LABELS_UNKNOWN else dict(workload.labels)
    name = labels.get(GATEWAY_NAME_LABEL)
    return workload.gateways | {Target(workload.namespace, name)} if name else workload.gateways


def _attaches(ref: TargetRef, namespace: str, workload: Workload, root_namespace: str) -> bool:
    is_waypoint = workload.role is Role.WAYPOINT
    target = Target(namespace, ref.name)
    match ref.kind:
        case "Gateway":
            return namespace == workload.namespace and target in _gateways(workload)
        case "Service":
            return is_waypoint and target in workload.services
        case "ServiceEntry":
            return is_waypoint and target in workload.service_entries
        case "GatewayClass":
            return is_waypoint and namespace == root_namespace and ref.name == _WAYPOINT_CLASS
    return False
