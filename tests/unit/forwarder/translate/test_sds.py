import pytest

from authz.forwarder.translate.sds import credential, file_certificate, file_roots, sds_secret
from authz.pb.packing import to_json


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("a", "kubernetes://a"),
        ("a-cacert", "kubernetes://a-cacert"),
        ("kubernetes://ns/a", "kubernetes://ns/a"),
        ("configmap://ns/a", "configmap://ns/a"),
        ("sds://a", "kubernetes://sds://a"),
    ],
)
def test_what_a_credential_name_stands_for(written: str, name: str) -> None:
    assert credential(written) == name


def test_a_secret_comes_by_ads_and_is_not_waited_for_long() -> None:
    assert to_json(sds_secret("a")) == {
        "name": "a",
        "sds_config": {"ads": {}, "initial_fetch_timeout": "1s", "resource_api_version": "V3"},
    }


def test_names_of_files_are_those_that_istio_has() -> None:
    assert file_certificate("/a/cert.pem", "/a/key.pem") == "file-cert:/a/cert.pem~/a/key.pem"
    assert (file_roots("/a/ca.pem"), file_roots("")) == ("file-root:/a/ca.pem", "file-root:system")
