"""Program and facts -> decision: the order of Istio's actions.

Source: istio/istio pilot/pkg/networking/core/listener_builder.go and pilot/pkg/security/authz/builder/builder.go; the
opening comment of istio/api security/v1beta1/authorization_policy.proto.
"""

from dataclasses import replace

from authz.model.custom import Ask
from authz.model.decision import Allowed, Decision, Denied, Reason, Shadow
from authz.model.facts import Facts, UnreadableFactError
from authz.model.rule import Action
from authz.policy.index import NO_MATCH, Index
from authz.policy.program import Program

_NO_ALLOW_POLICY = Allowed(Reason.NO_ALLOW_POLICY, None)
_NO_ALLOW_RULE = Denied(Reason.NO_ALLOW_RULE)


def decide(program: Program, facts: Facts) -> Decision:
    """CUSTOM, then AUDIT, which only notes, then DENY, then ALLOW, else deny.

    A workload with no ALLOW policy allows what nothing denies; an ALLOW policy without rules still counts as one, and
    allows nothing. Nobody is asked: a CUSTOM rule that matches denies. Raises UnreadableFactError where a rule needs a
    fact that the request makes unreadable.
    """
    custom = first_custom(program, facts)
    return custom[0] if custom is not None else enforce(program, facts)


def first_custom(program: Program, facts: Facts) -> tuple[Denied, Ask | None] | None:
    """The denial that a CUSTOM rule makes unless its provider is asked, and whom to ask; None: no rule matches."""
    if program.custom is None:
        return None
    rank = program.custom.first_match(facts)
    if rank == NO_MATCH:
        return None
    return program.custom_denials[rank], program.asks[rank] if program.asks else None


def enforce(program: Program, facts: Facts) -> Decision:
    """What comes after CUSTOM. Raises UnreadableFactError as `decide`."""
    decision = _enforce(program, facts)
    return decision if program.only_decides else _with_notes(program, facts, decision)


def _enforce(program: Program, facts: Facts) -> Decision:
    if program.deny is not None:
        rank = program.deny.first_match(facts)
        if rank != NO_MATCH:
            return program.denials[rank]
    if program.allow is None:
        return _NO_ALLOW_POLICY
    rank = program.allow.first_match(facts)
    return program.permissions[rank] if rank != NO_MATCH else _NO_ALLOW_RULE


def _with_notes(program: Program, facts: Facts, decision: Decision) -> Decision:
    """What AUDIT and dry-run policies say. They never change a verdict, nor does a fact that they cannot read."""
    audited_by = None
    if program.audit is not None:
        rank = _try_match(program.audit, facts)
        audited_by = program.audit.refs[rank] if rank is not None and rank != NO_MATCH else None
    shadows = []
    if program.shadow_deny is not None:
        shadows.append(_shadow(Action.DENY, program.shadow_deny, facts))
    if program.shadow_allow is not None and decision.reason is not Reason.DENY_RULE:  # Envoy stops at the DENY filter
        shadows.append(_shadow(Action.ALLOW, program.shadow_allow, facts))
    if audited_by is None and not shadows:
        return decision  # the program's own object, whose answer is kept as bytes
    return replace(decision, audited_by=audited_by, shadows=tuple(shadows))


def _shadow(action: Action, index: Index, facts: Facts) -> Shadow:
    rank = _try_match(index, facts)
    if rank is None:
        return Shadow(action, denied=True, by=None)
    matched = rank != NO_MATCH
    return Shadow(action, denied=matched is (action is Action.DENY), by=index.refs[rank] if matched else None)


def _try_match(index: Index, facts: Facts) -> int | None:
    try:
        return index.first_match(facts)
    except UnreadableFactError:
        return None
