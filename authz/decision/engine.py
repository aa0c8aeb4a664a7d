"""One policy set in force: raw request -> decision. Immutable but for what it remembers to be quick."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

from authz.decision.evaluate import decide, enforce, first_ask
from authz.decision.explain import Explanation, PathForms, explain, explain_without_program
from authz.decision.facts import FactSettings, RequestFacts
from authz.decision.path_forms import Forms, decide_forms, path_forms
from authz.decision.peer import MtlsCheck, PeerReader
from authz.decision.workload import UnknownWorkloadError, resolve_workload
from authz.identity.verification import PeerVerifier
from authz.mesh.peer_authentication import PortMode, UndecidedMtlsError
from authz.mesh.view import MeshView
from authz.model.custom import Ask, ProviderAllows
from authz.model.decision import Allowed, Decision, Denied, Reason
from authz.model.facts import RawRequest, UnreadableFactError, UnverifiedPeerError
from authz.model.settings import DecidingSettings
from authz.model.workload import Workload, WorkloadTexts
from authz.policy.compile import Compiler, UndecidedScopeError
from authz.policy.program import Program

_MAX_REMEMBERED = 100_000
_MAX_WARMED = 10_000


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """`default_workload`: whose requests these are where the proxy does not say."""

    deciding: DecidingSettings = field(default_factory=DecidingSettings)
    default_workload: Workload | None = None


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
class _Resolved:
    """`mtls`: None where no PeerAuthentication is for the workload."""

    workload: Workload
    program: Program
    mtls: MtlsCheck | None


class Engine:
    """Decides by one view of the mesh. `digest` names the set: equal digests decide alike.

    `previous`: the engine that this one will replace; what both have in common is not compiled again. `verifier`:
    verifies the certificates of peers; None: the proxy's word for them counts.
    """

    def __init__(
        self,
        view: MeshView,
        settings: EngineSettings,
        digest: str,
        previous: "Engine | None" = None,
        verifier: PeerVerifier | None = None,
    ) -> None:
        self.view = view
        self.digest = digest
        self._settings = settings
        self._previous = previous
        known: Compiler | None = previous._compiler if previous else None  # noqa: SLF001 - of our own class
        self._compiler: Compiler = Compiler(view, settings.deciding, known)
        self._normalization = view.config.path_normalization
        peers = settings.deciding.peers
        self._facts = FactSettings(view.config.num_trusted_proxies, PeerReader(peers, verifier))
        trusted = {
            *view.config.trust_domains,
            *view.config.ca_trust_domains,
            *(verifier.trust_domains if verifier else ()),
        }
        self._trusted = None if peers.skip_validate_trust_domain else frozenset(trusted)
        self._resolved: dict[tuple[WorkloadTexts, bool], _Resolved | Denied] = {}

    def prepare(self) -> None:
        """Compile what requests should not have to wait for.

        That is all policies for HTTP, and the programs of the settings' workload and of those that asked the previous
        engine.
        """
        for policy in self.view.policies:
            self._compiler.rules(policy, tcp=False)
        if self._settings.default_workload is not None:
            self._resolve(WorkloadTexts(), tcp=False)
        if self._previous is not None:
            for texts, tcp in list(self._previous._resolved)[:_MAX_WARMED]:  # noqa: SLF001
                self._resolve(texts, tcp=tcp)
        self._previous = None
        self._compiler.settle()

    def facts(self, raw: RawRequest, now_s: float | None = None) -> RequestFacts:
        """A request as policies see it. `now_s`: seconds since 1970; None: what depends on the time cannot be read."""
        return RequestFacts(raw, self._facts, now_s)

    def decide(self, raw: RawRequest, now_s: float | None = None) -> Decision:
        """Decide one request without asking anybody: what a CUSTOM provider would have to say is denied.

        `now_s`: as for `facts`.
        """
        outcome = self.begin(raw, now_s)
        return outcome.unasked if isinstance(outcome, Asking) else outcome

    def begin(self, raw: RawRequest, now_s: float | None = None) -> Decision | Asking:
        """Decide one request, as far as that goes without asking. Doubt about it is a denial with its own reason.

        `now_s`: as for `facts`.
        """
        tcp = not raw.is_http
        texts = raw.workload_texts()
        resolved = self._resolved.get((texts, tcp))
        if resolved is None:
            resolved = self._resolve(texts, tcp=tcp)
        if isinstance(resolved, Denied):
            return resolved
        program, facts = resolved.program, RequestFacts(raw, self._facts, now_s)
        forms = (facts,) if tcp else path_forms(facts, raw, self._normalization)
        if isinstance(forms, Denied):
            return forms
        try:
            if resolved.mtls is not None and (refused := resolved.mtls.deny(facts)) is not None:
                return refused
            if program.asks:
                return _ask(program, forms) or _proceed(program, forms, ProviderAllows())
            return decide_forms(forms, partial(decide, program))
        except UnreadableFactError as error:
            return _unreadable(error)

    def workload(self, raw: RawRequest) -> Workload | None:
        """Whose request it is; None where that is not known."""
        tcp, texts = not raw.is_http, raw.workload_texts()
        resolved = self._resolved.get((texts, tcp)) or self._resolve(texts, tcp=tcp)
        return None if isinstance(resolved, Denied) else resolved.workload

    def _resolve(self, texts: WorkloadTexts, *, tcp: bool) -> _Resolved | Denied:
        resolved = self._find_program(texts, tcp=tcp)
        if len(self._resolved) >= _MAX_REMEMBERED:
            self._resolved.clear()
        self._resolved[texts, tcp] = resolved
        return resolved

    def _find_program(self, texts: WorkloadTexts, *, tcp: bool) -> _Resolved | Denied:
        try:
            workload = resolve_workload(texts, self._settings.default_workload)
            effective = self.view.mtls(workload)
            mtls = MtlsCheck(effective, self._trusted) if effective is not None else None
            return _Resolved(workload, self._compiler.program(workload, tcp=tcp), mtls)
        except UnknownWorkloadError as error:
            return Denied(Reason.UNKNOWN_WORKLOAD, detail=str(error))
        except (UndecidedMtlsError, UndecidedScopeError) as error:
            message = (
                f"{error}, and no labels were sent: send context_extensions `labels`, or --workload NAMESPACE/LABELS"
            )
            return Denied(Reason.UNKNOWN_LABELS, detail=message)

    def explain(self, raw: RawRequest, now_s: float | None = None) -> Explanation:
        """Decide slowly, and say why: every policy and rule in scope. Its decision is that of `decide`."""
        explanation = self._explain(raw, now_s)
        if not explanation.is_in_doubt:
            return explanation
        decision = self.decide(raw, now_s)
        missed = (explanation.if_allowed or decision).reason is Reason.NO_ALLOW_RULE
        return replace(explanation, decision=decision, nearest_miss=explanation.nearest_miss if missed else None)

    def _explain(self, raw: RawRequest, now_s: float | None) -> Explanation:
        tcp = not raw.is_http
        resolved = self._resolve(raw.workload_texts(), tcp=tcp)
        if isinstance(resolved, Denied):
            return explain_without_program(resolved)
        facts = RequestFacts(raw, self._facts, now_s)
        forms = (facts,) if tcp else path_forms(facts, raw, self._normalization)
        if isinstance(forms, Denied):
            return explain_without_program(forms, resolved.workload)
        if resolved.mtls is None:
            return _explain_forms(resolved, forms)
        mode, refused = _tell_mtls(resolved.mtls, facts)
        if refused is not None:
            return replace(explain_without_program(refused, resolved.workload), mtls=mode)
        return replace(_explain_forms(resolved, forms), mtls=mode)


def _tell_mtls(mtls: MtlsCheck, facts: RequestFacts) -> tuple[PortMode | None, Denied | None]:
    """What PeerAuthentication has for a connection, and whether it denies it."""
    mode = None
    try:
        mode = mtls.mode(facts)
        return mode, mtls.deny(facts)
    except UnreadableFactError as error:
        return mode, _unreadable(error)


def _explain_forms(resolved: _Resolved, forms: Forms) -> Explanation:
    """Every form of the path, where it came in another than the normal one."""
    facts = forms[0]
    explanation = explain(resolved.program, facts, resolved.workload)
    if len(forms) == 1:
        return explanation
    normal = forms[1]
    explained = facts.path
    if resolved.program.asks:
        other = explain(resolved.program, normal, resolved.workload)
        if other.asks and not explanation.asks:
            explanation, other, explained = other, explanation, normal.path
        if explanation.asks:
            explanation = _asking_about_both(explanation, other)
    if isinstance(explanation.decision, Allowed):
        other = explain(resolved.program, normal, resolved.workload)
        if isinstance(other.decision, Denied):
            explanation, explained = other, normal.path
    decision = replace(explanation.decision, path_not_normalized=True)
    return replace(explanation, decision=decision, path_forms=PathForms(facts.path, normal.path, explained))


def _ask(program: Program, forms: Forms) -> Asking | None:
    """CUSTOM is asked about whatever form of the path a rule of it matches, before any form is decided."""
    for form in forms:
        found = first_ask(program, form)
        if found is not None:
            ask, unasked = found
            unasked = replace(unasked, path_not_normalized=True) if len(forms) > 1 else unasked
            return Asking(ask, unasked, forms[0].settle, partial(_proceed, program, forms))
    return None


def _proceed(program: Program, forms: Forms, changes: ProviderAllows) -> Decision:
    """What comes after CUSTOM."""
    try:
        if changes.headers or changes.remove_headers:
            settled = forms[0].settle(changes)
            forms = tuple([form.with_headers(settled) for form in forms])
        return decide_forms(forms, partial(enforce, program))
    except UnreadableFactError as error:
        return _unreadable(error)


def _asking_about_both(asking: Explanation, other: Explanation) -> Explanation:
    """The explanation of the form of the path that a provider is asked about; after it both must be allowed."""
    after, also = asking.if_allowed or asking.decision, other.if_allowed or other.decision
    after = also if isinstance(also, Denied) and isinstance(after, Allowed) else after
    return replace(asking, if_allowed=replace(after, path_not_normalized=True))


def _unreadable(error: UnreadableFactError) -> Denied:
    reason = Reason.PEER_NOT_VERIFIED if isinstance(error, UnverifiedPeerError) else Reason.UNREADABLE_FACT
    return Denied(reason, detail=str(error))
