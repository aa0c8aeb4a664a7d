"""Checks between the rules of policies that are for the same workloads: what decides nothing beside another.

Only what is certain: the same labels, or a policy for the whole namespace or mesh beside one with labels; and of two
rules the one that asks for all that the other asks for.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from authz.model.problem import Code
from authz.model.rule import HTTP_ONLY, Action, AttributeKind, Conjunction, Requirement, Rule
from authz.resources.authorization_policy import AuthorizationPolicy
from authz.resources.lint.subject import Found, requirements, rule_path
from authz.resources.selector import TargetRef

Overlap = tuple[Code, AuthorizationPolicy, Found]

_Workloads = tuple[str, frozenset[tuple[str, str]] | frozenset[TargetRef]]
_Wanted = tuple[str, tuple[str, ...], bool, frozenset[str]]
_Alternatives = tuple[frozenset[_Wanted], ...]
_MAX_COMPARED = 64  # rules that share their rarest list with more are not compared: it must stay linear


class _Kind(NamedTuple):
    """Policies that are one pool: only those can make one another pointless."""

    action: str
    dry_run: bool


@dataclass(slots=True, eq=False)
class _Terms:
    """A rule as what it asks for, in whatever order it was written."""

    policy: AuthorizationPolicy
    rule: Rule
    sources: _Alternatives
    operations: _Alternatives
    conditions: frozenset[_Wanted]
    is_http: bool

    @property
    def place(self) -> tuple[tuple[str, str], int]:
        return self.policy.key, self.rule.index

    def __str__(self) -> str:
        return f"rules[{self.rule.index}] of {self.policy.namespace}/{self.policy.name} ({self.rule.where})"

    def lists(self) -> set[_Wanted]:
        """Every list of values in it."""
        return set(self.conditions).union(*self.sources, *self.operations)


def overlaps(policies: Iterable[AuthorizationPolicy], root_namespace: str) -> Iterator[Overlap]:
    """Rules that decide nothing, allow-all rules, workloads with several providers."""
    pools: dict[_Kind, dict[_Workloads, list[AuthorizationPolicy]]] = defaultdict(lambda: defaultdict(list))
    for policy in policies:
        pools[_Kind(policy.action.value, policy.dry_run)][_workloads(policy)].append(policy)
    for kind, pool in pools.items():
        meeting = [group for own in pool if (group := _meeting(pool, own, root_namespace))]
        if kind.action == Action.CUSTOM.value:
            yield from _several_providers(meeting)
            continue
        if kind.action == Action.ALLOW.value:
            yield from _allow_all(meeting)
        yield from _swallowed(meeting)


def _workloads(policy: AuthorizationPolicy) -> _Workloads:
    return policy.namespace, frozenset(policy.target_refs) if policy.target_refs else policy.selector or frozenset()


class _Meeting(NamedTuple):
    """Policies for the same workloads, and those that are for these workloads too."""

    own: list[AuthorizationPolicy]
    wider: list[AuthorizationPolicy]


def _meeting(
    pool: dict[_Workloads, list[AuthorizationPolicy]], own: _Workloads, root_namespace: str
) -> _Meeting | None:
    """None where nothing meets."""
    namespace, labels = own
    wider: list[AuthorizationPolicy] = []
    if not any(isinstance(label, TargetRef) for label in labels):
        places = {(namespace, frozenset()), (root_namespace, frozenset()), (root_namespace, labels)} - {own}
        for place in places:
            wider.extend(pool.get(place, ()))
    members = pool[own]
    if not wider and len(members) == 1 and len(members[0].rules) < 2:  # noqa: PLR2004 - nothing to compare with
        return None
    return _Meeting(members, wider)


def _several_providers(meetings: list[_Meeting]) -> Iterator[Overlap]:
    """CUSTOM policies of different providers for one workload. Silent where one of them names none of the mesh."""
    for own, wider in meetings:
        first = min((*own, *wider), key=lambda policy: policy.key)
        for policy in own:
            other = next((one for one in (first, *own, *wider) if one.provider != policy.provider), None)
            if other and (other in wider or other.key < policy.key):
                message = (
                    f"{other.namespace}/{other.name} ({other.where}) names another provider, {other.provider!r}, for "
                    "the same workloads; with several, what any of their policies matches is denied"
                )
                yield Code.SEVERAL_PROVIDERS, policy, Found(policy.where, "spec.provider.name", message)


def _allow_all(meetings: list[_Meeting]) -> Iterator[Overlap]:
    """`- {}` in ALLOW beside other rules: said once, of the rule that allows all. Silent beside its like."""
    beside: dict[tuple[tuple[str, str], int], tuple[AuthorizationPolicy, Rule, list[str]]] = {}
    for own, wider in meetings:
        opening = next(((policy, rule) for policy in (*own, *wider) for rule in policy.rules if _is_empty(rule)), None)
        if opening is None:
            continue
        policy, rule = opening
        _, _, others = beside.setdefault((policy.key, rule.index), (policy, rule, []))
        others.extend(
            f"rules[{other.index}] of {one.namespace}/{one.name}"
            for one in own
            for other in one.rules
            if not _is_empty(other)
        )
    for policy, rule, others in beside.values():
        if others:
            more = f" and {len(others) - 1} more" if len(others) > 1 else ""
            message = f"this allows everything, so that {others[0]}{more} can add nothing; remove one or the other"
            yield Code.ALLOWS_ALL, policy, Found(rule.where, rule_path(rule), message)


def _is_empty(rule: Rule) -> bool:
    return not (rule.sources or rule.operations or rule.conditions)


def _swallowed(meetings: list[_Meeting]) -> Iterator[Overlap]:
    """A rule that another makes pointless. Silent beside a rule that matches everything: that is said of that rule."""
    known: dict[int, _Terms] = {}
    for own, wider in meetings:
        inner = [_terms(policy, rule, known) for policy in own for rule in policy.rules if not _is_empty(rule)]
        outer = [_terms(policy, rule, known) for policy in wider for rule in policy.rules if not _is_empty(rule)]
        if any(_is_empty(rule) for policy in (*own, *wider) for rule in policy.rules) or len(inner) + len(outer) < 2:  # noqa: PLR2004
            continue
        for terms, by in _find_swallowed(inner, outer):
            message = f"{by} matches all that this matches; remove this rule, or narrow that one"
            yield Code.SWALLOWED_RULE, terms.policy, Found(terms.rule.where, rule_path(terms.rule), message)


def _find_swallowed(inner: list[_Terms], outer: list[_Terms]) -> Iterator[tuple[_Terms, _Terms]]:
    """Rules are filed under their rarest list: who swallows a rule is filed under one of its lists."""
    count = Counter(wanted for terms in (*inner, *outer) for wanted in terms.lists())
    filed: dict[_Wanted, list[_Terms]] = defaultdict(list)
    for terms in (*outer, *sorted(inner, key=lambda one: one.place)):
        for wanted in _filed_under(terms, count):
            if len(filed[wanted]) < _MAX_COMPARED:
                filed[wanted].append(terms)
    wider = {id(terms) for terms in outer}
    for terms in inner:
        candidates = {id(one): one for wanted in terms.lists() for one in filed.get(wanted, ())}
        for one in candidates.values():
            if one is terms or not _covers(one, terms):
                continue
            if id(one) in wider or one.place < terms.place or not _covers(terms, one):  # of two alike the first stays
                yield terms, one
                break


def _filed_under(terms: _Terms, count: Counter[_Wanted]) -> set[_Wanted]:
    if terms.conditions:
        return {min(terms.conditions, key=count.__getitem__)}
    return {min(wanted, key=count.__getitem__) for wanted in terms.sources or terms.operations}


def _covers(wide: _Terms, narrow: _Terms) -> bool:
    """Whether `wide` surely matches whatever `narrow` does, also on TCP, where ALLOW rules with HTTP fields go."""
    if wide.is_http and not narrow.is_http and wide.policy.action is Action.ALLOW:
        return False
    return (
        wide.conditions <= narrow.conditions
        and _cover(wide.sources, narrow.sources)
        and _cover(wide.operations, narrow.operations)
    )


def _cover(wide: _Alternatives, narrow: _Alternatives) -> bool:
    return not wide or (bool(narrow) and all(any(one <= other for one in wide) for other in narrow))


def _terms(policy: AuthorizationPolicy, rule: Rule, known: dict[int, _Terms]) -> _Terms:
    terms = known.get(id(rule))
    if terms is None:
        terms = known[id(rule)] = _Terms(
            policy,
            rule,
            tuple([_wanted_all(policy, source) for source in rule.sources]),
            tuple([_wanted_all(policy, operation) for operation in rule.operations]),
            _wanted_all(policy, rule.conditions),
            any(one.attribute.kind in HTTP_ONLY for one in requirements(rule)),
        )
    return terms


def _wanted_all(policy: AuthorizationPolicy, conjunction: Conjunction) -> frozenset[_Wanted]:
    return frozenset([_wanted(policy, requirement) for requirement in conjunction])


def _wanted(policy: AuthorizationPolicy, requirement: Requirement) -> _Wanted:
    attribute, texts = requirement.attribute, requirement.texts
    if attribute.kind is AttributeKind.SOURCE_SERVICE_ACCOUNT:
        texts = tuple([text if "/" in text else f"{policy.namespace}/{text}" for text in texts])
    return attribute.kind.value, attribute.name, requirement.negated, frozenset(texts)
