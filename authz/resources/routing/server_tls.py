"""`tls` of a Gateway's server: documents -> ServerTls, or problems.

Source: istio/istio pkg/config/validation/validation.go, validateServer and validateTLSOptions; pkg/config/security for
cipher suites and curves. Stricter than Istio: hashes that Envoy would refuse, and credentials that are no secrets of
Kubernetes.
"""

import re
from enum import Enum
from typing import TypeVar

from authz.model.problem import Code
from authz.model.routing.gateway import FileCertificate, ServerTls, TlsMode, TlsVersion
from authz.model.routing.protocol import Protocol
from authz.resources.fields import Fields
from authz.resources.nodes import Mapping, Node, Scalar, Sequence
from authz.resources.routing.values import warn

_FILE_TEXTS = ("serverCertificate", "privateKey", "caCertificates")
_TEXTS = (*_FILE_TEXTS, "caCrl", "credentialName", "caCertCredentialName")
_FIELDS = frozenset(
    {
        "httpsRedirect",
        "mode",
        "credentialNames",
        "tlsCertificates",
        "subjectAltNames",
        "verifyCertificateSpki",
        "verifyCertificateHash",
        "minProtocolVersion",
        "maxProtocolVersion",
        "cipherSuites",
        "ecdhCurves",
        "insecureSkipVerify",
        *_TEXTS,
    }
)
_MAX_CERTIFICATES = 2
_OLD_VERSIONS = frozenset({TlsVersion.TLSV1_0, TlsVersion.TLSV1_1})
_CIPHER_SUITES = frozenset(
    {
        "AES128-GCM-SHA256",
        "AES128-SHA",
        "AES256-GCM-SHA384",
        "AES256-SHA",
        "DES-CBC3-SHA",
        "ECDHE-ECDSA-AES128-GCM-SHA256",
        "ECDHE-ECDSA-AES128-SHA",
        "ECDHE-ECDSA-AES256-GCM-SHA384",
        "ECDHE-ECDSA-AES256-SHA",
        "ECDHE-ECDSA-CHACHA20-POLY1305",
        "ECDHE-RSA-AES128-GCM-SHA256",
        "ECDHE-RSA-AES128-SHA",
        "ECDHE-RSA-AES256-GCM-SHA384",
        "ECDHE-RSA-AES256-SHA",
        "ECDHE-RSA-CHACHA20-POLY1305",
    }
)
_CURVES = frozenset({"P-256", "P-384", "P-521", "X25519", "X25519MLKEM768"})
_NAME = r"(?:[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?/)?[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?"
_SECRET = re.compile(rf"(?:kubernetes://)?{_NAME}")
_CA = re.compile(rf"(?:(?:kubernetes|configmap)://)?{_NAME}")
_SPKI = re.compile("[A-Za-z0-9+/]{43}=")
_HASH = re.compile("[0-9A-Fa-f]{64}|(?:[0-9A-Fa-f]{2}:){31}[0-9A-Fa-f]{2}")

_Word = TypeVar("_Word", bound=Enum)


def read_server_tls(fields: Fields, server: Mapping, path: str, protocol: Protocol) -> ServerTls | None:
    """The TLS of a server whose port speaks `protocol`; AUTO: what it speaks could not be read."""
    node, path = server.get("tls"), f"{path}.tls"
    root = fields.mapping(node, path, _FIELDS)
    if root is None:
        if protocol.is_tls and node is None:
            message = f"a server of {protocol.value} needs tls; write its mode, such as SIMPLE or PASSTHROUGH"
            fields.problem(Code.TLS_MISMATCH, server, path, message)
        return None
    tls = _tls(fields, root, path)
    _check_protocol(fields, root, path, tls, protocol)
    _check_sources(fields, root, path)
    match tls.mode:
        case TlsMode.ISTIO_MUTUAL:
            _refuse_own_certificates(fields, root, path)
        case TlsMode.PASSTHROUGH | TlsMode.AUTO_PASSTHROUGH:
            _warn_of_certificates(fields, root, path, tls)
        case TlsMode.SIMPLE | TlsMode.MUTUAL | TlsMode.OPTIONAL_MUTUAL:
            _check_certificates(fields, root, path, tls)
    if tls.min_version in _OLD_VERSIONS and "cipherSuites" not in root.entries:
        message = "clients of that version need cipherSuites that are no longer on by default; add them"
        warn(fields, Code.OLD_TLS_VERSION, root.entries["minProtocolVersion"][1], f"{path}.minProtocolVersion", message)
    return tls


