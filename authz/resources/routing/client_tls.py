"""`tls` of a traffic policy: documents -> ClientTls, or problems.

Source: istio/istio pkg/config/validation/agent/validation.go, ValidateTLS.
"""

from authz.model.problem import Code
from authz.model.routing.client_tls import ClientTls, ClientTlsMode
from authz.resources.fields import Fields
from authz.resources.nodes import Mapping, Node
from authz.resources.routing.values import warn

_FILES = ("clientCertificate", "privateKey", "caCertificates", "caCrl")
_TEXTS = (*_FILES, "credentialName", "sni")
_FIELDS = frozenset({"mode", "subjectAltNames", "insecureSkipVerify", *_TEXTS})
_CONFIG_MAP = "configmap://"


def read_client_tls(fields: Fields, node: Node | None, path: str, namespace: str) -> ClientTls | None:
    """The TLS that is wanted; None where nothing is said. A missing `mode` is DISABLE, as in Istio."""
    root = fields.mapping(node, path, _FIELDS)
    if root is None:
        return None
    words = [mode.value for mode in ClientTlsMode]
    word = fields.one_of(root.get("mode"), f"{path}.mode", words)
    texts = {key: fields.string(root.get(key), f"{path}.{key}") or "" for key in _TEXTS}
    tls = ClientTls(
        mode=ClientTlsMode(word) if word in words else ClientTlsMode.DISABLE,
        credential_name=texts["credentialName"],
        client_certificate=texts["clientCertificate"],
        private_key=texts["privateKey"],
        ca_certificates=texts["caCertificates"],
        ca_crl=texts["caCrl"],
        sni=texts["sni"],
        subject_alt_names=tuple(
            text for _, text, _ in fields.strings(root.get("subjectAltNames"), f"{path}.subjectAltNames")
        ),
        insecure_skip_verify=fields.boolean(root.get("insecureSkipVerify"), f"{path}.insecureSkipVerify") or False,
        where=fields.where(root),
    )
    _check(fields, root, path, tls)
    _check_config_map(fields, root, path, tls, namespace)
    return tls


def _check(fields: Fields, root: Mapping, path: str, tls: ClientTls) -> None:
    match tls.mode:
        case ClientTlsMode.DISABLE:
            others = [key for key in root.entries if key != "mode"]
            _warn_of(fields, root, path, others, "mode DISABLE, which is also what a missing mode is, is plain text")
        case ClientTlsMode.ISTIO_MUTUAL:
            message = "ISTIO_MUTUAL uses the workload's own certificate"
            _warn_of(fields, root, path, _given(root, (*_FILES, "credentialName")), message)
        case ClientTlsMode.SIMPLE | ClientTlsMode.MUTUAL:
            _check_unverified(fields, root, path, tls)
            _check_certificates(fields, root, path, tls)


def _warn_of(fields: Fields, root: Mapping, path: str, keys: list[str], why: str) -> None:
    for key in keys:
        warn(fields, Code.IGNORED_FIELD, root.entries[key][0], f"{path}.{key}", f"this field does nothing: {why}")


def _check_unverified(fields: Fields, root: Mapping, path: str, tls: ClientTls) -> None:
    """Who does not verify the server says nothing of what it should be verified by."""
    if not tls.insecure_skip_verify:
        return
    verifying = ["caCertificates", "subjectAltNames"]
    if tls.mode is ClientTlsMode.SIMPLE:
        verifying.append("credentialName")
    for key in _given(root, verifying):
        message = "with insecureSkipVerify nothing is verified; remove one of the two"
        fields.problem(Code.CONFLICTING_FIELDS, root.entries[key][0], f"{path}.{key}", message)


def _check_certificates(fields: Fields, root: Mapping, path: str, tls: ClientTls) -> None:
    if tls.credential_name:
        for key in _given(root, _FILES):
            message = "all of it comes from credentialName; remove one of the two"
            fields.problem(Code.CONFLICTING_FIELDS, root.entries[key][0], f"{path}.{key}", message)
        return
    if tls.mode is ClientTlsMode.MUTUAL:
        for key in ("clientCertificate", "privateKey"):
            if not _given(root, [key]):
                message = "mode MUTUAL needs clientCertificate and privateKey, or credentialName"
                fields.problem(Code.MISSING_FIELD, root, f"{path}.{key}", message)


def _given(root: Mapping, keys: "tuple[str, ...] | list[str]") -> list[str]:
    """Those of the keys that have a value: an empty text or list is none."""
    return [key for key in keys if key in root.entries and _has_value(root.entries[key][1])]


def _has_value(node: Node) -> bool:
    return bool(getattr(node, "text", None) or getattr(node, "items", None) or getattr(node, "entries", None))


def _check_config_map(fields: Fields, root: Mapping, path: str, tls: ClientTls, namespace: str) -> None:
    """Only one in the rule's own namespace can be named: it is not the proxy's, as that of a secret is."""
    if not tls.credential_name.startswith(_CONFIG_MAP):
        return
    of_namespace, slash, name = tls.credential_name.removeprefix(_CONFIG_MAP).partition("/")
    if not slash or not name or of_namespace != namespace:
        message = f"expected {_CONFIG_MAP}{namespace}/NAME, found {tls.credential_name!r}"
        place = root.entries["credentialName"][1]
        fields.problem(Code.BAD_CREDENTIAL, place, f"{path}.credentialName", message)
