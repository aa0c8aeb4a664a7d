"""Reading what a TLS door shows and believes from its files: all of it can be used, or none is."""

import logging
import os
import stat
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from cryptography import x509

from authz.identity.key_pair import (
    TlsFiles,
    TlsMaterial,
    are_pair,
    last_expiry,
    read_certificates,
    read_private_key,
)
from authz.model.errors import TlsFileError

_log = logging.getLogger(__name__)
_MAX_BYTES = 1024 * 1024


def read_tls_files(files: TlsFiles, now: datetime) -> TlsMaterial:
    """Read and check certificate chain, private key and the bundle of client authorities.

    Raises TlsFileError, with the file and what is wrong with it: unreadable, not a pair, expired, not valid
    yet.
    """
    certificate, key, client_ca = files.certificate, files.key, files.client_ca
    chain_pem, key_pem = _read(certificate), _read(key)
    chain = _certificates(certificate, chain_pem)
    try:
        private_key = read_private_key(key_pem)
    except ValueError as error:
        raise TlsFileError(f"{key}: {error}") from None
    if not are_pair(chain[0], private_key):
        raise TlsFileError(f"{key}: is not the key of the first certificate in {certificate}")
    own = chain[0]
    _check_times(certificate, own, now)
    material = TlsMaterial(chain_pem, key_pem, own.not_valid_after_utc, f"{own.serial_number:x}")
    if client_ca is None:
        return material
    bundle_pem = _read(client_ca)
    expires = last_expiry(_certificates(client_ca, bundle_pem))
    if expires <= now:
        raise TlsFileError(f"{client_ca}: all its certificates have expired, the last one on {expires}")
    return replace(material, client_ca=bundle_pem, client_ca_expires=expires)


def warn_of_open_key(key: Path) -> None:
    """Say so if anyone on this machine can read the key."""
    if key.stat().st_mode & stat.S_IROTH:
        _log.warning("%s: every user of this machine can read this private key; chmod 0600 it", key)


def _read(path: Path) -> bytes:
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # reading a pipe might never end
            raise TlsFileError(f"{path}: cannot be read: not a regular file")
        with open(path, "rb") as file:  # noqa: PTH123 - with a limit
            content = file.read(_MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = getattr(error, "strerror", None) or error
        raise TlsFileError(f"{os.fspath(path)}: cannot be read: {reason}") from None
    if len(content) > _MAX_BYTES:
        raise TlsFileError(f"{path}: is larger than {_MAX_BYTES} bytes")
    return content


def _certificates(path: Path, pem: bytes) -> tuple[x509.Certificate, ...]:
    try:
        return read_certificates(pem)
    except ValueError as error:
        raise TlsFileError(f"{path}: {error}") from None


def _check_times(path: Path, certificate: x509.Certificate, now: datetime) -> None:
    begins, expires = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if expires <= now:
        raise TlsFileError(f"{path}: expired on {expires}")
    if begins > now:
        raise TlsFileError(f"{path}: is not valid before {begins}; is the clock right?", try_again_at=begins)