def _tls(fields: Fields, root: Mapping, path: str) -> ServerTls:
    texts = {key: fields.string(root.get(key), f"{path}.{key}") or "" for key in _TEXTS}
    certificates = _certificates(fields, root, path)
    if texts["serverCertificate"] or texts["privateKey"]:
        certificates = (FileCertificate(texts["serverCertificate"], texts["privateKey"]), *certificates)
    return ServerTls(
        where=fields.where(root),
        mode=_word(fields, root, path, "mode", TlsMode.PASSTHROUGH),
        https_redirect=fields.boolean(root.get("httpsRedirect"), f"{path}.httpsRedirect") or False,
        credential_names=_credential_names(fields, root, path, texts["credentialName"]),
        ca_credential_name=_credential(fields, root, path, "caCertCredentialName", _CA),
        certificates=certificates,
        ca_certificates=texts["caCertificates"],
        ca_crl=texts["caCrl"],
        subject_alt_names=_texts(fields, root, path, "subjectAltNames"),
        verify_certificate_spki=_digests(fields, root, path, "verifyCertificateSpki", _SPKI),
        verify_certificate_hash=_digests(fields, root, path, "verifyCertificateHash", _HASH),
        min_version=_word(fields, root, path, "minProtocolVersion", TlsVersion.TLS_AUTO),
        max_version=_word(fields, root, path, "maxProtocolVersion", TlsVersion.TLS_AUTO),
        cipher_suites=_known(fields, root, path, "cipherSuites", _CIPHER_SUITES),
        ecdh_curves=_known(fields, root, path, "ecdhCurves", _CURVES),
        insecure_skip_verify=fields.boolean(root.get("insecureSkipVerify"), f"{path}.insecureSkipVerify") or False,
    )


def _word(fields: Fields, root: Mapping, path: str, key: str, default: _Word) -> _Word:
    words = {word.value: word for word in type(default)}
    return words.get(fields.one_of(root.get(key), f"{path}.{key}", words) or "", default)


def _texts(fields: Fields, root: Mapping, path: str, key: str) -> tuple[str, ...]:
    return tuple([text for _, text, _ in fields.strings(root.get(key), f"{path}.{key}")])


def _digests(fields: Fields, root: Mapping, path: str, key: str, form: re.Pattern[str]) -> tuple[str, ...]:
    for index, text, node in fields.strings(root.get(key), f"{path}.{key}"):
        if not form.fullmatch(text):
            wanted = "the Base64 of a SHA-256" if form is _SPKI else "a SHA-256 in hexadecimal"
            fields.problem(Code.BAD_CREDENTIAL, node, f"{path}.{key}[{index}]", f"expected {wanted}, found {text!r}")
    return _texts(fields, root, path, key)


def _known(fields: Fields, root: Mapping, path: str, key: str, known: frozenset[str]) -> tuple[str, ...]:
    """Those that Envoy knows, each once; Istio drops the others with a warning, and Envoy would refuse them."""
    found: dict[str, None] = {}
    for index, text, node in fields.strings(root.get(key), f"{path}.{key}"):
        if text not in known or text in found:
            why = "stands here twice" if text in known else f"is unknown; known are {', '.join(sorted(known))}"
            warn(fields, Code.IGNORED_FIELD, node, f"{path}.{key}[{index}]", f"passed over: {text!r} {why}")
        else:
            found[text] = None
    return tuple(found)


def _credential_names(fields: Fields, root: Mapping, path: str, single: str) -> tuple[str, ...]:
    key = f"{path}.credentialNames"
    names = fields.strings(root.get("credentialNames"), key)
    _check_count(fields, root, path, "credentialNames")
    for index, text, node in names:
        _check_credential(fields, node, f"{key}[{index}]", text, _SECRET)
    if single:
        _credential(fields, root, path, "credentialName", _SECRET)
    return (*((single,) if single else ()), *(text for _, text, _ in names))


def _credential(fields: Fields, root: Mapping, path: str, key: str, form: re.Pattern[str]) -> str:
    node = root.get(key)
    text = fields.string(node, f"{path}.{key}")
    if text and node is not None:
        _check_credential(fields, node, f"{path}.{key}", text, form)
    return text or ""


def _check_credential(fields: Fields, node: Node, path: str, text: str, form: re.Pattern[str]) -> None:
    if not form.fullmatch(text):
        kinds = "a secret" if form is _SECRET else "a secret or configmap://"
        fields.problem(Code.BAD_CREDENTIAL, node, path, f"expected {kinds} NAME or NAMESPACE/NAME, found {text!r}")


