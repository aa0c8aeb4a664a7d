from __future__ import annotations

import pytest

from authz.model.address import parse_cidr
from authz.model.problem import Code
from authz.model.rule import (
    Attribute,
    AttributeKind,
    MetadataValue,
    NamespaceGlob,
    Port,
    Principal,
    RequestPrincipal,
    ServiceAccount,
    TrustDomainGlob,
    Value,
)
from authz.model.string_match import Exact, NonEmpty, Prefix, Present, Suffix
from authz.model.template import UriTemplate
from authz.resources import values
from authz.resources.values import ValueProblem, claim_path, read_condition_key


@pytest.mark.parametrize(
    ("text", "account"),
    [
        ("sa", ServiceAccount(None, "sa")),
        ("ns/sa", ServiceAccount("ns", "sa")),
        ("a.b", ServiceAccount(None, "a.b")),
        ("n" * 160 + "/" + "s" * 159, ServiceAccount("n" * 160, "s" * 159)),
    ],
)
def test_a_service_account_is_read(text: str, account: ServiceAccount) -> None:
    assert values.read_service_account(text) == account


@pytest.mark.parametrize("text", ["*", "ns/*", "*/sa", "s*", "a/b/c", "/sa", "ns/", "/", "a//b", "x" * 321])
def test_a_service_account_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(ValueProblem, match=r"expected ACCOUNT or NAMESPACE/ACCOUNT|longer than 320") as caught:
        values.read_service_account(text)
    assert caught.value.code is Code.BAD_SERVICE_ACCOUNT


@pytest.mark.parametrize("text", ["td", "*", "td*", "*td", "a.b", "a@b"])
def test_a_trust_domain_may_have_a_star_at_one_end(text: str) -> None:
    assert values.read_trust_domain(text) == values.read_trust_domain_key(text) == TrustDomainGlob(text)


@pytest.mark.parametrize("text", ["a*b", "**", "*a*", "a**", "***", "*a*b"])
def test_a_trust_domain_has_no_other_star(text: str) -> None:
    for read in (values.read_trust_domain, values.read_trust_domain_key):
        with pytest.raises(ValueProblem, match=r"one `.` may stand at the beginning or the end") as caught:
            read(text)
        assert caught.value.code is Code.BAD_TRUST_DOMAIN


def test_a_slash_in_a_trust_domain_is_refused_in_a_source_only() -> None:
    assert values.read_trust_domain_key("td/ns/a") == TrustDomainGlob("td/ns/a")
    with pytest.raises(ValueProblem, match="a trust domain has no '/', found 'td/ns/a'"):
        values.read_trust_domain("td/ns/a")


@pytest.mark.parametrize(
    ("text", "number"), [("0", 0), ("80", 80), ("65535", 65535), ("00080", 80), ("0" * 5000 + "80", 80)]
)
def test_a_port_is_decimal(text: str, number: int) -> None:
    assert values.read_port(text) == Port(number)


@pytest.mark.parametrize(
    "text",
    [
        "65536",
        "-1",
        "+80",
        "80-90",
        "*",
        "80*",
        " 80",
        "80 ",
        "8_0",
        "0x50",
        "80.0",
        "http",
        "8\uff10",
        "8²",
        "9" * 5000,
    ],
)
def test_what_is_no_port_is_refused(text: str) -> None:
    with pytest.raises(ValueProblem, match="expected a port from 0 to 65535, found") as caught:
        values.read_port(text)
    assert caught.value.code is Code.BAD_PORT


def test_an_address_or_block_is_read_and_what_is_wrong_with_another_is_said() -> None:
    assert values.read_cidr("10.1.2.3/8") == parse_cidr("10.0.0.0/8")
    with pytest.raises(
        ValueProblem, match=r"'10.0.0.0/33' is not an address or a block such as 10.0.0.0/8: the prefix"
    ):
        values.read_cidr("10.0.0.0/33")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("/a", Exact("/a")),
        ("/a*", Prefix("/a")),
        ("*/a", Suffix("/a")),
        ("*", NonEmpty()),
        ("/a/*/b", Exact("/a/*/b")),
        ("no slash", Exact("no slash")),
        ("/a/{*}", UriTemplate(("", "a", None), None)),
        ("/a/{**}", UriTemplate(("", "a"), "")),
        ("/{**}", UriTemplate(("",), "")),
        ("/a/{*}/{**}/b", UriTemplate(("", "a", None), "/b")),
    ],
)
def test_a_path_is_a_form_or_a_template(text: str, value: Value) -> None:
    assert values.read_path(text) == value


@pytest.mark.parametrize("text", ["/a/{id}", "/{**}/{*}", "/a{*}", "{*}", "/a}"])
def test_a_path_with_other_braces_is_refused(text: str) -> None:
    with pytest.raises(ValueProblem) as caught:
        values.read_path(text)
    assert caught.value.code is Code.BAD_TEMPLATE
    assert repr(text) in str(caught.value)


def test_a_lone_star_is_presence_for_hosts_methods_and_headers_and_text_for_the_rest() -> None:
    assert values.read_host("*") == values.read_method("*") == values.read_header_value("*") == Present()
    assert values.read_general("*") == NonEmpty()


