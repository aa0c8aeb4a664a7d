from __future__ import annotations

from itertools import permutations

import pytest

from authz.mesh.peer_authentication import EffectiveMtls, PeerAuthentications, UndecidedMtlsError
from authz.model.where import Where
from authz.model.workload import LABELS_UNKNOWN, Role, Workload
from authz.resources.mesh_config import MeshConfig
from authz.resources.peer_authentication import MtlsMode, PeerAuthentication

STRICT, PERMISSIVE, DISABLE, UNSET = MtlsMode.STRICT, MtlsMode.PERMISSIVE, MtlsMode.DISABLE, MtlsMode.UNSET
WEB = Workload("foo", frozenset({("app", "web")}))


def policy(
    name: str,
    mode: MtlsMode = UNSET,
    namespace: str = "foo",
    labels: dict[str, str] | None = None,
    ports: dict[int, MtlsMode] | None = None,
) -> PeerAuthentication:
    selector = None if labels is None else frozenset(labels.items())
    return PeerAuthentication(namespace, name, selector, mode, tuple((ports or {}).items()), None, Where("a"))


def effective(*policies: PeerAuthentication, workload: Workload = WEB) -> EffectiveMtls | None:
    return PeerAuthentications(policies, MeshConfig().root_namespace).effective(workload)


def test_without_policies_there_is_nothing_to_ask_for() -> None:
    assert effective() is None
    assert effective(policy("other", STRICT, namespace="bar")) is None


def test_a_policy_without_a_mode_is_permissive_and_applies_all_the_same() -> None:
    found = effective(policy("p"))
    assert found is not None
    assert (found.default.mode, found.default.by) == (PERMISSIVE, None)


def test_the_mode_comes_with_the_policy_that_says_it() -> None:
    mesh, own = (
        policy("mesh", STRICT, namespace="istio-system"),
        policy("own", labels={"app": "web"}, ports={80: DISABLE}),
    )
    found = effective(mesh, own)
    assert found is not None
    assert (found.at(80).mode, found.at(80).by) == (DISABLE, own)
    assert (found.at(81).mode, found.at(81).by) == (STRICT, mesh)


@pytest.mark.parametrize("role", [Role.GATEWAY, Role.WAYPOINT])
@pytest.mark.parametrize("labels", [LABELS_UNKNOWN, frozenset({("app", "web")})])
def test_it_is_never_for_gateways_and_waypoints(role: Role, labels: frozenset[tuple[str, str]]) -> None:
    policies = (
        policy("mesh", STRICT, "istio-system"),
        policy("own", STRICT),
        policy("web", STRICT, labels={"app": "web"}),
    )
    assert effective(*policies, workload=Workload("foo", labels, role=role)) is None


def test_labels_that_nobody_knows_are_not_guessed_where_a_policy_selects() -> None:
    unknown = Workload("foo", LABELS_UNKNOWN)
    with pytest.raises(UndecidedMtlsError, match="PeerAuthentication foo/web selects by labels"):
        effective(policy("all", STRICT), policy("web", DISABLE, labels={"app": "web"}), workload=unknown)


@pytest.mark.parametrize("namespace", ["bar", "istio-system"])
def test_labels_do_not_matter_to_policies_that_do_nothing_here(namespace: str) -> None:
    elsewhere = policy("web", DISABLE, namespace, labels={"app": "web"})
    found = effective(policy("all", STRICT), elsewhere, workload=Workload("foo", LABELS_UNKNOWN))
    assert found is not None
    assert found.default.mode is STRICT


def test_in_the_root_namespace_only_the_policy_of_the_mesh_counts() -> None:
    policies = policy("a", DISABLE, "istio-system", {"app": "web"}), policy("b", STRICT, "istio-system")
    for labels in (frozenset({("app", "web")}), LABELS_UNKNOWN):
        found = effective(*policies, workload=Workload("istio-system", labels))
        assert found is not None
        assert found.default.mode is STRICT


def test_the_order_of_files_means_nothing() -> None:
    policies = [
        policy("b", STRICT),
        policy("a", PERMISSIVE),
        policy("c", DISABLE, labels={"app": "web"}),
        policy("d", STRICT, labels={}),
    ]
    assert len({effective(*order).default for order in permutations(policies)}) == 1  # type: ignore[union-attr]
