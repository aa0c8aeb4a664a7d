"""The quickstart's table as data: who asks for what, and what should come back.

Source: the policies in policies/quickstart/, which these rows go through one by
one.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

NAMESPACE = "default"
TRUST_DOMAIN = "cluster.local"
USER = "user@example.com"


class Caller(Enum):
    """Who sends a request, in the words of the table."""

    NOBODY = "no token"
    USER = "token user@example.com"
    EDITOR = "token with group editors"
    OTHER = "token other@example.com"
    BROKEN = "token, signature broken"
    OPS_ADMIN = "cert ops/sa/admin"
    CLIENT = "cert default/sa/client"
    FOREIGN_ADMIN = "foreign ops/sa/admin"
    PLAINTEXT = "plaintext, no cert"


# What the tokens say, and what the certificates are: everything that makes a caller who they are.
TOKEN_SUBJECTS = {Caller.USER: USER, Caller.EDITOR: USER, Caller.OTHER: "other@example.com", Caller.BROKEN: USER}
TOKEN_GROUPS = {Caller.EDITOR: ["editors"]}
SPIFFE_IDS = {
    Caller.OPS_ADMIN: f"spiffe://{TRUST_DOMAIN}/ns/ops/sa/admin",
    Caller.CLIENT: f"spiffe://{TRUST_DOMAIN}/ns/default/sa/client",
    Caller.FOREIGN_ADMIN: "spiffe://other.example/ns/ops/sa/admin",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a request, or should come: a field that nobody set is `None`.

    `answered_by` is the version of my-app that answered; `policy` is Envoy's id
    of the deciding rule; `dry_run_policy` that of the dry-run rule that would
    have denied.
    """

    status: int
    answered_by: str | None = None
    policy: str | None = None
    dry_run_policy: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One request to the Envoy of one version, and its expected outcome."""

    version: str
    method: str
    path: str
    caller: Caller
    expected: Outcome


def rule(policy: str, index: int = 0) -> str:
    """Name a rule as Istio and Envoy do."""
    return f"ns[{NAMESPACE}]-policy[{policy}]-rule[{index}]"


def rows() -> tuple[Row, ...]:
    """Give the whole table: everything on v1, and on v2 what shows that it is guarded the same way."""
    return (*_rows_of("v1"), *_rows_of_v1_alone(), *_rows_of("v2"), *_rows_of_v2_alone())


def _rows_of(version: str) -> tuple[Row, ...]:
    def row(method: str, path: str, caller: Caller, expected: Outcome) -> Row:
        return Row(version, method, path, caller, expected)

    root, denied = f"/{version}", Outcome(403)
    not_ops = Outcome(403, policy=rule("admin-only"))
    return (
        row("GET", root, Caller.USER, Outcome(200, version, rule("my-app-policy"))),
        row("GET", root, Caller.OTHER, denied),
        row("GET", root, Caller.NOBODY, denied),
        row("GET", root, Caller.BROKEN, Outcome(401)),
        row("GET", "/public/hello", Caller.NOBODY, Outcome(200, version, rule("public-paths"))),
        row("GET", "/admin", Caller.OPS_ADMIN, Outcome(200, version, rule("admin-by-ops"))),
        row("GET", "/admin", Caller.CLIENT, not_ops),
        row("GET", "/admin", Caller.PLAINTEXT, not_ops),
    )


def _rows_of_v1_alone() -> tuple[Row, ...]:
    version, not_ops = "v1", Outcome(403, policy=rule("admin-only"))
    mine = rule("my-app-policy")
    return (
        Row(version, "GET", "/admin", Caller.FOREIGN_ADMIN, not_ops),
        Row(version, "GET", "/admin", Caller.USER, not_ops),
        Row(version, "GET", "/public/../admin", Caller.NOBODY, not_ops),
        Row(version, "POST", "/v1", Caller.USER, Outcome(403, policy=rule("editors-write"))),
        Row(version, "POST", "/v1", Caller.EDITOR, Outcome(200, version, mine)),
        Row(version, "GET", "/v1/legacy", Caller.USER, Outcome(200, version, mine, rule("retire-v1-legacy"))),
    )


def _rows_of_v2_alone() -> tuple[Row, ...]:
    """Show that the dry-run policy, which selects v1, has no verdict on v2."""
    return (Row("v2", "GET", "/v1/legacy", Caller.USER, Outcome(200, "v2", rule("my-app-policy"))),)
