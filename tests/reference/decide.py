"""A decision (§3, §9)."""

from collections.abc import Sequence
from dataclasses import replace

from tests.reference.model import (
    BareRequestPrincipals,
    Context,
    Mesh,
    Policy,
    Reason,
    Request,
    Shadow,
    Verdict,
    Workload,
    trust_domains,
    trusted_proxies,
)
from tests.reference.paths import path_forms
from tests.reference.rules import rule_matches
from tests.reference.scope import applies, namespace_of
from tests.reference.tokens import Refused, authenticate, merged


def decide(
    policies: Sequence[Policy],
    mesh: Mesh,
    workload: Workload,
    request: Request,
    *,
    bare_request_principals: BareRequestPrincipals = "istio",
) -> Verdict:
    """Decide one request for a workload, from all policies there are.

    A path that is not in the mesh's normal form is decided as sent and in normal form; both must
    allow, and the denying form is the one reported (contract: path).
    """
    in_scope = [policy for policy in policies if applies(policy, workload, mesh)]
    forms = path_forms(request, mesh)
    verdicts = [decide_form(in_scope, mesh, form, bare_request_principals) for form in forms]
    if not verdicts:
        return Verdict(allowed=False, matched=None, reason="bad_path")
    return next((verdict for verdict in verdicts if not verdict.allowed), verdicts[0])


def decide_with_tokens(
    documents: Sequence[Policy], mesh: Mesh, workload: Workload, request: Request, now_s: int
) -> tuple[Refused, Request] | tuple[Verdict, Request]:
    """Decide by policies of both kinds, as of `now_s`, and tell how the workload sees the request if it passes.

    T§5: CUSTOM rules come first and know no token; then the token; then the others, which see what it changed. TCP
    has no tokens. Where no RequestAuthentication applies, the claims are those that the proxy has verified.
    """
    policies = [one for one in documents if one.get("kind") != "RequestAuthentication"]
    rules = merged(one for one in documents if one not in policies and applies(one, workload, mesh))
    if request.protocol == "tcp" or not rules:
        return decide(policies, mesh, workload, request), request
    custom = [policy for policy in policies if action_of(policy) == "CUSTOM"]
    asked = decide(custom, mesh, workload, replace(request, claims=None))
    if not asked.allowed:
        return asked, request
    seen = authenticate(rules, request, now_s)
    if isinstance(seen, Refused):
        return seen, request
    others = [policy for policy in policies if policy not in custom]
    return decide(others, mesh, workload, seen), seen


def decide_form(policies: Sequence[Policy], mesh: Mesh, request: Request, bare: BareRequestPrincipals) -> Verdict:
    """Decide a request whose path has one form, by the policies in scope."""

    def first(action: str, *, dry_run: bool = False) -> str | None:
        return first_match(chosen(policies, action, dry_run=dry_run), mesh, request, bare)

    default_deny = bool(chosen(policies, "ALLOW", dry_run=False))
    would_allow, would_deny = first("ALLOW", dry_run=True), first("DENY", dry_run=True)
    allowed, matched, reason = outcome(first("CUSTOM"), first("DENY"), first("ALLOW"), default_deny=default_deny)
    return Verdict(
        allowed=allowed,
        matched=matched,
        reason=reason,
        shadow_allow=Shadow(would_allow is not None, would_allow) if chosen(policies, "ALLOW", dry_run=True) else None,
        shadow_deny=Shadow(would_deny is None, would_deny) if chosen(policies, "DENY", dry_run=True) else None,
        audited=first("AUDIT") is not None,
    )


def outcome(
    custom: str | None, deny: str | None, allow: str | None, *, default_deny: bool
) -> tuple[bool, str | None, Reason]:
    """§3: CUSTOM, DENY, ALLOW, given the rule of each that matches, and whether any ALLOW policy is enforced.

    A CUSTOM rule that matches denies: nobody is asked here (§10).
    """
    if custom is not None:
        return False, custom, "custom"
    if deny is not None:
        return False, deny, "deny_rule"
    if not default_deny:
        return True, None, "no_policy"
    if allow is not None:
        return True, allow, "allow_rule"
    return False, None, "no_allow_rule"


def chosen(policies: Sequence[Policy], action: str, *, dry_run: bool) -> list[Policy]:
    """The policies of one action, enforced or dry-run: of all namespaces in one pool (§3)."""
    return [policy for policy in policies if action_of(policy) == action and is_dry_run(policy) is dry_run]


def first_match(policies: Sequence[Policy], mesh: Mesh, request: Request, bare: BareRequestPrincipals) -> str | None:
    """The id of the matching rule that is first in byte order of the ids (§9)."""
    ids = [
        rule_id(policy, index)
        for policy in policies
        for index, rule in enumerate((policy.get("spec") or {}).get("rules") or [])
        if rule_matches(rule, action_of(policy), request, context_of(policy, mesh, bare))
    ]
    return min(ids, key=str.encode, default=None)


def context_of(policy: Policy, mesh: Mesh, bare: BareRequestPrincipals) -> Context:
    """What the values of this policy mean here."""
    return Context(namespace_of(policy), trust_domains(mesh), trusted_proxies(mesh), bare)


def action_of(policy: Policy) -> str:
    """§1: ALLOW unless said otherwise."""
    return str((policy.get("spec") or {}).get("action") or "ALLOW")


def is_dry_run(policy: Policy) -> bool:
    """§9: Go's ParseBool says true, on ALLOW and DENY only; what cannot be read is enforced."""
    annotations = (policy.get("metadata") or {}).get("annotations") or {}
    said = annotations.get("istio.io/dry-run") in ("1", "t", "T", "TRUE", "true", "True")
    return said and action_of(policy) in ("ALLOW", "DENY")


def rule_id(policy: Policy, index: int) -> str:
    """§9; of a CUSTOM policy the id of one whose provider cannot be asked."""
    spec, name = policy.get("spec") or {}, (policy.get("metadata") or {}).get("name")
    plain = f"ns[{namespace_of(policy)}]-policy[{name}]-rule[{index}]"
    if action_of(policy) == "CUSTOM":
        return f"istio-ext-authz-{spec['provider']['name']}-{plain}-deny-due-to-bad-CUSTOM-action"
    return plain
