"""TLS towards endpoints.

Source: istio/istio pilot/pkg/networking/core/cluster_tls.go; cluster_traffic_policy.go (applyUpstreamProxyProtocol).
Deviations, all of them because plain text must never be what is left:

- A credential that cannot be read is a secret that is missing, and no handshake succeeds; Istio sends plain text for
  rules without selector at sidecars, and where it cannot build the context.
- Stock Envoy has no `istio.alpn` filter, so that clusters say themselves what Istio's inbound side tells HTTP by.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import assert_never

from authz.forwarder.translate.endpoints import MTLS, mtls_match
from authz.forwarder.translate.sds import (
    CA_SUFFIX,
    MESH_ROOTS,
    WORKLOAD_CERTIFICATE,
    credential,
    file_certificate,
    file_roots,
    sds_secret,
)
from authz.model.address import parse_address
from authz.model.routing.client_tls import ClientTls, ClientTlsMode
from authz.model.routing.traffic_policy import ProxyProtocol
from authz.pb.cluster import Cluster
from authz.pb.core import DataSource, ProxyProtocolConfig, TransportSocket
from authz.pb.matcher import StringMatcher
from authz.pb.packing import pack
from authz.pb.protobuf import Struct
from authz.pb.raw_buffer import RawBuffer
from authz.pb.tls import (
    CertificateValidationContext,
    CommonTlsContext,
    SubjectAltNameMatcher,
    TlsParameters,
    UpstreamTlsContext,
)
from authz.pb.upstream_proxy_protocol import ProxyProtocolUpstreamTransport

_TLS = "envoy.transport_sockets.tls"
_RAW = "envoy.transport_sockets.raw_buffer"
_PROXY_PROTOCOL = "envoy.transport_sockets.upstream_proxy_protocol"
ALPN_HTTP1 = ("istio-http/1.1", "istio", "http/1.1")
ALPN_HTTP2 = ("istio-h2", "istio", "h2")
ALPN_TCP = ("istio",)
_LONGEST_SNI = 255


@dataclass(frozen=True, slots=True)
class Server:
    """What is known of a cluster's servers. `sni`: the name by which the mesh knows the cluster.

    `identities`: SPIFFE ids and names that may serve with mutual TLS of the mesh; empty: nobody knows, anyone of the
    mesh. `server_names`: names that the ServiceEntry says. `is_http`: whether requests are sent, not just bytes.
    """

    sni: str
    identities: tuple[str, ...] = ()
    server_names: tuple[str, ...] = ()
    is_http: bool = True
    is_http2: bool = False


@dataclass(frozen=True, slots=True)
class AutoNames:
    """`sni`: the host of a request is the server's name; `san`: and the server's certificate has to have it."""

    sni: bool = False
    san: bool = False


def auto_names(tls: ClientTls | None, server_names: tuple[str, ...]) -> AutoNames:
    """What requests say of the server, where the rule does not. `server_names`: those that the ServiceEntry says."""
    if tls is None or tls.mode not in {ClientTlsMode.SIMPLE, ClientTlsMode.MUTUAL}:
        return AutoNames()
    sni = not tls.sni
    return AutoNames(sni, sni and not tls.insecure_skip_verify and not (tls.subject_alt_names or server_names))


def add_tls(cluster: Cluster, tls: ClientTls | None, server: Server) -> None:
    """What a rule says, for every endpoint; nothing: plain text."""
    socket = None if tls is None else _socket(tls, server)
    if socket is not None:
        cluster.transport_socket.CopyFrom(socket)


def add_auto_mtls(cluster: Cluster, server: Server) -> None:
    """Mutual TLS of the mesh for endpoints that are known to take it, and only them; plain text for the others."""
    cluster.transport_socket_matches.extend(
        [
            Cluster.TransportSocketMatch(
                name=f"tlsMode-{MTLS}", match=mtls_match(), transport_socket=_tls_socket(_mesh_context(None, server))
            ),
            Cluster.TransportSocketMatch(name="tlsMode-disabled", match=Struct(), transport_socket=_raw_socket()),
        ]
    )


def add_proxy_protocol(cluster: Cluster, protocol: ProxyProtocol | None) -> None:
    """Let every connection begin with PROXY protocol, before TLS; to be called when the rest is there."""
    if protocol is None:
        return
    for match in cluster.transport_socket_matches:
        match.transport_socket.CopyFrom(_wrapped(match.transport_socket, protocol))
    if cluster.HasField("transport_socket"):
        cluster.transport_socket.CopyFrom(_wrapped(cluster.transport_socket, protocol))
    elif not cluster.transport_socket_matches:
        cluster.transport_socket.CopyFrom(_wrapped(_raw_socket(), protocol))


def _socket(tls: ClientTls, server: Server) -> TransportSocket | None:
    match tls.mode:
        case ClientTlsMode.DISABLE:
            return None
        case ClientTlsMode.ISTIO_MUTUAL:
            return _tls_socket(_mesh_context(tls, server))
        case ClientTlsMode.SIMPLE | ClientTlsMode.MUTUAL:
            return _tls_socket(_context(tls, server))
        case _:
            assert_never(tls.mode)


def _mesh_context(tls: ClientTls | None, server: Server) -> UpstreamTlsContext:
    """The workload's own certificate, and the mesh's authorities."""
    names = tls.subject_alt_names if tls and tls.subject_alt_names else server.identities
    made = _common()
    made.tls_certificate_sds_secret_configs.append(sds_secret(WORKLOAD_CERTIFICATE))
    made.combined_validation_context.CopyFrom(_validation(MESH_ROOTS, names))
    made.alpn_protocols.extend(_alpn_of_mesh(server))
    return UpstreamTlsContext(common_tls_context=made, sni=_sni(tls.sni if tls and tls.sni else server.sni))


def _alpn_of_mesh(server: Server) -> tuple[str, ...]:
    """What an inbound proxy of Istio picks its filters by: bytes offered as HTTP, or requests as bytes, go astray."""
    if server.is_http2:
        return ALPN_HTTP2
    return ALPN_HTTP1 if server.is_http else ALPN_TCP


def _context(tls: ClientTls, server: Server) -> UpstreamTlsContext:
    made = _common()
    if tls.mode is ClientTlsMode.MUTUAL:
        made.tls_certificate_sds_secret_configs.append(sds_secret(_certificate(tls)))
    if tls.insecure_skip_verify:
        made.validation_context.SetInParent()
    else:
        roots = (
            credential(f"{tls.credential_name}{CA_SUFFIX}") if tls.credential_name else file_roots(tls.ca_certificates)
        )
        made.combined_validation_context.CopyFrom(
            _validation(roots, tls.subject_alt_names or server.server_names, tls.ca_crl)
        )
    if server.is_http2:
        made.alpn_protocols.append("h2")
    return UpstreamTlsContext(common_tls_context=made, sni=_sni(tls.sni))


def _sni(name: str) -> str:
    """The name as a handshake has it; one that is too long for Envoy is not sent."""
    return name if len(name.encode()) <= _LONGEST_SNI else ""


def _certificate(tls: ClientTls) -> str:
    if tls.credential_name:
        return credential(tls.credential_name)
    return file_certificate(tls.client_certificate, tls.private_key)


def _common() -> CommonTlsContext:
    versions = TlsParameters(
        tls_minimum_protocol_version=TlsParameters.TLSv1_2, tls_maximum_protocol_version=TlsParameters.TLSv1_3
    )
    return CommonTlsContext(tls_params=versions)


def _validation(
    roots: str, names: Iterable[str], crl: str = ""
) -> CommonTlsContext.CombinedCertificateValidationContext:
    """A server's chain ends in `roots`, the name of a secret, and it has one of `names`, if there are any."""
    context = CertificateValidationContext(
        match_typed_subject_alt_names=[_matcher(name) for name in names],
        crl=DataSource(filename=crl) if crl else None,
    )
    return CommonTlsContext.CombinedCertificateValidationContext(
        default_validation_context=context, validation_context_sds_secret_config=sds_secret(roots)
    )


