"""The indexed decision tree of one action: the first matching rule, at a cost that does not grow with the rules.

Every rule is filed under its most selective keys: of the tests that a request must pass, the one whose values the
fewest other rules ask for. A request looks up its own few keys, slot by slot, and only what is filed there is checked.
Filed is a *clause*: what is left to check once the key is known.

INVARIANT: whatever is filed where, the answer is the matching rule whose id comes first in byte order, as Envoy's.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from authz.model.address import Cidr
from authz.model.decision import RuleRef
from authz.model.facts import Facts
from authz.model.template import UriTemplate
from authz.policy.checks import SINGLE_TEXT, Check, all_of, any_of, compile_test, reader
from authz.policy.ir import Fact, LoweredRule, Test
from authz.policy.keys import Filing, Key, Lookup, Slot, filings_of
from authz.policy.nested import NestedIntervals, prefix_interval
from authz.policy.template_tree import TemplateTree

NO_MATCH = -1

Clause = tuple[int, tuple[Check, ...]]
"""The rank of its rule, and the checks that are left."""

Bucket = Sequence[Clause]
Probe = Callable[[Facts], Iterable[Bucket]]


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule with a check for each of its tests, and the ways in which it could be filed.

    A choice is what a request must have one of: a list of alternatives, each with the tests it can be filed under.
    """

    rule: LoweredRule
    checks: Mapping[int, Check]  # by id() of the test, which the rule keeps alive
    choices: tuple[tuple[tuple[Filing, ...], ...], ...]

    @classmethod
    def of(cls, rule: LoweredRule) -> "CompiledRule":
        """Compile the tests of a rule."""
        tests = [test for conjunction in (*rule.sources, *rule.operations, rule.conditions) for test in conjunction]
        choices: list[tuple[tuple[Filing, ...], ...]] = [((filing,),) for filing in filings_of(rule.conditions)]
        for alternatives in (rule.sources, rule.operations):
            filings = tuple([tuple(filings_of(alternative)) for alternative in alternatives])
            if filings and all(filings):
                choices.append(filings)
        return cls(rule, {id(test): compile_test(test) for test in tests}, tuple(choices))

    def remaining(self, filed: Test | None) -> tuple[Check, ...]:
        """What is left to check when the test under which the rule is filed is known to hold; None: everything.

        Where the test is one alternative's among several, only that alternative goes on.
        """
        rule, checks = self.rule, self.checks
        left = [checks[id(test)] for test in rule.conditions if test is not filed]
        for alternatives in (rule.operations, rule.sources):
            chosen = [one for one in alternatives if any(test is filed for test in one)] or alternatives
            if len(chosen) == 1:
                left.extend(checks[id(test)] for test in chosen[0] if test is not filed)
            elif chosen and all(chosen):
                left.append(any_of([all_of([checks[id(test)] for test in one]) for one in chosen]))
        return tuple(left)


class Index:
    """The rules of one action for one workload. `refs` are the rules by rank: by byte order of their ids."""

    __slots__ = ("_always", "_probes", "refs")

    def __init__(self, rules: Iterable[CompiledRule]) -> None:
        ordered = sorted(rules, key=lambda compiled: compiled.rule.ref.id)
        self.refs: tuple[RuleRef, ...] = tuple([compiled.rule.ref for compiled in ordered])
        always, filed = _file(ordered)
        self._always: Bucket = always
        self._probes: tuple[Probe, ...] = tuple([_probe(slot, buckets) for slot, buckets in filed.items()])

    def first_match(self, facts: Facts) -> int:
        """The rank of the first matching rule, or NO_MATCH."""
        nothing = best = len(self.refs)
        for probe in self._probes:
            for bucket in probe(facts):
                for rank, checks in bucket:
                    if rank >= best:
                        break
                    for check in checks:
                        if not check(facts):
                            break
                    else:
                        best = rank
                        break
        for rank, checks in self._always:
            if rank >= best:
                break
            if all(check(facts) for check in checks):
                best = rank
                break
        return best if best != nothing else NO_MATCH

    def candidates(self, facts: Facts) -> int:
        """How many clauses a request makes us look at, at most: the cost of a decision, without a clock."""
        filed = sum(len(bucket) for probe in self._probes for bucket in probe(facts))
        return filed + len(self._always)


