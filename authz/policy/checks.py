"""Tests -> Python callables. What a form means for one value is written here once; the index relies on the same."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter, methodcaller
from typing import Any

from authz.model.address import Address, Cidr
from authz.model.facts import Facts
from authz.model.rule import Port
from authz.model.string_match import Exact, NonEmpty, Prefix, Present, Suffix, string_matches
from authz.model.template import UriTemplate, template_matches
from authz.policy.ir import Account, DomainGlob, Fact, FactRef, Form, IssuerSubject, Matcher, Pieces, Test

Check = Callable[[Facts], bool]
TextCheck = Callable[[str], bool]

SINGLE_TEXT = frozenset({Fact.HOST, Fact.METHOD, Fact.PATH, Fact.SNI})
ADDRESSES = frozenset({Fact.SOURCE_IP, Fact.REMOTE_IP, Fact.DESTINATION_IP})
_NAMED = frozenset({Fact.HEADER, Fact.CLAIM, Fact.METADATA_STRINGS, Fact.METADATA_ELEMENTS})


def reader(ref: FactRef) -> Callable[[Facts], Any]:
    """What reads a fact: text, number, address or None for the facts that have one value, else a tuple."""
    if ref.fact is Fact.HEADER:
        return methodcaller("header", ref.name[0])
    if ref.fact in _NAMED:
        return methodcaller(ref.fact.value, ref.name)
    return attrgetter(ref.fact.value)


def compile_test(test: Test) -> Check:
    """A callable that says whether the facts pass the test."""
    by_fact: dict[FactRef, list[Form]] = defaultdict(list)
    for matcher in test.matchers:
        by_fact[matcher.fact].append(matcher.form)
    checks = [_compile_forms(ref, forms) for ref, forms in by_fact.items()]
    check = checks[0] if len(checks) == 1 else _any_of(checks)
    return _not(check) if test.negated else check


def compile_matcher(matcher: Matcher) -> Check:
    """A callable for a single matcher: for looking at one value of a list at a time."""
    return _compile_forms(matcher.fact, [matcher.form])


def all_of(checks: Sequence[Check]) -> Check:
    """Every one of them; none at all: true."""
    if len(checks) == 1:
        return checks[0]
    held = tuple(checks)

    def check(facts: Facts) -> bool:
        return all(one(facts) for one in held)

    return check


def _any_of(checks: Sequence[Check]) -> Check:
    held = tuple(checks)

    def check(facts: Facts) -> bool:
        return any(one(facts) for one in held)

    return check


any_of = _any_of


def _not(check: Check) -> Check:
    return lambda facts: not check(facts)


def _compile_forms(ref: FactRef, forms: Sequence[Form]) -> Check:
    """Some value of one fact has one of the forms."""
    read = reader(ref)
    if ref.fact in ADDRESSES:
        return _address_check(read, [form for form in forms if isinstance(form, Cidr)])
    if ref.fact is Fact.DESTINATION_PORT:
        ports = frozenset(form.number for form in forms if isinstance(form, Port))
        return lambda facts: read(facts) in ports
    if ref.fact is Fact.PEER_SERVICE_ACCOUNTS:
        accounts = frozenset((form.namespace, form.name) for form in forms if isinstance(form, Account))
        return lambda facts: not accounts.isdisjoint(read(facts))
    if ref.fact is Fact.REQUEST_PRINCIPALS:
        return _request_principal_check(read, [form for form in forms if isinstance(form, IssuerSubject)])
    check = compile_text_check(forms)
    if ref.fact in SINGLE_TEXT:
        return lambda facts: check(read(facts))
    return lambda facts: any(map(check, read(facts)))


def compile_text_check(forms: Iterable[Form]) -> TextCheck:
    """Whether a text has one of the forms."""
    exact: set[str] = set()
    prefixes: list[str] = []
    suffixes: list[str] = []
    others: list[TextCheck] = []
    for form in forms:
        match form:
            case Exact(text):
                exact.add(text)
            case Prefix(text):
                prefixes.append(text)
            case Suffix(text):
                suffixes.append(text)
            case _:
                others.append(_other_text_check(form))
    if exact:
        others.append(frozenset(exact).__contains__)
    if prefixes:
        others.append(methodcaller("startswith", tuple(prefixes)))
    if suffixes:
        others.append(methodcaller("endswith", tuple(suffixes)))
    if len(others) == 1:
        return others[0]
    held = tuple(others)
    return lambda text: any(one(text) for one in held)


def _other_text_check(form: Form) -> TextCheck:
    match form:
        case NonEmpty() | Present():
            return lambda text: string_matches(form, text)
        case UriTemplate():
            return lambda path: template_matches(form, path)
        case Pieces(pieces):
            return lambda text: pieces_match(pieces, text)
        case DomainGlob(start, end):
            return lambda text: domain_matches(start, end, text)
    raise TypeError(form)  # the other forms are not for texts


def pieces_match(pieces: tuple[str, ...], text: str) -> bool:
    """Whether the pieces stand in the text in their order: the leftmost place of each leaves most for the next."""
    at = 0
    for piece in pieces:
        found = text.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    return True


def domain_matches(start: str, end: str, text: str) -> bool:
    """Whether the text is `spiffe://`, `start`, anything without a slash, `end`, a slash, anything."""
    begin = f"spiffe://{start}"
    if not text.startswith(begin):
        return False
    found = text.find(f"{end}/", len(begin))
    slash = text.find("/", len(begin))
    return 0 <= found <= slash


def _address_check(read: Callable[[Facts], Address | None], blocks: Sequence[Cidr]) -> Check:
    if len(blocks) == 1:
        first, last = blocks[0].first, blocks[0].last

        def check_one(facts: Facts) -> bool:
            address = read(facts)
            return address is not None and first <= address <= last

        return check_one
    starts, ends = _merge(blocks)

    def check(facts: Facts) -> bool:
        address = read(facts)
        if address is None:
            return False
        at = bisect_right(starts, address)
        return at > 0 and address <= ends[at - 1]

    return check


def _merge(blocks: Sequence[Cidr]) -> tuple[list[int], list[int]]:
    """Starts and ends of the blocks, in order, those within others left out."""
    starts: list[int] = []
    ends: list[int] = []
    for block in sorted(blocks, key=lambda block: (block.first, -block.last)):
        if not ends or block.first > ends[-1]:
            starts.append(block.first)
            ends.append(block.last)
    return starts, ends


def _request_principal_check(
    read: Callable[[Facts], tuple[tuple[str, str], ...]], forms: Sequence[IssuerSubject]
) -> Check:
    exact = frozenset(
        (form.issuer.text, form.subject.text)
        for form in forms
        if isinstance(form.issuer, Exact) and isinstance(form.subject, Exact)
    )
    others = [form for form in forms if not (isinstance(form.issuer, Exact) and isinstance(form.subject, Exact))]

    def check(facts: Facts) -> bool:
        for principal in read(facts):
            if principal in exact:
                return True
            issuer, subject = principal
            for form in others:
                if string_matches(form.issuer, issuer) and string_matches(form.subject, subject):
                    return True
        return False

    return check
