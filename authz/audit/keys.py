"""The keys of a log: Ed25519 to sign checkpoints, a secret for hashes. Whoever reads them can do what they do."""

from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from authz.audit.chain import Signer
from authz.model.errors import SettingsError

_MIN_SECRET_BYTES = 16


def read_signer(path: Path) -> Signer:
    """A private key, PEM. Raises SettingsError."""
    try:
        key = load_pem_private_key(_read(path, "log.signingKey"), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise SettingsError(f"log.signingKey: {path} holds no private key in PEM, without a passphrase") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise SettingsError(f"log.signingKey: {path} is no Ed25519 key; `authz dev log-key` makes one")
    return Signer(key)


def read_public_key(path: Path) -> Ed25519PublicKey:
    """A public key, PEM. Raises SettingsError."""
    try:
        key = load_pem_public_key(_read(path, "key"))
    except (ValueError, UnsupportedAlgorithm):
        raise SettingsError(f"key: {path} holds no public key in PEM") from None
    if not isinstance(key, Ed25519PublicKey):
        raise SettingsError(f"key: {path} is no Ed25519 key")
    return key


def read_secret(path: Path) -> bytes:
    """What hashes are keyed with: all of the file, but blanks around it. Raises SettingsError."""
    secret = _read(path, "log.hashKey").strip()
    if len(secret) < _MIN_SECRET_BYTES:
        raise SettingsError(f"log.hashKey: {path} has {len(secret)} bytes, {_MIN_SECRET_BYTES} at least are needed")
    return secret


def _read(path: Path, setting: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SettingsError(f"{setting}: {path} cannot be read: {error.strerror}") from None
