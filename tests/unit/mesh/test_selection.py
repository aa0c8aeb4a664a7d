"""Section 2 of the semantics: which policies apply to a workload."""

from __future__ import annotations

import pytest

from authz.mesh.selection import applies, needs_labels
from authz.model.workload import GATEWAY_NAME_LABEL, LABELS_UNKNOWN, Role, Target, Workload
from authz.resources.authorization_policy import AuthorizationPolicy
from tests.support.reading import resources

ROOT = "istio-system"
GATEWAY_API = "gateway.networking.k8s.io"

APP = frozenset({("app", "x"), ("version", "v1")})
G_LABELS = APP | {(GATEWAY_NAME_LABEL, "gw")}
SIDECAR = Workload("foo", APP)
CLASSIC_GATEWAY = Workload("foo", APP, role=Role.GATEWAY)
GATEWAY = Workload("foo", G_LABELS, role=Role.GATEWAY)
GATEWAY_BY_KEY = Workload("foo", APP, role=Role.GATEWAY, gateways=frozenset({Target("foo", "gw")}))
SIDECAR_WITH_LABEL = Workload("foo", G_LABELS)
WAYPOINT = Workload(
    "foo",
    G_LABELS,
    role=Role.WAYPOINT,
    services=frozenset({Target("foo", "svc"), Target("bar", "other")}),
    service_entries=frozenset({Target("foo", "entry")}),
)

NOTHING = ""
EMPTY_SELECTOR = "selector: {}"
NO_LABELS = "selector: {matchLabels: {}}"
SELECTS = "selector: {matchLabels: {app: x}}"
SELECTS_BOTH = "selector: {matchLabels: {app: x, version: v1}}"
SELECTS_MORE = "selector: {matchLabels: {app: x, zone: z}}"
OTHER_VALUE = "selector: {matchLabels: {app: X}}"
TO_GATEWAY = f"targetRefs: [{{group: {GATEWAY_API}, kind: Gateway, name: gw}}]"
TO_OTHER_GATEWAY = TO_GATEWAY.replace("name: gw", "name: gw2")
TO_SERVICE = "targetRefs: [{kind: Service, name: svc}]"
TO_OTHER_SERVICE = "targetRefs: [{kind: Service, name: other}]"
TO_ENTRY = "targetRefs: [{group: networking.istio.io, kind: ServiceEntry, name: entry}]"
TO_WAYPOINTS = f"targetRefs: [{{group: {GATEWAY_API}, kind: GatewayClass, name: istio-waypoint}}]"
TO_CLASS = TO_WAYPOINTS.replace("istio-waypoint", "istio")
TO_ANY = f"targetRefs: [{{kind: Service, name: nobody}}, {{group: {GATEWAY_API}, kind: Gateway, name: gw}}]"


def a_policy(attachment: str, namespace: str = "foo") -> AuthorizationPolicy:
    found, problems = resources(
        f"apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {{name: a, namespace: {namespace}}}\n"
        f"spec: {{{attachment}}}\n"
    )
    assert problems == []
    return found.of(AuthorizationPolicy)[0]


@pytest.mark.parametrize(
    ("workload", "attachments"),
    [
        (SIDECAR, {NOTHING, EMPTY_SELECTOR, NO_LABELS, SELECTS, SELECTS_BOTH}),
        (Workload("foo", frozenset()), {NOTHING, EMPTY_SELECTOR, NO_LABELS}),
        (CLASSIC_GATEWAY, {NOTHING, EMPTY_SELECTOR, NO_LABELS, SELECTS, SELECTS_BOTH}),
        (GATEWAY, {NOTHING, EMPTY_SELECTOR, NO_LABELS, SELECTS, SELECTS_BOTH, TO_GATEWAY, TO_ANY}),
        (GATEWAY_BY_KEY, {NOTHING, EMPTY_SELECTOR, NO_LABELS, SELECTS, SELECTS_BOTH, TO_GATEWAY, TO_ANY}),
        (SIDECAR_WITH_LABEL, {NOTHING, EMPTY_SELECTOR, NO_LABELS, SELECTS, SELECTS_BOTH, TO_GATEWAY, TO_ANY}),
        (WAYPOINT, {TO_GATEWAY, TO_SERVICE, TO_ENTRY, TO_ANY}),
    ],
    ids=["sidecar", "no labels", "classic gateway", "gateway", "gateway by key", "labelled", "waypoint"],
)
def test_what_a_policy_of_the_workloads_namespace_is_attached_to(workload: Workload, attachments: set[str]) -> None:
    every = [
        NOTHING, EMPTY_SELECTOR, NO_LABELS, SELECTS, SELECTS_BOTH, SELECTS_MORE, OTHER_VALUE, TO_GATEWAY,
        TO_OTHER_GATEWAY, TO_SERVICE, TO_OTHER_SERVICE, TO_ENTRY, TO_WAYPOINTS, TO_CLASS, TO_ANY,
    ]  # fmt: skip
    assert {attachment for attachment in every if applies(a_policy(attachment), workload, ROOT)} == attachments