def _matcher(name: str) -> SubjectAltNameMatcher:
    return SubjectAltNameMatcher(san_type=_kind_of_name(name), matcher=StringMatcher(exact=name))


def _kind_of_name(name: str) -> int:
    """Which of a certificate's names it is compared with; Istio does not say a kind, and compares it with all."""
    if parse_address(name) is not None:
        return SubjectAltNameMatcher.IP_ADDRESS
    if ":" in name:
        return SubjectAltNameMatcher.URI
    return SubjectAltNameMatcher.EMAIL if "@" in name else SubjectAltNameMatcher.DNS


def _tls_socket(context: UpstreamTlsContext) -> TransportSocket:
    return TransportSocket(name=_TLS, typed_config=pack(context))


def _raw_socket() -> TransportSocket:
    return TransportSocket(name=_RAW, typed_config=pack(RawBuffer()))


def _wrapped(socket: TransportSocket, protocol: ProxyProtocol) -> TransportSocket:
    version = ProxyProtocolConfig.V1 if protocol is ProxyProtocol.V1 else ProxyProtocolConfig.V2
    transport = ProxyProtocolUpstreamTransport(config=ProxyProtocolConfig(version=version), transport_socket=socket)
    return TransportSocket(name=_PROXY_PROTOCOL, typed_config=pack(transport))
