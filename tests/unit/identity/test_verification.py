from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier

from authz.identity.bundle import TrustBundles, read_authorities
from authz.identity.verification import PeerVerifier, RefusedCertificateError
from tests.support.certificates import sign
from tests.support.svids import CLIENT, HOUR, NOW, SERVER, WEB, Issued, TrustDomain, url_encoded, usage

ROOT = TrustDomain()
MIDDLE = TrustDomain("middle", ROOT)
MESH = ("cluster.local", "old")


def verifier(pem: bytes = ROOT.pem, *lists: x509.CertificateRevocationList, **more: bytes) -> PeerVerifier:
    bundles = {"cluster.local": pem, **more}
    return PeerVerifier(TrustBundles({name: read_authorities(one) for name, one in bundles.items()}, lists), MESH)


def verify(issued: Issued | str, by: PeerVerifier | None = None, later_s: float = 0) -> tuple[str, ...]:
    sent = issued if isinstance(issued, str) else issued.sent
    return (by or verifier()).verify(sent, NOW.timestamp() + later_s).names


def refusal(issued: Issued | str, by: PeerVerifier | None = None, later_s: float = 0) -> str:
    with pytest.raises(RefusedCertificateError) as raised:
        verify(issued, by, later_s)
    return str(raised.value)


def test_a_certificate_of_the_bundle_is_believed_with_all_its_names() -> None:
    issued = ROOT.issue(WEB, dns=["web.foo"], common_name="web")

    assert verify(issued) == (WEB, "web.foo", "CN=web")
    assert str(verifier().verify(issued.sent, NOW.timestamp()).id) == WEB


def test_what_a_certificate_need_not_say_may_be_left_out() -> None:
    assert verify(ROOT.issue(WEB, key_usage=None, extended=(), is_ca=None)) == (WEB,)
    assert verify(ROOT.issue(WEB, extended=[CLIENT])) == (WEB,)


@pytest.mark.parametrize("signs", [True, False])
def test_an_authority_may_leave_out_what_it_is_for(signs: bool) -> None:  # noqa: FBT001
    root = TrustDomain(key_usage=usage(certificates=True) if signs else None)
    assert verify(root.issue(WEB), verifier(root.pem)) == (WEB,)


@pytest.mark.parametrize(
    ("issued", "words"),
    [
        (ROOT.issue(WEB, begins=-2 * HOUR, ends=-HOUR), "expired on 2026-08-22 11:00:00"),
        (ROOT.issue(WEB, begins=HOUR, ends=2 * HOUR), "is not valid before 2026-08-22 13:00:00"),
        (ROOT.issue(WEB, extended=[SERVER]), "is not for clients, by its extended key usage"),
        (ROOT.issue(WEB, extended=[ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE]), "is not for clients"),
        (ROOT.issue(WEB, key_usage=usage()), "is not for signatures, by its key usage"),
        (ROOT.issue(WEB, key_usage=usage(signs=True, certificates=True)), "is an authority's own"),
        (ROOT.issue(WEB, key_usage=usage(signs=True, lists=True)), "is an authority's own"),
        (ROOT.issue(WEB, is_ca=True), "is an authority's own"),
        (ROOT.issue(WEB, WEB + "2"), "has 2 URI names; exactly one"),
        (ROOT.issue(WEB, WEB), "has 2 URI names; exactly one"),
        (ROOT.issue(dns=["web.foo"]), "has no URI names; exactly one"),
        (ROOT.issue(common_name=WEB), "has no URI names; exactly one"),
        (ROOT.issue("https://cluster.local/ns/foo/sa/web"), "which is no SPIFFE id: does not begin with"),
        (ROOT.issue("spiffe://cluster.local"), "a trust domain and nobody in it"),
        (ROOT.issue("spiffe://cluster.local/ns/../sa/web"), "which is no SPIFFE id: its path has the segment '..'"),
        (ROOT.issue("spiffe://CLUSTER.LOCAL/ns/a/sa/b"), "which is no SPIFFE id: its trust domain"),
        (ROOT.issue("spiffe://cluster.local:443/ns/a/sa/b"), "which is no SPIFFE id: its trust domain"),
        (ROOT.issue(f"{WEB}%00"), "which is no SPIFFE id: its path"),
        (ROOT.issue(f"{WEB}\0.evil"), "with unprintable characters"),
        (ROOT.issue(WEB, dns=["a\0b"]), "with unprintable characters"),
        (ROOT.issue("spiffe://other/ns/foo/sa/web"), "of trust domain 'other', for which there is no bundle"),
        (TrustDomain().issue(WEB), "leads to no root of its trust domain's bundle: .*signature"),
        (TrustDomain("unknown").issue(WEB), "leads to no root"),
        (MIDDLE.issue(WEB), "leads to no root"),
        (sign([], [x509.UniformResourceIdentifier(WEB)]), "leads to no root"),
        ("", "cannot be used"),
        ("%", "cannot be used"),
        ("-----BEGIN%20CERTIFICATE-----%0AAAAA%0A-----END%20CERTIFICATE-----%0A", "cannot be used"),
        ("x" * 65_537, "longer than 65536"),
        (ROOT.issue(WEB).sent + url_encoded(ROOT.pem) * 8, "comes with more than 7 others"),
    ],
)
def test_a_certificate_that_proves_nothing_is_refused_with_the_reason(issued: Issued | str, words: str) -> None:
    with pytest.raises(RefusedCertificateError, match=words):
        verify(issued)


