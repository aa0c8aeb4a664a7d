"""The index finds the first matching rule, and looks at few clauses for it."""

import gc
import random
from collections.abc import Callable, Iterator

import pytest

from authz.model.address import Address, Cidr
from authz.model.request import Request
from authz.model.rule import Port
from authz.model.string_match import Exact, NonEmpty, Prefix, Present, Suffix
from authz.model.template import UriTemplate
from authz.policy.checks import compile_test
from authz.policy.index import NO_MATCH, CompiledRule, Index
from authz.policy.ir import Account, Conjunction, Fact, Form, IssuerSubject, LoweredRule, Pieces
from tests.support.rules import facts, rule, wants

REQUEST = Request(
    path="/app-7/x",
    host="h-7.test",
    headers=(("x-tenant", "t-7"),),
    source_ip="0.0.7.0",
    destination_port=7,
    principal="spiffe://td/ns/n-7/sa/a-7",
    claims={"iss": "i-7", "sub": "s-7", "groups": ["g-7", "g-none"]},
)
GET = wants(Fact.METHOD, Exact("GET"))


def block(number: int) -> Cidr:
    return Cidr(Address(number << 8), Address((number << 8) + 255))


SHAPES: dict[str, Callable[[int], LoweredRule]] = {
    "exact path": lambda n: rule(f"p{n}", wants(Fact.PATH, Exact(f"/app-{n}/x")), GET),
    "path prefix": lambda n: rule(f"p{n}", wants(Fact.PATH, Prefix(f"/app-{n}/")), GET),
    "path suffix": lambda n: rule(f"p{n}", wants(Fact.PATH, Suffix(f"-{n}/x")), GET),
    "path template": lambda n: rule(f"p{n}", wants(Fact.PATH, UriTemplate(("", f"app-{n}", None), None)), GET),
    "template with a tail": lambda n: rule(f"p{n}", wants(Fact.PATH, UriTemplate(("", f"app-{n}"), "")), GET),
    "host suffix": lambda n: rule(f"p{n}", wants(Fact.HOST, Suffix(f"-{n}.test")), GET),
    "header": lambda n: rule(f"p{n}", wants(Fact.HEADER, Exact(f"t-{n}"), name=("x-tenant",)), GET),
    "header prefix": lambda n: rule(f"p{n}", wants(Fact.HEADER, Prefix(f"t-{n}"), name=("x-tenant",)), GET),
    "claim": lambda n: rule(f"p{n}", wants(Fact.CLAIM, Exact(f"g-{n}"), name=("groups",)), GET),
    "source block": lambda n: rule(f"p{n}", wants(Fact.SOURCE_IP, block(n)), GET),
    "principal": lambda n: rule(f"p{n}", wants(Fact.PEER_SPIFFE_IDS, Exact(f"td/ns/n-{n}/sa/a-{n}")), GET),
    "principal prefix": lambda n: rule(f"p{n}", wants(Fact.PEER_SPIFFE_IDS, Prefix(f"td/ns/n-{n}/")), GET),
    "service account": lambda n: rule(f"p{n}", wants(Fact.PEER_SERVICE_ACCOUNTS, Account(f"n-{n}", f"a-{n}")), GET),
    "issuer": lambda n: rule(f"p{n}", wants(Fact.REQUEST_PRINCIPALS, IssuerSubject(Exact(f"i-{n}"), NonEmpty())), GET),
    "subject": lambda n: rule(f"p{n}", wants(Fact.REQUEST_PRINCIPALS, IssuerSubject(NonEmpty(), Exact(f"s-{n}"))), GET),
    "two fields, one of them alike": lambda n: rule(
        f"p{n}",
        sources=((wants(Fact.PEER_NAMESPACES, Exact("n-7")),),),
        operations=((wants(Fact.PATH, Exact(f"/app-{n}/x")), GET),),
    ),
    "a list of which one value is alike": lambda n: rule(
        f"p{n}", wants(Fact.PATH, Exact("/app-7/x"), Exact(f"/own-{n}")), wants(Fact.DESTINATION_PORT, Port(n))
    ),
    "two sources": lambda n: rule(
        f"p{n}",
        sources=(
            (wants(Fact.PEER_NAMESPACES, Exact(f"n-{n}")),),
            (wants(Fact.SOURCE_IP, block(n)), wants(Fact.PEER_NAMES, NonEmpty())),
        ),
        operations=((GET,),),
    ),
}
AT_ANY_SIZE = ["exact path", "path prefix", "source block", "principal"]


@pytest.fixture
def no_collector() -> Iterator[None]:
    """Rules are many objects and no cycles: collecting costs more than making them."""
    gc.disable()
    yield
    gc.enable()


