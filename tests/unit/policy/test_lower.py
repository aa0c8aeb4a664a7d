"""What the fields of a policy mean. Source: istio/istio pilot/pkg/security/authz/model, generator.go, principal.go."""

from typing import Any

import pytest

from authz.model.settings import BareRequestPrincipals
from authz.model.string_match import Exact, NonEmpty, Prefix, Present, Suffix
from authz.policy.ir import Account, DomainGlob, Fact, FactRef, Form, IssuerSubject, LoweredRule, Pieces
from authz.policy.lower import Lowering, lower_policy
from tests.support.policies import Document, engine, policy, source, to, when

ISTIO = Lowering(("cluster.local",), BareRequestPrincipals.ISTIO)
SUBJECT = Lowering(("cluster.local",), BareRequestPrincipals.SUBJECT)
TCP = Lowering(("cluster.local",), BareRequestPrincipals.ISTIO, tcp=True)


def lower(written: Document, lowering: Lowering = ISTIO) -> tuple[LoweredRule, ...]:
    (read,) = engine(written).view.policies
    return lower_policy(read, lowering)


def forms(rule: Document, lowering: Lowering = ISTIO) -> list[tuple[Fact, Form]]:
    """Facts and forms of a rule with a single field."""
    (lowered,) = lower(policy("p", rule), lowering)
    (test,) = (test for part in (*lowered.sources, *lowered.operations, lowered.conditions) for test in part)
    return [(matcher.fact.fact, matcher.form) for matcher in test.matchers]


@pytest.mark.parametrize(
    "field, text, fact, form",
    [
        ("principals", "td/ns/a/sa/b", Fact.PEER_SPIFFE_IDS, Exact("td/ns/a/sa/b")),
        ("principals", "td/*", Fact.PEER_SPIFFE_IDS, Prefix("td/")),
        ("principals", "*/b", Fact.PEER_SPIFFE_IDS, Suffix("/b")),
        ("principals", "*", Fact.PEER_NAMES, NonEmpty()),
        ("namespaces", "n", Fact.PEER_NAMESPACES, Exact("n")),
        ("namespaces", "n*m", Fact.PEER_NAMES, Pieces(("/ns/n", "m/"))),
        ("namespaces", "*", Fact.PEER_NAMES, Pieces(("/ns/", "/"))),
        ("namespaces", "a/b", Fact.PEER_NAMES, Pieces(("/ns/a/b/",))),
        ("serviceAccounts", "sa", Fact.PEER_SERVICE_ACCOUNTS, Account("foo", "sa")),
        ("serviceAccounts", "ns/sa", Fact.PEER_SERVICE_ACCOUNTS, Account("ns", "sa")),
        ("trustDomains", "td", Fact.PEER_TRUST_DOMAINS, Exact("td")),
        ("trustDomains", "td*", Fact.PEER_TRUST_DOMAINS, Prefix("td")),
        ("trustDomains", "*", Fact.PEER_NAMES, Prefix("spiffe://")),
        ("requestPrincipals", "*", Fact.REQUEST_PRINCIPALS, IssuerSubject(NonEmpty(), NonEmpty())),
        ("requestPrincipals", "*/s", Fact.REQUEST_PRINCIPALS, IssuerSubject(NonEmpty(), Exact("s"))),
        ("requestPrincipals", "*x/s", Fact.REQUEST_PRINCIPALS, IssuerSubject(Suffix("x"), Exact("s"))),
        ("requestPrincipals", "*x", Fact.REQUEST_PRINCIPALS, IssuerSubject(NonEmpty(), Suffix("x"))),
        ("requestPrincipals", "i/*", Fact.REQUEST_PRINCIPALS, IssuerSubject(Exact("i"), NonEmpty())),
        ("requestPrincipals", "i/p*", Fact.REQUEST_PRINCIPALS, IssuerSubject(Exact("i"), Prefix("p"))),
        ("requestPrincipals", "p*", Fact.REQUEST_PRINCIPALS, IssuerSubject(Prefix("p"), NonEmpty())),
        ("requestPrincipals", "a/b/s", Fact.REQUEST_PRINCIPALS, IssuerSubject(Exact("a/b"), Exact("s"))),
        ("requestPrincipals", "i", Fact.REQUEST_PRINCIPALS, IssuerSubject(Exact("i"), Exact(""))),
        ("requestPrincipals", "*/*", Fact.REQUEST_PRINCIPALS, IssuerSubject(NonEmpty(), Exact("*"))),
    ],
)
def test_each_form_of_a_source(field: str, text: str, fact: Fact, form: Form) -> None:
    assert forms(source(**{field: [text]})) == [(fact, form)]


