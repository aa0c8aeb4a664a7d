"""The program of a workload: an index for each action, and what each rule of it answers."""

from collections.abc import Iterable
from dataclasses import dataclass

from authz.model.decision import Allowed, Denied, Reason
from authz.model.rule import Action
from authz.policy.index import CompiledRule, Index
from authz.policy.ir import LoweredRule
from authz.resources.authorization_policy import AuthorizationPolicy


@dataclass(frozen=True, slots=True)
class ScopedPolicy:
    """A policy with its rules as compiled for HTTP or for TCP."""

    policy: AuthorizationPolicy
    rules: tuple[LoweredRule, ...]


@dataclass(frozen=True, slots=True)
class Program:
    """Everything that decides the requests to one workload.

    None stands for "no rule of this kind", but for `allow`: there None means that no ALLOW policy applies, and an index
    without rules that one does and nothing matches it. `denials`, `custom_denials` and `permissions` are the answers by
    rank, built once. `policies` is for explaining. `only_decides`: there is nothing to note beside the verdict, as
    neither an AUDIT nor a dry-run policy applies.
    """

    custom: Index | None
    audit: Index | None
    deny: Index | None
    allow: Index | None
    shadow_deny: Index | None
    shadow_allow: Index | None
    custom_denials: tuple[Denied, ...]
    denials: tuple[Denied, ...]
    permissions: tuple[Allowed, ...]
    policies: tuple[ScopedPolicy, ...]
    only_decides: bool


def build_program(compiled: Iterable[tuple[AuthorizationPolicy, tuple[CompiledRule, ...]]]) -> Program:
    """Build the indexes of a workload from its policies' compiled rules."""
    policies = tuple(compiled)

    def index(action: Action, *, dry_run: bool = False) -> Index | None:
        chosen = [rules for policy, rules in policies if policy.action is action and policy.dry_run is dry_run]
        rules = [rule for of_policy in chosen for rule in of_policy]
        return Index(rules) if rules or (chosen and action is Action.ALLOW) else None

    custom, deny, allow = index(Action.CUSTOM), index(Action.DENY), index(Action.ALLOW)
    audit = index(Action.AUDIT)
    shadow_deny, shadow_allow = index(Action.DENY, dry_run=True), index(Action.ALLOW, dry_run=True)
    return Program(
        custom=custom,
        audit=audit,
        deny=deny,
        allow=allow,
        shadow_deny=shadow_deny,
        shadow_allow=shadow_allow,
        custom_denials=tuple([Denied(Reason.CUSTOM_UNAVAILABLE, ref) for ref in custom.refs]) if custom else (),
        denials=tuple([Denied(Reason.DENY_RULE, ref) for ref in deny.refs]) if deny else (),
        permissions=tuple([Allowed(Reason.ALLOW_RULE, ref) for ref in allow.refs]) if allow else (),
        policies=tuple([ScopedPolicy(policy, tuple([rule.rule for rule in rules])) for policy, rules in policies]),
        only_decides=audit is None and shadow_deny is None and shadow_allow is None,
    )
