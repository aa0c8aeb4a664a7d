"""Why: the same rules as the index holds, walked one by one, with notes.

INVARIANT: the decision reached here is the index's. It is reached from the notes alone, so that a test can compare.
Only where a fact cannot be read they may differ: the index has looked at it or not, by where its rules are filed.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from authz.identity.tokens import TokenOutcome
from authz.mesh.peer_authentication import PortMode
from authz.model.address import render_address
from authz.model.custom import Ask
from authz.model.decision import Allowed, Decision, Denied, Reason, RuleRef, Shadow
from authz.model.facts import Facts, UnreadableFactError
from authz.model.rule import HTTP_ONLY, Action, Attribute, AttributeKind, Requirement, Rule
from authz.model.where import Where
from authz.model.workload import Workload
from authz.policy.checks import compile_test
from authz.policy.ir import Conjunction, LoweredRule, Test
from authz.policy.program import Program, ScopedPolicy


@dataclass(frozen=True, slots=True)
class FieldNote:
    """A field of a rule: what it wants and what the request has. `seen` is empty where it has nothing of the kind."""

    field: str
    wanted: tuple[str, ...]
    negated: bool
    seen: tuple[str, ...]
    where: Where
    attribute: Attribute


@dataclass(frozen=True, slots=True)
class RuleNote:
    """`failed`: the first field that did not hold, None if all did. `held`: how many did, of `fields`.

    `unreadable`: why a field could not be told. A rule that neither matched nor has a failed field is in doubt.
    `dropped`: fields that do not count, since a TCP connection has nothing of the kind.
    """

    ref: RuleRef
    matched: bool
    failed: FieldNote | None
    held: int
    fields: int
    unreadable: str = ""
    dropped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImpossibleRule:
    """A rule that matches no TCP connection: it allows, and `field` is the first one that is about HTTP."""

    index: int
    field: str
    where: Where


@dataclass(frozen=True, slots=True)
class PolicyNote:
    """A policy in scope, with a note for each of its rules that can match at all."""

    namespace: str
    name: str
    action: Action
    dry_run: bool
    where: Where
    rules: tuple[RuleNote, ...]
    impossible: tuple[ImpossibleRule, ...] = ()

    @property
    def matched(self) -> bool:
        """Whether any rule did."""
        return any(rule.matched for rule in self.rules)


@dataclass(frozen=True, slots=True)
class PathForms:
    """A path that did not come in the mesh's normal form. The notes are about the request with the path `explained`."""

    sent: str
    normal: str
    explained: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """`nearest_miss`: where a rule that would have let the request pass came closest; None where none could.

    `path_forms`: None for a path in normal form, which is decided only once. `asks`: the CUSTOM rule that matched and
    the provider that decides first; it is not asked. `decision` is then that nobody asked it, and `if_allowed` what is
    decided if it allows and changes no header. `mtls`: what PeerAuthentication has for the port, None where none is for
    the workload. `token`: what the request's tokens came to, None where no RequestAuthentication is for the workload.
    `is_by_custom`: a CUSTOM rule matches, or cannot be told to.
    """

    decision: Decision
    workload: Workload | None
    policies: tuple[PolicyNote, ...]
    nearest_miss: RuleNote | None
    path_forms: PathForms | None = None
    asks: Ask | None = None
    if_allowed: Decision | None = None
    mtls: PortMode | None = None
    token: TokenOutcome | None = None
    is_by_custom: bool = False

    @property
    def is_in_doubt(self) -> bool:
        """Whether some field of some rule could not be told."""
        return any(rule.unreadable for policy in self.policies for rule in policy.rules)


def explain_without_program(decision: Denied, workload: Workload | None = None) -> Explanation:
    """The explanation of a request that no policy was asked about."""
    return Explanation(decision, workload, (), None)


def explain(program: Program, facts: Facts, workload: Workload, before_token: Facts | None = None) -> Explanation:
    """Walk every rule of the program. `before_token`: what CUSTOM rules see; None: the same."""
    seen_by_custom = facts if before_token is None else before_token
    policies = tuple(
        [
            _policy_note(scoped, seen_by_custom if scoped.policy.action is Action.CUSTOM else facts)
            for scoped in program.policies
        ]
    )
    custom = _custom(policies, program)
    if custom is None:
        decision = _after_custom(policies)
        return Explanation(decision, workload, policies, _nearest_miss(policies, decision))
    unasked, asks = custom
    after = _after_custom(policies) if asks else None
    nearest_miss = _nearest_miss(policies, after or unasked)
    return Explanation(unasked, workload, policies, nearest_miss, asks=asks, if_allowed=after, is_by_custom=True)


