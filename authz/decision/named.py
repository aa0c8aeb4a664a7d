"""What policies ask of a request by name: the headers, claims and metadata on which its decision depends."""

from collections.abc import Iterator
from dataclasses import dataclass

from authz.policy.ir import Fact, FactRef
from authz.policy.program import Program

_OTHER_NAMES = {"host": ":authority"}


@dataclass(frozen=True, slots=True)
class Named:
    """Headers in lower case, claims as paths, metadata as namespace and key: each once, in order.

    `asks_for_remote_ip`: the original client's address counts, which is read from a header.
    """

    headers: tuple[str, ...] = ()
    claims: tuple[tuple[str, ...], ...] = ()
    metadata: tuple[tuple[str, ...], ...] = ()
    asks_for_remote_ip: bool = False


def named_by(program: Program) -> Named:
    """Go through all rules, of enforced and of other policies. Costs as much as there are rules: once a program."""
    asked = set(_asked(program))
    metadata = {one.name for one in asked if one.fact in (Fact.METADATA_STRINGS, Fact.METADATA_ELEMENTS)}
    headers = {_OTHER_NAMES.get(one.name[0], one.name[0]) for one in asked if one.fact is Fact.HEADER}
    return Named(
        headers=tuple(sorted(headers)),
        claims=tuple(sorted({one.name for one in asked if one.fact is Fact.CLAIM})),
        metadata=tuple(sorted(metadata)),
        asks_for_remote_ip=any(one.fact is Fact.REMOTE_IP for one in asked),
    )


def _asked(program: Program) -> Iterator[FactRef]:
    for scoped in program.policies:
        for rule in scoped.rules:
            for conjunction in (*rule.sources, *rule.operations, rule.conditions):
                for test in conjunction:
                    for matcher in test.matchers:
                        yield matcher.fact
