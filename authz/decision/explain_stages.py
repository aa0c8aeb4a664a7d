"""Why, stage by stage: the same order as `authz.decision.stages`, with what each stage found."""

from dataclasses import replace

from authz.decision.explain import Explanation, PathForms, explain, explain_without_program
from authz.decision.facts import RequestFacts
from authz.decision.path_forms import Forms
from authz.decision.peer import MtlsCheck
from authz.decision.stages import Stages, unreadable, with_effects, with_token
from authz.decision.tokens import refused
from authz.identity.tokens import TokenDenied, TokenOutcome
from authz.mesh.peer_authentication import PortMode
from authz.model.decision import Allowed, Denied
from authz.model.facts import RawRequest, UnreadableFactError


def explain_stages(stages: Stages, raw: RawRequest, forms: Forms, now_s: float | None) -> Explanation:
    """What each stage made of a request."""
    mode = None
    if stages.mtls is not None:
        mode, denied = _tell_mtls(stages.mtls, forms[0])
        if denied is not None:
            return replace(explain_without_program(denied, stages.workload), mtls=mode)
    return replace(_after_mtls(stages, raw, forms, now_s), mtls=mode)


def _tell_mtls(mtls: MtlsCheck, facts: RequestFacts) -> tuple[PortMode | None, Denied | None]:
    """What PeerAuthentication has for a connection, and whether it denies it."""
    mode = None
    try:
        mode = mtls.mode(facts)
        return mode, mtls.deny(facts)
    except UnreadableFactError as error:
        return mode, unreadable(error)


def _after_mtls(stages: Stages, raw: RawRequest, forms: Forms, now_s: float | None) -> Explanation:
    if stages.tokens is None:
        return _explain_forms(stages, forms, forms)
    try:
        outcome: TokenOutcome | Denied = stages.tokens.outcome(raw, forms[0], now_s)
    except UnreadableFactError as error:
        outcome = unreadable(error)
    before = stages.before_token(forms)
    if isinstance(outcome, Denied):
        return _denied_by_token(_explain_forms(stages, before, before), outcome)
    if isinstance(outcome, TokenDenied):
        denied = refused(outcome, path_not_normalized=len(forms) > 1)
        return replace(_denied_by_token(_explain_forms(stages, before, before), denied), token=outcome)
    explanation = _explain_forms(stages, before, with_token(forms, outcome))
    after = explanation.if_allowed and with_effects(explanation.if_allowed, outcome.effects)
    decision = with_effects(explanation.decision, outcome.effects)
    return replace(explanation, decision=decision, if_allowed=after, token=outcome)


def _denied_by_token(explanation: Explanation, denied: Denied) -> Explanation:
    """CUSTOM comes first; what other policies would have said of a request without a token is not told."""
    if explanation.asks is not None:
        return replace(explanation, if_allowed=denied, nearest_miss=None)
    if explanation.is_by_custom:
        return explanation
    return explain_without_program(denied, explanation.workload)


def _explain_forms(stages: Stages, before: Forms, after: Forms) -> Explanation:
    """Every form of the path, where it came in another than the normal one; `before`: as CUSTOM rules see it."""
    found = [explain(stages.program, form, stages.workload, seen) for form, seen in zip(after, before, strict=True)]
    explanation = found[0]
    if len(found) == 1:
        return explanation
    other, explained = found[1], after[0].path
    if other.is_by_custom and not explanation.is_by_custom:
        explanation, other, explained = other, explanation, after[1].path
    if explanation.asks:
        explanation = _asking_about_both(explanation, other)
    elif isinstance(explanation.decision, Allowed) and isinstance(other.decision, Denied):
        explanation, explained = other, after[1].path
    decision = replace(explanation.decision, path_not_normalized=True)
    return replace(explanation, decision=decision, path_forms=PathForms(after[0].path, after[1].path, explained))


def _asking_about_both(asking: Explanation, other: Explanation) -> Explanation:
    """The explanation of the form of the path that a provider is asked about; after it both must be allowed."""
    after, also = asking.if_allowed or asking.decision, other.if_allowed or other.decision
    after = also if isinstance(also, Denied) and isinstance(after, Allowed) else after
    return replace(asking, if_allowed=replace(after, path_not_normalized=True))
