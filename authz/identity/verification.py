"""A peer's certificate verified against the authorities of its trust domain.

Sources: the X509-SVID standard, sections 4 and 5; RFC 5280, section 6. Paths are built and verified by `cryptography`,
by its rules for the Web, less what SVIDs are free to leave out. Pure: the time is an argument.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from urllib.parse import unquote_to_bytes

from cryptography import x509
from cryptography.x509 import verification
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import Criticality, ExtensionPolicy

from authz.identity.bundle import Authorities, Revocations, TrustBundles, extension, issued
from authz.identity.certificate import MAX_BYTES, UNREADABLE, names_of
from authz.model.spiffe_id import SpiffeId, parse_spiffe_id

_MAX_CHAIN = 8
_MAX_KEPT = 4096
_KEPT_SECONDS = 60.0
_REFUSED_SECONDS = 5.0


class RefusedCertificateError(Exception):
    """A certificate that is not to be believed; the text says why."""


@dataclass(frozen=True, slots=True)
class VerifiedPeer:
    """Who a verified certificate names: its SPIFFE id, and all names in the order in which Envoy tries them."""

    id: SpiffeId
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Kept:
    """An outcome that need not be reached again: it holds from `since_s` to before `until_s`, in seconds since 1970."""

    outcome: VerifiedPeer | str
    since_s: float
    until_s: float


class PeerVerifier:
    """Verifies certificates as trust bundles have it, and remembers what it found for a short time.

    `mesh_trust_domains`: the mesh's own trust domain and its aliases, which share a bundle unless they have their own.
    """

    def __init__(self, bundles: TrustBundles, mesh_trust_domains: tuple[str, ...], max_kept: int = _MAX_KEPT) -> None:
        own = bundles.by_trust_domain.get(mesh_trust_domains[0])
        shared = dict.fromkeys(mesh_trust_domains, own) if own else {}
        self._anchors = {
            domain: _Anchors(authorities, bundles.revocations)
            for domain, authorities in {**shared, **bundles.by_trust_domain}.items()
        }
        self.trust_domains = frozenset(self._anchors)
        self._max_kept = max_kept
        self._good: dict[str, _Kept] = {}
        self._refused: dict[str, _Kept] = {}

    def verify(self, url_encoded_pem: str, now_s: float) -> VerifiedPeer:
        """Verify the first certificate of a text, at a time in seconds since 1970; others may lead to a root.

        Raises RefusedCertificateError: it is not exactly one SPIFFE id's, cannot be read, leads to no root of its
        trust domain's bundle, is not for clients, has expired, has been revoked.
        """
        kept = self._good.get(url_encoded_pem)
        if kept is None or not kept.since_s <= now_s < kept.until_s:
            kept = self._refused.get(url_encoded_pem)
            if kept is None or not kept.since_s <= now_s < kept.until_s:
                kept = self._look_at(url_encoded_pem, now_s)
        if isinstance(kept.outcome, str):
            raise RefusedCertificateError(kept.outcome)
        return kept.outcome

    def _look_at(self, text: str, now_s: float) -> _Kept:
        try:
            peer, until = self._verify(text, datetime.fromtimestamp(now_s, UTC))
        except RefusedCertificateError as error:
            return self._keep(self._refused, text, _Kept(str(error), now_s, now_s + _REFUSED_SECONDS))
        return self._keep(self._good, text, _Kept(peer, now_s, min(until.timestamp(), now_s + _KEPT_SECONDS)))

    def _keep(self, kept: dict[str, _Kept], text: str, outcome: _Kept) -> _Kept:
        if len(kept) >= self._max_kept:
            kept.clear()
        kept[text] = outcome
        return outcome

    def _verify(self, text: str, now: datetime) -> tuple[VerifiedPeer, datetime]:
        if len(text) > MAX_BYTES:
            raise RefusedCertificateError(f"longer than {MAX_BYTES} characters")
        try:
            leaf, *others = x509.load_pem_x509_certificates(unquote_to_bytes(text))
            peer = _read(leaf)
            _check_purpose(leaf)
        except UNREADABLE as error:
            raise RefusedCertificateError(f"cannot be used: {error}") from None
        if len(others) >= _MAX_CHAIN:
            raise RefusedCertificateError(f"comes with more than {_MAX_CHAIN - 1} others")
        _check_time(leaf, now)
        anchors = self._anchors.get(peer.id.trust_domain)
        if anchors is None:
            raise RefusedCertificateError(f"of trust domain {peer.id.trust_domain!r}, for which there is no bundle")
        return peer, anchors.verify(leaf, others, now)


class _Anchors:
    """The authorities of one trust domain with what they have revoked."""

    def __init__(self, authorities: Authorities, revocations: Revocations) -> None:
        policy = verification.PolicyBuilder().store(verification.Store(list(authorities.roots)))
        policy = policy.max_chain_depth(_MAX_CHAIN)
        self._policy = policy.extension_policies(ca_policy=_OF_AUTHORITIES, ee_policy=_OF_PEERS)
        self._intermediates = list(authorities.intermediates)
        self._revocations = revocations

    def verify(self, leaf: x509.Certificate, others: list[x509.Certificate], now: datetime) -> datetime:
        """Until when the certificate is good, if nothing more is heard. Raises RefusedCertificateError."""
        verifier = self._policy.time(now.astimezone(UTC).replace(tzinfo=None)).build_client_verifier()
        try:
            chain = verifier.verify(leaf, [*self._intermediates, *others]).chain
        except verification.VerificationError as error:
            why = str(error).removeprefix("validation failed: ").partition(" (encountered")[0]
            raise RefusedCertificateError(f"leads to no root of its trust domain's bundle: {why}") from None
        return min([*[one.not_valid_after_utc for one in chain], *self._check_revocation(chain, now)])

    def _check_revocation(self, chain: list[x509.Certificate], now: datetime) -> list[datetime]:
        """When the lists will be outdated. As in Envoy: if one authority of a chain has a list, all of it must."""
        links = [(one, [found for found in self._revocations if issued(by, found)]) for one, by in pairwise(chain)]
        if not any(lists for _, lists in links):
            return []
        return [_check_listed(one, lists, now) for one, lists in links]


def _check_listed(
    certificate: x509.Certificate, lists: Iterable[x509.CertificateRevocationList], now: datetime
) -> datetime:
    """When the lists that say nothing against a certificate are outdated; of several lists the current ones count."""
    issuer = certificate.issuer.rfc4514_string()
    current = [(one, one.next_update_utc or _NEVER) for one in lists if one.last_update_utc <= now]
    current = [(one, until) for one, until in current if now < until]
    if not current:
        raise RefusedCertificateError(f"may be revoked: there is no current list by its authority {issuer!r}")
    if any(one.get_revoked_certificate_by_serial_number(certificate.serial_number) for one, _ in current):
        raise RefusedCertificateError(f"was revoked by its authority {issuer!r}, or one on the way to the root was")
    return min(until for _, until in current)


def _read(leaf: x509.Certificate) -> VerifiedPeer:
    """Raises RefusedCertificateError, or one of UNREADABLE."""
    names = names_of(leaf)
    for name in names:
        if not name.isprintable():
            raise RefusedCertificateError(f"has the name {name!r}, with unprintable characters")
    alternative = extension(leaf, x509.SubjectAlternativeName)
    uris = alternative.get_values_for_type(x509.UniformResourceIdentifier) if alternative else []
    if len(uris) != 1:
        raise RefusedCertificateError(f"has {len(uris) or 'no'} URI names; exactly one, a SPIFFE id, is expected")
    try:
        spiffe_id = parse_spiffe_id(uris[0])
    except ValueError as error:
        raise RefusedCertificateError(f"names {uris[0]!r}, which is no SPIFFE id: {error}") from None
    if not spiffe_id.segments:
        raise RefusedCertificateError(f"names {uris[0]!r}, a trust domain and nobody in it")
    return VerifiedPeer(spiffe_id, names)


def _check_purpose(leaf: x509.Certificate) -> None:
    """Whether it is a client's. What is not there does not restrict. Raises as `_read`."""
    constraints, usage = extension(leaf, x509.BasicConstraints), extension(leaf, x509.KeyUsage)
    if (constraints and constraints.ca) or (usage and (usage.key_cert_sign or usage.crl_sign)):
        raise RefusedCertificateError("is an authority's own")
    if usage and not usage.digital_signature:
        raise RefusedCertificateError("is not for signatures, by its key usage")
    extended = extension(leaf, x509.ExtendedKeyUsage)
    if extended and ExtendedKeyUsageOID.CLIENT_AUTH not in extended:
        raise RefusedCertificateError("is not for clients, by its extended key usage")


def _check_time(leaf: x509.Certificate, now: datetime) -> None:
    begins, expires = leaf.not_valid_before_utc, leaf.not_valid_after_utc
    if now < begins:
        raise RefusedCertificateError(f"is not valid before {begins}")
    if now >= expires:
        raise RefusedCertificateError(f"expired on {expires}")


def _signs_certificates(_: verification.Policy, authority: x509.Certificate, usage: x509.KeyUsage | None) -> None:
    if usage is not None and not usage.key_cert_sign:
        raise ValueError(f"{authority.subject.rfc4514_string()!r} may not sign certificates")


_NEVER = datetime.max.replace(tzinfo=UTC)
_OF_AUTHORITIES = (
    ExtensionPolicy.webpki_defaults_ca()
    .may_be_present(x509.KeyUsage, Criticality.AGNOSTIC, _signs_certificates)
    .may_be_present(x509.AuthorityKeyIdentifier, Criticality.AGNOSTIC, None)
)
_OF_PEERS = (
    ExtensionPolicy.webpki_defaults_ee()
    .may_be_present(x509.AuthorityKeyIdentifier, Criticality.AGNOSTIC, None)
    .require_present(x509.SubjectAlternativeName, Criticality.AGNOSTIC, None)
)
