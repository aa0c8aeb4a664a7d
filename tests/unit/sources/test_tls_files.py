from __future__ import annotations

import datetime as dt
import logging
import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from authz.identity.key_pair import TlsFiles
from authz.model.errors import TlsFileError
from authz.sources.tls_files import read_tls_files, warn_of_open_key
from tests.support.pki import DAY, Authority

if TYPE_CHECKING:
    from pathlib import Path

CA = Authority()
NOW = CA.now


@pytest.fixture
def files(tmp_path: Path) -> TlsFiles:
    CA.issue().write(tmp_path)
    (tmp_path / "ca.crt").write_bytes(CA.certificate)
    return TlsFiles(tmp_path / "tls.crt", tmp_path / "tls.key", tmp_path / "ca.crt")


def refusal(files: TlsFiles, now: dt.datetime = NOW) -> str:
    with pytest.raises(TlsFileError) as raised:
        read_tls_files(files, now)
    return str(raised.value).replace(f"{files.certificate.parent}/", "")


def test_what_belongs_together_is_read(files: TlsFiles) -> None:
    material = read_tls_files(files, NOW)
    assert material.certificate == files.certificate.read_bytes()
    assert (material.expires, material.client_ca_expires) == (NOW + DAY, NOW + 30 * DAY)
    assert material.client_ca == CA.certificate


def test_without_a_client_ca_clients_need_no_certificate(files: TlsFiles) -> None:
    material = read_tls_files(replace(files, client_ca=None), NOW)
    assert (material.client_ca, material.client_ca_expires) == (None, None)


def test_a_chain_is_the_own_certificate_first(files: TlsFiles) -> None:
    files.certificate.write_bytes(files.certificate.read_bytes() + CA.certificate)
    assert read_tls_files(files, NOW).expires == NOW + DAY
    files.certificate.write_bytes(CA.certificate + files.certificate.read_bytes())
    assert refusal(files) == "tls.key: is not the key of the first certificate in tls.crt"


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("tls.crt", b"", "tls.crt: holds no certificate in PEM"),
        ("tls.key", b"", "tls.key: holds no private key in PEM that can be read"),
        ("ca.crt", b"", "ca.crt: holds no certificate in PEM"),
        ("tls.key", CA.issue().key, "tls.key: is not the key of the first certificate in tls.crt"),
        ("tls.crt", b"x" * 1024 * 1024 + b"x", "tls.crt: is larger than 1048576 bytes"),
    ],
)
def test_what_cannot_be_used_is_named_with_its_reason(files: TlsFiles, name: str, content: bytes, why: str) -> None:
    (files.key.parent / name).write_bytes(content)
    assert refusal(files) == why


@pytest.mark.parametrize("name", ["tls.crt", "tls.key", "ca.crt"])
def test_a_missing_file_is_named(files: TlsFiles, name: str) -> None:
    (files.key.parent / name).unlink()
    assert refusal(files) == f"{name}: cannot be read: No such file or directory"


def test_a_pipe_is_not_waited_for(files: TlsFiles) -> None:
    files.key.unlink()
    os.mkfifo(files.key)
    assert refusal(files) == "tls.key: cannot be read: not a regular file"


def test_an_expired_certificate_is_refused(files: TlsFiles) -> None:
    assert refusal(files, NOW + DAY) == f"tls.crt: expired on {NOW + DAY}"


def test_a_certificate_of_tomorrow_is_refused_until_then(files: TlsFiles) -> None:
    CA.issue(begins=NOW + DAY, expires=NOW + 2 * DAY).write(files.key.parent)
    with pytest.raises(TlsFileError, match="is not valid before") as raised:
        read_tls_files(files, NOW)
    assert raised.value.try_again_at == NOW + DAY
    assert read_tls_files(files, NOW + DAY).expires == NOW + 2 * DAY


def test_an_authority_that_has_expired_beside_one_that_has_not_is_a_rotation(files: TlsFiles) -> None:
    assert files.client_ca is not None
    old = Authority("old", NOW - 10 * DAY, lifetime=5 * DAY).certificate
    files.client_ca.write_bytes(old + CA.certificate)
    assert read_tls_files(files, NOW).client_ca_expires == NOW + 30 * DAY
    files.client_ca.write_bytes(old)
    assert refusal(files) == f"ca.crt: all its certificates have expired, the last one on {NOW - 5 * DAY}"


def test_a_key_that_others_can_read_is_told_of(files: TlsFiles, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        files.key.chmod(0o640)
        warn_of_open_key(files.key)
        assert not caplog.messages
        files.key.chmod(0o644)
        warn_of_open_key(files.key)
    assert caplog.messages == [
        f"{files.key}: every user of this machine can read this private key; chmod 0600 it",
    ]
