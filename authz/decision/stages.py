"""What a request goes through at a workload, in order: PeerAuthentication, CUSTOM, its token, AUDIT, DENY, ALLOW.

Sources: istio/istio pilot/pkg/networking/core/listener_builder.go, buildHTTPConnectionManager.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from authz.decision.case import Case
from authz.decision.evaluate import decide, enforce, first_custom
from authz.decision.path_forms import Forms, decide_forms
from authz.decision.peer import MtlsCheck
from authz.decision.tokens import TokenCheck, claims_of, refused
from authz.identity.tokens import Anonymous, Identified, TokenDenied
from authz.model.custom import Ask, ProviderAllows
from authz.model.decision import NO_EFFECTS, Allowed, Decision, Denied, Effects, Reason
from authz.model.facts import RawRequest, UnreadableFactError, UnverifiedPeerError
from authz.model.workload import Workload
from authz.policy.program import Program


@dataclass(frozen=True, slots=True)
class Asking:
    """A CUSTOM provider decides first. `unasked`: the decision if nobody asks it.

    `settle` makes of an allowance what it does to this very request; `proceed` decides what comes after CUSTOM, with
    the headers that it changed.
    """

    ask: Ask
    unasked: Denied
    settle: Callable[[ProviderAllows], ProviderAllows]
    proceed: Callable[[ProviderAllows], Decision]


@dataclass(frozen=True, slots=True)
class Stages:
    """The stages of one workload. `mtls`, `tokens`: None where no policy of that kind is for it."""

    workload: Workload
    program: Program
    mtls: MtlsCheck | None
    tokens: TokenCheck | None

    def begin(self, raw: RawRequest, forms: Forms, now_s: float | None, case: Case | None = None) -> Decision | Asking:
        """Decide, as far as that goes without asking. `case`: gets the token. Raises UnreadableFactError."""
        if self.mtls is not None and (refused := self.mtls.deny(forms[0])) is not None:
            return refused
        if self.tokens is None and not self.program.asks and len(forms) == 1:
            return decide(self.program, forms[0])
        proceed = partial(self._proceed, raw, forms, now_s, case)
        return self._custom(forms, proceed) or proceed(ProviderAllows())

    def before_token(self, forms: Forms) -> Forms:
        """A request as CUSTOM rules see it: nobody has looked at its token yet."""
        return forms if self.tokens is None else with_token(forms, Anonymous(NO_EFFECTS))

    def _custom(self, forms: Forms, proceed: Callable[[ProviderAllows], Decision]) -> Denied | Asking | None:
        """CUSTOM is asked about whatever form of the path a rule of it matches, before any form is decided."""
        for form in self.before_token(forms) if self.program.custom is not None else ():
            found = first_custom(self.program, form)
            if found is not None:
                unasked, ask = found
                unasked = replace(unasked, path_not_normalized=True) if len(forms) > 1 else unasked
                return unasked if ask is None else Asking(ask, unasked, forms[0].settle, proceed)
        return None

    def _proceed(
        self, raw: RawRequest, forms: Forms, now_s: float | None, case: Case | None, changes: ProviderAllows
    ) -> Decision:
        """What comes after CUSTOM."""
        try:
            if changes.headers or changes.remove_headers:
                settled = forms[0].settle(changes)
                forms = tuple([form.with_headers(settled) for form in forms])
            if self.tokens is None:
                return decide_forms(forms, partial(enforce, self.program))
            outcome = self.tokens.outcome(raw, forms[0], now_s, changes.changed_query)
            if case is not None:
                case.token = outcome
            if isinstance(outcome, TokenDenied):
                return refused(outcome, path_not_normalized=len(forms) > 1)
            decision = decide_forms(with_token(forms, outcome), partial(enforce, self.program))
            return with_effects(decision, outcome.effects)
        except UnreadableFactError as error:
            return unreadable(error)


def with_token(forms: Forms, outcome: Anonymous | Identified) -> Forms:
    """The forms of a request whose token has been looked at."""
    claims = claims_of(outcome)
    return tuple([form.with_token(claims, outcome.effects) for form in forms])


def with_effects(decision: Decision, effects: Effects) -> Decision:
    """A decision that does what the token asks for, if the request passes."""
    return replace(decision, effects=effects) if effects != NO_EFFECTS and isinstance(decision, Allowed) else decision


def unreadable(error: UnreadableFactError) -> Denied:
    """The decision where a fact that is needed cannot be read."""
    reason = Reason.PEER_NOT_VERIFIED if isinstance(error, UnverifiedPeerError) else Reason.UNREADABLE_FACT
    return Denied(reason, detail=str(error))
