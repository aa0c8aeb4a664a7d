from __future__ import annotations

from itertools import permutations

import pytest

from authz.mesh.view import MeshView
from authz.model.workload import LABELS_UNKNOWN, Role, Target, Workload
from authz.resources.authorization_policy import AuthorizationPolicy
from authz.resources.mesh_config import MeshConfig
from tests.support.reading import resources

WAYPOINTS = "{group: gateway.networking.k8s.io, kind: GatewayClass, name: istio-waypoint}"
LABELS = frozenset({("app", "x"), ("version", "v1")})


def a_policy(key: str, attachment: str = "") -> AuthorizationPolicy:
    namespace, _, name = key.partition("/")
    found, problems = resources(
        "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\n"
        f"metadata: {{name: {name}, namespace: {namespace}}}\nspec: {{{attachment}}}\n"
    )
    assert problems == []
    return found.of(AuthorizationPolicy)[0]


POLICIES = [
    a_policy("istio-system/all"),
    a_policy("istio-system/app", "selector: {matchLabels: {app: x}}"),
    a_policy("istio-system/waypoints", f"targetRefs: [{WAYPOINTS}]"),
    a_policy("foo/all"),
    a_policy("foo/app", "selector: {matchLabels: {app: x}}"),
    a_policy("foo/both", "selector: {matchLabels: {version: v1, app: x}}"),
    a_policy("foo/more", "selector: {matchLabels: {app: x, zone: z}}"),
    a_policy("foo/v2", "selector: {matchLabels: {version: v2}}"),
    a_policy("foo/svc", "targetRefs: [{kind: Service, name: svc}]"),
    a_policy("bar/all"),
    a_policy("bar/svc", "targetRefs: [{kind: Service, name: svc}]"),
    a_policy("a/all"),
    a_policy("root/all"),
]  # fmt: skip
VIEW = MeshView(MeshConfig(), POLICIES)


def keys(workload: Workload, view: MeshView = VIEW) -> list[str]:
    scope = view.scope(workload)
    assert scope.undecided is None
    return ["/".join(policy.key) for policy in scope.policies]


@pytest.mark.parametrize(
    ("workload", "expected"),
    [
        (Workload("foo", LABELS), ["istio-system/all", "istio-system/app", "foo/all", "foo/app", "foo/both"]),
        (Workload("foo", frozenset()), ["istio-system/all", "foo/all"]),
        (Workload("a", LABELS), ["istio-system/all", "istio-system/app", "a/all"]),
        (Workload("nowhere", LABELS), ["istio-system/all", "istio-system/app"]),
        (Workload("istio-system", LABELS), ["istio-system/all", "istio-system/app"]),
    ],
)
def test_policies_come_from_the_root_namespace_and_the_workloads_in_order(
    workload: Workload, expected: list[str]
) -> None:
    assert keys(workload) == expected


@pytest.mark.parametrize("role", [Role.SIDECAR, Role.GATEWAY])
def test_the_namespace_of_a_service_matters_to_waypoints_only(role: Role) -> None:
    with_service = Workload("foo", LABELS, role=role, services=frozenset({Target("bar", "svc")}))
    assert keys(with_service) == keys(Workload("foo", LABELS))


def test_a_waypoint_has_what_is_attached_to_it_and_its_services() -> None:
    waypoint = Workload("foo", LABELS, role=Role.WAYPOINT, services=frozenset({Target("bar", "svc")}))
    assert keys(waypoint) == ["istio-system/waypoints", "bar/svc"]


def test_another_root_namespace_is_the_meshs_choice() -> None:
    view = MeshView(MeshConfig(root_namespace="root"), POLICIES)
    assert keys(Workload("a", LABELS), view) == ["root/all", "a/all"]


def test_the_order_of_policies_does_not_depend_on_the_files() -> None:
    workload = Workload("foo", LABELS)
    found = {tuple(keys(workload, MeshView(MeshConfig(), order))) for order in permutations(POLICIES[:5])}
    assert len(found) == 1


def test_unknown_labels_leave_a_selector_undecided() -> None:
    scope = VIEW.scope(Workload("foo", LABELS_UNKNOWN))
    assert scope.policies == ()
    assert scope.undecided is not None
    assert scope.undecided.selector


def test_unknown_labels_are_enough_where_nothing_asks_for_them() -> None:
    view = MeshView(MeshConfig(), [policy for policy in POLICIES if policy.namespace in {"bar", "root"}])
    assert keys(Workload("bar", LABELS_UNKNOWN), view) == ["bar/all"]
    assert keys(Workload("nowhere", LABELS_UNKNOWN), view) == []


def test_a_selector_of_another_namespace_leaves_nothing_undecided() -> None:
    view = MeshView(MeshConfig(), [policy for policy in POLICIES if policy.namespace in {"foo", "bar"}])
    assert keys(Workload("bar", LABELS_UNKNOWN), view) == ["bar/all"]


def test_every_policy_of_the_view_is_there_by_name() -> None:
    assert [policy.key for policy in VIEW.policies] == sorted(policy.key for policy in POLICIES)