def _policy_note(scoped: ScopedPolicy, facts: Facts) -> PolicyNote:
    policy = scoped.policy
    written = {rule.index: _requirements(rule) for rule in policy.rules}
    rules = tuple([_rule_note(rule, facts, _dropped(rule, written[rule.ref.index])) for rule in scoped.rules])
    possible = {rule.ref.index for rule in rules}
    impossible = tuple(
        [
            ImpossibleRule(rule.index, _first_of_http(written[rule.index]), rule.where)
            for rule in policy.rules
            if rule.index not in possible
        ]
    )
    return PolicyNote(policy.namespace, policy.name, policy.action, policy.dry_run, policy.where, rules, impossible)


def _requirements(rule: Rule) -> tuple[Requirement, ...]:
    return tuple([one for part in (*rule.sources, *rule.operations, rule.conditions) for one in part])


def _dropped(rule: LoweredRule, written: tuple[Requirement, ...]) -> tuple[str, ...]:
    kept = {test.origin.field for part in (*rule.sources, *rule.operations, rule.conditions) for test in part}
    return tuple([one.field for one in written if one.field not in kept])


def _first_of_http(written: tuple[Requirement, ...]) -> str:
    return next((one.field for one in written if one.attribute.kind in HTTP_ONLY), "")


def _rule_note(rule: LoweredRule, facts: Facts, dropped: tuple[str, ...]) -> RuleNote:
    """Sources, operations, then conditions; of several alternatives the one that holds, or else comes nearest."""
    parts = [_best_of(alternatives, facts) for alternatives in (rule.sources, rule.operations, (rule.conditions,))]
    return RuleNote(
        ref=rule.ref,
        matched=all(part.holds for part in parts),
        failed=next((part.failed for part in parts if part.failed), None),
        held=sum(part.held for part in parts),
        fields=sum(part.fields for part in parts),
        unreadable=next((part.unreadable for part in parts if part.unreadable), ""),
        dropped=dropped,
    )


@dataclass(frozen=True, slots=True)
class _Part:
    """How the sources, the operations or the conditions of a rule fared: as in RuleNote."""

    holds: bool = True
    failed: FieldNote | None = None
    unreadable: str = ""
    held: int = 0
    fields: int = 0


def _best_of(alternatives: Iterable[Conjunction], facts: Facts) -> _Part:
    """The alternative that holds or comes nearest; without any, everything holds."""
    best, best_missing = _Part(), None
    doubts: list[str] = []
    for tests in alternatives:
        failed, unreadable = _missing(tests, facts)
        doubts += unreadable
        missing = len(failed), len(unreadable)
        if best_missing is None or missing < best_missing:
            best_missing = missing
            note = _field_note(failed[0], facts) if failed else None
            best = _Part(missing == (0, 0), note, held=len(tests) - sum(missing), fields=len(tests))
    return replace(best, unreadable=doubts[0]) if doubts else best


def _missing(tests: Conjunction, facts: Facts) -> tuple[list[Test], list[str]]:
    """The tests that do not hold, and why others cannot be told."""
    failed, unreadable = [], []
    for test in tests:
        try:
            if not compile_test(test)(facts):
                failed.append(test)
        except UnreadableFactError as error:
            unreadable.append(str(error))
    return failed, unreadable


def _field_note(test: Test, facts: Facts) -> FieldNote:
    written = test.origin
    values = seen(written.attribute, facts)
    return FieldNote(written.field, written.texts, written.negated, values, written.where, written.attribute)