@pytest.mark.parametrize(
    ("workload", "attachments"),
    [
        (SIDECAR, {NOTHING, SELECTS}),
        (CLASSIC_GATEWAY, {NOTHING, SELECTS}),
        (GATEWAY, {NOTHING, SELECTS}),
        (WAYPOINT, {TO_WAYPOINTS}),
        (Workload(ROOT, G_LABELS, role=Role.GATEWAY), {NOTHING, SELECTS, TO_GATEWAY}),
        (Workload(ROOT, G_LABELS, role=Role.WAYPOINT), {TO_GATEWAY, TO_WAYPOINTS}),
    ],
    ids=["sidecar", "classic gateway", "gateway", "waypoint", "gateway in root", "waypoint in root"],
)
def test_a_policy_of_the_root_namespace_is_attached_to_no_gateway_or_service_elsewhere(
    workload: Workload, attachments: set[str]
) -> None:
    every = [NOTHING, SELECTS, OTHER_VALUE, TO_GATEWAY, TO_SERVICE, TO_ENTRY, TO_WAYPOINTS, TO_CLASS]
    found = {attachment for attachment in every if applies(a_policy(attachment, ROOT), workload, ROOT)}
    assert found == attachments


def test_a_service_in_another_namespace_takes_its_policies_from_there() -> None:
    assert applies(a_policy(TO_OTHER_SERVICE, "bar"), WAYPOINT, ROOT)
    assert not applies(a_policy(TO_OTHER_SERVICE, "foo"), WAYPOINT, ROOT)
    assert not applies(a_policy(NOTHING, "bar"), WAYPOINT, ROOT)


def test_another_root_namespace_has_the_waypoint_class() -> None:
    assert applies(a_policy(TO_WAYPOINTS, "root"), WAYPOINT, "root")
    assert not applies(a_policy(TO_WAYPOINTS, ROOT), WAYPOINT, "root")


def test_services_are_for_waypoints_only() -> None:
    gateway = Workload("foo", G_LABELS, role=Role.GATEWAY, services=WAYPOINT.services)
    assert not applies(a_policy(TO_SERVICE), gateway, ROOT)


UNKNOWN = {
    "sidecar": Workload("foo", LABELS_UNKNOWN),
    "gateway": Workload("foo", LABELS_UNKNOWN, role=Role.GATEWAY),
    "gateway by key": Workload("foo", LABELS_UNKNOWN, role=Role.GATEWAY, gateways=frozenset({Target("foo", "gw")})),
    "waypoint": Workload("foo", LABELS_UNKNOWN, role=Role.WAYPOINT, services=WAYPOINT.services),
}


@pytest.mark.parametrize(
    ("attachment", "namespace", "roles"),
    [
        (NOTHING, "foo", set()),
        (EMPTY_SELECTOR, "foo", set()),
        (NO_LABELS, ROOT, set()),
        (SELECTS, "foo", {"sidecar", "gateway", "gateway by key"}),
        (SELECTS, ROOT, {"sidecar", "gateway", "gateway by key"}),
        (TO_GATEWAY, "foo", {"sidecar", "gateway", "waypoint"}),
        (TO_ANY, "foo", {"sidecar", "gateway", "waypoint"}),
        (TO_GATEWAY, ROOT, set()),
        (TO_SERVICE, "foo", set()),
        (TO_WAYPOINTS, ROOT, set()),
    ],
)
def test_where_labels_are_not_known_they_may_be_needed(attachment: str, namespace: str, roles: set[str]) -> None:
    policy = a_policy(attachment, namespace)
    assert {name for name, workload in UNKNOWN.items() if needs_labels(policy, workload)} == roles


@pytest.mark.parametrize("workload", UNKNOWN.values(), ids=UNKNOWN)
def test_a_selector_never_selects_labels_that_nobody_knows(workload: Workload) -> None:
    assert not applies(a_policy(SELECTS), workload, ROOT)


def test_a_gateway_named_by_its_key_needs_no_labels() -> None:
    assert applies(a_policy(TO_GATEWAY), UNKNOWN["gateway by key"], ROOT)
