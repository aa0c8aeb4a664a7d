"""Who is calling, and whether that is enough for PeerAuthentication.

The *direct* peer is at the other end of the connection: mutual TLS is about it. The *caller* is whom policies see: the
direct peer too, unless that is a listed proxy and names its own client in `x-forwarded-client-cert`.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Protocol

from authz.identity.certificate import CertificateError, certificate_names
from authz.identity.peer import Peer, read_peer
from authz.identity.verification import PeerVerifier, RefusedCertificateError
from authz.identity.xfcc import ForwardedClient, XfccError, check_hash, nearest_client, parse_xfcc
from authz.mesh.peer_authentication import EffectiveMtls, PortMode
from authz.model.address import parse_peer_address
from authz.model.decision import Denied, Reason
from authz.model.facts import RawRequest, UnreadableFactError, UnverifiedPeerError
from authz.model.settings import PeerSettings
from authz.model.spiffe_id import parse_spiffe_id
from authz.resources.peer_authentication import MtlsMode

XFCC = "x-forwarded-client-cert"
_CERTIFICATE = "source.certificate"


@dataclass(frozen=True, slots=True)
class PeerReader:
    """How peers are read. `verifier`: None without a trust bundle; then the proxy's word counts."""

    settings: PeerSettings = field(default_factory=PeerSettings)
    verifier: PeerVerifier | None = None

    def direct(self, raw: RawRequest, now_s: float | None) -> Peer:
        """The direct peer, without names if it has none. Raises UnreadableFactError."""
        principal, certificate = raw.source_principal, raw.source_certificate
        names: tuple[str, ...] = (principal,) if principal else ()
        if certificate:
            names = self._certified(certificate, _CERTIFICATE, now_s)
            if principal and (not names or names[0] != principal):
                reason = f"it names {names[0] if names else 'nobody'!r}, the proxy says {principal!r}"
                raise UnreadableFactError(_CERTIFICATE, reason)
        elif names:
            self._require_certificate(_CERTIFICATE, "set include_peer_certificate in the proxy's ext_authz filter")
        for name in names:
            if not name.isprintable():
                raise UnreadableFactError("source.principal", f"{name!r} has unprintable characters")
        return read_peer(names)

    def caller(self, raw: RawRequest, direct: Peer, now_s: float | None) -> Peer:
        """Whom policies see. Raises UnreadableFactError for a listed proxy whose header cannot be relied upon."""
        lines = raw.header_lines(XFCC) if raw.is_http else ()
        if not lines or not self._is_listed(raw, direct):
            return direct
        if len(lines) > 1:
            raise UnreadableFactError(XFCC, "it stands there several times")
        own = raw.workload_texts().destination_principal
        try:
            client = nearest_client(parse_xfcc(lines[0]), direct.names[0] if direct.names else "", own)
            return direct if client is None else read_peer(self._forwarded(client, now_s))
        except XfccError as error:
            raise UnreadableFactError(XFCC, str(error)) from None

    def _is_listed(self, raw: RawRequest, direct: Peer) -> bool:
        try:
            spiffe_id = parse_spiffe_id(direct.names[0]) if direct.names else None
        except ValueError:
            spiffe_id = None
        try:
            address = parse_peer_address(raw.source_address)
        except ValueError:
            address = None
        return any(listed.covers(spiffe_id, address) for listed in self.settings.xfcc_from)

    def _forwarded(self, client: ForwardedClient, now_s: float | None) -> tuple[str, ...]:
        """The names of a proxy's client: its one SPIFFE id, or all names of its certificate where that was sent."""
        if len(client.uris) != 1:
            raise XfccError(f"the client has {len(client.uris) or 'no'} URI names; exactly one is expected")
        try:
            parse_spiffe_id(client.uris[0])
        except ValueError as error:
            raise XfccError(f"{client.uris[0]!r} is no SPIFFE id: {error}") from None
        if not client.certificate:
            self._require_certificate(XFCC, "have the listed proxy set the details of the client's `cert`")
            return client.uris
        if client.hash:
            check_hash(client)
        chain = f"{client.certificate}%0A{client.chain}" if client.chain else client.certificate
        names = self._certified(chain, XFCC, now_s)
        if names[:1] != client.uris:
            raise XfccError(f"its certificate names {names[0] if names else 'nobody'!r}, its URI is {client.uris[0]!r}")
        return names

    def _certified(self, certificate: str, fact: str, now_s: float | None) -> tuple[str, ...]:
        """The names of a certificate, verified where there is a bundle."""
        if self.verifier is None:
            try:
                return certificate_names(certificate)
            except CertificateError as error:
                raise UnreadableFactError(fact, str(error)) from None
        if now_s is None:
            raise UnverifiedPeerError(fact, "the certificate cannot be verified, since nobody has said what time it is")
        try:
            return self.verifier.verify(certificate, now_s).names
        except RefusedCertificateError as error:
            raise UnverifiedPeerError(fact, f"the certificate {error}") from None

    def _require_certificate(self, fact: str, remedy: str) -> None:
        if self.verifier is not None and self.settings.require_certificate:
            raise UnverifiedPeerError(fact, f"there is no certificate to verify; {remedy}")


class Connection(Protocol):
    """What PeerAuthentication looks at. Reading the peer may raise UnreadableFactError."""

    @property
    def direct_peer(self) -> Peer:
        """Who is at the other end."""

    @property
    def destination_port(self) -> int:
        """The workload's port."""


@dataclass(frozen=True, slots=True)
class MtlsCheck:
    """What PeerAuthentication asks of the connections to one workload. `trusted`: trust domains, None for any."""

    mtls: EffectiveMtls
    trusted: AbstractSet[str] | None

    def mode(self, connection: Connection) -> PortMode:
        """What holds for a connection. Raises UnreadableFactError where that depends on a port that was not sent."""
        port = connection.destination_port
        if not port and self.mtls.ports:
            raise UnreadableFactError("destination.port", "PeerAuthentication goes by ports, and none was sent")
        return self.mtls.at(port)

    def deny(self, connection: Connection) -> Denied | None:
        """The denial of a connection that the proxy should not have accepted. Raises UnreadableFactError."""
        decided = self.mode(connection)
        peer = connection.direct_peer
        if not peer.names:
            if decided.mode is not MtlsMode.STRICT:
                return None
            return _denied(Reason.PEER_NOT_MTLS, connection, decided, "the peer has no identity by mutual TLS")
        whose = f"the peer is {peer.names[0]!r}"
        if decided.mode is MtlsMode.DISABLE:
            return _denied(
                Reason.MTLS_DISABLED, connection, decided, f"{whose}: its proxy takes mutual TLS all the same"
            )
        if self.trusted is None or not self.trusted.isdisjoint(peer.trust_domains):
            return None
        if peer.trust_domains:
            return _denied(Reason.FOREIGN_TRUST_DOMAIN, connection, decided, f"{whose}, of another trust domain")
        return _denied(Reason.PEER_NOT_MTLS, connection, decided, f"{whose}, which is no SPIFFE id")


def _denied(reason: Reason, connection: Connection, decided: PortMode, what: str) -> Denied:
    by = f"PeerAuthentication {decided.by.namespace}/{decided.by.name}" if decided.by else "PeerAuthentication"
    mode = f"{decided.mode.value} at port {connection.destination_port}"
    return Denied(reason, detail=f"{by} has {mode}, and {what}")
