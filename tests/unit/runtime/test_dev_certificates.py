from __future__ import annotations

import datetime as dt
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from authz.identity.svid import NoSvid, Svid, read_svid
from authz.model.spiffe_id import SpiffeId
from authz.runtime.dev import MARK
from authz.runtime.dev.certificates import Authority, Issued, Names, Usage

NOW = dt.datetime(2026, 8, 22, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
TRUST_DOMAIN = SpiffeId("cluster.local")
ADMIN = SpiffeId("cluster.local", ("ns", "ops", "sa", "admin"))
CA = Authority.make("CA", NOW, 30 * DAY, TRUST_DOMAIN)


def policy(at: dt.datetime = NOW) -> PolicyBuilder:
    return PolicyBuilder().store(Store([CA.own.certificate])).time(at)


def test_a_client_verifies_against_its_authority_and_names_itself() -> None:
    issued = CA.issue(Names((str(ADMIN),)), DAY)
    verified = policy().build_client_verifier().verify(issued.certificate, [])
    assert verified.subjects == [x509.UniformResourceIdentifier(str(ADMIN))]
    assert read_svid(issued.certificate_pem()) == Svid(ADMIN, NOW + DAY)


def test_a_server_verifies_under_its_names() -> None:
    issued = CA.issue(Names((str(ADMIN),), ("localhost",), (ip_address("::1"),)), DAY)
    for name in (x509.DNSName("localhost"), x509.IPAddress(ip_address("::1"))):
        policy().build_server_verifier(name).verify(issued.certificate, [])
    with pytest.raises(VerificationError):
        policy().build_server_verifier(x509.DNSName("other")).verify(issued.certificate, [])


def test_a_certificate_for_one_end_is_not_for_the_other() -> None:
    names = Names((str(ADMIN),), ("localhost",))
    client, server = (CA.issue(names, DAY, (usage,)).certificate for usage in (Usage.CLIENT, Usage.SERVER))
    verify_client = policy().build_client_verifier().verify
    verify_server = policy().build_server_verifier(x509.DNSName("localhost")).verify
    verify_client(client, [])
    verify_server(server, [])
    with pytest.raises(VerificationError):
        verify_client(server, [])
    with pytest.raises(VerificationError):
        verify_server(client, [])


def test_it_ends_when_told_and_with_its_authority_at_the_latest() -> None:
    assert CA.issue(Names(), DAY).certificate.not_valid_after_utc == NOW + DAY
    assert CA.issue(Names(), 100 * DAY).certificate.not_valid_after_utc == NOW + 30 * DAY
    with pytest.raises(VerificationError):
        policy(NOW + 2 * DAY).build_client_verifier().verify(CA.issue(Names((str(ADMIN),)), DAY).certificate, [])


def test_an_authority_names_its_trust_domain_and_signs_nothing_but_certificates() -> None:
    certificate = CA.own.certificate
    sans = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage)
    assert sans.get_values_for_type(x509.UniformResourceIdentifier) == ["spiffe://cluster.local"]
    assert usage.critical
    assert (usage.value.key_cert_sign, usage.value.crl_sign, usage.value.digital_signature) == (True, True, False)
    assert CA.trust_domain == TRUST_DOMAIN
    assert isinstance(read_svid(CA.own.certificate_pem()), NoSvid)


def test_what_it_is_for_stands_in_the_issuer_of_every_certificate_whose_subject_is_empty() -> None:
    issued = CA.issue(Names((str(ADMIN),)), DAY)
    assert MARK in issued.certificate.issuer.rfc4514_string().replace("\\,", ",")
    assert not list(issued.certificate.subject)


def test_an_authority_of_another_make_is_known_as_such() -> None:
    leaf = CA.issue(Names((str(ADMIN),)), DAY)
    assert Authority(leaf, NOW).trust_domain is None
    assert Authority.make("CA", NOW, DAY).trust_domain is None


def test_a_private_key_is_not_printed_by_accident() -> None:
    assert "key" not in repr(Issued(CA.own.certificate, CA.own.key))
