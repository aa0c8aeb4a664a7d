"""What a Gateway says: on which ports a gateway proxy listens, for which hosts, with which certificates.

Source: istio/api networking/v1alpha3/gateway.proto.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from authz.model.routing.hosts import HostPattern
from authz.model.routing.protocol import Protocol
from authz.model.where import Where
from authz.model.workload import Labels


class TlsMode(Enum):
    """What a server does about TLS. PASSTHROUGH is what nobody wrote."""

    PASSTHROUGH = "PASSTHROUGH"
    SIMPLE = "SIMPLE"
    MUTUAL = "MUTUAL"
    AUTO_PASSTHROUGH = "AUTO_PASSTHROUGH"
    ISTIO_MUTUAL = "ISTIO_MUTUAL"
    OPTIONAL_MUTUAL = "OPTIONAL_MUTUAL"

    @property
    def terminates(self) -> bool:
        """Whether TLS ends at the gateway, which then needs a certificate."""
        return self not in {TlsMode.PASSTHROUGH, TlsMode.AUTO_PASSTHROUGH}

    @property
    def asks_for_client_certificate(self) -> bool:
        """Whether a client is asked for its certificate; only OPTIONAL_MUTUAL goes on without one."""
        return self in {TlsMode.MUTUAL, TlsMode.ISTIO_MUTUAL, TlsMode.OPTIONAL_MUTUAL}


class TlsVersion(Enum):
    """TLS_AUTO: the proxy's own, 1.2 to 1.3."""

    TLS_AUTO = "TLS_AUTO"
    TLSV1_0 = "TLSV1_0"
    TLSV1_1 = "TLSV1_1"
    TLSV1_2 = "TLSV1_2"
    TLSV1_3 = "TLSV1_3"


@dataclass(frozen=True, slots=True)
class FileCertificate:
    """A server's certificate in files, by their paths. `ca_certificates`: empty where there is none of its own."""

    certificate: str
    private_key: str
    ca_certificates: str = ""


@dataclass(frozen=True, slots=True)
class ServerTls:
    """`tls` of a server. Certificates come from one place at most: from secrets, from files, or neither.

    `credential_names`: secrets in the proxy's namespace, or `ns/name`; two are of different key types.
    `ca_credential_name`: the secret of the CA; empty: `NAME-cacert` of the first one. `cipher_suites`: those that Envoy
    knows, each once.
    """

    where: Where
    mode: TlsMode = TlsMode.PASSTHROUGH
    https_redirect: bool = False
    credential_names: tuple[str, ...] = ()
    ca_credential_name: str = ""
    certificates: tuple[FileCertificate, ...] = ()
    ca_certificates: str = ""
    ca_crl: str = ""
    subject_alt_names: tuple[str, ...] = ()
    verify_certificate_spki: tuple[str, ...] = ()
    verify_certificate_hash: tuple[str, ...] = ()
    min_version: TlsVersion = TlsVersion.TLS_AUTO
    max_version: TlsVersion = TlsVersion.TLS_AUTO
    cipher_suites: tuple[str, ...] = ()
    ecdh_curves: tuple[str, ...] = ()
    insecure_skip_verify: bool = False


@dataclass(frozen=True, slots=True)
class Port:
    """The port of a server. `number` as written, 0 for a Unix socket; its name is part of names users know."""

    number: int
    name: str
    protocol: Protocol


@dataclass(frozen=True, slots=True)
class ServerHost:
    """A host of a server. `namespace`: whose virtual services may bind to it; None: those of any namespace."""

    namespace: str | None
    host: HostPattern

    def admits(self, namespace: str) -> bool:
        """Whether a virtual service of a namespace may bind here."""
        return self.namespace is None or self.namespace == namespace


@dataclass(frozen=True, slots=True)
class Server:
    """One `servers` entry. `bind`: an address, `unix://PATH`, or empty for all addresses."""

    where: Where
    port: Port
    hosts: tuple[ServerHost, ...]
    bind: str = ""
    name: str = ""
    tls: ServerTls | None = None

    @property
    def terminates_tls(self) -> bool:
        """Whether TLS ends here."""
        return self.tls is not None and self.port.protocol.is_tls and self.tls.mode.terminates

    @property
    def passes_tls_through(self) -> bool:
        """Whether TLS goes on to the workload as it is."""
        return self.port.protocol.is_tls and not self.terminates_tls

    @property
    def redirects_to_https(self) -> bool:
        """Whether a plain HTTP server answers nothing but where to find the HTTPS one."""
        return self.tls is not None and self.tls.https_redirect and self.port.protocol.is_http


@dataclass(frozen=True, slots=True)
class Gateway:
    """One Gateway. `selector`: the labels of the proxies that serve it, whatever their namespace; empty: of all."""

    namespace: str
    name: str
    selector: Labels
    servers: tuple[Server, ...]
    created: datetime | None
    where: Where
