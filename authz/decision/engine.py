"""One policy set in force: raw request -> decision. Immutable but for what it remembers to be quick."""

from dataclasses import dataclass, field, replace

from authz.decision.case import Case, TokenPlaces
from authz.decision.explain import Explanation, explain_without_program
from authz.decision.explain_stages import explain_stages
from authz.decision.facts import FactSettings, RequestFacts
from authz.decision.path_forms import path_forms
from authz.decision.peer import MtlsCheck, PeerReader
from authz.decision.stages import Asking, Stages, unreadable
from authz.decision.tokens import TokenCheck, TokenKeys
from authz.decision.workload import UnknownWorkloadError, resolve_workload
from authz.identity.token_places import places_of
from authz.identity.verification import PeerVerifier
from authz.mesh.peer_authentication import UndecidedMtlsError
from authz.mesh.view import MeshView
from authz.model.decision import Decision, Denied, Reason
from authz.model.facts import RawRequest, UnreadableFactError
from authz.model.settings import DecidingSettings
from authz.model.workload import Workload, WorkloadTexts
from authz.policy.compile import Compiler, UndecidedScopeError

_MAX_REMEMBERED = 100_000
_MAX_WARMED = 10_000
_MAX_TOKEN_CHECKS = 10_000


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """`default_workload`: whose requests these are where the proxy does not say."""

    deciding: DecidingSettings = field(default_factory=DecidingSettings)
    default_workload: Workload | None = None


@dataclass(frozen=True, slots=True)
class Verifying:
    """How identities are proven. `peers`: verifies certificates; None: the proxy's word for them counts."""

    peers: PeerVerifier | None = None
    tokens: TokenKeys = field(default_factory=TokenKeys)


class Engine:
    """Decides by one view of the mesh. `digest` names the set: equal digests decide alike.

    `previous`: the engine that this one will replace; what both have in common is not compiled again. `verifying`:
    None: no bundle, and no keys at all.
    """

    def __init__(
        self,
        view: MeshView,
        settings: EngineSettings,
        digest: str,
        previous: "Engine | None" = None,
        verifying: Verifying | None = None,
    ) -> None:
        self.view = view
        self.digest = digest
        self._settings = settings
        self._previous = previous
        known: Compiler | None = previous._compiler if previous else None  # noqa: SLF001 - of our own class
        self._compiler: Compiler = Compiler(view, settings.deciding, known)
        self._normalization = view.config.path_normalization
        peers, verifying = settings.deciding.peers, verifying or Verifying()
        verifier = verifying.peers
        self._facts = FactSettings(view.config.num_trusted_proxies, PeerReader(peers, verifier))
        trusted = {
            *view.config.trust_domains,
            *view.config.ca_trust_domains,
            *(verifier.trust_domains if verifier else ()),
        }
        self._trusted = None if peers.skip_validate_trust_domain else frozenset(trusted)
        self._keys = verifying.tokens
        self._places = _token_places(view)
        self._token_checks: dict[tuple[int, ...], TokenCheck] = {}  # by id() of the policies, which the view holds
        self._stages: dict[tuple[WorkloadTexts, bool], Stages | Denied] = {}

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
            for texts, tcp in list(self._previous._stages)[:_MAX_WARMED]:  # noqa: SLF001
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

    def begin(self, raw: RawRequest, now_s: float | None = None, case: Case | None = None) -> Decision | Asking:
        """Decide one request, as far as that goes without asking. Doubt about it is a denial with its own reason.

        `now_s`: as for `facts`. `case`: gets what becomes known on the way.
        """
        tcp = not raw.is_http
        texts = raw.workload_texts()
        stages = self._stages.get((texts, tcp))
        if stages is None:
            stages = self._resolve(texts, tcp=tcp)
        facts = RequestFacts(raw, self._facts, now_s)
        if case is not None:
            case.facts, case.places = facts, self._places
        if isinstance(stages, Denied):
            return stages
        if case is not None:
            case.workload, case.program = stages.workload, stages.program
        forms = (facts,) if tcp else path_forms(facts, raw, self._normalization)
        if isinstance(forms, Denied):
            return forms
        try:
            return stages.begin(raw, forms, now_s, case)
        except UnreadableFactError as error:
            return unreadable(error)

    def workload(self, raw: RawRequest) -> Workload | None:
        """Whose request it is; None where that is not known."""
        tcp, texts = not raw.is_http, raw.workload_texts()
        stages = self._stages.get((texts, tcp)) or self._resolve(texts, tcp=tcp)
        return None if isinstance(stages, Denied) else stages.workload

    def _resolve(self, texts: WorkloadTexts, *, tcp: bool) -> Stages | Denied:
        stages = self._find_stages(texts, tcp=tcp)
        if len(self._stages) >= _MAX_REMEMBERED:
            self._stages.clear()
        self._stages[texts, tcp] = stages
        return stages

    def _find_stages(self, texts: WorkloadTexts, *, tcp: bool) -> Stages | Denied:
        try:
            workload = resolve_workload(texts, self._settings.default_workload)
            effective = self.view.mtls(workload)
            mtls = MtlsCheck(effective, self._trusted) if effective is not None else None
            tokens = None if tcp else self._token_check(workload)
            return Stages(workload, self._compiler.program(workload, tcp=tcp), mtls, tokens)
        except UnknownWorkloadError as error:
            return Denied(Reason.UNKNOWN_WORKLOAD, detail=str(error))
        except (UndecidedMtlsError, UndecidedScopeError) as error:
            message = (
                f"{error}, and no labels were sent: send context_extensions `labels`, or --workload NAMESPACE/LABELS"
            )
            return Denied(Reason.UNKNOWN_LABELS, detail=message)

    def _token_check(self, workload: Workload) -> TokenCheck | None:
        """Shared by all workloads that have the same policies. Raises UndecidedScopeError."""
        scope = self.view.token_scope(workload)
        if scope.undecided is not None:
            raise UndecidedScopeError(scope.undecided)
        if not scope.policies:
            return None
        key = tuple([id(policy) for policy in scope.policies])
        found = self._token_checks.get(key)
        if found is None:
            if len(self._token_checks) >= _MAX_TOKEN_CHECKS:
                self._token_checks.clear()  # callers have named very many combinations of labels
            found = self._token_checks[key] = TokenCheck(scope.policies, self._keys)
        return found

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
        stages = self._resolve(raw.workload_texts(), tcp=tcp)
        if isinstance(stages, Denied):
            return explain_without_program(stages)
        facts = RequestFacts(raw, self._facts, now_s)
        forms = (facts,) if tcp else path_forms(facts, raw, self._normalization)
        if isinstance(forms, Denied):
            return explain_without_program(forms, stages.workload)
        return explain_stages(stages, raw, forms, now_s)


def _token_places(view: MeshView) -> TokenPlaces:
    """Where any workload of the mesh looks for tokens: whoever sends one may send it to another."""
    places = [places_of(rule) for policy in view.request_authentications for rule in policy.jwt_rules]
    return TokenPlaces(
        headers=frozenset(location.name for one in places for location in one.headers),
        params=frozenset(name for one in places for name in one.params),
    )
