"""The protobuf package `envoy.extensions.transport_sockets.tls.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from collections.abc import Iterable as _Iterable
from typing import ClassVar as _ClassVar
from typing import Literal as _Literal
from google.protobuf.internal.containers import RepeatedCompositeFieldContainer as _Repeated
from google.protobuf.internal.containers import RepeatedScalarFieldContainer as _RepeatedScalar
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper as _EnumTypeWrapper
from google.protobuf.message import Message as _Message
from authz.pb import core as _core
from authz.pb import matcher as _matcher
from authz.pb import protobuf as _protobuf

__all__ = [
    "CertificateValidationContext",
    "CommonTlsContext",
    "DownstreamTlsContext",
    "SdsSecretConfig",
    "Secret",
    "SubjectAltNameMatcher",
    "TlsCertificate",
    "TlsKeyLog",
    "TlsParameters",
    "TlsSessionTicketKeys",
    "UpstreamTlsContext",
]

class CertificateValidationContext(_Message):
    class _TrustChainVerification(_EnumTypeWrapper):
        VERIFY_TRUST_CHAIN: int
        ACCEPT_UNTRUSTED: int
    TrustChainVerification: _ClassVar[_TrustChainVerification]
    VERIFY_TRUST_CHAIN: _ClassVar[int]
    ACCEPT_UNTRUSTED: _ClassVar[int]
    class SystemRootCerts(_Message):
        ...

    @property
    def trusted_ca(self) -> _core.DataSource: ...
    @property
    def system_root_certs(self) -> CertificateValidationContext.SystemRootCerts: ...
    @property
    def watched_directory(self) -> _core.WatchedDirectory: ...
    @property
    def verify_certificate_spki(self) -> _RepeatedScalar[str]: ...
    @property
    def verify_certificate_hash(self) -> _RepeatedScalar[str]: ...
    @property
    def match_typed_subject_alt_names(self) -> _Repeated[SubjectAltNameMatcher]: ...
    @property
    def require_signed_certificate_timestamp(self) -> _protobuf.BoolValue: ...
    @property
    def crl(self) -> _core.DataSource: ...
    allow_expired_certificate: bool
    trust_chain_verification: int
    @property
    def custom_validator_config(self) -> _core.TypedExtensionConfig: ...
    only_verify_leaf_cert_crl: bool
    @property
    def max_verify_depth(self) -> _protobuf.UInt32Value: ...
    def __init__(
        self,
        *,
        trusted_ca: _core.DataSource | None = ...,
        system_root_certs: CertificateValidationContext.SystemRootCerts | None = ...,
        watched_directory: _core.WatchedDirectory | None = ...,
        verify_certificate_spki: _Iterable[str] | None = ...,
        verify_certificate_hash: _Iterable[str] | None = ...,
        match_typed_subject_alt_names: _Iterable[SubjectAltNameMatcher] | None = ...,
        require_signed_certificate_timestamp: _protobuf.BoolValue | None = ...,
        crl: _core.DataSource | None = ...,
        allow_expired_certificate: bool | None = ...,
        trust_chain_verification: int | None = ...,
        custom_validator_config: _core.TypedExtensionConfig | None = ...,
        only_verify_leaf_cert_crl: bool | None = ...,
        max_verify_depth: _protobuf.UInt32Value | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["crl", "custom_validator_config", "max_verify_depth", "require_signed_certificate_timestamp", "system_root_certs", "trusted_ca", "watched_directory"]) -> bool: ...
    def ClearField(self, field_name: _Literal["allow_expired_certificate", "crl", "custom_validator_config", "match_typed_subject_alt_names", "max_verify_depth", "only_verify_leaf_cert_crl", "require_signed_certificate_timestamp", "system_root_certs", "trust_chain_verification", "trusted_ca", "verify_certificate_hash", "verify_certificate_spki", "watched_directory"]) -> None: ...

class CommonTlsContext(_Message):
    class CombinedCertificateValidationContext(_Message):
        @property
        def default_validation_context(self) -> CertificateValidationContext: ...
        @property
        def validation_context_sds_secret_config(self) -> SdsSecretConfig: ...
        def __init__(
            self,
            *,
            default_validation_context: CertificateValidationContext | None = ...,
            validation_context_sds_secret_config: SdsSecretConfig | None = ...,
        ) -> None: ...
        def HasField(self, field_name: _Literal["default_validation_context", "validation_context_sds_secret_config"]) -> bool: ...
        def ClearField(self, field_name: _Literal["default_validation_context", "validation_context_sds_secret_config"]) -> None: ...

    @property
    def tls_params(self) -> TlsParameters: ...
    @property
    def tls_certificates(self) -> _Repeated[TlsCertificate]: ...
    @property
    def tls_certificate_sds_secret_configs(self) -> _Repeated[SdsSecretConfig]: ...
    @property
    def custom_tls_certificate_selector(self) -> _core.TypedExtensionConfig: ...
    @property
    def validation_context(self) -> CertificateValidationContext: ...
    @property
    def validation_context_sds_secret_config(self) -> SdsSecretConfig: ...
    @property
    def combined_validation_context(self) -> CommonTlsContext.CombinedCertificateValidationContext: ...
    @property
    def alpn_protocols(self) -> _RepeatedScalar[str]: ...
    @property
    def custom_handshaker(self) -> _core.TypedExtensionConfig: ...
    @property
    def key_log(self) -> TlsKeyLog: ...
    def __init__(
        self,
        *,
        tls_params: TlsParameters | None = ...,
        tls_certificates: _Iterable[TlsCertificate] | None = ...,
        tls_certificate_sds_secret_configs: _Iterable[SdsSecretConfig] | None = ...,
        custom_tls_certificate_selector: _core.TypedExtensionConfig | None = ...,
        validation_context: CertificateValidationContext | None = ...,
        validation_context_sds_secret_config: SdsSecretConfig | None = ...,
        combined_validation_context: CommonTlsContext.CombinedCertificateValidationContext | None = ...,
        alpn_protocols: _Iterable[str] | None = ...,
        custom_handshaker: _core.TypedExtensionConfig | None = ...,
        key_log: TlsKeyLog | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["combined_validation_context", "custom_handshaker", "custom_tls_certificate_selector", "key_log", "tls_params", "validation_context", "validation_context_sds_secret_config", "validation_context_type"]) -> bool: ...
    def ClearField(self, field_name: _Literal["alpn_protocols", "combined_validation_context", "custom_handshaker", "custom_tls_certificate_selector", "key_log", "tls_certificate_sds_secret_configs", "tls_certificates", "tls_params", "validation_context", "validation_context_sds_secret_config", "validation_context_type"]) -> None: ...
    def WhichOneof(self, oneof_group: _Literal["validation_context_type"]) -> _Literal["validation_context", "validation_context_sds_secret_config", "combined_validation_context"] | None: ...

class DownstreamTlsContext(_Message):
    class _OcspStaplePolicy(_EnumTypeWrapper):
        LENIENT_STAPLING: int
        STRICT_STAPLING: int
        MUST_STAPLE: int
    OcspStaplePolicy: _ClassVar[_OcspStaplePolicy]
    LENIENT_STAPLING: _ClassVar[int]
    STRICT_STAPLING: _ClassVar[int]
    MUST_STAPLE: _ClassVar[int]
    @property
    def common_tls_context(self) -> CommonTlsContext: ...
    @property
    def require_client_certificate(self) -> _protobuf.BoolValue: ...
    @property
    def require_sni(self) -> _protobuf.BoolValue: ...
    @property
    def session_ticket_keys(self) -> TlsSessionTicketKeys: ...
    @property
    def session_ticket_keys_sds_secret_config(self) -> SdsSecretConfig: ...
    disable_stateless_session_resumption: bool
    disable_stateful_session_resumption: bool
    @property
    def session_timeout(self) -> _protobuf.Duration: ...
    ocsp_staple_policy: int
    @property
    def full_scan_certs_on_sni_mismatch(self) -> _protobuf.BoolValue: ...
    prefer_client_ciphers: bool
    def __init__(
        self,
        *,
        common_tls_context: CommonTlsContext | None = ...,
        require_client_certificate: _protobuf.BoolValue | None = ...,
        require_sni: _protobuf.BoolValue | None = ...,
        session_ticket_keys: TlsSessionTicketKeys | None = ...,
        session_ticket_keys_sds_secret_config: SdsSecretConfig | None = ...,
        disable_stateless_session_resumption: bool | None = ...,
        disable_stateful_session_resumption: bool | None = ...,
        session_timeout: _protobuf.Duration | None = ...,
        ocsp_staple_policy: int | None = ...,
        full_scan_certs_on_sni_mismatch: _protobuf.BoolValue | None = ...,
        prefer_client_ciphers: bool | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["common_tls_context", "disable_stateless_session_resumption", "full_scan_certs_on_sni_mismatch", "require_client_certificate", "require_sni", "session_ticket_keys", "session_ticket_keys_sds_secret_config", "session_ticket_keys_type", "session_timeout"]) -> bool: ...
    def ClearField(self, field_name: _Literal["common_tls_context", "disable_stateful_session_resumption", "disable_stateless_session_resumption", "full_scan_certs_on_sni_mismatch", "ocsp_staple_policy", "prefer_client_ciphers", "require_client_certificate", "require_sni", "session_ticket_keys", "session_ticket_keys_sds_secret_config", "session_ticket_keys_type", "session_timeout"]) -> None: ...
    def WhichOneof(self, oneof_group: _Literal["session_ticket_keys_type"]) -> _Literal["session_ticket_keys", "session_ticket_keys_sds_secret_config", "disable_stateless_session_resumption"] | None: ...

class SdsSecretConfig(_Message):
    name: str
    @property
    def sds_config(self) -> _core.ConfigSource: ...
    def __init__(
        self,
        *,
        name: str | None = ...,
        sds_config: _core.ConfigSource | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["sds_config"]) -> bool: ...
    def ClearField(self, field_name: _Literal["name", "sds_config"]) -> None: ...

class Secret(_Message):
    name: str
    @property
    def tls_certificate(self) -> TlsCertificate: ...
    @property
    def session_ticket_keys(self) -> TlsSessionTicketKeys: ...
    @property
    def validation_context(self) -> CertificateValidationContext: ...
    def __init__(
        self,
        *,
        name: str | None = ...,
        tls_certificate: TlsCertificate | None = ...,
        session_ticket_keys: TlsSessionTicketKeys | None = ...,
        validation_context: CertificateValidationContext | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["session_ticket_keys", "tls_certificate", "type", "validation_context"]) -> bool: ...
    def ClearField(self, field_name: _Literal["name", "session_ticket_keys", "tls_certificate", "type", "validation_context"]) -> None: ...
    def WhichOneof(self, oneof_group: _Literal["type"]) -> _Literal["tls_certificate", "session_ticket_keys", "validation_context"] | None: ...

class SubjectAltNameMatcher(_Message):
    class _SanType(_EnumTypeWrapper):
        SAN_TYPE_UNSPECIFIED: int
        EMAIL: int
        DNS: int
        URI: int
        IP_ADDRESS: int
        OTHER_NAME: int
    SanType: _ClassVar[_SanType]
    SAN_TYPE_UNSPECIFIED: _ClassVar[int]
    EMAIL: _ClassVar[int]
    DNS: _ClassVar[int]
    URI: _ClassVar[int]
    IP_ADDRESS: _ClassVar[int]
    OTHER_NAME: _ClassVar[int]
    san_type: int
    @property
    def matcher(self) -> _matcher.StringMatcher: ...
    oid: str
    def __init__(
        self,
        *,
        san_type: int | None = ...,
        matcher: _matcher.StringMatcher | None = ...,
        oid: str | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["matcher"]) -> bool: ...
    def ClearField(self, field_name: _Literal["matcher", "oid", "san_type"]) -> None: ...

class TlsCertificate(_Message):
    @property
    def certificate_chain(self) -> _core.DataSource: ...
    @property
    def private_key(self) -> _core.DataSource: ...
    @property
    def pkcs12(self) -> _core.DataSource: ...
    @property
    def watched_directory(self) -> _core.WatchedDirectory: ...
    @property
    def password(self) -> _core.DataSource: ...
    @property
    def ocsp_staple(self) -> _core.DataSource: ...
    @property
    def signed_certificate_timestamp(self) -> _Repeated[_core.DataSource]: ...
    def __init__(
        self,
        *,
        certificate_chain: _core.DataSource | None = ...,
        private_key: _core.DataSource | None = ...,
        pkcs12: _core.DataSource | None = ...,
        watched_directory: _core.WatchedDirectory | None = ...,
        password: _core.DataSource | None = ...,
        ocsp_staple: _core.DataSource | None = ...,
        signed_certificate_timestamp: _Iterable[_core.DataSource] | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["certificate_chain", "ocsp_staple", "password", "pkcs12", "private_key", "watched_directory"]) -> bool: ...
    def ClearField(self, field_name: _Literal["certificate_chain", "ocsp_staple", "password", "pkcs12", "private_key", "signed_certificate_timestamp", "watched_directory"]) -> None: ...

class TlsKeyLog(_Message):
    path: str
    @property
    def local_address_range(self) -> _Repeated[_core.CidrRange]: ...
    @property
    def remote_address_range(self) -> _Repeated[_core.CidrRange]: ...
    def __init__(
        self,
        *,
        path: str | None = ...,
        local_address_range: _Iterable[_core.CidrRange] | None = ...,
        remote_address_range: _Iterable[_core.CidrRange] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: _Literal["local_address_range", "path", "remote_address_range"]) -> None: ...

class TlsParameters(_Message):
    class _TlsProtocol(_EnumTypeWrapper):
        TLS_AUTO: int
        TLSv1_0: int
        TLSv1_1: int
        TLSv1_2: int
        TLSv1_3: int
    TlsProtocol: _ClassVar[_TlsProtocol]
    TLS_AUTO: _ClassVar[int]
    TLSv1_0: _ClassVar[int]
    TLSv1_1: _ClassVar[int]
    TLSv1_2: _ClassVar[int]
    TLSv1_3: _ClassVar[int]
    class _CompliancePolicy(_EnumTypeWrapper):
        FIPS_202205: int
    CompliancePolicy: _ClassVar[_CompliancePolicy]
    FIPS_202205: _ClassVar[int]
    tls_minimum_protocol_version: int
    tls_maximum_protocol_version: int
    @property
    def cipher_suites(self) -> _RepeatedScalar[str]: ...
    @property
    def ecdh_curves(self) -> _RepeatedScalar[str]: ...
    @property
    def signature_algorithms(self) -> _RepeatedScalar[str]: ...
    @property
    def compliance_policies(self) -> _RepeatedScalar[int]: ...
    def __init__(
        self,
        *,
        tls_minimum_protocol_version: int | None = ...,
        tls_maximum_protocol_version: int | None = ...,
        cipher_suites: _Iterable[str] | None = ...,
        ecdh_curves: _Iterable[str] | None = ...,
        signature_algorithms: _Iterable[str] | None = ...,
        compliance_policies: _Iterable[int] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: _Literal["cipher_suites", "compliance_policies", "ecdh_curves", "signature_algorithms", "tls_maximum_protocol_version", "tls_minimum_protocol_version"]) -> None: ...

class TlsSessionTicketKeys(_Message):
    @property
    def keys(self) -> _Repeated[_core.DataSource]: ...
    def __init__(
        self,
        *,
        keys: _Iterable[_core.DataSource] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: _Literal["keys"]) -> None: ...

class UpstreamTlsContext(_Message):
    @property
    def common_tls_context(self) -> CommonTlsContext: ...
    sni: str
    auto_host_sni: bool
    auto_sni_san_validation: bool
    allow_renegotiation: bool
    @property
    def max_session_keys(self) -> _protobuf.UInt32Value: ...
    @property
    def enforce_rsa_key_usage(self) -> _protobuf.BoolValue: ...
    def __init__(
        self,
        *,
        common_tls_context: CommonTlsContext | None = ...,
        sni: str | None = ...,
        auto_host_sni: bool | None = ...,
        auto_sni_san_validation: bool | None = ...,
        allow_renegotiation: bool | None = ...,
        max_session_keys: _protobuf.UInt32Value | None = ...,
        enforce_rsa_key_usage: _protobuf.BoolValue | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["common_tls_context", "enforce_rsa_key_usage", "max_session_keys"]) -> bool: ...
    def ClearField(self, field_name: _Literal["allow_renegotiation", "auto_host_sni", "auto_sni_san_validation", "common_tls_context", "enforce_rsa_key_usage", "max_session_keys", "sni"]) -> None: ...
