import pytest

from authz.model.routing.kubernetes import KeyPair, Secret
from authz.model.where import Where


def secret(**data: bytes) -> Secret:
    return Secret(
        "a", "b", "Opaque", tuple((key.replace("_", "."), value) for key, value in data.items()), None, Where("f")
    )


def test_what_is_in_a_secret_is_never_shown() -> None:
    one = secret(tls_crt=b"CERTIFICATE", tls_key=b"PRIVATE")
    assert "PRIVATE" not in f"{one!r} {one} {one.key_pair!r}"
    assert "CERTIFICATE" not in f"{one!r} {one} {one.key_pair!r}"


@pytest.mark.parametrize(
    ("data", "pair"),
    [
        ({"tls_crt": b"1", "tls_key": b"2"}, KeyPair(b"1", b"2")),
        ({"cert": b"1", "key": b"2"}, KeyPair(b"1", b"2")),
        ({"cert": b"1", "key": b"2", "tls_crt": b"3", "tls_key": b"4"}, KeyPair(b"1", b"2")),
        ({"cert": b"1", "tls_crt": b"3", "tls_key": b"4"}, KeyPair(b"3", b"4")),
        ({"cert": b"1", "key": b"", "tls_crt": b"3", "tls_key": b"4"}, KeyPair(b"3", b"4")),
        ({"tls_crt": b"1"}, None),
        ({"cert": b"1", "tls_key": b"4"}, None),
        ({}, None),
    ],
)
def test_a_key_pair_is_under_one_of_two_names_and_whole(data: dict[str, bytes], pair: KeyPair | None) -> None:
    assert secret(**data).key_pair == pair


@pytest.mark.parametrize(
    ("data", "ca", "crl"),
    [
        ({}, b"", b""),
        ({"ca_crt": b"1", "ca_crl": b"2"}, b"1", b"2"),
        ({"cacert": b"1", "crl": b"2"}, b"1", b"2"),
        ({"cacert": b"1", "ca_crt": b"3", "crl": b"2", "ca_crl": b"4"}, b"1", b"2"),
        ({"cacert": b"", "ca_crt": b"3"}, b"3", b""),
    ],
)
def test_authorities_and_revoked_ones_are_under_one_of_two_names(data: dict[str, bytes], ca: bytes, crl: bytes) -> None:
    assert (secret(**data).ca_certificates, secret(**data).crl) == (ca, crl)


def test_a_secret_that_changed_is_another_one() -> None:
    assert secret(a=b"1") != secret(a=b"2")
    assert secret(a=b"1") == secret(a=b"1")
