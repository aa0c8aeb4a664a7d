"""What one Envoy wants of one type of resource, what it has been sent of it, and what became of that."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from authz.forwarder.snapshot import Resource, TypeUrl

ANYTHING = "*"
ABSENT = ""  # the version of what Envoy has been told is not there
SOMETHING = "?"  # the version of what Envoy may still have
# for these a first request without names asks for all: the protocol's legacy wildcard
_LEGACY_WILDCARD = (TypeUrl.CLUSTER, TypeUrl.LISTENER)
# Envoy says so of clusters and listeners one by one, and applies the others; otherwise all of a response may be refused
_ONE_BY_ONE = "Error adding/updating"


@dataclass(frozen=True, slots=True)
class Answer:
    """One response, of either protocol.

    `resources`: all that is in it. `changed`: the names of those that Envoy doesn't have. `model`: the version of the
    type in the snapshot that it is of. `in_full`: what is not in it is removed.
    """

    type_url: TypeUrl
    nonce: str
    version: str
    model: str
    resources: tuple[Resource, ...]
    changed: frozenset[str]
    removed: tuple[str, ...]
    in_full: bool = False

    def names(self) -> set[str]:
        """Return every name that it says something of."""
        return {*(one.name for one in self.resources), *self.removed}


@dataclass(slots=True)
class Subscription:
    """The state of one type on one stream.

    `sent`: the version of each resource that Envoy has or is about to have; ABSENT where it knows that there is none.
    `owed`: names to be sent whatever `sent` says. `due`: a response is, even an empty one.
    `outstanding`: what has been sent and neither accepted nor refused, oldest first. `nonce`: of the last response.
    `refused`: names that Envoy has in another version than it was sent. `rejected`: the last response as a whole was.
    `accepted`: what Envoy said that it has. `bad`: names and versions that it doesn't have, as it refused them.
    `doubtful`: responses of which some may have been dropped along with what was refused, each with the names that are
    known to be at fault.
    """

    type_url: TypeUrl
    wildcard: bool = False
    legacy: bool = False
    names: set[str] = field(default_factory=set)
    sent: dict[str, str] = field(default_factory=dict)
    owed: set[str] = field(default_factory=set)
    due: bool = False
    outstanding: dict[str, Answer] = field(default_factory=dict)
    nonce: str = ""
    refused: set[str] = field(default_factory=set)
    rejected: bool = False
    accepted: dict[str, Resource] = field(default_factory=dict)
    bad: set[tuple[str, str]] = field(default_factory=set)
    doubtful: tuple[tuple[Answer, frozenset[str]], ...] = ()

    def begin(self, names: Iterable[str]) -> None:
        """Take the names of the first request."""
        asked = set(names)
        self.legacy = not asked and self.type_url in _LEGACY_WILDCARD
        self.wildcard = self.due = self.legacy or ANYTHING in asked
        self.names = asked - {ANYTHING}
        self.owed = set(self.names)

    def add(self, names: Iterable[str]) -> None:
        """Want more. A name that is asked for again is sent again: Envoy has lost it."""
        asked = set(names)
        if ANYTHING in asked:
            self.wildcard = self.due = True
        self.names |= asked - {ANYTHING}
        self.owed |= asked - {ANYTHING}

    def drop(self, names: Iterable[str]) -> None:
        """Want less."""
        dropped = set(names)
        if ANYTHING in dropped:
            self.wildcard = self.legacy = False
        self.names -= dropped
        self.owed -= dropped
        if not self.wildcard:
            self.accepted = {name: one for name, one in self.accepted.items() if name not in dropped}
            self.sent = {name: version for name, version in self.sent.items() if name in self.names}

    def wanted(self, there: Mapping[str, Resource]) -> Mapping[str, Resource]:
        """Return what there is of what Envoy wants, in order."""
        if self.wildcard:
            return there
        return {name: there[name] for name in sorted(self.names) if name in there}

    def changed(self, there: Mapping[str, Resource]) -> tuple[Resource, ...]:
        """Return what Envoy lacks, or is owed."""
        return tuple(
            one
            for one in self.wanted(there).values()
            if one.name in self.owed or self.sent.get(one.name) != one.version
        )

    def lost(self, there: Mapping[str, Resource]) -> set[str]:
        """Return the names that Envoy has or asks for and that are not there, unless it knows."""
        known = {name for name, version in self.sent.items() if version != ABSENT}
        asked = {name for name in self.names if self.sent.get(name) != ABSENT}
        return {name for name in known | asked | (self.owed & self.names) if name not in there}

    def is_current(self, there: Mapping[str, Resource]) -> bool:
        """Tell whether Envoy has accepted all that there is for it."""
        return not (self.outstanding or self.due or self.is_refusing(there) or self.changed(there))

    def is_refusing(self, there: Mapping[str, Resource]) -> bool:
        """Tell whether Envoy has something of what there is in another version, because it refused this one."""
        return any(name in self.wanted(there) for name in self.refused)

    def record(self, answer: Answer) -> None:
        """Take note of a response that is being sent."""
        self.nonce = answer.nonce
        self.outstanding[answer.nonce] = answer
        self.due = self.rejected = False
        self.owed -= answer.names()
        self.sent.update({one.name: one.version for one in answer.resources})
        for name in answer.removed:
            if name in self.names:
                self.sent[name] = ABSENT
            else:
                self.sent.pop(name, None)

    def take(self, nonce: str) -> tuple[Answer, ...]:
        """Return the response that Envoy answers, preceded by the older ones: of several it may answer the last only.

        Empty: none is waited for by this nonce.
        """
        if nonce not in self.outstanding:
            return ()
        nonces = list(self.outstanding)
        return tuple(self.outstanding.pop(one) for one in nonces[: nonces.index(nonce) + 1])

    def accept(self, answer: Answer) -> None:
        """Take note that Envoy has what a response says."""
        self.rejected = False
        self.refused -= answer.names()
        if answer.in_full:
            self.accepted = {}
        self._has(answer.resources, answer.removed)

    def refuse(self, answer: Answer, message: str) -> tuple[Resource, ...]:
        """Take note of a refusal, and return what is at fault: what the message names, or all that was new."""
        named = names_in(message, (one.name for one in answer.resources))
        at_fault = named or set(answer.changed)
        self.rejected = _ONE_BY_ONE not in message
        if self.rejected:
            self.refused |= {one.name for one in answer.resources if self.accepted.get(one.name) != one}
        else:
            self.refused = (self.refused - answer.names()) | at_fault
            self._has((one for one in answer.resources if one.name not in at_fault), answer.removed)
        self.bad |= {(one.name, one.version) for one in answer.resources if one.name in self.refused}
        self.doubtful += ((answer, frozenset(named)),)
        return tuple(one for one in answer.resources if one.name in at_fault)

    def _has(self, resources: Iterable[Resource], removed: Iterable[str]) -> None:
        for one in resources:
            self.accepted[one.name] = one
        for name in removed:
            self.accepted.pop(name, None)

    def holds(self, name: str, model: Resource) -> Resource | None:
        """Return what Envoy has of a name that an earlier model had, as far as is known: not what it refused."""
        return self.accepted.get(name) if (name, model.version) in self.bad else model

    def reconsider(self, model: str = "") -> None:
        """With another model: what a refused response also held is to be sent again, unless it is at fault.

        It may not have got there: Envoy 1.40 was seen to refuse a response as a whole for one invalid cluster. And what
        it did take, it forgets to name when it connects again (Envoy's delta_subscription_state.cc: versions are
        noted only when all went well).
        """
        for answer, at_fault in self.doubtful:
            if answer.model == model:
                continue
            self.rejected = False
            for one in answer.resources:
                if one.name not in at_fault and self.sent.get(one.name) == one.version:
                    self.sent[one.name] = SOMETHING
            for name in answer.removed:
                self.sent.setdefault(name, SOMETHING)
        self.doubtful = tuple(one for one in self.doubtful if one[0].model == model)


def names_in(message: str, names: Iterable[str]) -> set[str]:
    """Return those of the names that a text has as whole words, the longest where one is part of another."""
    longest_first = sorted(map(re.escape, names), key=len, reverse=True)
    if not longest_first:
        return set()
    pattern = rf"(?<![\w.|-])(?:{'|'.join(longest_first)})(?![\w|-]|\.\w)"
    return set(re.findall(pattern, message))