def _file(rules: Sequence[CompiledRule]) -> tuple[list[Clause], dict[Slot, dict[object, list[Clause]]]]:
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
    filed: dict[Slot, dict[object, list[Clause]]] = defaultdict(dict)
    for rank, compiled in enumerate(rules):
        best = _best_choice(compiled, population)
        if not best:
            always.append((rank, compiled.remaining(None)))
        for filing in best:
            clause = (rank, compiled.remaining(filing.test if filing.precise else None))
            for slot, value in filing.keys:
                filed[slot].setdefault(value, []).append(clause)
    return always, filed


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


def _probe(slot: Slot, buckets: Mapping[Any, list[Clause]]) -> Probe:
    """A callable that finds the buckets of a request in one slot."""
    fact, lookup = slot
    read = reader(fact)
    single = fact.fact in SINGLE_TEXT
    match lookup:
        case Lookup.EXACT if single or fact.fact is Fact.DESTINATION_PORT:
            table = {value: (tuple(bucket),) for value, bucket in buckets.items()}
            return lambda facts: table.get(read(facts), ())
        case Lookup.EXACT:
            return _each(read, {value: tuple(bucket) for value, bucket in buckets.items()})
        case Lookup.PREFIX:
            forward = NestedIntervals([(*prefix_interval(text), tuple(bucket)) for text, bucket in buckets.items()])
            if single:
                return lambda facts: forward.around(read(facts))
            return lambda facts: [bucket for text in read(facts) for bucket in forward.around(text)]
        case Lookup.SUFFIX:
            backward = NestedIntervals(
                [(*prefix_interval(text[::-1]), tuple(bucket)) for text, bucket in buckets.items()]
            )
            if single:
                return lambda facts: backward.around(read(facts)[::-1])
            return lambda facts: [bucket for text in read(facts) for bucket in backward.around(text[::-1])]
        case Lookup.BLOCK:
            return _blocks(read, buckets)
        case Lookup.TEMPLATE:
            return _templates(read, buckets)
        case Lookup.ISSUER:
            issuers = {value: tuple(bucket) for value, bucket in buckets.items()}
            return _each(lambda facts: [issuer for issuer, _ in read(facts)], issuers)
        case Lookup.SUBJECT:
            subjects = {value: tuple(bucket) for value, bucket in buckets.items()}
            return _each(lambda facts: [subject for _, subject in read(facts)], subjects)
        case Lookup.ANY:
            whole = tuple([tuple(bucket) for bucket in buckets.values()])
            return lambda facts: whole if read(facts) else ()


def _each(read: Callable[[Facts], Iterable[Any]], table: Mapping[Any, Bucket]) -> Probe:
    """Look up every value of a fact that may have several."""

    def probe(facts: Facts) -> Iterable[Bucket]:
        return [table[value] for value in read(facts) if value in table]

    return probe


def _blocks(read: Callable[[Facts], Any], buckets: Mapping[Cidr, list[Clause]]) -> Probe:
    blocks = NestedIntervals([(block.first, block.last + 1, tuple(bucket)) for block, bucket in buckets.items()])

    def probe(facts: Facts) -> Iterable[Bucket]:
        address = read(facts)
        return () if address is None else blocks.around(address)

    return probe


def _templates(read: Callable[[Facts], Any], buckets: Mapping[UriTemplate, list[Clause]]) -> Probe:
    tree = TemplateTree([(template, tuple(bucket)) for template, bucket in buckets.items()])
    return lambda facts: tree.matching(read(facts))


