"""Certificates and keys as files: keys for their owner alone, and nothing overwritten unless told to."""

import contextlib
import datetime as dt
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from authz.identity.key_pair import TlsFiles, read_certificates, read_private_key
from authz.model.errors import AuthzError
from authz.model.spiffe_id import SpiffeId
from authz.runtime.dev.certificates import Authority, Issued, private_key_pem
from authz.runtime.dev.keys import Algorithm, SigningKey, make_signing_key, read_signing_key
from authz.sources.tls_files import read_tls_files

_OWNER, _EVERYBODY = 0o600, 0o644
_MAX_COMMON_NAME = 64  # RFC 5280, appendix A.1


class DevelopmentFileError(AuthzError):
    """A file cannot be read or written, or is not what is needed; the text says which and why, and what to do."""


@dataclass(frozen=True, slots=True)
class KeyPair:
    """Where a certificate and its private key are, as PEM."""

    certificate: Path
    key: Path


def write_private(path: Path, data: bytes) -> Path:
    """Write a new file that only its owner can read, from the first byte on. Raises OSError."""
    _write(path, data, _OWNER)
    return path


def write_pair(pair: KeyPair, issued: Issued, *, replace: bool = False) -> None:
    """Write both, the key first. Raises DevelopmentFileError, before anything is written if one of them exists."""
    for path in (pair.key, pair.certificate):
        if not replace and os.path.lexists(path):
            raise _exists(path)
    with _telling(pair.key, "written"):
        _write(pair.key, issued.key_pem(), _OWNER, replace=replace)
    with _telling(pair.certificate, "written"):
        _write(pair.certificate, issued.certificate_pem(), _EVERYBODY, replace=replace)


def make_directory(directory: Path) -> None:
    """Make it for its owner alone, unless it is there. Raises DevelopmentFileError."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise DevelopmentFileError(f"{directory}: cannot be made a directory: {error.strerror}") from None


def authority_files(directory: Path) -> KeyPair:
    """Where the CA of a directory is."""
    return KeyPair(directory / "ca.crt", directory / "ca.key")


def make_authority(directory: Path, trust_domain: SpiffeId, lifetime: dt.timedelta, *, replace: bool) -> Authority:
    """Make the CA of a directory, and the directory. Raises DevelopmentFileError."""
    authority = Authority.make(
        f"CA of {trust_domain.trust_domain}"[:64], dt.datetime.now(dt.UTC), lifetime, trust_domain
    )
    make_directory(directory)
    write_pair(authority_files(directory), authority.own, replace=replace)
    return authority


def open_authority(directory: Path) -> Authority:
    """Read the CA of a directory.

    Raises DevelopmentFileError for none, or one that was not made here, and TlsFileError for one that has expired
    or cannot be read.
    """
    files, now = authority_files(directory), dt.datetime.now(dt.UTC)
    if not os.path.lexists(files.certificate):
        raise DevelopmentFileError(f"{directory} holds no CA (ca.crt); `authz dev ca` makes one")
    material = read_tls_files(TlsFiles(files.certificate, files.key), now)
    own = Issued(read_certificates(material.certificate)[0], read_private_key(material.key))
    authority = Authority(own, now)
    if authority.trust_domain is None:
        raise DevelopmentFileError(f"{files.certificate} was not made by `authz dev ca`, and is not used")
    return authority


def open_signing_key(path: Path) -> SigningKey:
    """Read the key that signs tokens. Raises DevelopmentFileError."""
    if not os.path.lexists(path):
        raise DevelopmentFileError(f"there is no key {path}; `authz dev token --key {path}` makes it")
    with _telling(path, "read"):
        pem = path.read_bytes()
    try:
        return read_signing_key(pem)
    except ValueError as error:
        raise DevelopmentFileError(f"{path}: {error}") from None


def open_or_make_signing_key(path: Path, algorithm: Algorithm | None) -> tuple[SigningKey, bool]:
    """Read the key that signs tokens, or make it for `algorithm`, RS256 unless told; and whether it was made.

    Raises DevelopmentFileError, also where the key is there and for another algorithm.
    """
    if not os.path.lexists(path):
        key = make_signing_key(algorithm or Algorithm.RS256)
        make_directory(path.parent)
        with _telling(path, "written"):
            write_private(path, key.pem())
        return key, True
    key = open_signing_key(path)
    if algorithm not in {None, key.algorithm}:
        raise DevelopmentFileError(
            f"{path} is a key for {key.algorithm.value}; --alg {algorithm.value} needs another --key"
        )
    return key, False


def write_log_key(prefix: Path, *, replace: bool) -> KeyPair:
    """Make the key that signs a decision log's checkpoints, and its public half; as KeyPair without a certificate.

    Raises DevelopmentFileError, before anything is written if one of them exists.
    """
    key = ed25519.Ed25519PrivateKey.generate()
    pair = KeyPair(prefix.with_name(f"{prefix.name}.pub"), prefix.with_name(f"{prefix.name}.key"))
    for path in (pair.key, pair.certificate):
        if not replace and os.path.lexists(path):
            raise _exists(path)
    make_directory(prefix.parent)
    with _telling(pair.key, "written"):
        _write(pair.key, private_key_pem(key), _OWNER, replace=replace)
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    with _telling(pair.certificate, "written"):
        _write(pair.certificate, public, _EVERYBODY, replace=replace)
    return pair


def _write(path: Path, data: bytes, mode: int, *, replace: bool = False) -> None:
    """Write a new file; what it replaces stays whole until then."""
    target = path.with_name(f".{path.name}.{os.getpid()}") if replace else path
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        if replace:
            target.replace(path)
    except BaseException:
        target.unlink(missing_ok=True)
        raise


@contextlib.contextmanager
def _telling(path: Path, doing: str) -> Iterator[None]:
    try:
        yield
    except FileExistsError:
        raise _exists(path) from None
    except OSError as error:
        raise DevelopmentFileError(f"{path}: cannot be {doing}: {error.strerror}") from None


def _exists(path: Path) -> DevelopmentFileError:
    return DevelopmentFileError(f"{path} exists already; --force replaces it")
