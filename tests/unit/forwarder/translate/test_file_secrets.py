import pytest

from authz.forwarder.translate.file_secrets import file_secret
from authz.forwarder.translate.sds import file_certificate, file_roots
from authz.pb.packing import to_json

ROOTS = "/etc/ssl/certs/ca-certificates.crt"


def test_a_certificate_and_its_key_are_files() -> None:
    secret = file_secret(file_certificate("/a/cert.pem", "/a/key.pem"), ROOTS)
    assert secret is not None
    assert to_json(secret) == {
        "name": "file-cert:/a/cert.pem~/a/key.pem",
        "tls_certificate": {
            "certificate_chain": {"filename": "/a/cert.pem"},
            "private_key": {"filename": "/a/key.pem"},
        },
    }


@pytest.mark.parametrize(
    ("path", "name", "file"),
    [("/a/ca.pem", "file-root:/a/ca.pem", "/a/ca.pem"), ("", "file-root:system", ROOTS)],
)
def test_authorities_are_a_file_or_those_of_the_operating_system(path: str, name: str, file: str) -> None:
    secret = file_secret(file_roots(path), ROOTS)
    assert secret is not None
    assert to_json(secret) == {"name": name, "validation_context": {"trusted_ca": {"filename": file}}}


@pytest.mark.parametrize(
    "name",
    [
        "default",
        "kubernetes://a",
        "file-root:",
        "file-cert:/a",
        file_certificate("", ""),
        file_certificate("/a", ""),
        file_certificate("/a~b", "/c"),
    ],
)
def test_any_other_name_is_no_file(name: str) -> None:
    assert file_secret(name, ROOTS) is None


def test_without_a_file_of_the_systems_authorities_there_are_none() -> None:
    assert file_secret(file_roots(""), "") is None