def test_an_extension_that_nobody_knows_and_that_is_critical_is_refused() -> None:
    unknown = x509.UnrecognizedExtension(ObjectIdentifier("1.2.3.4"), b"\x05\x00")
    assert "1.2.3.4" in refusal(ROOT.issue(WEB, more=[(unknown, True)]))
    assert verify(ROOT.issue(WEB, more=[(unknown, False)])) == (WEB,)


def test_intermediate_authorities_come_from_the_bundle_or_with_the_certificate() -> None:
    issued = MIDDLE.issue(WEB)

    assert verify(issued, verifier(ROOT.pem + MIDDLE.pem)) == (WEB,)
    assert verify(issued.sent + url_encoded(MIDDLE.pem)) == (WEB,)
    assert verify(issued, verifier(MIDDLE.pem)) == (WEB,)


def test_what_comes_with_a_certificate_is_no_root() -> None:
    stranger = TrustDomain("stranger")
    assert "leads to no root" in refusal(stranger.issue(WEB).sent + url_encoded(stranger.pem))


def test_a_leaf_cannot_issue() -> None:
    leaf = ROOT.issue(WEB, common_name="leaf")
    forger = TrustDomain("leaf")
    forger.key = leaf.key
    assert "leads to no root" in refusal(forger.issue(WEB).sent + leaf.sent)


def test_an_expired_authority_is_none() -> None:
    root = TrustDomain(lifetime=HOUR)
    assert "not valid" in refusal(root.issue(WEB, ends=9 * HOUR), verifier(root.pem), later_s=2 * 3600)


def test_authorities_of_one_trust_domain_say_nothing_of_another() -> None:
    other = TrustDomain("other")
    by = verifier(ROOT.pem, other=other.pem)

    assert by.trust_domains == {"cluster.local", "old", "other"}
    assert verify(other.issue("spiffe://other/a"), by) == ("spiffe://other/a",)
    assert "leads to no root" in refusal(other.issue(WEB), by)
    assert "leads to no root" in refusal(ROOT.issue("spiffe://other/a"), by)


def test_aliases_share_the_mesh_s_bundle_unless_they_have_their_own() -> None:
    old = TrustDomain("old")
    issued = ROOT.issue("spiffe://old/ns/foo/sa/web")

    assert verify(issued) == ("spiffe://old/ns/foo/sa/web",)
    assert "leads to no root" in refusal(issued, verifier(ROOT.pem, old=old.pem))


