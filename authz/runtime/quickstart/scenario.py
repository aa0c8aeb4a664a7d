"""The quickstart's table as data: who asks for what, and what should come back.

Source: the policies in policies/quickstart/, which these rows go through one by
one.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from enum import Enum

NAMESPACE = "default"
TRUST_DOMAIN = "cluster.local"
OTHER_TRUST_DOMAIN = "other.example"
USER = "user@example.com"
GATEWAY = "gateway"
GATEWAY_ID = f"spiffe://{TRUST_DOMAIN}/ns/istio-system/sa/istio-ingressgateway"
OPS_ADMIN_ID = f"spiffe://{TRUST_DOMAIN}/ns/ops/sa/admin"
ENDED_AT_GATEWAY = "ended at the gateway"
"""The reason of what none of my-app's proxies has seen. Why, is in the words that the caller got."""


class Caller(Enum):
    """Who sends a request, in the words of the table."""

    NOBODY = "no token"
    USER = "token user@example.com"
    EDITOR = "token with group editors"
    OTHER = "token other@example.com"
    BROKEN = "token, signature broken"
    EXPIRED = "token, expired"
    UNKNOWN_ISSUER = "token, unknown issuer"
    OPS_ADMIN = "cert ops/sa/admin"
    CLIENT = "cert default/sa/client"
    FOREIGN_ADMIN = "cert other.example ops/sa/admin"
    FORGED_ADMIN = "cert ops/sa/admin by other CA"
    PLAINTEXT = "plaintext, no cert"


@dataclass(frozen=True, slots=True)
class Token:
    """What makes a token; `by` is who issues it, None for the issuer that the policies name."""

    subject: str
    groups: tuple[str, ...] = ()
    lifetime: dt.timedelta = dt.timedelta(hours=24)
    by: str | None = None
    broken: bool = False


@dataclass(frozen=True, slots=True)
class Certificate:
    """What makes a client certificate: its name, and which CA has issued it."""

    spiffe_id: str
    other_ca: bool = False