def seen(attribute: Attribute, facts: Facts) -> tuple[str, ...]:
    """The values of an attribute, as a person would name them; empty where the request has none."""
    match attribute.kind:
        case (
            AttributeKind.SOURCE_PRINCIPAL
            | AttributeKind.SOURCE_NAMESPACE
            | AttributeKind.SOURCE_SERVICE_ACCOUNT
            | AttributeKind.SOURCE_TRUST_DOMAIN
        ):
            return facts.peer_names
        case AttributeKind.REQUEST_PRINCIPAL:
            return tuple([f"{issuer}/{subject}" for issuer, subject in facts.request_principals])
        case AttributeKind.CLAIM:
            return facts.claim(attribute.name)
        case AttributeKind.METADATA:
            return facts.metadata_strings(attribute.name) or facts.metadata_elements(attribute.name)
        case AttributeKind.HEADER:
            return facts.header(attribute.name[0])
        case AttributeKind.SOURCE_IP | AttributeKind.REMOTE_IP | AttributeKind.DESTINATION_IP:
            address = {
                AttributeKind.SOURCE_IP: facts.source_ip,
                AttributeKind.REMOTE_IP: facts.remote_ip,
                AttributeKind.DESTINATION_IP: facts.destination_ip,
            }[attribute.kind]
            return () if address is None else (render_address(address),)
        case AttributeKind.DESTINATION_PORT:
            return (str(facts.destination_port),)
        case AttributeKind.HOST:
            return (facts.host,)
        case AttributeKind.METHOD:
            return (facts.method,)
        case AttributeKind.PATH:
            return (facts.path,)
        case AttributeKind.SNI:
            return (facts.sni,) if facts.sni else ()


def _custom(policies: tuple[PolicyNote, ...], program: Program) -> tuple[Denied, Ask | None] | None:
    """The denial that a CUSTOM rule makes unless its provider is asked, and whom to ask; None: no rule matches."""
    if program.custom is None:
        return None
    found = _first_match(policies, Action.CUSTOM)
    if found is None:
        return None
    if isinstance(found, str):
        return Denied(Reason.UNREADABLE_FACT, detail=found), None
    rank = program.custom.refs.index(found)
    return program.custom_denials[rank], program.asks[rank] if program.asks else None


def _after_custom(policies: tuple[PolicyNote, ...]) -> Decision:
    decision = _enforce(policies)
    if decision.reason is Reason.UNREADABLE_FACT:
        return decision
    audited_by = _first_match(policies, Action.AUDIT)
    shadows = []
    for action in (Action.DENY, Action.ALLOW):
        tried = [policy for policy in policies if policy.action is action and policy.dry_run]
        if tried and not (action is Action.ALLOW and decision.reason is Reason.DENY_RULE) and _has_index(action, tried):
            shadows.append(_shadow(action, _first_match(policies, action, dry_run=True)))
    return replace(decision, audited_by=None if isinstance(audited_by, str) else audited_by, shadows=tuple(shadows))


def _has_index(action: Action, tried: list[PolicyNote]) -> bool:
    return action is Action.ALLOW or any(policy.rules for policy in tried)


def _enforce(policies: tuple[PolicyNote, ...]) -> Decision:
    denied_by = _first_match(policies, Action.DENY)
    if isinstance(denied_by, str):
        return Denied(Reason.UNREADABLE_FACT, detail=denied_by)
    if denied_by:
        return Denied(Reason.DENY_RULE, denied_by)
    if not any(policy.action is Action.ALLOW and not policy.dry_run for policy in policies):
        return Allowed(Reason.NO_ALLOW_POLICY, None)
    allowed_by = _first_match(policies, Action.ALLOW)
    if isinstance(allowed_by, str):
        return Denied(Reason.UNREADABLE_FACT, detail=allowed_by)
    return Allowed(Reason.ALLOW_RULE, allowed_by) if allowed_by else Denied(Reason.NO_ALLOW_RULE)


def _shadow(action: Action, match: RuleRef | str | None) -> Shadow:
    if isinstance(match, str):
        return Shadow(action, denied=True, by=None)
    return Shadow(action, denied=(match is not None) is (action is Action.DENY), by=match)


def _first_match(policies: tuple[PolicyNote, ...], action: Action, *, dry_run: bool = False) -> RuleRef | str | None:
    """The matching rule whose id comes first; or why one that might have matched cannot be read."""
    rules = [rule for p in policies if p.action is action and p.dry_run is dry_run for rule in p.rules]
    unreadable = next((rule.unreadable for rule in rules if not rule.matched and rule.failed is None), None)
    if unreadable is not None:
        return unreadable
    return min((rule.ref for rule in rules if rule.matched), key=lambda ref: ref.id, default=None)


def _nearest_miss(policies: tuple[PolicyNote, ...], decision: Decision) -> RuleNote | None:
    """Of the ALLOW rules that did not match, the one of which least was missing."""
    if decision.reason is not Reason.NO_ALLOW_RULE:
        return None
    misses = [rule for p in policies if p.action is Action.ALLOW and not p.dry_run for rule in p.rules]
    return min(misses, key=lambda rule: (rule.fields - rule.held, -rule.held, rule.ref.id), default=None)
