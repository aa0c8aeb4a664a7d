"""TLS for a door: what can be set, gRPC's credentials that follow the files, and which callers are ours."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import grpc

from authz.identity.key_pair import TlsFiles, TlsMaterial
from authz.identity.svid import NoSvid, read_svid
from authz.model.errors import SettingsError
from authz.model.spiffe_id import SpiffeIdPattern


@dataclass(frozen=True, slots=True)
class TlsSettings:
    """Without a certificate: plain text. With `client_ca` every client needs a certificate of one of its authorities.

    `allowed_spiffe_ids`: which of those clients are our proxies; empty for all of them.
    """

    certificate: Path | None = None
    key: Path | None = None
    client_ca: Path | None = None
    allowed_spiffe_ids: tuple[SpiffeIdPattern, ...] = ()

    @property
    def knows_its_clients(self) -> bool:
        """Whether nobody but listed proxies is answered."""
        return self.files() is not None and bool(self.allowed_spiffe_ids)

    def files(self) -> TlsFiles | None:
        """The files to read and to follow; None for plain text. Raises SettingsError for half a setting."""
        if self == TlsSettings():
            return None
        if self.certificate is None or self.key is None:
            missing = "certificate (--tls-cert)" if self.certificate is None else "key (--tls-key)"
            raise SettingsError(f"tls: there is no {missing}; TLS needs a certificate and its key")
        if self.allowed_spiffe_ids and self.client_ca is None:
            raise SettingsError(
                "tls: there is no clientCa (--tls-client-ca); allowed SPIFFE ids are those of verified certificates"
            )
        return TlsFiles(self.certificate, self.key, self.client_ca)


class ListedPeers:
    """Tells our proxies from strangers: by the one SPIFFE id of the certificate that the handshake has verified."""

    def __init__(self, allowed: Sequence[SpiffeIdPattern], now: Callable[[], float] = time.time) -> None:
        self._allowed = tuple(allowed)
        self._now = now

    def refusal(self, auth_context: Mapping[str, Sequence[bytes]]) -> str | None:
        """Why a caller is a stranger; None: it is one of ours. `auth_context` is gRPC's.

        A certificate that has expired since the handshake ends no connection, as nowhere in TLS, but opens no new one:
        neither does a session that is resumed, for which the handshake looks at no certificate.
        """
        pem = auth_context.get("x509_pem_cert")
        if not pem:
            return "it has no certificate"
        svid = read_svid(pem[0])
        if isinstance(svid, NoSvid):
            return svid.reason
        if not any(svid.id in pattern for pattern in self._allowed):
            return f"{svid.id} is not among the allowed SPIFFE ids"
        if svid.expires.timestamp() <= self._now() and auth_context.get("ssl_session_reused") == [b"true"]:
            return f"the certificate of its resumed session expired on {svid.expires}"
        return None


@dataclass(frozen=True, slots=True)
class Gate:
    """Lets `peers` in; `refuse` answers the checks of everyone else, given why."""

    peers: ListedPeers
    refuse: Callable[[str], bytes]


@dataclass(frozen=True, slots=True)
class ServerTls:
    """TLS of a running door. `in_force` gives what to show and believe now; each new connection asks it.

    `gate`: who may ask; None for anyone whose handshake succeeds.
    """

    in_force: Callable[[], TlsMaterial]
    gate: Gate | None = None


def server_credentials(tls: ServerTls) -> grpc.ServerCredentials:
    """Credentials that are those in force, for each new connection. Running connections go on.

    Source: TLS 1.2 is gRPC's least version (grpc_tls_credentials_options, min_tls_version).
    """
    shown = tls.in_force()

    def newer() -> grpc.ServerCertificateConfiguration | None:
        """None: as before. gRPC asks one at a time."""
        nonlocal shown
        material = tls.in_force()
        if material is shown:
            return None
        shown = material
        return _configuration(material)

    needs_client_certificate = shown.client_ca is not None
    return grpc.dynamic_ssl_server_credentials(_configuration(shown), newer, needs_client_certificate)


def _configuration(material: TlsMaterial) -> grpc.ServerCertificateConfiguration:
    return grpc.ssl_server_certificate_configuration([(material.key, material.certificate)], material.client_ca)
