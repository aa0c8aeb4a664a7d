"""A key is something that a matching request surely has; precise, if having it is all that the test wants."""

import pytest

from authz.model.address import parse_cidr
from authz.model.rule import Port
from authz.model.string_match import Exact, NonEmpty, Prefix, Present, Suffix
from authz.model.template import parse_template
from authz.policy.ir import Account, DomainGlob, Fact, IssuerSubject, Pieces
from authz.policy.ir import Test as FieldTest
from authz.policy.keys import Lookup, filing_of, filings_of
from tests.support.rules import wants

BLOCK, TEMPLATE = parse_cidr("10.0.0.0/8"), parse_template("/a/{*}")
LAST = "\U0010ffff"


@pytest.mark.parametrize(
    "test, lookup, value, precise",
    [
        (wants(Fact.PATH, Exact("/a")), Lookup.EXACT, "/a", True),
        (wants(Fact.PATH, Prefix("/a")), Lookup.PREFIX, "/a", True),
        (wants(Fact.PATH, Suffix("/a")), Lookup.SUFFIX, "/a", True),
        (wants(Fact.PATH, TEMPLATE), Lookup.TEMPLATE, TEMPLATE, True),
        (wants(Fact.PATH, NonEmpty()), Lookup.ANY, None, False),
        (wants(Fact.PATH, Prefix(f"/a{LAST}")), Lookup.ANY, None, False),
        (wants(Fact.PATH, Suffix(f"{LAST}a")), Lookup.ANY, None, False),
        (wants(Fact.PATH, Prefix("")), Lookup.ANY, None, False),
        (wants(Fact.HEADER, Present(), name=("x",)), Lookup.ANY, None, False),
        (wants(Fact.DESTINATION_PORT, Port(80)), Lookup.EXACT, 80, True),
        (wants(Fact.SOURCE_IP, BLOCK), Lookup.BLOCK, BLOCK, True),
        (wants(Fact.PEER_SERVICE_ACCOUNTS, Account("n", "a")), Lookup.EXACT, ("n", "a"), True),
        (wants(Fact.PEER_NAMES, Pieces(("/ns/",))), Lookup.ANY, None, False),
        (wants(Fact.PEER_NAMES, DomainGlob("a", "")), Lookup.ANY, None, False),
        (wants(Fact.REQUEST_PRINCIPALS, IssuerSubject(Exact("i"), Exact("s"))), Lookup.EXACT, ("i", "s"), True),
        (wants(Fact.REQUEST_PRINCIPALS, IssuerSubject(Exact("i"), NonEmpty())), Lookup.ISSUER, "i", False),
        (wants(Fact.REQUEST_PRINCIPALS, IssuerSubject(Suffix("i"), Exact("s"))), Lookup.SUBJECT, "s", False),
        (wants(Fact.REQUEST_PRINCIPALS, IssuerSubject(NonEmpty(), NonEmpty())), Lookup.ANY, None, False),
    ],
)
def test_each_form_has_its_key(test: FieldTest, lookup: Lookup, value: object, *, precise: bool) -> None:
    filing = filing_of(test)

    assert filing is not None
    assert filing.keys == (((test.matchers[0].fact, lookup), value),)
    assert filing.precise is precise


@pytest.mark.parametrize(
    "test",
    [
        wants(Fact.PATH, Exact("/a"), negated=True),
        wants(Fact.HOST, Present()),
        wants(Fact.METHOD, Exact("GET"), Present()),
    ],
)
def test_what_says_nothing_of_a_request_has_no_key(test: FieldTest) -> None:
    assert filing_of(test) is None


def test_a_test_of_several_values_is_filed_under_each_once() -> None:
    filing = filing_of(wants(Fact.PATH, Exact("/a"), Exact("/b"), Exact("/a"), Prefix("/c")))

    assert filing is not None
    assert [value for _, value in filing.keys] == ["/a", "/b", "/c"]


def test_one_value_without_precision_takes_it_from_all() -> None:
    filing = filing_of(wants(Fact.PATH, Exact("/a"), NonEmpty()))

    assert filing is not None
    assert not filing.precise


def test_a_conjunction_can_be_filed_under_any_of_its_tests_that_has_keys() -> None:
    path, negated = wants(Fact.PATH, Exact("/a")), wants(Fact.METHOD, Exact("GET"), negated=True)

    assert [filing.test for filing in filings_of((negated, path))] == [path]
