"""The indexed decision tree of one action: the first matching rule, at a cost that does not grow with the rules.

Every rule is filed under its most selective keys: of the tests that a request must pass, the one whose values the
fewest other rules ask for. A request looks up its own few keys, slot by slot, and only what is filed there is checked.
Filed is a *clause*: what is left to check once the key is known.

INVARIANT: whatever is filed where, the answer is the matching rule whose id comes first in byte order, as Envoy's.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from authz.model.decision import RuleRef
from authz.model.facts import Facts
from authz.policy.checks import SINGLE_TEXT, Check, all_of, any_of, compile_test, reader
from authz.policy.ir import Conjunction, Fact, LoweredRule, Test
from authz.policy.keys import Filing, Key, Lookup, Slot, filings_of
from authz.policy.nested import Around, NestedIntervals, outwards, prefix_interval
from authz.policy.template_tree import TemplateTree

NO_MATCH = -1

Clause = tuple[int, tuple[Check, ...]]
"""The rank of its rule, and the checks that are left."""

Bucket = tuple[Clause, ...]
Read = Callable[[Facts], Any]
Finder = Callable[[Facts], Iterable[Bucket]]


@dataclass(frozen=True, slots=True)
class _Probes:
    """The slots of an index, by how a request's keys are found in them.

    `single`: the fact has one value, which is the key. `multiple`: each of its values is one. `nested`: the one value
    lies within the keys; None: there is no value. `finders`: anything else.
    """

    single: list[tuple[Read, Mapping[Any, Bucket]]] = field(default_factory=list)
    multiple: list[tuple[Read, Mapping[Any, Bucket]]] = field(default_factory=list)
    nested: list[tuple[Read, Callable[[Any], Around[Bucket] | None]]] = field(default_factory=list)
    finders: list[Finder] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule with a check for each of its tests, and the ways in which it could be filed.

    A choice is what a request must have one of: a list of alternatives, each with the tests it can be filed under.
    `either`: that some operation, and some source, holds; None where that is for a single one to say, or always so.
    """

    rule: LoweredRule
    checks: Mapping[int, Check]  # by id() of the test, which the rule keeps alive
    choices: tuple[tuple[tuple[Filing, ...], ...], ...]
    either: tuple[Check | None, Check | None]

    @classmethod
    def of(cls, rule: LoweredRule) -> "CompiledRule":
        """Compile the tests of a rule."""
        tests = [test for conjunction in (*rule.sources, *rule.operations, rule.conditions) for test in conjunction]
        choices: list[tuple[tuple[Filing, ...], ...]] = [((filing,),) for filing in filings_of(rule.conditions)]
        for alternatives in (rule.sources, rule.operations):
            filings = tuple([tuple(filings_of(alternative)) for alternative in alternatives])
            if filings and all(filings):
                choices.append(filings)
        checks = {id(test): compile_test(test) for test in tests}
        either = _either(rule.operations, checks), _either(rule.sources, checks)
        return cls(rule, checks, tuple(choices), either)

    def remaining(self, filed: Test | None) -> tuple[Check, ...]:
        """What is left to check when the test under which the rule is filed is known to hold; None: everything.

        Where the test is one alternative's among several, only that alternative goes on.
        """
        rule, checks = self.rule, self.checks
        left = [checks[id(test)] for test in rule.conditions if test is not filed]
        for alternatives, either in zip((rule.operations, rule.sources), self.either, strict=True):
            chosen = [one for one in alternatives if any(test is filed for test in one)] or alternatives
            if len(chosen) == 1:
                left.extend(checks[id(test)] for test in chosen[0] if test is not filed)
            elif either is not None:
                left.append(either)
        return tuple(left)


def _either(alternatives: Sequence[Conjunction], checks: Mapping[int, Check]) -> Check | None:
    """Built once a rule: a rule of 512 sources and as many operations is filed under each of either."""
    if len(alternatives) > 1 and all(alternatives):
        return any_of([all_of([checks[id(test)] for test in one]) for one in alternatives])
    return None


class Index:
    """The rules of one action for one workload. `refs` are the rules by rank: by byte order of their ids."""

    __slots__ = ("_always", "_finders", "_multiple", "_nested", "_single", "refs")

    def __init__(self, rules: Iterable[CompiledRule]) -> None:
        ordered = sorted(rules, key=lambda compiled: compiled.rule.ref.id)
        self.refs: tuple[RuleRef, ...] = tuple([compiled.rule.ref for compiled in ordered])
        always, filed = _file(ordered)
        probes = _probes(filed)
        self._always: Bucket = always
        self._single = tuple(probes.single)
        self._multiple = tuple(probes.multiple)
        self._nested = tuple(probes.nested)
        self._finders = tuple(probes.finders)

    def first_match(self, facts: Facts) -> int:
        """The rank of the first matching rule, or NO_MATCH."""
        nothing = best = len(self.refs)
        for read, table in self._single:
            found = table.get(read(facts))
            if found is not None:
                best = _scan(found, facts, best)
        for read, table in self._multiple:
            for value in read(facts):
                found = table.get(value)
                if found is not None:
                    best = _scan(found, facts, best)
        for read, innermost in self._nested:
            value = read(facts)
            node = innermost(value) if value is not None else None
            while node is not None:
                best = _scan(node[0], facts, best)
                node = node[1]
        for find in self._finders:
            for bucket in find(facts):
                best = _scan(bucket, facts, best)
        if self._always:
            best = _scan(self._always, facts, best)
        return best if best != nothing else NO_MATCH

    def candidates(self, facts: Facts) -> int:
        """How many clauses a request makes us look at, at most: the cost of a decision, without a clock."""
        buckets = [table.get(read(facts), ()) for read, table in self._single]
        buckets += [table.get(value, ()) for read, table in self._multiple for value in read(facts)]
        for read, innermost in self._nested:
            value = read(facts)
            buckets += outwards(innermost(value) if value is not None else None)
        buckets += [bucket for find in self._finders for bucket in find(facts)]
        return sum(len(bucket) for bucket in (*buckets, self._always))


