from __future__ import annotations

import datetime as dt
import os
import stat
from typing import TYPE_CHECKING

import pytest

from authz.model.errors import TlsFileError
from authz.model.spiffe_id import SpiffeId
from authz.runtime.dev.certificates import Names
from authz.runtime.dev.files import (
    DevelopmentFileError,
    KeyPair,
    authority_files,
    make_authority,
    make_directory,
    open_authority,
    open_or_make_signing_key,
    open_signing_key,
    write_pair,
    write_private,
)
from authz.runtime.dev.keys import Algorithm
from tests.support.pki import Authority

if TYPE_CHECKING:
    from pathlib import Path

DAY = dt.timedelta(days=1)
TRUST_DOMAIN = SpiffeId("cluster.local")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    make_authority(tmp_path / "made", TRUST_DOMAIN, DAY, replace=False)
    return tmp_path / "made"


def test_keys_and_their_directory_are_for_their_owner_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        authority = make_authority(tmp_path / "ca", TRUST_DOMAIN, DAY, replace=False)
        pair = KeyPair(tmp_path / "ca" / "tls.crt", tmp_path / "ca" / "tls.key")
        write_pair(pair, authority.issue(Names(), DAY))
        write_pair(pair, authority.issue(Names(), DAY), replace=True)
        open_or_make_signing_key(tmp_path / "keys" / "token.key", Algorithm.ES256)
    finally:
        os.umask(before)
    assert [mode(tmp_path / name) for name in ("ca", "keys")] == [0o700, 0o700]
    assert [mode(path) for path in (*(tmp_path / "ca").glob("*.key"), tmp_path / "keys" / "token.key")] == [0o600] * 3
    assert [mode(path) for path in (tmp_path / "ca").glob("*.crt")] == [0o644] * 2
    assert sorted(path.name for path in (tmp_path / "ca").iterdir()) == ["ca.crt", "ca.key", "tls.crt", "tls.key"]


def test_what_is_there_stays_unless_told(directory: Path) -> None:
    before = authority_files(directory).key.read_bytes()
    (directory / "ca.crt").unlink()
    with pytest.raises(DevelopmentFileError, match=r"ca\.key exists already; --force replaces it"):
        make_authority(directory, TRUST_DOMAIN, DAY, replace=False)
    assert [path.name for path in directory.iterdir()] == ["ca.key"]
    assert authority_files(directory).key.read_bytes() == before
    make_authority(directory, TRUST_DOMAIN, DAY, replace=True)
    assert authority_files(directory).key.read_bytes() != before


def test_a_link_is_replaced_not_written_through(directory: Path, tmp_path: Path) -> None:
    target = write_private(tmp_path / "theirs", b"theirs")
    (directory / "ca.key").unlink()
    (directory / "ca.key").symlink_to(target)
    make_authority(directory, TRUST_DOMAIN, DAY, replace=True)
    assert target.read_bytes() == b"theirs"
    assert not (directory / "ca.key").is_symlink()


def test_an_authority_is_read_as_it_was_written(directory: Path) -> None:
    authority = open_authority(directory)
    assert authority.trust_domain == TRUST_DOMAIN
    assert authority.own.certificate_pem() == (directory / "ca.crt").read_bytes()


def test_no_authority_another_ones_key_or_a_foreign_one_is_not_used(directory: Path, tmp_path: Path) -> None:
    with pytest.raises(DevelopmentFileError, match="holds no CA"):
        open_authority(tmp_path)
    foreign = Authority()
    foreign.issue("spiffe://cluster.local").write(tmp_path, "ca")
    with pytest.raises(DevelopmentFileError, match="was not made by `authz dev ca`"):
        open_authority(tmp_path)
    (directory / "ca.key").write_bytes((tmp_path / "ca.key").read_bytes())
    with pytest.raises(TlsFileError, match="is not the key of the first certificate"):
        open_authority(directory)


def test_an_expired_authority_issues_nothing(tmp_path: Path) -> None:
    make_authority(tmp_path, TRUST_DOMAIN, -dt.timedelta(minutes=1), replace=False)
    with pytest.raises(TlsFileError, match="expired"):
        open_authority(tmp_path)


def test_a_key_for_tokens_is_made_once_and_is_for_one_algorithm(tmp_path: Path) -> None:
    path = tmp_path / "token.key"
    made, is_new = open_or_make_signing_key(path, Algorithm.EDDSA)
    assert is_new
    again, is_new = open_or_make_signing_key(path, None)
    assert (again.jwk(), is_new) == (made.jwk(), False)
    with pytest.raises(DevelopmentFileError, match="is a key for EdDSA; --alg RS256 needs another --key"):
        open_or_make_signing_key(path, Algorithm.RS256)


@pytest.mark.parametrize(
    "name, said", [("none", "there is no key"), ("", "cannot be read: Is a directory"), ("bad", "holds no private key")]
)
def test_what_is_no_key_is_said(tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / "bad").write_text("bad")
    with pytest.raises(DevelopmentFileError, match=said):
        open_signing_key(tmp_path / name)


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DevelopmentFileError, match="file: cannot be made a directory"):
        make_directory(tmp_path / "file")
    with pytest.raises(DevelopmentFileError, match="cannot be written: No such file"):
        write_pair(
            KeyPair(tmp_path / "no" / "a.crt", tmp_path / "no" / "a.key"),
            make_authority(tmp_path / "ca", TRUST_DOMAIN, DAY, replace=False).own,
        )