def _certificates(fields: Fields, root: Mapping, path: str) -> tuple[FileCertificate, ...]:
    path = f"{path}.tlsCertificates"
    _check_count(fields, root, path.rpartition(".")[0], "tlsCertificates")
    found = []
    for item_path, item in fields.items(root.get("tlsCertificates"), path):
        entry = fields.mapping(item, item_path, _FILE_TEXTS)
        if entry is not None:
            found.append(
                FileCertificate(*[fields.string(entry.get(key), f"{item_path}.{key}") or "" for key in _FILE_TEXTS])
            )
    return tuple(found)


def _check_count(fields: Fields, root: Mapping, path: str, key: str) -> None:
    node = root.get(key)
    if type(node) is Sequence and not 1 <= len(node.items) <= _MAX_CERTIFICATES:
        message = f"expected one or {_MAX_CERTIFICATES} of different types of keys, found {len(node.items)}"
        fields.problem(Code.TOO_MANY if node.items else Code.EMPTY_BLOCK, node, f"{path}.{key}", message)


def _given(root: Mapping, *keys: str) -> list[str]:
    """Those that are there and are not empty."""
    nodes = {key: root.get(key) for key in keys}
    return [key for key, node in nodes.items() if node is not None and not (type(node) is Scalar and not node.text)]


def _check_protocol(fields: Fields, root: Mapping, path: str, tls: ServerTls, protocol: Protocol) -> None:
    if protocol.is_http:
        certificates = _given(root, *_FILE_TEXTS)
        if tls.mode.terminates or certificates:
            message = f"a server of {protocol.value} is plain text; for TLS its protocol is HTTPS"
            fields.problem(Code.TLS_MISMATCH, root, path, message)
        return
    if protocol is not Protocol.AUTO and not protocol.is_tls:
        message = f"a server of {protocol.value} is plain text; for TLS its protocol is TLS"
        fields.problem(Code.TLS_MISMATCH, root, path, message)
    if tls.https_redirect:
        message = "only a server of HTTP can redirect to HTTPS; this does nothing"
        warn(fields, Code.IGNORED_FIELD, root.entries["httpsRedirect"][0], f"{path}.httpsRedirect", message)


def _check_sources(fields: Fields, root: Mapping, path: str) -> None:
    """Istio: only one of credential_name, credential_names, server_certificate with private_key, tls_certificates."""
    sources = _given(root, "credentialName", "credentialNames", "tlsCertificates")
    if len(_given(root, "serverCertificate", "privateKey")) == 2:  # noqa: PLR2004 - a pair
        sources.append("serverCertificate")
    if len(sources) > 1:
        message = f"a certificate comes from one place; found {' and '.join(sources)}"
        fields.problem(Code.CONFLICTING_FIELDS, root.entries[sources[-1]][0], f"{path}.{sources[-1]}", message)


def _refuse_own_certificates(fields: Fields, root: Mapping, path: str) -> None:
    for key in _given(root, *_FILE_TEXTS, "tlsCertificates", "credentialName", "credentialNames"):
        message = "ISTIO_MUTUAL uses the gateway's own certificate; remove this field, or write MUTUAL"
        fields.problem(Code.CONFLICTING_FIELDS, root.entries[key][0], f"{path}.{key}", message)


def _warn_of_certificates(fields: Fields, root: Mapping, path: str, tls: ServerTls) -> None:
    for key in _given(root, *_TEXTS, "tlsCertificates", "credentialNames"):
        mode = tls.mode.value if "mode" in root.entries else f"{tls.mode.value}, which is what a missing mode is,"
        warn(fields, Code.IGNORED_FIELD, root.entries[key][0], f"{path}.{key}", f"does nothing: {mode} ends no TLS")


def _check_certificates(fields: Fields, root: Mapping, path: str, tls: ServerTls) -> None:
    if tls.credential_names:
        for key in _given(root, *_FILE_TEXTS):
            message = "this field does nothing: certificates and their authorities come from the secret"
            warn(fields, Code.IGNORED_FIELD, root.entries[key][0], f"{path}.{key}", message)
        return
    if tls.mode is not TlsMode.SIMPLE and not tls.ca_certificates:
        message = f"{tls.mode.value} needs caCertificates to verify clients by, or credentialName"
        fields.problem(Code.NO_CERTIFICATE, root, path, message)
    if not all(one.certificate and one.private_key for one in tls.certificates) or not tls.certificates:
        message = f"{tls.mode.value} needs credentialName, or serverCertificate and privateKey"
        fields.problem(Code.NO_CERTIFICATE, root, path, message)
    if tls.ca_crl and tls.mode is TlsMode.SIMPLE:
        message = "SIMPLE asks for no client certificate that could be revoked; remove this field, or write MUTUAL"
        fields.problem(Code.CONFLICTING_FIELDS, root.entries["caCrl"][0], f"{path}.caCrl", message)
