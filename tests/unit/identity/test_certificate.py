"""The names in a certificate, in the order in which Envoy tries them."""

from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

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


def test_the_subject_is_written_as_rfc_4514_has_it_last_part_first() -> None:
    parts = [(NameOID.ORGANIZATION_NAME, "Acme, Inc."), (NameOID.COMMON_NAME, "a b")]
    text = sign([x509.NameAttribute(oid, value) for oid, value in parts], [])

    assert certificate_names(text) == (r"CN=a b,O=Acme\, Inc.",)


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
