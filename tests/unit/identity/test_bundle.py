from __future__ import annotations

from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from authz.identity.bundle import (
    Authorities,
    TrustBundles,
    issued,
    parse_bundle_path,
    read_authorities,
    read_revocations,
)
from tests.support.svids import HOUR, SIGNS, WEB, TrustDomain, pem_of, usage

ROOT = TrustDomain()
MIDDLE = TrustDomain("middle", ROOT)
LOW = TrustDomain("low", MIDDLE)


def test_roots_are_told_from_those_they_have_signed() -> None:
    found = read_authorities(LOW.pem + ROOT.pem + MIDDLE.pem)

    assert found.roots == (ROOT.certificate,)
    assert found.intermediates == (LOW.certificate, MIDDLE.certificate)


def test_an_authority_whose_issuer_is_not_there_is_a_root() -> None:
    assert read_authorities(LOW.pem + MIDDLE.pem) == Authorities((MIDDLE.certificate,), (LOW.certificate,))


def test_a_certificate_that_stands_there_twice_counts_once() -> None:
    assert read_authorities(ROOT.pem * 2).roots == (ROOT.certificate,)


@pytest.mark.parametrize(
    ("pem", "words"),
    [
        (b"", "holds no certificate in PEM"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "cannot be read"),
        (ROOT.pem + ROOT.issue(WEB).pem, "is not an authority's"),
        (TrustDomain("plain", is_ca=None).pem, "that of 'CN=plain' is not an authority's"),
        (TrustDomain("signs", key_usage=SIGNS).pem, "that of 'CN=signs' is not an authority's"),
    ],
)
def test_what_is_no_bundle_of_authorities_is_refused(pem: bytes, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read_authorities(pem)


def test_authorities_that_only_sign_each_other_are_no_bundle() -> None:
    one, other = TrustDomain("one"), TrustDomain("other")
    one_by_other = other._sign(one.name, one.key, other.now, other.now + HOUR, [CA])
    other_by_one = one._sign(other.name, other.key, one.now, one.now + HOUR, [CA])
    with pytest.raises(ValueError, match="holds no root"):
        read_authorities(one_by_other.public_bytes(Encoding.PEM) + other_by_one.public_bytes(Encoding.PEM))


CA = (x509.BasicConstraints(ca=True, path_length=None), True)


def test_an_authority_may_say_that_it_signs() -> None:
    assert read_authorities(TrustDomain(key_usage=usage(certificates=True, lists=True)).pem).roots


def test_lists_are_read_from_pem_and_der() -> None:
    one, other = ROOT.revoke(), MIDDLE.revoke()

    assert read_revocations(b"a comment\n" + pem_of(one, other)) == (one, other)
    assert read_revocations(one.public_bytes(Encoding.DER)) == (one,)


@pytest.mark.parametrize("content", [b"", b"-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n", ROOT.pem])
def test_what_is_no_list_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match="holds no list of revoked certificates"):
        read_revocations(content)


@pytest.mark.parametrize(
    "extension",
    [
        x509.DeltaCRLIndicator(1),
        x509.IssuingDistributionPoint(None, None, True, False, None, False, False),  # noqa: FBT003
    ],
)
def test_a_list_that_does_not_say_all_is_refused(extension: x509.ExtensionType) -> None:
    with pytest.raises(ValueError, match="has the critical extension"):
        read_revocations(pem_of(ROOT.revoke(extension=extension)))


def test_a_list_is_its_signers() -> None:
    namesake = TrustDomain()

    assert issued(ROOT.certificate, ROOT.revoke())
    assert not issued(ROOT.certificate, namesake.revoke())
    assert not issued(ROOT.certificate, MIDDLE.revoke())


def test_content_is_that_of_the_certificates_in_whatever_order() -> None:
    one = TrustBundles({"a": read_authorities(ROOT.pem + LOW.pem)}, (ROOT.revoke(),))
    other = TrustBundles({"a": read_authorities(LOW.pem + ROOT.pem)}, one.revocations)

    assert one.content() == other.content()
    assert one.content() != TrustBundles(one.by_trust_domain).content()
    assert one.content() != TrustBundles({"b": one.by_trust_domain["a"]}, one.revocations).content()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ca.pem", ("", "ca.pem")),
        ("/etc/ca.pem", ("", "/etc/ca.pem")),
        ("td.example=ca.pem", ("td.example", "ca.pem")),
        ("td=/etc/a=b.pem", ("td", "/etc/a=b.pem")),
        ("./a=b.pem", ("", "./a=b.pem")),
    ],
)
def test_a_bundle_is_named_by_its_file_and_perhaps_its_trust_domain(text: str, expected: tuple[str, str]) -> None:
    assert parse_bundle_path(text) == (expected[0], Path(expected[1]))


@pytest.mark.parametrize("text", ["", "=ca.pem", "td=", "TD=ca.pem", "a b=ca.pem"])
def test_what_names_no_bundle_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected|trust domain"):
        parse_bundle_path(text)
