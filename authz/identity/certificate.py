"""The names in a peer's certificate, as Envoy's RBAC filter tries them."""

from threading import Lock
from urllib.parse import unquote_to_bytes

from cachetools import LRUCache, cached
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

_MAX_CACHED = 4096
_MAX_BYTES = 64 * 1024
_UNREADABLE = (
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
    """URI SANs, then DNS SANs, then the subject (RFC 4514), of the first certificate in URL-encoded PEM.

    Nothing is verified: the proxy that sends it has done that. The names of recent certificates are kept. Raises
    CertificateError.
    Source: Envoy source/extensions/filters/common/rbac/matchers.cc, AuthenticatedMatcher.
    """
    if len(url_encoded_pem) > _MAX_BYTES:
        raise CertificateError(f"longer than {_MAX_BYTES} characters")
    try:
        certificate = x509.load_pem_x509_certificate(unquote_to_bytes(url_encoded_pem))
        subject = certificate.subject.rfc4514_string()
        try:
            sans = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except x509.ExtensionNotFound:
            sans = x509.SubjectAlternativeName([])
        uris = sans.get_values_for_type(x509.UniformResourceIdentifier)
        names = sans.get_values_for_type(x509.DNSName)
    except _UNREADABLE as error:
        raise CertificateError(f"not a certificate that can be read: {error}") from None
    return (*uris, *names, *([subject] if subject else ()))
