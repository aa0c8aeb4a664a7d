"""The keys of a log, and what is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from authz.audit.chain import Chain, LineEnd, is_signed_by
from authz.audit.keys import read_public_key, read_secret, read_signer
from authz.model.errors import SettingsError
from tests.support.log_files import KEY

if TYPE_CHECKING:
    from pathlib import Path

PRIVATE = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
PUBLIC = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
EC = ec.generate_private_key(ec.SECP256R1())
EC_PRIVATE = EC.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
EC_PUBLIC = EC.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def written(directory: Path, content: bytes) -> Path:
    path = directory / "key"
    path.write_bytes(content)
    return path


def test_what_one_signs_the_other_verifies(tmp_path: Path) -> None:
    signer = read_signer(written(tmp_path, PRIVATE))
    end = LineEnd.of(Chain().sign(b'{"a":1', signer)[0])
    assert end is not None
    assert is_signed_by(end, read_public_key(written(tmp_path, PUBLIC)))


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "no private key"), (PUBLIC, "no private key"), (EC_PRIVATE, "is no Ed25519 key; `authz dev log-key`")],
)
def test_what_is_no_key_that_signs_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        read_signer(written(tmp_path, content))


@pytest.mark.parametrize(
    ("content", "words"), [(b"x", "no public key"), (PRIVATE, "no public key"), (EC_PUBLIC, "is no Ed25519 key")]
)
def test_what_is_no_key_that_verifies_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        read_public_key(written(tmp_path, content))


def test_a_secret_is_all_of_a_file_but_blanks_around_it(tmp_path: Path) -> None:
    assert read_secret(written(tmp_path, b" 0123456789abcdef\n")) == b"0123456789abcdef"
    with pytest.raises(SettingsError, match=r"has 5 bytes, 16 at least"):
        read_secret(written(tmp_path, b"short\n"))
