"""Keys under which a rule can be filed: a request that does not have the key surely does not match.

A slot is a fact together with a way of looking it up; a key is a value in a slot.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from authz.model.address import Cidr
from authz.model.rule import Port
from authz.model.string_match import Exact, NonEmpty, Prefix, Present, Suffix
from authz.model.template import UriTemplate
from authz.policy.checks import SINGLE_TEXT
from authz.policy.ir import Account, Conjunction, DomainGlob, FactRef, IssuerSubject, Matcher, Pieces, Test

_LAST_CHARACTER = "\U0010ffff"


class Lookup(Enum):
    """How a slot finds the keys of a request; each costs about the same however many keys there are."""

    EXACT = "exact"
    PREFIX = "prefix"
    SUFFIX = "suffix"
    BLOCK = "block"
    TEMPLATE = "template"
    ISSUER = "issuer"
    SUBJECT = "subject"
    ANY = "any"


Slot = tuple[FactRef, Lookup]
Key = tuple[Slot, object]


@dataclass(frozen=True, slots=True)
class Filing:
    """Keys of which a request that passes `test` has at least one. `precise`: and whoever has one passes it."""

    test: Test
    keys: tuple[Key, ...]
    precise: bool


def filing_of(test: Test) -> Filing | None:
    """Where a rule with this test can be filed; None: the test says nothing about what a request has."""
    if test.negated or any(_says_nothing(matcher) for matcher in test.matchers):
        return None
    found = [_key_of(matcher) for matcher in test.matchers]
    return Filing(
        test=test,
        keys=tuple(dict.fromkeys(key for key, _ in found)),
        precise=all(precise for _, precise in found),
    )


def filings_of(conjunction: Conjunction) -> Sequence[Filing]:
    """The ways to file an AND of tests: any one of them will do."""
    return [filing for filing in map(filing_of, conjunction) if filing is not None]


def _says_nothing(matcher: Matcher) -> bool:
    """Every request has a host and a method, be they empty."""
    return isinstance(matcher.form, Present) and matcher.fact.fact in SINGLE_TEXT


def _key_of(matcher: Matcher) -> tuple[Key, bool]:
    """The key of a matcher, and whether it is precise."""
    fact, form = matcher.fact, matcher.form
    match form:
        case Exact(text):
            return ((fact, Lookup.EXACT), text), True
        case Port(number):
            return ((fact, Lookup.EXACT), number), True
        case Account(namespace, name):
            return ((fact, Lookup.EXACT), (namespace, name)), True
        case Prefix(text) if text[-1:] not in {"", _LAST_CHARACTER}:
            return ((fact, Lookup.PREFIX), text), True
        case Suffix(text) if text[:1] not in {"", _LAST_CHARACTER}:
            return ((fact, Lookup.SUFFIX), text), True
        case Cidr():
            return ((fact, Lookup.BLOCK), form), True
        case UriTemplate():
            return ((fact, Lookup.TEMPLATE), form), True
        case IssuerSubject(Exact(issuer), Exact(subject)):
            return ((fact, Lookup.EXACT), (issuer, subject)), True
        case IssuerSubject(Exact(issuer), _):
            return ((fact, Lookup.ISSUER), issuer), False
        case IssuerSubject(_, Exact(subject)):
            return ((fact, Lookup.SUBJECT), subject), False
        case Prefix() | Suffix() | NonEmpty() | Present() | Pieces() | DomainGlob() | IssuerSubject():
            return ((fact, Lookup.ANY), None), False
