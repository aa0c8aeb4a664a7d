"""TLS of a Gateway's server -> what ends it at the proxy.

Source: istio/istio pilot/pkg/networking/core/gateway.go, buildGatewayListenerTLSContext, and
pilot/pkg/security/model/authentication.go.
"""

from authz.forwarder.translate.sds import (
    CA_SUFFIX,
    MESH_ROOTS,
    WORKLOAD_CERTIFICATE,
    credential,
    file_certificate,
    file_roots,
    sds_secret,
)
from authz.model.routing.gateway import Server, ServerTls, TlsMode, TlsVersion
from authz.pb.core import DataSource, TransportSocket
from authz.pb.matcher import StringMatcher
from authz.pb.packing import pack
from authz.pb.protobuf import BoolValue
from authz.pb.tls import (
    CertificateValidationContext,
    CommonTlsContext,
    DownstreamTlsContext,
    SubjectAltNameMatcher,
    TlsParameters,
)

_TLS = "envoy.transport_sockets.tls"
_ALPN_HTTP = ("h2", "http/1.1")
_ALPN_OF_MESH_BYTES = ("istio-peer-exchange", *_ALPN_HTTP)
_VERSIONS = {
    TlsVersion.TLS_AUTO: TlsParameters.TLS_AUTO,
    TlsVersion.TLSV1_0: TlsParameters.TLSv1_0,
    TlsVersion.TLSV1_1: TlsParameters.TLSv1_1,
    TlsVersion.TLSV1_2: TlsParameters.TLSv1_2,
    TlsVersion.TLSV1_3: TlsParameters.TLSv1_3,
}
_KINDS_OF_NAME = (
    SubjectAltNameMatcher.DNS,
    SubjectAltNameMatcher.URI,
    SubjectAltNameMatcher.EMAIL,
    SubjectAltNameMatcher.IP_ADDRESS,
)


def tls_socket(server: Server, tls: ServerTls) -> TransportSocket:
    """What ends TLS as a server says it. `tls`: of the server, of a mode that terminates."""
    common = CommonTlsContext(alpn_protocols=_alpn(server, tls), tls_params=_parameters(tls))
    common.tls_certificate_sds_secret_configs.extend([sds_secret(name) for name in _certificates(tls)])
    context = DownstreamTlsContext(common_tls_context=common)
    if tls.mode.asks_for_client_certificate:
        context.require_client_certificate.CopyFrom(BoolValue(value=tls.mode is not TlsMode.OPTIONAL_MUTUAL))
        common_context = context.common_tls_context
        common_context.combined_validation_context.CopyFrom(_validation(tls))
    return TransportSocket(name=_TLS, typed_config=pack(context))


def secrets_of(tls: ServerTls) -> tuple[str, ...]:
    """The names of the secrets that TLS of a server needs; none where it does not end."""
    if not tls.mode.terminates:
        return ()
    return (*_certificates(tls), _roots(tls)) if tls.mode.asks_for_client_certificate else _certificates(tls)


def _alpn(server: Server, tls: ServerTls) -> tuple[str, ...]:
    is_bytes_of_mesh = tls.mode is TlsMode.ISTIO_MUTUAL and not server.port.protocol.decrypted.is_http
    return _ALPN_OF_MESH_BYTES if is_bytes_of_mesh else _ALPN_HTTP


def _parameters(tls: ServerTls) -> TlsParameters | None:
    if tls.mode is TlsMode.ISTIO_MUTUAL:
        return TlsParameters(
            tls_minimum_protocol_version=TlsParameters.TLSv1_2, tls_maximum_protocol_version=TlsParameters.TLSv1_3
        )
    made = TlsParameters(
        tls_minimum_protocol_version=_VERSIONS[tls.min_version],
        tls_maximum_protocol_version=_VERSIONS[tls.max_version],
        cipher_suites=tls.cipher_suites,
        ecdh_curves=tls.ecdh_curves,
    )
    return made if made != TlsParameters() else None


def _certificates(tls: ServerTls) -> tuple[str, ...]:
    """The names of the secrets of the server's own certificates."""
    if tls.mode is TlsMode.ISTIO_MUTUAL:
        return (WORKLOAD_CERTIFICATE,)
    if tls.credential_names:
        return tuple([credential(name) for name in tls.credential_names])
    return tuple([file_certificate(one.certificate, one.private_key) for one in tls.certificates])


def _roots(tls: ServerTls) -> str:
    """The name of the secret of whom clients' certificates may be of.

    INVARIANT: it ends in `-cacert`, and what it stands for has authorities or is not there. To Envoy a secret with
    something else in it would be one without authorities: every certificate would be good.
    """
    if tls.mode is TlsMode.ISTIO_MUTUAL:
        return MESH_ROOTS
    named = tls.ca_credential_name or next(iter(tls.credential_names), "")
    if named:
        return f"{credential(named).removesuffix(CA_SUFFIX)}{CA_SUFFIX}"
    paths = [tls.ca_certificates, *(one.ca_certificates for one in tls.certificates)]
    return file_roots(next(filter(None, paths), ""))


def _validation(tls: ServerTls) -> CommonTlsContext.CombinedCertificateValidationContext:
    names = [
        SubjectAltNameMatcher(san_type=kind, matcher=StringMatcher(exact=name))
        for name in tls.subject_alt_names
        for kind in _KINDS_OF_NAME
    ]
    context = CertificateValidationContext(
        match_typed_subject_alt_names=names,
        verify_certificate_spki=tls.verify_certificate_spki,
        verify_certificate_hash=tls.verify_certificate_hash,
        crl=DataSource(filename=tls.ca_crl) if tls.ca_crl else None,
    )
    if tls.insecure_skip_verify:
        context.trust_chain_verification = CertificateValidationContext.ACCEPT_UNTRUSTED
    return CommonTlsContext.CombinedCertificateValidationContext(
        default_validation_context=context, validation_context_sds_secret_config=sds_secret(_roots(tls))
    )