def _scan(bucket: Bucket, facts: Facts, best: int) -> int:
    """The rank of the first clause of the bucket that holds, if it is below `best`; else `best`."""
    for rank, checks in bucket:
        if rank >= best:
            return best
        for check in checks:
            if not check(facts):
                break
        else:
            return rank
    return best


def _file(rules: Sequence[CompiledRule]) -> tuple[Bucket, dict[Slot, dict[Any, Bucket]]]:
    """File each rule, in the order of their ranks, so that every bucket is sorted."""
    population = Counter(
        key
        for compiled in rules
        for choice in compiled.choices
        for filings in choice
        for filing in filings
        for key in filing.keys
    )
    always: list[Clause] = []
    filed: dict[Slot, dict[Any, list[Clause]]] = defaultdict(dict)
    for rank, compiled in enumerate(rules):
        best = _best_choice(compiled, population)
        if not best:
            always.append((rank, compiled.remaining(None)))
        for filing in best:
            clause = (rank, compiled.remaining(filing.test if filing.precise else None))
            for slot, value in filing.keys:
                filed[slot].setdefault(value, []).append(clause)
    sealed = {slot: {key: tuple(bucket) for key, bucket in buckets.items()} for slot, buckets in filed.items()}
    return tuple(always), sealed


def _best_choice(compiled: CompiledRule, population: Mapping[Key, int]) -> tuple[Filing, ...]:
    """The most selective filing of each alternative of the most selective choice; empty: there is no choice."""

    def cost(filing: Filing) -> tuple[int, int]:
        crowd = max([population[key] for key in filing.keys])
        unspecific = any(key[0][1] is Lookup.ANY for key in filing.keys)
        return (len(population) if unspecific else 0) + crowd, len(filing.keys)

    best: tuple[Filing, ...] = ()
    best_cost: tuple[int, int] | None = None
    for choice in compiled.choices:
        picked = tuple([min(filings, key=cost) if len(filings) > 1 else filings[0] for filings in choice])
        choice_cost = max([cost(filing) for filing in picked])
        if best_cost is None or choice_cost < best_cost:
            best, best_cost = picked, choice_cost
    return best


def _probes(filed: Mapping[Slot, Mapping[Any, Bucket]]) -> _Probes:
    probes = _Probes()
    for (fact, lookup), buckets in filed.items():
        read = reader(fact)
        has_one_value = fact.fact in SINGLE_TEXT or fact.fact is Fact.DESTINATION_PORT
        match lookup:
            case Lookup.EXACT:
                (probes.single if has_one_value else probes.multiple).append((read, buckets))
            case Lookup.ISSUER | Lookup.SUBJECT:
                probes.multiple.append((_part_of(read, 0 if lookup is Lookup.ISSUER else 1), buckets))
            case Lookup.BLOCK:
                blocks = NestedIntervals([(block.first, block.last + 1, bucket) for block, bucket in buckets.items()])
                probes.nested.append((read, blocks.innermost))
            case Lookup.PREFIX | Lookup.SUFFIX:
                _add_affixes(probes, read, lookup, buckets, has_one_value=has_one_value)
            case Lookup.TEMPLATE:
                probes.finders.append(_find_templates(read, buckets))
            case Lookup.ANY:
                probes.finders.append(_find_any(read, buckets))
    return probes


def _part_of(read: Read, part: int) -> Read:
    """Issuers, or subjects, of a request's principals."""
    return lambda facts: [principal[part] for principal in read(facts)]


def _add_affixes(
    probes: _Probes, read: Read, lookup: Lookup, buckets: Mapping[str, Bucket], *, has_one_value: bool
) -> None:
    """Prefixes; and suffixes, which are prefixes of what is read backwards."""
    step = -1 if lookup is Lookup.SUFFIX else 1
    innermost = NestedIntervals(
        [(*prefix_interval(text[::step]), bucket) for text, bucket in buckets.items()]
    ).innermost
    if has_one_value:
        probes.nested.append((read if step == 1 else lambda facts: read(facts)[::-1], innermost))
        return
    probes.finders.append(
        lambda facts: [bucket for text in read(facts) for bucket in outwards(innermost(text[::step]))]
    )


def _find_templates(read: Read, buckets: Mapping[Any, Bucket]) -> Finder:
    tree = TemplateTree(buckets.items())
    return lambda facts: tree.matching(read(facts))


def _find_any(read: Read, buckets: Mapping[Any, Bucket]) -> Finder:
    whole = tuple(buckets.values())
    return lambda facts: whole if read(facts) else ()
