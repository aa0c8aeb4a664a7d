"""The names in a peer's certificate, as Envoy's RBAC filter tries them."""

from threading import Lock
from urllib.parse import unquote_to_bytes

from cachetools import LRUCache, cached
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

_MAX_CACHED = 4096
MAX_BYTES = 64 * 1024
UNREADABLE = (
    ValueError,
    TypeError,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
    UnsupportedAlgorithm,
)


class CertificateError(Exception):
    """The text is no certificate that can be read."""


@cached(LRUCache(_MAX_CACHED), lock=Lock())
def certificate_names(url_encoded_pem: str) -> tuple[str, ...]:
    """URI SANs, then DNS SANs, then the subject, of the first certificate in URL-encoded PEM.

    Nothing is verified: the proxy that sends it has done that. The names of recent certificates are kept. Raises
    CertificateError.
    Source: Envoy source/extensions/filters/common/rbac/matchers.cc, AuthenticatedMatcher.
    """
    if len(url_encoded_pem) > MAX_BYTES:
        raise CertificateError(f"longer than {MAX_BYTES} characters")
    try:
        return names_of(x509.load_pem_x509_certificate(unquote_to_bytes(url_encoded_pem)))
    except UNREADABLE as error:
        raise CertificateError(f"not a certificate that can be read: {error}") from None


def names_of(certificate: x509.Certificate) -> tuple[str, ...]:
    """URI SANs, then DNS SANs, then the subject. Raises one of UNREADABLE."""
    subject = _subject_text(certificate.subject)
    try:
        sans = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        sans = x509.SubjectAlternativeName([])
    uris = sans.get_values_for_type(x509.UniformResourceIdentifier)
    names = sans.get_values_for_type(x509.DNSName)
    return (*uris, *names, *([subject] if subject else ()))


_SHORT_NAMES = {
    "0.9.2342.19200300.100.1.1": "UID",
    "0.9.2342.19200300.100.1.25": "DC",
    "1.2.840.113549.1.9.1": "emailAddress",
    "1.2.840.113549.1.9.2": "unstructuredName",
    "2.5.4.3": "CN",
    "2.5.4.4": "SN",
    "2.5.4.5": "serialNumber",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.9": "street",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "2.5.4.12": "title",
    "2.5.4.13": "description",
    "2.5.4.15": "businessCategory",
    "2.5.4.16": "postalAddress",
    "2.5.4.17": "postalCode",
    "2.5.4.41": "name",
    "2.5.4.42": "GN",
    "2.5.4.43": "initials",
    "2.5.4.44": "generationQualifier",
    "2.5.4.46": "dnQualifier",
    "2.5.4.65": "pseudonym",
}
_ESCAPED = frozenset(',+"\\<>;')


def _subject_text(subject: x509.Name) -> str:
    """The subject as Envoy writes it, last part first: RFC 2253, with OpenSSL's short names and ASCII only.

    Source: observed of Envoy 1.40; its source/common/tls/utility.cc asks BoringSSL for XN_FLAG_RFC2253.
    """
    parts = [list(part) for part in subject.rdns]
    return ",".join(["+".join([_attribute_text(one) for one in reversed(part)]) for part in reversed(parts)])


def _attribute_text(attribute: x509.NameAttribute[str | bytes]) -> str:
    name, value = _SHORT_NAMES.get(attribute.oid.dotted_string), attribute.value
    if name is None or isinstance(value, bytes):
        return f"{name or attribute.oid.dotted_string}=#{_der_of_value(attribute).hex().upper()}"
    escaped = "".join([_escape(character) for character in value])
    if value[:1] in {"#", " "}:
        escaped = f"\\{escaped}"
    if len(value) > 1 and value[-1] == " ":
        escaped = f"{escaped[:-1]}\\ "
    return f"{name}={escaped}"


def _escape(character: str) -> str:
    if character in _ESCAPED:
        return f"\\{character}"
    if " " <= character <= "~":
        return character
    return "".join([f"\\{byte:02X}" for byte in character.encode()])


def _der_of_value(attribute: x509.NameAttribute[str | bytes]) -> bytes:
    """A name is a SEQUENCE of SETs of SEQUENCEs of an object identifier and the value."""
    pair = _content(_content(_content(x509.Name([attribute]).public_bytes())))
    return pair[2 + pair[1] :]  # object identifiers are short


def _content(der: bytes) -> bytes:
    long_form = der[1] & 0x7F if der[1] & 0x80 else 0
    return der[2 + long_form :]
