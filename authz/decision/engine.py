"""One policy set in force: raw request -> decision. Immutable but for what it remembers to be quick."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

from authz.decision.evaluate import decide, enforce, first_ask
from authz.decision.explain import Explanation, PathForms, explain, explain_without_program
from authz.decision.facts import FactSettings, RequestFacts
from authz.decision.workload import UnknownWorkloadError, resolve_workload
from authz.mesh.view import MeshView
from authz.model.custom import Ask, ProviderAllows
from authz.model.decision import Allowed, Decision, Denied, Reason
from authz.model.facts import RawRequest, UnreadableFactError
from authz.model.path import PathNormalization, looks_normal, normalize_path
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
    workload: Workload
    program: Program


class Engine:
    """Decides by one view of the mesh. `digest` names the set: equal digests decide alike.

    `previous`: the engine that this one will replace; what both have in common is not compiled again.
    """

    def __init__(self, view: MeshView, settings: EngineSettings, digest: str, previous: "Engine | None" = None) -> None:
        self.view = view
        self.digest = digest
        self._settings = settings
        self._previous = previous
        known: Compiler | None = previous._compiler if previous else None  # noqa: SLF001 - of our own class
        self._compiler: Compiler = Compiler(view, settings.deciding, known)
        self._normalization = view.config.path_normalization
        self._facts = FactSettings(view.config.num_trusted_proxies)
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

    def decide(self, raw: RawRequest) -> Decision:
        """Decide one request without asking anybody: what a CUSTOM provider would have to say is denied."""
        outcome = self.begin(raw)
        return outcome.unasked if isinstance(outcome, Asking) else outcome

    def begin(self, raw: RawRequest) -> Decision | Asking:
        """Decide one request, as far as that goes without asking. Doubt about it is a denial with its own reason."""
        tcp = not raw.is_http
        texts = raw.workload_texts()
        resolved = self._resolved.get((texts, tcp))
        if resolved is None:
            resolved = self._resolve(texts, tcp=tcp)
        if isinstance(resolved, Denied):
            return resolved
        facts = RequestFacts(raw, self._facts)
        try:
            if resolved.program.asks:
                return self._ask_or_decide(resolved.program, facts, raw)
            if tcp:
                return decide(resolved.program, facts)
            return self._decide_http(resolved.program, facts, raw)
        except UnreadableFactError as error:
            return _unreadable(error)

    def _decide_http(self, program: Program, facts: RequestFacts, raw: RawRequest) -> Decision:
        malformed = malformed_target(raw.target, raw.method)
        if malformed:
            return Denied(Reason.MALFORMED_PATH, detail=malformed)
        if looks_normal(facts.path, self._normalization):
            return decide(program, facts)
        normal = self._normal_form(facts)
        if isinstance(normal, Denied):
            return normal
        decision = decide(program, facts)
        if normal is facts:
            return decision
        if isinstance(decision, Allowed):
            other = decide(program, normal)
            decision = other if isinstance(other, Denied) else decision
        return replace(decision, path_not_normalized=True)

    def _ask_or_decide(self, program: Program, facts: RequestFacts, raw: RawRequest) -> Decision | Asking:
        """CUSTOM is asked about whatever form of the path a rule of it matches, before any form is decided."""
        forms: tuple[RequestFacts, ...] = (facts,)
        if raw.is_http:
            malformed = malformed_target(raw.target, raw.method)
            if malformed:
                return Denied(Reason.MALFORMED_PATH, detail=malformed)
            normal = self._normal_form(facts)
            if isinstance(normal, Denied):
                return normal
            forms = (facts,) if normal is facts else (facts, normal)
        for form in forms:
            found = first_ask(program, form)
            if found is not None:
                ask, unasked = found
                unasked = replace(unasked, path_not_normalized=True) if len(forms) > 1 else unasked
                return Asking(ask, unasked, facts.settle, partial(_proceed, program, forms))
        return _proceed(program, forms, ProviderAllows())

    def _normal_form(self, facts: RequestFacts) -> RequestFacts | Denied:
        """The request with its path in the mesh's normal form, which may be how it came; a denial if there is none.

        Envoy answers 400 to an escaped NUL, but for a mesh that does not normalize.
        """
        normal = normalize_path(facts.path, self._normalization)
        if "%00" in normal and self._normalization is not PathNormalization.NONE:
            return Denied(Reason.MALFORMED_PATH, detail="the path has an escaped NUL")
        return facts if normal == facts.path else facts.with_path(normal)

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
            return _Resolved(workload, self._compiler.program(workload, tcp=tcp))
        except UnknownWorkloadError as error:
            return Denied(Reason.UNKNOWN_WORKLOAD, detail=str(error))
        except UndecidedScopeError as error:
            message = (
                f"{error}, and no labels were sent: send context_extensions `labels`, or --workload NAMESPACE/LABELS"
            )
            return Denied(Reason.UNKNOWN_LABELS, detail=message)

    def explain(self, raw: RawRequest) -> Explanation:
        """Decide slowly, and say why: every policy and rule in scope. Its decision is that of `decide`."""
        explanation = self._explain(raw)
        if not explanation.is_in_doubt:
            return explanation
        decision = self.decide(raw)
        missed = (explanation.if_allowed or decision).reason is Reason.NO_ALLOW_RULE
        return replace(explanation, decision=decision, nearest_miss=explanation.nearest_miss if missed else None)

    def _explain(self, raw: RawRequest) -> Explanation:
        tcp = not raw.is_http
        resolved = self._resolve(raw.workload_texts(), tcp=tcp)
        if isinstance(resolved, Denied):
            return explain_without_program(resolved)
        facts = RequestFacts(raw, self._facts)
        if tcp:
            return explain(resolved.program, facts, resolved.workload)
        malformed = malformed_target(raw.target, raw.method)
        if malformed:
            return explain_without_program(Denied(Reason.MALFORMED_PATH, detail=malformed), resolved.workload)
        normal = self._normal_form(facts)
        if isinstance(normal, Denied):
            return explain_without_program(normal, resolved.workload)
        explanation = explain(resolved.program, facts, resolved.workload)
        if normal is facts:
            return explanation
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


def _proceed(program: Program, forms: tuple[RequestFacts, ...], changes: ProviderAllows) -> Decision:
    """What comes after CUSTOM; every form of the path must be allowed."""
    changed = changes.headers or changes.remove_headers
    settled = forms[0].settle(changes) if changed else changes
    try:
        decisions = [enforce(program, form.with_headers(settled) if changed else form) for form in forms]
    except UnreadableFactError as error:
        return _unreadable(error)
    decision = next((one for one in decisions if isinstance(one, Denied)), decisions[0])
    return replace(decision, path_not_normalized=True) if len(forms) > 1 else decision


def _asking_about_both(asking: Explanation, other: Explanation) -> Explanation:
    """The explanation of the form of the path that a provider is asked about; after it both must be allowed."""
    after, also = asking.if_allowed or asking.decision, other.if_allowed or other.decision
    after = also if isinstance(also, Denied) and isinstance(after, Allowed) else after
    return replace(asking, if_allowed=replace(after, path_not_normalized=True))


def _unreadable(error: UnreadableFactError) -> Denied:
    return Denied(Reason.UNREADABLE_FACT, detail=str(error))


def malformed_target(target: str, method: str) -> str:
    """What is wrong with a request target; empty text: nothing. `OPTIONS *` and CONNECT have no path."""
    if "\0" in target:
        return "the path has a NUL"
    if "#" in target:
        return "the path has a fragment"
    if target[:1] == "/" or method == "CONNECT" or (method == "OPTIONS" and target == "*"):
        return ""
    return f"the path does not begin with '/': {target[:80]!r}"
