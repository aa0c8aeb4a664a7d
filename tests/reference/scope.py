"""Which policies apply to a workload (§2)."""

from collections.abc import Mapping
from typing import Any

from tests.reference.model import Mesh, Policy, Workload, root_namespace

GATEWAY_NAME = "gateway.networking.k8s.io/gateway-name"


def applies(policy: Policy, workload: Workload, mesh: Mesh) -> bool:
    """§2: the namespace first, then the attachment."""
    if namespace_of(policy) not in candidate_namespaces(workload, mesh):
        return False
    spec = policy.get("spec") or {}
    refs = spec.get("targetRefs") or ([spec["targetRef"]] if spec.get("targetRef") else [])
    if not refs:
        return workload.role != "waypoint" and selects(spec.get("selector") or {}, workload)
    return any(ref_matches(ref, policy, workload, mesh) for ref in refs)


def namespace_of(policy: Policy) -> str:
    """The policy's namespace; contract: missing is `default`."""
    return str((policy.get("metadata") or {}).get("namespace") or "default")


def candidate_namespaces(workload: Workload, mesh: Mesh) -> set[str]:
    """§2.1: the root namespace, the workload's, and on waypoints the bound service's."""
    bound = (*workload.services, *workload.service_entries) if workload.role == "waypoint" else ()
    return {root_namespace(mesh), workload.namespace, *(name.partition("/")[0] for name in bound)}


def selects(selector: Mapping[str, Any], workload: Workload) -> bool:
    """§1, §2.3: every listed label is equal; none listed selects all."""
    labels: Mapping[str, str] = selector.get("matchLabels") or {}
    return all(workload.labels.get(name) == value for name, value in labels.items())


def gateway_names(workload: Workload) -> set[str]:
    """The Gateways that a workload is, as `namespace/name`: by its label (§2.3) or as told (contract: workload)."""
    label = workload.labels.get(GATEWAY_NAME)
    return {*workload.gateways, *([f"{workload.namespace}/{label}"] if label is not None else [])}


def ref_matches(ref: Mapping[str, Any], policy: Policy, workload: Workload, mesh: Mesh) -> bool:
    """§2.3, second table. A plain workload is no Gateway, and bound to no service; so nothing here matches it."""
    if ref.get("namespace") and ref["namespace"] != workload.namespace:
        return False
    namespace = namespace_of(policy)
    target = f"{namespace}/{ref['name']}"
    waypoint = workload.role == "waypoint"
    match ref.get("group") or "core", ref["kind"]:
        case "gateway.networking.k8s.io", "Gateway":
            return namespace == workload.namespace and target in gateway_names(workload)
        case "core", "Service":
            return waypoint and target in workload.services
        case "networking.istio.io", "ServiceEntry":
            return waypoint and target in workload.service_entries
        case "gateway.networking.k8s.io", "GatewayClass":
            return waypoint and namespace == root_namespace(mesh) and ref["name"] == "istio-waypoint"
    return False
