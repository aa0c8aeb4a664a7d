"""What each form means for one value, and how checks combine."""

import pytest

from authz.model.address import parse_cidr
from authz.model.request import Request
from authz.model.rule import Port
from authz.model.string_match import Exact, NonEmpty, Prefix, Present, Suffix
from authz.model.template import parse_template
from authz.policy.checks import all_of, any_of, compile_test, compile_text_check, domain_matches, pieces_match
from authz.policy.ir import Account, DomainGlob, Fact, FactRef, Form, IssuerSubject, Matcher, Pieces
from authz.policy.ir import Test as FieldTest
from tests.support.rules import ORIGIN, facts, wants

REQUEST = Request(
    method="GET",
    path="/users/alice?x=/admin",
    host="SVC.foo:80",
    headers=(("x-role", "user"), ("X-Role", "admin"), ("x-empty", "")),
    source_ip="10.1.2.3",
    destination_port=8080,
    principal="spiffe://td/ns/foo/sa/x",
    sni="A.test",
    claims={"iss": "i", "sub": "s", "groups": ["a", "b", 3], "n": 1},
    dynamic_metadata={"f": {"text": "v", "list": ["v", "w"]}},
)

ROLE, CLAIM = ("x-role",), ("groups",)


@pytest.mark.parametrize(
    "test, holds",
    [
        (wants(Fact.PATH, Exact("/users/alice")), True),
        (wants(Fact.PATH, Exact("/users")), False),
        (wants(Fact.PATH, Prefix("/users/"), Exact("/x")), True),
        (wants(Fact.PATH, Suffix("/admin")), False),
        (wants(Fact.PATH, parse_template("/users/{*}")), True),
        (wants(Fact.PATH, parse_template("/x/{**}"), Suffix("alice")), True),
        (wants(Fact.METHOD, Present()), True),
        (wants(Fact.METHOD, Exact("get")), False),
        (wants(Fact.HOST, Exact("svc.foo:80")), True),
        (wants(Fact.SNI, NonEmpty()), True),
        (wants(Fact.SNI, Exact("a.test")), True),
        (wants(Fact.HEADER, Exact("admin"), name=ROLE), True),
        (wants(Fact.HEADER, Exact("user,admin"), name=ROLE), False),
        (wants(Fact.HEADER, NonEmpty(), name=("x-empty",)), False),
        (wants(Fact.HEADER, Present(), name=("x-empty",)), True),
        (wants(Fact.HEADER, Present(), name=("x-none",)), False),
        (wants(Fact.CLAIM, Exact("b"), name=CLAIM), True),
        (wants(Fact.CLAIM, NonEmpty(), name=("n",)), False),
        (wants(Fact.METADATA_STRINGS, Exact("v"), name=("f", "text")), True),
        (wants(Fact.METADATA_STRINGS, Exact("v"), name=("f", "list")), False),
        (wants(Fact.METADATA_ELEMENTS, Exact("w"), name=("f", "list")), True),
        (wants(Fact.DESTINATION_PORT, Port(80), Port(8080)), True),
        (wants(Fact.DESTINATION_PORT, Port(80)), False),
        (wants(Fact.SOURCE_IP, parse_cidr("10.0.0.0/8")), True),
        (wants(Fact.SOURCE_IP, parse_cidr("192.0.2.0/24"), parse_cidr("10.1.0.0/16"), parse_cidr("10.1.2.0/24")), True),
        (wants(Fact.SOURCE_IP, parse_cidr("192.0.2.0/24"), parse_cidr("10.1.2.4/32")), False),
        (wants(Fact.DESTINATION_IP, parse_cidr("0.0.0.0/0")), False),
        (wants(Fact.DESTINATION_IP, parse_cidr("0.0.0.0/0"), parse_cidr("::/0")), False),
        (wants(Fact.PEER_SPIFFE_IDS, Exact("td/ns/foo/sa/x")), True),
        (wants(Fact.PEER_NAMES, Pieces(("/ns/f", "o/"))), True),
        (wants(Fact.PEER_NAMES, DomainGlob("t", "")), True),
        (wants(Fact.PEER_SERVICE_ACCOUNTS, Account("foo", "x")), True),
        (wants(Fact.PEER_SERVICE_ACCOUNTS, Account("foo", "y"), Account("bar", "x")), False),
        (wants(Fact.REQUEST_PRINCIPALS, IssuerSubject(Exact("i"), Exact("s"))), True),
        (wants(Fact.REQUEST_PRINCIPALS, IssuerSubject(Exact("i"), Prefix("s"))), True),
        (
            wants(
                Fact.REQUEST_PRINCIPALS, IssuerSubject(NonEmpty(), Exact("x")), IssuerSubject(Exact("x"), Exact("s"))
            ),
            False,
        ),
    ],
)
def test_a_test_holds_where_some_value_has_some_form(test: FieldTest, *, holds: bool) -> None:
    negated = FieldTest(test.matchers, negated=True, origin=test.origin)

    assert compile_test(test)(facts(REQUEST)) is holds
    assert compile_test(negated)(facts(REQUEST)) is not holds


