"""Checks between the rules of policies that are for the same workloads: what decides nothing beside another.

Only what is certain: the same labels, or a policy for the whole namespace or mesh beside one with labels; and of two
rules the one that asks for all that the other asks for.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from authz.model.problem import Code
from authz.model.rule import HTTP_ONLY, Action, AttributeKind, Conjunction, Requirement, Rule
from authz.resources.authorization_policy import AuthorizationPolicy
from authz.resources.lint.subject import Found, rule_path
from authz.resources.selector import TargetRef

Overlap = tuple[Code, AuthorizationPolicy, Found]

_Workloads = tuple[str, frozenset[tuple[str, str]] | frozenset[TargetRef]]
_Wanted = tuple[str, tuple[str, ...], bool, frozenset[str]]
_Alternatives = tuple[frozenset[_Wanted], ...]
_HTTP_ONLY = frozenset(kind.value for kind in HTTP_ONLY)
_MAX_COMPARED = 64  # rules that share their rarest list with more are not compared: it must stay linear


@dataclass(slots=True, eq=False)
class _Terms:
    """A rule as what it asks for, in whatever order it was written."""

    policy: AuthorizationPolicy
    rule: Rule
    sources: _Alternatives
    operations: _Alternatives
    conditions: frozenset[_Wanted]
    lists: frozenset[_Wanted]
    is_http: bool

    @property
    def place(self) -> tuple[tuple[str, str], int]:
        return self.policy.key, self.rule.index

    def __str__(self) -> str:
        return f"rules[{self.rule.index}] of {self.policy.namespace}/{self.policy.name} ({self.rule.where})"


class _Place:
    """The policies of one pool for the same workloads: what there is to know of them, found once."""

    def __init__(self) -> None:
        self.policies: list[AuthorizationPolicy] = []

    @cached_property
    def allows_all(self) -> tuple[AuthorizationPolicy, Rule] | None:
        """The first rule that matches everything."""
        return next(((policy, rule) for policy in self.policies for rule in policy.rules if _is_empty(rule)), None)

    @cached_property
    def providers(self) -> dict[str, AuthorizationPolicy]:
        """The first policy of each provider, by name."""
        return {policy.provider: policy for policy in sorted(self.policies, key=lambda one: one.key, reverse=True)}

    @cached_property
    def terms(self) -> list[_Terms]:
        """Every rule, by name."""
        policies = sorted(self.policies, key=lambda one: one.key)
        return [_terms(policy, rule) for policy in policies for rule in policy.rules]

    @cached_property
    def filed(self) -> dict[_Wanted, list[_Terms]]:
        """Every rule under its rarest lists: one that it swallows has one of those."""
        count = Counter(wanted for terms in self.terms for wanted in terms.lists)
        filed: dict[_Wanted, list[_Terms]] = defaultdict(list)
        for terms in self.terms:
            for wanted in _filed_under(terms, count):
                if len(filed[wanted]) < _MAX_COMPARED:
                    filed[wanted].append(terms)
        return filed

    def first_filed(self, narrow: _Terms, covers: Callable[[_Terms, _Terms], bool]) -> Iterator[_Terms]:
        """The first rule under each list of another that swallows it."""
        for wanted in narrow.lists:
            found = next((one for one in self.filed.get(wanted, ()) if covers(one, narrow)), None)
            if found:
                yield found


_Pool = dict[_Workloads, _Place]


def overlaps(policies: Iterable[AuthorizationPolicy], root_namespace: str) -> Iterator[Overlap]:
    """Rules that decide nothing, allow-all rules, workloads with several providers."""
    pools: dict[tuple[str, bool], _Pool] = defaultdict(lambda: defaultdict(_Place))
    for policy in policies:  # only policies of one action, all tried or all enforced, make one another pointless
        pools[policy.action.value, policy.dry_run][_workloads(policy)].policies.append(policy)
    for (action, _), pool in pools.items():
        places = [(place, _wider(pool, own, root_namespace)) for own, place in pool.items()]
        if action == Action.CUSTOM.value:
            yield from _several_providers(places)
            continue
        if action == Action.ALLOW.value:
            yield from _allow_all(places)
        yield from _swallowed(places)


def _workloads(policy: AuthorizationPolicy) -> _Workloads:
    return policy.namespace, frozenset(policy.target_refs) if policy.target_refs else policy.selector or frozenset()


def _wider(pool: _Pool, own: _Workloads, root_namespace: str) -> list[_Place]:
    """Other places whose policies are for these workloads too."""
    namespace, labels = own
    if any(isinstance(label, TargetRef) for label in labels):
        return []
    others: tuple[_Workloads, ...] = ((namespace, frozenset()), (root_namespace, labels), (root_namespace, frozenset()))
    return [pool[other] for other in dict.fromkeys(others) if other != own and other in pool]


_Places = list[tuple[_Place, list[_Place]]]


def _several_providers(places: _Places) -> Iterator[Overlap]:
    """CUSTOM policies of different providers for one workload: said of the later ones, and of those with labels."""
    for own, wider in places:
        for policy in own.policies:
            before = [one for one in own.providers.values() if one.key < policy.key]
            beside = [*before, *(one for place in wider for one in place.providers.values())]
            other = min(
                (one for one in beside if one.provider != policy.provider), default=None, key=lambda one: one.key
            )
            if other:
                message = (
                    f"{other.namespace}/{other.name} ({other.where}) names another provider, {other.provider!r}, for "
                    "the same workloads; with several, what any of their policies matches is denied"
                )
                yield Code.SEVERAL_PROVIDERS, policy, Found(policy.where, "spec.provider.name", message)


def _allow_all(places: _Places) -> Iterator[Overlap]:
    """`- {}` in ALLOW beside other rules: said once, of the rule that allows all. Silent beside its like."""
    beside: dict[int, tuple[AuthorizationPolicy, Rule, list[str]]] = {}
    for own, wider in places:
        opening = next((place.allows_all for place in (own, *wider) if place.allows_all), None)
        if opening is None:
            continue
        policy, rule = opening
        _, _, others = beside.setdefault(id(rule), (policy, rule, []))
        others.extend(
            f"rules[{other.index}] of {one.namespace}/{one.name}"
            for one in own.policies
            for other in one.rules
            if not _is_empty(other)
        )
    for policy, rule, others in beside.values():
        if others:
            more = f" and {len(others) - 1} more" if len(others) > 1 else ""
            message = f"this allows everything, so that {min(others)}{more} can add nothing; remove one or the other"
            yield Code.ALLOWS_ALL, policy, Found(rule.where, rule_path(rule), message)


def _is_empty(rule: Rule) -> bool:
    return not (rule.sources or rule.operations or rule.conditions)


def _swallowed(places: _Places) -> Iterator[Overlap]:
    """A rule that another makes pointless. Silent beside a rule that matches everything: that is said of that rule."""
    for own, wider in places:
        alone = not wider and sum(len(policy.rules) for policy in own.policies) < 2  # noqa: PLR2004 - two make a pair
        if alone or any(place.allows_all for place in (own, *wider)):
            continue
        for terms in own.terms:
            by = _swallowing(terms, own, wider)
            if by:
                message = f"{by} matches all that this matches; remove this rule, or narrow that one"
                yield Code.SWALLOWED_RULE, terms.policy, Found(terms.rule.where, rule_path(terms.rule), message)


def _swallowing(terms: _Terms, own: _Place, wider: list[_Place]) -> _Terms | None:
    """The first by name, so that a message stays the same from run to run."""
    found = [one for place in wider for one in place.first_filed(terms, _covers)]
    if len(own.terms) > 1:
        found.extend(own.first_filed(terms, _covers_and_stays))
    return min(found, key=lambda one: one.place, default=None)


def _covers_and_stays(wide: _Terms, narrow: _Terms) -> bool:
    """Of two rules alike the first stays."""
    if wide is narrow or not _covers(wide, narrow):
        return False
    return wide.place < narrow.place or not _covers(narrow, wide)


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


def _terms(policy: AuthorizationPolicy, rule: Rule) -> _Terms:
    sources = tuple([_wanted_all(policy, source) for source in rule.sources])
    operations = tuple([_wanted_all(policy, operation) for operation in rule.operations])
    conditions = _wanted_all(policy, rule.conditions)
    lists = conditions.union(*sources, *operations)
    is_http = any(wanted[0] in _HTTP_ONLY for wanted in lists)
    return _Terms(policy, rule, sources, operations, conditions, lists, is_http)


def _wanted_all(policy: AuthorizationPolicy, conjunction: Conjunction) -> frozenset[_Wanted]:
    return frozenset([_wanted(policy, requirement) for requirement in conjunction])


def _wanted(policy: AuthorizationPolicy, requirement: Requirement) -> _Wanted:
    attribute, texts = requirement.attribute, requirement.texts
    if attribute.kind is AttributeKind.SOURCE_SERVICE_ACCOUNT:
        texts = tuple([text if "/" in text else f"{policy.namespace}/{text}" for text in texts])
    return attribute.kind.value, attribute.name, requirement.negated, frozenset(texts)