# Everything that makes a caller who they are.
TOKENS = {
    Caller.USER: Token(USER),
    Caller.EDITOR: Token(USER, groups=("editors",)),
    Caller.OTHER: Token("other@example.com"),
    Caller.BROKEN: Token(USER, broken=True),
    Caller.EXPIRED: Token(USER, lifetime=dt.timedelta(hours=-1)),
    Caller.UNKNOWN_ISSUER: Token(USER, by="https://login.other.example"),
}
CERTIFICATES = {
    Caller.OPS_ADMIN: Certificate(OPS_ADMIN_ID),
    Caller.CLIENT: Certificate(f"spiffe://{TRUST_DOMAIN}/ns/default/sa/client"),
    Caller.FOREIGN_ADMIN: Certificate(f"spiffe://{OTHER_TRUST_DOMAIN}/ns/ops/sa/admin", other_ca=True),
    Caller.FORGED_ADMIN: Certificate(OPS_ADMIN_ID, other_ca=True),
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a request, or should come: a field that nobody set is `None`.

    `reason` is the authorizer's, or Envoy's where it never asked, or
    ENDED_AT_GATEWAY.
    `answered_by` is the version of my-app that answered, and `user` whom it saw
    by the header x-user, `peer` whose certificate its Envoy saw; `words` is what the caller of a bad token was told,
    and whom the gateway turned away.
    `policy` is Envoy's id of the deciding rule; `dry_run_policy` that of the
    dry-run rule that would have denied.
    """

    status: int
    reason: str
    answered_by: str | None = None
    policy: str | None = None
    dry_run_policy: str | None = None
    words: str | None = None
    user: str | None = None
    peer: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One request, and its expected outcome.

    `at`: the version to whose Envoy it goes, or GATEWAY. `claimed_user`: an x-user
    of the caller's. `host`: one that is not the address's or the gateway's.
    """

    at: str
    method: str
    path: str
    caller: Caller
    expected: Outcome
    claimed_user: str | None = None
    host: str | None = None


def rule(policy: str, index: int = 0) -> str:
    """Name a rule as Istio and Envoy do."""
    return f"ns[{NAMESPACE}]-policy[{policy}]-rule[{index}]"


def rows() -> tuple[Row, ...]:
    """Give the whole table: everything on v1, on v2 what shows that it is guarded the same way, then the gateway."""
    v1 = (*_rows_of("v1"), *_tokens_of_v1(), *_certificates_of_v1(), *_more_of_v1())
    return (*v1, *_rows_of("v2"), *_more_of_v2(), *_routed(), *_ended_at_gateway())


def _allowed(version: str, policy: str, user: str | None = None) -> Outcome:
    return Outcome(200, "allow_rule", version, rule(policy), user=user)


def _denied(policy: str) -> Outcome:
    return Outcome(403, "deny_rule", policy=rule(policy))


def _refused(words: str) -> Outcome:
    return Outcome(401, "token_refused", words=words)


_NOT_ALLOWED = Outcome(403, "no_allow_rule")
_NOT_VERIFIED = Outcome(403, "peer_not_verified")


def _rows_of(version: str) -> tuple[Row, ...]:
    def row(method: str, path: str, caller: Caller, expected: Outcome) -> Row:
        return Row(version, method, path, caller, expected)

    root = f"/{version}"
    return (
        row("GET", root, Caller.USER, _allowed(version, "my-app-policy", USER)),
        row("GET", root, Caller.OTHER, _NOT_ALLOWED),
        row("GET", root, Caller.NOBODY, _NOT_ALLOWED),
        row("GET", root, Caller.BROKEN, _refused("Jwt verification fails")),
        row("GET", "/public/hello", Caller.NOBODY, _allowed(version, "public-paths")),
        row("GET", "/admin", Caller.OPS_ADMIN, replace(_allowed(version, "admin-by-ops"), peer=OPS_ADMIN_ID)),
        row("GET", "/admin", Caller.CLIENT, _denied("admin-only")),
        row("GET", "/admin", Caller.PLAINTEXT, _denied("admin-only")),
    )


def _tokens_of_v1() -> tuple[Row, ...]:
    """Show what tokens come to: a bad one is refused on every path, and x-user is the token's to say."""
    claimed, public, mine = "root", _allowed("v1", "public-paths"), _allowed("v1", "my-app-policy", USER)
    return (
        Row("v1", "GET", "/v1", Caller.EXPIRED, _refused("Jwt is expired")),
        Row("v1", "GET", "/v1", Caller.UNKNOWN_ISSUER, _refused("Jwt issuer is not configured")),
        Row("v1", "GET", "/public/hello", Caller.BROKEN, _refused("Jwt verification fails")),
        Row("v1", "GET", "/public/hello", Caller.NOBODY, public, claimed),
        Row("v1", "GET", "/v1", Caller.USER, mine, claimed),
    )


def _certificates_of_v1() -> tuple[Row, ...]:
    """Show whose word counts for a name: a CA's only for its own trust domain."""
    return (
        Row("v1", "GET", "/admin", Caller.FOREIGN_ADMIN, _denied("admin-only")),
        Row("v1", "GET", "/admin", Caller.FORGED_ADMIN, _NOT_VERIFIED),
        Row("v1", "GET", "/public/hello", Caller.FORGED_ADMIN, _NOT_VERIFIED),
    )


def _more_of_v1() -> tuple[Row, ...]:
    mine, retired = _allowed("v1", "my-app-policy", USER), rule("retire-v1-legacy")
    return (
        Row("v1", "GET", "/admin", Caller.USER, _denied("admin-only")),
        Row("v1", "GET", "/public/../admin", Caller.NOBODY, _denied("admin-only")),
        Row("v1", "POST", "/v1", Caller.USER, _denied("editors-write")),
        Row("v1", "POST", "/v1", Caller.EDITOR, mine),
        Row("v1", "GET", "/v1/legacy", Caller.USER, replace(mine, dry_run_policy=retired)),
        Row("v1", "GET", "/v1/internal", Caller.USER, mine),
    )


def _more_of_v2() -> tuple[Row, ...]:
    """Show that the dry-run policy, which selects v1, has no verdict on v2."""
    return (Row("v2", "GET", "/v1/legacy", Caller.USER, _allowed("v2", "my-app-policy", USER)),)


def _routed() -> tuple[Row, ...]:
    """Show where the gateway sends what: to my-app's Envoys, over mutual TLS, and the caller's token with it."""
    mine = {version: _allowed(version, "my-app-policy", USER) for version in ("v1", "v2")}
    mine = {version: replace(outcome, peer=GATEWAY_ID) for version, outcome in mine.items()}
    retired = rule("retire-v1-legacy")
    return (
        Row(GATEWAY, "GET", "/v1", Caller.USER, mine["v1"]),
        Row(GATEWAY, "GET", "/v2", Caller.USER, mine["v2"]),
        Row(GATEWAY, "GET", "/v1/legacy", Caller.USER, replace(mine["v1"], dry_run_policy=retired)),
        Row(GATEWAY, "GET", "/v2", Caller.USER, mine["v2"], claimed_user="root"),
        Row(GATEWAY, "GET", "/v1", Caller.OTHER, _NOT_ALLOWED),
        Row(GATEWAY, "GET", "/v2", Caller.NOBODY, _NOT_ALLOWED),
        Row(GATEWAY, "GET", "/v2", Caller.BROKEN, _refused("Jwt verification fails")),
    )


def _ended_at_gateway() -> tuple[Row, ...]:
    """Show what does not get as far as my-app: what a policy of the gateway denies, and what has no route."""
    denied = Outcome(403, ENDED_AT_GATEWAY, words="RBAC: access denied")
    no_route = Outcome(404, ENDED_AT_GATEWAY)
    return (
        Row(GATEWAY, "GET", "/v1/internal", Caller.USER, denied),
        Row(GATEWAY, "GET", "/v2/x/../internal", Caller.USER, denied),
        Row(GATEWAY, "GET", "/public/hello", Caller.NOBODY, no_route),
        Row(GATEWAY, "GET", "/v1/../admin", Caller.USER, no_route),
        Row(GATEWAY, "GET", "/v1", Caller.USER, no_route, host="other.example.com"),
    )