def test_a_test_may_look_at_several_facts() -> None:
    matchers = (
        Matcher(FactRef(Fact.METADATA_STRINGS, ("f", "list")), Exact("q")),
        Matcher(FactRef(Fact.METADATA_ELEMENTS, ("f", "list")), Exact("v")),
    )

    assert compile_test(FieldTest(matchers, negated=False, origin=ORIGIN))(facts(REQUEST))
    assert not compile_test(FieldTest(matchers[:1], negated=False, origin=ORIGIN))(facts(REQUEST))


@pytest.mark.parametrize("fact", [Fact.HEADER, Fact.CLAIM])
def test_a_negated_test_fails_where_any_value_has_the_form(fact: Fact) -> None:
    name, unwanted = {Fact.HEADER: (ROLE, "admin"), Fact.CLAIM: (CLAIM, "b")}[fact]

    assert not compile_test(wants(fact, Exact(unwanted), name=name, negated=True))(facts(REQUEST))
    assert compile_test(wants(fact, Exact(unwanted), name=name, negated=True))(facts(Request()))


@pytest.mark.parametrize(
    "pieces, text, matches",
    [
        (("/ns/foo/",), "spiffe://td/ns/foo/sa/x", True),
        (("/ns/f", "o/"), "/ns/fo/", True),
        (("/ns/f", "o/"), "/ns/f/", False),
        (("/ns/", "bar/"), "spiffe://td/ns/foo/sa/bar/x", True),
        (("ab", "ba"), "aba", False),
        (("ab", "ba"), "abba", True),
    ],
)
def test_pieces_stand_in_their_order_and_do_not_overlap(pieces: tuple[str, ...], text: str, *, matches: bool) -> None:
    assert pieces_match(pieces, text) is matches


@pytest.mark.parametrize(
    "start, end, text, matches",
    [
        ("a", "", "spiffe://ab/x", True),
        ("a", "", "spiffe://a/", True),
        ("", ".b", "spiffe://a.b/x", True),
        ("", ".b", "spiffe://a.b", False),
        ("", ".b", "spiffe://a/.b/x", False),
        ("", ".b", "spiffe://a.b.b/x", True),
        ("a/x", "", "spiffe://a/x/y", True),
        ("a", "", "a/x", False),
    ],
)
def test_a_star_in_a_trust_domain_spans_no_slash(start: str, end: str, text: str, *, matches: bool) -> None:
    assert domain_matches(start, end, text) is matches


def test_all_of_nothing_holds_and_any_of_nothing_does_not() -> None:
    assert all_of([])(facts())
    assert not any_of([])(facts())


def test_all_of_several_holds_where_each_does() -> None:
    path, method = compile_test(wants(Fact.PATH, Exact("/"))), compile_test(wants(Fact.METHOD, Exact("PUT")))

    assert not all_of([path, method])(facts())
    assert any_of([path, method])(facts())
    assert all_of([path])(facts())


@pytest.mark.parametrize("form", [Exact("a+"), Prefix("a.*"), Suffix("$")])
def test_no_text_of_an_author_is_a_pattern(form: Form) -> None:
    check = compile_text_check([form])

    assert [text for text in ("a", "aa", "a.*b", "x$", "a+") if check(text)] == [
        {"a+": "a+", "a.*": "a.*b", "$": "x$"}[form.text]  # type: ignore[union-attr] # these three have one
    ]


def test_a_form_that_is_not_for_texts_is_a_mistake_of_ours() -> None:
    with pytest.raises(TypeError):
        compile_text_check([Port(1)])