def test_without_a_bundle_for_the_mesh_only_others_are_believed() -> None:
    other = TrustDomain()
    by = PeerVerifier(TrustBundles({"other": read_authorities(other.pem)}), MESH)
    assert by.trust_domains == {"other"}
    assert "for which there is no bundle" in refusal(ROOT.issue(WEB), by)


# revocation


def test_a_revoked_certificate_is_refused() -> None:
    revoked, good = ROOT.issue(WEB), ROOT.issue(WEB)
    by = verifier(ROOT.pem, ROOT.revoke(revoked.certificate))

    assert "was revoked by its authority 'CN=root'" in refusal(revoked, by)
    assert verify(good, by) == (WEB,)


def test_a_certificate_by_a_revoked_authority_is_refused() -> None:
    by = verifier(ROOT.pem + MIDDLE.pem, ROOT.revoke(MIDDLE.certificate), MIDDLE.revoke())
    assert "was revoked" in refusal(MIDDLE.issue(WEB), by)


@pytest.mark.parametrize("lists", [[ROOT.revoke()], [MIDDLE.revoke()]])
def test_if_one_authority_of_a_chain_has_a_list_all_must(lists: list[x509.CertificateRevocationList]) -> None:
    by = verifier(ROOT.pem + MIDDLE.pem, *lists)
    assert "there is no current list" in refusal(MIDDLE.issue(WEB), by)
    assert verify(MIDDLE.issue(WEB), verifier(ROOT.pem + MIDDLE.pem, ROOT.revoke(), MIDDLE.revoke())) == (WEB,)


@pytest.mark.parametrize(("since", "until"), [(-2 * HOUR, -HOUR), (HOUR, 2 * HOUR)])
def test_an_outdated_list_leaves_doubt_and_doubt_refuses(since: timedelta, until: timedelta) -> None:
    outdated = ROOT.revoke(since=since, until=until)
    assert "there is no current list" in refusal(ROOT.issue(WEB), verifier(ROOT.pem, outdated))
    assert verify(ROOT.issue(WEB), verifier(ROOT.pem, outdated, ROOT.revoke())) == (WEB,)


def test_a_list_that_a_namesake_has_signed_counts_nothing() -> None:
    issued = ROOT.issue(WEB)
    assert verify(issued, verifier(ROOT.pem, TrustDomain().revoke(issued.certificate))) == (WEB,)


# what is remembered


def test_a_certificate_is_looked_at_once_a_minute() -> None:
    by, sent, now_s = verifier(), ROOT.issue(WEB).sent, NOW.timestamp()
    first = by.verify(sent, now_s)

    assert all(by.verify(sent, now_s + later_s) is first for later_s in (1, 59.9))
    second = by.verify(sent, now_s + 60)
    assert second is not first
    assert by.verify(sent, now_s - 10) is not second, "the clock was put back"


def test_it_is_never_believed_beyond_its_end_or_that_of_a_list() -> None:
    by, issued = verifier(), ROOT.issue(WEB, ends=HOUR / 3600)
    verify(issued, by)
    assert "expired on" in refusal(issued, by, 1)

    by = verifier(ROOT.pem, ROOT.revoke(until=HOUR / 3600))
    verify(ROOT.issue(WEB), by)
    assert "no current list" in refusal(ROOT.issue(WEB), by, 1)


def test_a_refusal_is_remembered_briefly() -> None:
    by, issued = verifier(), ROOT.issue(WEB, begins=HOUR / 3600)
    assert "is not valid before" in refusal(issued, by)
    assert "is not valid before" in refusal(issued, by, 4.9)
    assert verify(issued, by, 5) == (WEB,)


def test_a_flood_of_bad_certificates_does_not_push_out_good_ones() -> None:
    issued = ROOT.issue(WEB)
    by = PeerVerifier(TrustBundles({"cluster.local": read_authorities(ROOT.pem)}), MESH, max_kept=3)
    verify(issued, by)
    for n in range(10):
        refusal(f"bad {n}", by)
    assert (list(by._good), len(by._refused)) == ([issued.sent], 1)
    for n in range(4):
        verify(ROOT.issue(f"{WEB}{n}"), by)
    assert len(by._good) == 2