def index_of(shape: str, size: int) -> Index:
    return Index([CompiledRule.of(SHAPES[shape](n)) for n in range(size)])


@pytest.mark.parametrize("shape", SHAPES)
def test_few_clauses_are_looked_at_and_no_more_for_more_rules(shape: str) -> None:
    few, many = index_of(shape, 100), index_of(shape, 3_000)

    assert few.refs[few.first_match(facts(REQUEST))].policy == "p7"
    assert many.refs[many.first_match(facts(REQUEST))].policy == "p7"
    assert 1 <= few.candidates(facts(REQUEST)) <= 2
    assert many.candidates(facts(REQUEST)) == few.candidates(facts(REQUEST))


@pytest.mark.usefixtures("no_collector")
def test_a_hundred_thousand_rules_cost_what_a_hundred_cost() -> None:
    few, many = (
        Index([CompiledRule.of(SHAPES[shape](n)) for shape in AT_ANY_SIZE for n in range(size // len(AT_ANY_SIZE))])
        for size in (100, 100_000)
    )

    assert len(many.refs) == 100_000
    assert many.refs[many.first_match(facts(REQUEST))].policy == "p7"
    assert many.candidates(facts(REQUEST)) == few.candidates(facts(REQUEST)) == len(AT_ANY_SIZE)
    assert many.candidates(facts(Request(path="/none"))) == 0


WORST: dict[str, Callable[[int], LoweredRule]] = {
    "only negative fields": lambda n: rule(f"p{n}", wants(Fact.PATH, Exact(f"/app-{n}"), negated=True)),
    "any host": lambda n: rule(f"p{n}", wants(Fact.HOST, Present())),
    "nothing at all": lambda n: rule(f"p{n}"),
    "a namespace with a star": lambda n: rule(f"p{n}", wants(Fact.PEER_NAMES, Pieces((f"/ns/n-{n}", "/")))),
    "any principal, and a negative field": lambda n: rule(
        f"p{n}", wants(Fact.PEER_NAMES, NonEmpty()), wants(Fact.PATH, Exact(f"/app-{n}"), negated=True)
    ),
    "the beginning of an issuer": lambda n: rule(
        f"p{n}", wants(Fact.REQUEST_PRINCIPALS, IssuerSubject(Prefix(f"i-{n}"), NonEmpty()))
    ),
    "the end of a subject": lambda n: rule(
        f"p{n}", wants(Fact.REQUEST_PRINCIPALS, IssuerSubject(NonEmpty(), Suffix(f"s-{n}")))
    ),
    "one key for all": lambda n: rule(
        f"p{n}", wants(Fact.PATH, Exact("/app-7/x")), wants(Fact.METHOD, Exact(f"M{n}"), negated=True)
    ),
}


@pytest.mark.parametrize("shape", WORST)
def test_the_shapes_of_which_every_rule_is_looked_at(shape: str) -> None:
    index = Index([CompiledRule.of(WORST[shape](n)) for n in range(50)])

    assert index.candidates(facts(REQUEST)) == 50


@pytest.mark.parametrize(
    "shape", ["a namespace with a star", "any principal, and a negative field", "the beginning of an issuer"]
)
def test_of_those_that_need_a_caller_none_is_looked_at_without_one(shape: str) -> None:
    index = Index([CompiledRule.of(WORST[shape](n)) for n in range(50)])

    assert index.candidates(facts(Request(path="/app-7/x"))) == 0


def test_a_wide_rule_is_filed_once_for_each_alternative_of_one_side() -> None:
    sources = [(wants(Fact.PEER_NAMESPACES, Exact(f"n-{n}")), wants(Fact.SOURCE_IP, block(n))) for n in range(512)]
    operations = [(wants(Fact.PATH, Exact(f"/app-{n}/x")), GET) for n in range(512)]
    wide = rule("wide", sources=tuple(sources), operations=tuple(operations))
    index = Index([CompiledRule.of(wide)])
    tables = [table for _, table in (*index._single, *index._multiple)]
    filed = [clause for table in tables for bucket in table.values() for clause in bucket]

    assert len(filed) == 512
    assert len({id(check) for _, checks in filed for check in checks}) <= 512 * 2 + 1  # what they share they share
    assert index.first_match(facts(REQUEST)) == 0
    assert index.candidates(facts(REQUEST)) == 1
    assert index.first_match(facts(Request(path="/app-7/x", principal=REQUEST.principal))) == NO_MATCH


def test_what_a_key_has_shown_is_not_checked_again() -> None:
    path, method = wants(Fact.PATH, Exact("/a")), wants(Fact.METHOD, Exact("GET"))
    flat, alternatives = (
        CompiledRule.of(rule("p", path, method)),
        CompiledRule.of(rule("p", operations=((path,), (method,)))),
    )

    assert [len(flat.remaining(filed)) for filed in (path, None)] == [1, 2]
    assert [len(alternatives.remaining(filed)) for filed in (path, method, None)] == [0, 0, 1]


def test_alternatives_are_not_mixed() -> None:
    one = (wants(Fact.PATH, Exact("/a")), wants(Fact.METHOD, Exact("GET")))
    other = (wants(Fact.PATH, Exact("/b")), wants(Fact.METHOD, Exact("PUT")))
    index = Index([CompiledRule.of(rule("p", operations=(one, other)))])

    matched = [
        (method, path)
        for method in ("GET", "PUT")
        for path in ("/a", "/b")
        if index.first_match(facts(Request(method=method, path=path))) != NO_MATCH
    ]
    assert matched == [("GET", "/a"), ("PUT", "/b")]


def test_of_several_that_match_the_first_by_id_is_found_wherever_it_is_filed() -> None:
    matching = [
        rule("p10", wants(Fact.PATH, Exact("/app-7/x"))),
        rule("p9", wants(Fact.HOST, Suffix(".test"))),
        rule("p11", wants(Fact.PATH, Prefix("/app"))),
        rule("p12", GET),
        rule("p13", wants(Fact.SOURCE_IP, block(7))),
        rule("p2", wants(Fact.METHOD, Exact("PUT"), negated=True)),
    ]
    for first in range(len(matching)):
        left = sorted(matching, key=lambda one: one.ref.id)[first:]
        index = Index(map(CompiledRule.of, left))
        assert index.refs[index.first_match(facts(REQUEST))] == left[0].ref


def test_an_index_without_rules_matches_nothing() -> None:
    assert Index([]).first_match(facts(REQUEST)) == NO_MATCH
    assert Index([]).candidates(facts(REQUEST)) == 0


def test_the_index_agrees_with_trying_every_rule() -> None:
    generator = random.Random(11)
    rules = [random_rule(generator, number) for number in range(60)]
    for _ in range(40):
        chosen = sorted(generator.sample(rules, 12), key=lambda one: one.ref.id)
        index = Index(map(CompiledRule.of, chosen))
        for _ in range(15):
            request = random_request(generator)
            first = next((rank for rank, one in enumerate(chosen) if matches(one, request)), NO_MATCH)
            assert index.first_match(facts(request)) == first


def matches(one: LoweredRule, request: Request) -> bool:
    seen = facts(request)

    def holds(conjunction: Conjunction) -> bool:
        return all(compile_test(test)(seen) for test in conjunction)

    either = [any(map(holds, alternatives)) or not alternatives for alternatives in (one.sources, one.operations)]
    return all(either) and holds(one.conditions)


CHOICES: list[tuple[Fact, tuple[Form, ...]]] = [
    (Fact.PATH, (Exact("/a"), Exact("/a/b"), Prefix("/a"), Prefix("/"), Suffix("b"), Suffix("/a"))),
    (Fact.PATH, (UriTemplate(("", "a", None), None), UriTemplate(("", "a"), ""), NonEmpty(), Exact("/b"))),
    (Fact.METHOD, (Exact("GET"), Exact("PUT"), Present(), Prefix("P"))),
    (Fact.SOURCE_IP, (block(1), block(2), Cidr(Address(0), Address((1 << 32) - 1)))),
    (Fact.DESTINATION_PORT, (Port(0), Port(1), Port(2))),
    (Fact.PEER_NAMES, (NonEmpty(), Pieces(("/ns/a", "/")), Prefix("spiffe://"))),
]


def random_rule(generator: random.Random, number: int) -> LoweredRule:
    def some() -> Conjunction:
        picked = generator.choices(CHOICES, k=generator.randint(1, 2))
        return tuple(
            wants(fact, *generator.choices(forms, k=generator.randint(1, 3)), negated=generator.random() < 0.25)
            for fact, forms in picked
        )

    return rule(
        f"p{number}",
        *(some() if generator.random() < 0.4 else ()),
        sources=tuple(some() for _ in range(generator.randint(0, 2))),
        operations=tuple(some() for _ in range(generator.randint(0, 2))),
    )


def random_request(generator: random.Random) -> Request:
    return Request(
        method=generator.choice(["GET", "PUT", "POST"]),
        path=generator.choice(["/", "/a", "/a/", "/a/b", "/b", "/a/b/c", ""]),
        source_ip=generator.choice(["", "0.0.1.0", "0.0.2.9", "::1"]),
        destination_port=generator.randint(0, 2),
        principal=generator.choice(["", "spiffe://td/ns/ab/sa/x", "client.test"]),
    )