@pytest.mark.parametrize(
    "key, text, fact, form",
    [
        ("source.trustDomain", "a/x", Fact.PEER_NAMES, Prefix("spiffe://a/x/")),
        ("source.trustDomain", "a/x*", Fact.PEER_NAMES, DomainGlob("a/x", "")),
        ("request.headers[X-A]", "*", Fact.HEADER, Present()),
        ("request.auth.claims[a]", "*", Fact.CLAIM, NonEmpty()),
        ("request.auth.audiences", "x*", Fact.CLAIM, Prefix("x")),
        ("experimental.envoy.filters.a[k]", "v", Fact.METADATA_STRINGS, Exact("v")),
        ("experimental.envoy.filters.a[k]", "[v*]", Fact.METADATA_ELEMENTS, Prefix("v")),
        ("connection.sni", "A.b", Fact.SNI, Exact("A.b")),
    ],
)
def test_each_form_of_a_condition(key: str, text: str, fact: Fact, form: Form) -> None:
    assert forms(when(key, text)) == [(fact, form)]


def test_a_bare_request_principal_is_a_subject_where_the_settings_say_so() -> None:
    rule = source(requestPrincipals=["user@example.com"])

    assert forms(rule, SUBJECT) == [(Fact.REQUEST_PRINCIPALS, IssuerSubject(NonEmpty(), Exact("user@example.com")))]
    assert forms(source(requestPrincipals=["i/*"]), SUBJECT) == forms(source(requestPrincipals=["i/*"]))


def test_names_of_headers_have_no_case_and_claims_are_paths() -> None:
    ((header,), (claim,)) = (
        rule.conditions
        for rule in lower(policy("p", when("request.headers[X-Role]", "a"), when("request.auth.claims[a][b]", "a")))
    )

    assert header.matchers[0].fact == FactRef(Fact.HEADER, ("x-role",))
    assert claim.matchers[0].fact == FactRef(Fact.CLAIM, ("a", "b"))


def test_aliases_of_the_trust_domain_are_more_values_of_the_same_test() -> None:
    aliases = Lowering(("td1", "td2"), BareRequestPrincipals.ISTIO)

    assert [form for _, form in forms(source(principals=["cluster.local/ns/a/sa/b"]), aliases)] == [
        Exact("td1/ns/a/sa/b"),
        Exact("td2/ns/a/sa/b"),
    ]
    assert [form for _, form in forms(source(trustDomains=["td2"]), aliases)] == [Exact("td1"), Exact("td2")]


def test_values_and_not_values_are_two_tests() -> None:
    (rule,) = lower(policy("p", when("request.headers[a]", "v*", not_values=["v2"])))

    assert [test.negated for test in rule.conditions] == [False, True]


def test_a_rule_has_the_id_that_envoy_reports() -> None:
    rules = lower(policy("p", {}, {}, namespace="bar"))

    assert [rule.ref.id for rule in rules] == ["ns[bar]-policy[p]-rule[0]", "ns[bar]-policy[p]-rule[1]"]


def test_a_custom_rule_names_its_provider() -> None:
    (rule,) = lower(policy("p", {}, action="CUSTOM", provider={"name": "x"}))

    assert rule.ref.id == "istio-ext-authz-x-ns[foo]-policy[p]-rule[0]"


HTTP_FIELDS = [
    to(hosts=["a"]),
    to(methods=["GET"]),
    to(paths=["/a"]),
    to(notPaths=["/a"]),
    source(requestPrincipals=["i/s"]),
    when("request.headers[a]", "b"),
    when("request.auth.claims[a]", not_values=["b"]),
    when("request.auth.audiences", "b"),
]


@pytest.mark.parametrize("rule", HTTP_FIELDS)
def test_on_tcp_an_allow_rule_with_an_http_field_is_no_rule(rule: Document) -> None:
    with_port: dict[str, Any] = {**rule, "to": [*rule.get("to", []), *to(ports=["80"])["to"]]}

    assert lower(policy("p", rule), TCP) == lower(policy("p", with_port), TCP) == ()
    assert [kept.ref.index for kept in lower(policy("p", rule, to(ports=["80"])), TCP)] == [1]


@pytest.mark.parametrize("action", ["DENY", "AUDIT"])
@pytest.mark.parametrize("rule", HTTP_FIELDS)
def test_on_tcp_other_rules_lose_their_http_fields_and_keep_what_is_left(rule: Document, action: str) -> None:
    (bare,) = lower(policy("p", rule, action=action), TCP)

    assert all(not part for part in (*bare.sources, *bare.operations, bare.conditions))


def test_on_tcp_a_port_beside_an_http_field_stays() -> None:
    (rule,) = lower(policy("p", to(ports=["80"], paths=["/a"]), action="DENY"), TCP)

    ((port,),) = rule.operations
    assert port.matchers[0].fact.fact is Fact.DESTINATION_PORT
