"""The program of a workload: an index for each action, and what each rule of it answers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from authz.model.custom import Ask
from authz.model.decision import Allowed, Denied, Reason
from authz.model.rule import Action
from authz.policy.index import CompiledRule, Index
from authz.policy.ir import LoweredRule
from authz.resources.authorization_policy import AuthorizationPolicy
from authz.resources.extension_provider import ProviderKind


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
    rank, built once; `asks` are what to ask instead of a custom denial, empty where there is nobody to ask. `policies`
    is for explaining. `only_decides`: there is nothing to note beside the verdict, as neither an AUDIT nor a dry-run
    policy applies.
    """

    custom: Index | None
    audit: Index | None
    deny: Index | None
    allow: Index | None
    shadow_deny: Index | None
    shadow_allow: Index | None
    custom_denials: tuple[Denied, ...]
    asks: tuple[Ask, ...]
    denials: tuple[Denied, ...]
    permissions: tuple[Allowed, ...]
    policies: tuple[ScopedPolicy, ...]
    only_decides: bool


def build_program(
    compiled: Iterable[tuple[AuthorizationPolicy, tuple[CompiledRule, ...]]],
    providers: Mapping[str, ProviderKind],
    *,
    tcp: bool = False,
) -> Program:
    """Build the indexes of a workload from its policies' compiled rules. `providers`: those of the mesh, by name."""
    policies = tuple(compiled)
    named = {policy.provider or "" for policy, _ in policies if policy.action is Action.CUSTOM}

    def index(action: Action, *, dry_run: bool = False) -> Index | None:
        chosen = [rules for policy, rules in policies if policy.action is action and policy.dry_run is dry_run]
        rules = [rule for of_policy in chosen for rule in of_policy]
        return Index(rules) if rules or (chosen and action is Action.ALLOW) else None

    ignored = tcp and {providers.get(name) for name in named} == {ProviderKind.HTTP} and len(named) == 1
    custom = None if ignored else index(Action.CUSTOM)
    deny, allow = index(Action.DENY), index(Action.ALLOW)
    audit = index(Action.AUDIT)
    shadow_deny, shadow_allow = index(Action.DENY, dry_run=True), index(Action.ALLOW, dry_run=True)
    return Program(
        custom=custom,
        audit=audit,
        deny=deny,
        allow=allow,
        shadow_deny=shadow_deny,
        shadow_allow=shadow_allow,
        custom_denials=_custom_denials(custom, named, providers) if custom else (),
        asks=tuple([Ask(next(iter(named)), ref) for ref in custom.refs])
        if custom and len(named) == 1 and named <= providers.keys()
        else (),
        denials=tuple([Denied(Reason.DENY_RULE, ref) for ref in deny.refs]) if deny else (),
        permissions=tuple([Allowed(Reason.ALLOW_RULE, ref) for ref in allow.refs]) if allow else (),
        policies=tuple([ScopedPolicy(policy, tuple([rule.rule for rule in rules])) for policy, rules in policies]),
        only_decides=audit is None and shadow_deny is None and shadow_allow is None,
    )


def _custom_denials(custom: Index, named: set[str], providers: Mapping[str, ProviderKind]) -> tuple[Denied, ...]:
    """What is answered where nobody is asked.

    Several providers on a workload deny whatever matches. Source: istio/istio
    pilot/pkg/security/authz/builder/builder.go, getBadCustomDenyRules and EnableMultipleCustomAuthzProviders.
    """
    reason, detail = Reason.CUSTOM_UNAVAILABLE, ""
    if named <= providers.keys() and len(named) > 1:
        reason = Reason.CUSTOM_SEVERAL_PROVIDERS
        detail = f"the workload has CUSTOM policies of several providers: {', '.join(sorted(named))}"
    bad = [replace(ref, id=f"{ref.id}-deny-due-to-bad-CUSTOM-action") for ref in custom.refs]
    return tuple([Denied(reason, ref, detail) for ref in bad])
