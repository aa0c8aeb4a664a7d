"""Secrets that are files where the proxy runs: Envoy reads them itself, and again when they change.

Istio has its agent read them. A file that is not there is no secret: nothing is sent without it.
"""

from authz.forwarder.translate.sds import FILE_CERTIFICATE, FILE_ROOTS, FILE_SEPARATOR, SYSTEM_ROOTS
from authz.pb.core import DataSource
from authz.pb.tls import CertificateValidationContext, Secret, TlsCertificate


def file_secret(name: str, system_roots: str) -> Secret | None:
    """The secret that a name of `sds.file_certificate` or `sds.file_roots` stands for; None for any other name.

    `system_roots`: the file of the operating system's authorities. Paths with `~` can't be told apart: None too.
    """
    if name.startswith(FILE_CERTIFICATE):
        return _certificate(name, name.removeprefix(FILE_CERTIFICATE).split(FILE_SEPARATOR))
    path = system_roots if name == SYSTEM_ROOTS else name.removeprefix(FILE_ROOTS)
    if not name.startswith(FILE_ROOTS) or not path:
        return None
    return roots_secret(name, path)


def roots_secret(name: str, path: str) -> Secret:
    """A secret of authorities that are a file."""
    return Secret(name=name, validation_context=CertificateValidationContext(trusted_ca=DataSource(filename=path)))


def certificate_secret(name: str, certificate: str, private_key: str) -> Secret:
    """A secret of a certificate chain and its key that are files."""
    pair = TlsCertificate(
        certificate_chain=DataSource(filename=certificate), private_key=DataSource(filename=private_key)
    )
    return Secret(name=name, tls_certificate=pair)


def _certificate(name: str, paths: list[str]) -> Secret | None:
    if len(paths) != 2 or not all(paths):  # noqa: PLR2004 - a certificate chain and its key
        return None
    certificate, private_key = paths
    return certificate_secret(name, certificate, private_key)
