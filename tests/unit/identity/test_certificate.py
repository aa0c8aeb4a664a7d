"""The names in a certificate, in the order in which Envoy tries them."""

from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID, ObjectIdentifier

from authz.identity.certificate import CertificateError, certificate_names
from tests.support.certificates import certificate, sign

URI, DNS = "spiffe://td/ns/a/sa/b", "client.test"


def test_uris_come_first_then_dns_names_then_the_subject() -> None:
    text = certificate(uris=(URI, "spiffe://td/second"), names=(DNS, "*.test"), common_name="somebody")

    assert certificate_names(text) == (URI, "spiffe://td/second", DNS, "*.test", "CN=somebody")


def test_a_certificate_may_name_nobody() -> None:
    assert certificate_names(certificate()) == ()


def test_an_order_of_names_in_the_certificate_does_not_matter() -> None:
    assert certificate_names(sign([], [x509.DNSName(DNS), x509.UniformResourceIdentifier(URI)])) == (URI, DNS)


# What Envoy 1.40 sent as source.principal for a certificate with this subject and no SAN.
SUBJECTS = [
    ([(NameOID.COMMON_NAME, "v v")], "CN=v v"),
    ([(NameOID.ORGANIZATION_NAME, "o"), (NameOID.COMMON_NAME, "c")], "CN=c,O=o"),
    ([(NameOID.COUNTRY_NAME, "DE"), (NameOID.ORGANIZATION_NAME, "o"), (NameOID.COMMON_NAME, "c")], "CN=c,O=o,C=DE"),
    ([(NameOID.EMAIL_ADDRESS, "v v")], "emailAddress=v v"),
    ([(NameOID.SERIAL_NUMBER, "v v")], "serialNumber=v v"),
    ([(NameOID.STREET_ADDRESS, "v v")], "street=v v"),
    ([(NameOID.SURNAME, "v v")], "SN=v v"),
    ([(NameOID.GIVEN_NAME, "v v")], "GN=v v"),
    ([(NameOID.USER_ID, "v v")], "UID=v v"),
    ([(NameOID.ORGANIZATION_IDENTIFIER, "v v")], "2.5.4.97=#0C03762076"),
    ([(NameOID.JURISDICTION_COUNTRY_NAME, "XX")], "1.3.6.1.4.1.311.60.2.1.3=#13025858"),
    ([(ObjectIdentifier("1.2.3.4"), "x" * 300)], f"1.2.3.4=#0C82012C{'78' * 300}"),
    ([(NameOID.COMMON_NAME, 'a,b+c"d\\e<f>g;h=i#j')], r"CN=a\,b\+c\"d\\e\<f\>g\;h=i#j"),
    ([(NameOID.COMMON_NAME, "#a")], r"CN=\#a"),
    ([(NameOID.COMMON_NAME, " a ")], "CN=\\ a\\ "),
    ([(NameOID.COMMON_NAME, " ")], "CN=\\ "),
    ([(NameOID.COMMON_NAME, "  ")], "CN=\\ \\ "),
    ([(NameOID.COMMON_NAME, "é☃")], r"CN=\C3\A9\E2\98\83"),
    ([(NameOID.COMMON_NAME, "a\x01b\n")], r"CN=a\01b\0A"),
    ([(NameOID.COMMON_NAME, "a\x7fb\x80\t")], r"CN=a\7Fb\C2\80\09"),
]


@pytest.mark.parametrize("parts, text", SUBJECTS, ids=[text[:30] for _, text in SUBJECTS])
def test_a_subject_is_written_as_envoy_writes_it(parts: list[tuple[ObjectIdentifier, str]], text: str) -> None:
    assert certificate_names(sign([x509.NameAttribute(oid, value) for oid, value in parts], [])) == (text,)


def test_parts_of_a_subject_that_stand_together_are_written_last_first() -> None:
    pair = [x509.NameAttribute(NameOID.COMMON_NAME, "c"), x509.NameAttribute(NameOID.ORGANIZATION_NAME, "o")]
    subject = x509.Name([x509.RelativeDistinguishedName(pair[:1]), x509.RelativeDistinguishedName(pair)])

    assert certificate_names(sign(subject, [])) == ("O=o+CN=c,CN=c",)


def test_mail_addresses_and_ip_addresses_are_no_names() -> None:
    assert certificate_names(sign([], [x509.RFC822Name("a@b.test")])) == ()


def test_the_first_certificate_of_a_chain_is_the_peers() -> None:
    chain = certificate(uris=(URI,)) + certificate(uris=("spiffe://td/ns/ca/sa/ca",))

    assert certificate_names(chain) == (URI,)


PEM = certificate(uris=(URI,))


@pytest.mark.parametrize(
    "text",
    [
        "garbage",
        "%",
        "%ZZ",
        "\udcff",
        quote("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
        PEM[:200],
        PEM.replace("MII", "MIJ", 1),
        quote("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"),
        "A" * 70_000,
    ],
)
def test_what_is_no_certificate_is_an_error_of_its_own(text: str) -> None:
    with pytest.raises(CertificateError):
        certificate_names(text)


@pytest.mark.parametrize("position", range(0, len(PEM), 13))
def test_a_damaged_certificate_names_its_owner_or_is_an_error(position: int) -> None:
    damaged = PEM[:position] + ("B" if PEM[position] != "B" else "C") + PEM[position + 1 :]
    try:
        names = certificate_names(damaged)
    except CertificateError:
        return
    assert isinstance(names, tuple)