def test_hosts_are_lowered_and_methods_are_not() -> None:
    assert values.read_host("*.SeCret.Com") == Suffix(".secret.com")
    assert values.read_host("\N{KELVIN SIGN}.com") == Exact("\N{KELVIN SIGN}.com")
    assert values.read_method("get") == Exact("get")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("v", MetadataValue(Exact("v"), in_list=False)),
        ("[v]", MetadataValue(Exact("v"), in_list=True)),
        ("[v*]", MetadataValue(Prefix("v"), in_list=True)),
        ("[*]", MetadataValue(NonEmpty(), in_list=True)),
        ("[v", MetadataValue(Exact("[v"), in_list=False)),
        ("*", MetadataValue(NonEmpty(), in_list=False)),
    ],
)
def test_metadata_in_brackets_is_looked_for_in_a_list(text: str, value: MetadataValue) -> None:
    assert values.read_metadata_value(text) == value


@pytest.mark.parametrize(
    ("key", "kind", "name", "value"),
    [
        ("source.ip", AttributeKind.SOURCE_IP, (), parse_cidr("1.2.3.4")),
        ("remote.ip", AttributeKind.REMOTE_IP, (), parse_cidr("1.2.3.4")),
        ("source.namespace", AttributeKind.SOURCE_NAMESPACE, (), NamespaceGlob("1.2.3.4")),
        ("source.principal", AttributeKind.SOURCE_PRINCIPAL, (), Principal("1.2.3.4")),
        ("source.serviceAccount", AttributeKind.SOURCE_SERVICE_ACCOUNT, (), ServiceAccount(None, "1.2.3.4")),
        ("source.trustDomain", AttributeKind.SOURCE_TRUST_DOMAIN, (), TrustDomainGlob("1.2.3.4")),
        ("request.auth.principal", AttributeKind.REQUEST_PRINCIPAL, (), RequestPrincipal("1.2.3.4")),
        ("request.auth.audiences", AttributeKind.CLAIM, ("aud",), Exact("1.2.3.4")),
        ("request.auth.presenter", AttributeKind.CLAIM, ("azp",), Exact("1.2.3.4")),
        ("request.auth.claims[a]", AttributeKind.CLAIM, ("a",), Exact("1.2.3.4")),
        ("request.auth.claims[A][b]", AttributeKind.CLAIM, ("A", "b"), Exact("1.2.3.4")),
        ("request.headers[X-Token]", AttributeKind.HEADER, ("x-token",), Exact("1.2.3.4")),
        ("request.headers[:authority]", AttributeKind.HEADER, (":authority",), Exact("1.2.3.4")),
        ("destination.ip", AttributeKind.DESTINATION_IP, (), parse_cidr("1.2.3.4")),
        ("connection.sni", AttributeKind.SNI, (), Exact("1.2.3.4")),
        (
            "experimental.envoy.filters.a.b[k]",
            AttributeKind.METADATA,
            ("envoy.filters.a.b", "k"),
            MetadataValue(Exact("1.2.3.4"), in_list=False),
        ),
    ],
)
def test_a_condition_key_is_an_attribute_and_how_its_values_are_read(
    key: str, kind: AttributeKind, name: tuple[str, ...], value: Value
) -> None:
    found = read_condition_key(key)
    assert found.attribute == Attribute(kind, name)
    assert found.read("1.2.3.4") == value


def test_a_port_has_a_condition_key_too() -> None:
    assert read_condition_key("destination.port").read("80") == Port(80)


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("", "unknown key ''; expected one of source.ip"),
        ("source.user", "unknown key 'source.user'; expected one of source.ip"),
        ("destination.user", "unknown key"),
        ("destination.name", "unknown key"),
        ("destination.namespace", "unknown key"),
        ("destination.labels[app]", "unknown key"),
        ("Source.ip", "unknown key"),
        ("source.ip ", "unknown key"),
        ("source.ip[a]", "unknown key"),
        ("request.auth", "unknown key"),
        ("request.host", "unknown key"),
        ("request.headers", "expected a name in brackets, such as request.headers[NAME]"),
        ("request.headers[]", "expected a name in brackets, such as request.headers[NAME]"),
        ("request.headers[", "expected a name in brackets"),
        ("request.headers[a", "expected a name in brackets"),
        ("request.headers[a] ", "expected a name in brackets"),
        ("request.auth.claims", "expected a name in brackets, such as request.auth.claims[NAME]"),
        ("request.auth.claims[]", "expected a name in brackets"),
        ("experimental.envoy.filters.a", "expected a name in brackets"),
        ("experimental.envoy.filters.a[]", "expected a name in brackets"),
        ("request.headersX[a]", "did you mean request.headers[NAME]?"),
        ("request.auth.claimsX[a]", "did you mean request.auth.claims[NAME]?"),
        ("experimental.foo[a]", "did you mean experimental.envoy.filters.NAME[KEY]?"),
    ],
)
def test_a_key_that_istio_does_not_know_is_refused(key: str, words: str) -> None:
    with pytest.raises(ValueProblem) as caught:
        read_condition_key(key)
    assert words in str(caught.value)
    assert caught.value.code is Code.BAD_CONDITION_KEY


@pytest.mark.parametrize(
    ("inner", "path"),
    [
        ("a", ("a",)),
        ("a][b", ("a", "b")),
        ("a][b][c", ("a", "b", "c")),
        ("a.b", ("a.b",)),
        ("https://x/y", ("https://x/y",)),
        ("a]b", ("a]b",)),
        ("a[b", ("a[b",)),
        ("a][", ("a][",)),
        ("][a", ("][a",)),
        ("a][b]c", ("a][b]c",)),
    ],
)
def test_a_claim_is_a_path_of_names(inner: str, path: tuple[str, ...]) -> None:
    assert claim_path(inner) == path
