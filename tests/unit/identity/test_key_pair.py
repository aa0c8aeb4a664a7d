from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

from authz.identity.key_pair import TlsMaterial, are_pair, last_expiry, read_certificates, read_private_key
from tests.support.pki import DAY, Authority, Key, key_pem

CA = Authority()


@pytest.mark.parametrize(
    "key",
    [
        ec.generate_private_key(ec.SECP256R1()),
        ec.generate_private_key(ec.SECP384R1()),
        rsa.generate_private_key(65537, 2048),
    ],
    ids=["P-256", "P-384", "RSA"],
)
def test_a_key_that_proxies_can_talk_to_is_read(key: Key) -> None:
    pair = CA.issue(key=key)
    assert are_pair(read_certificates(pair.certificate)[0], read_private_key(pair.key))


@pytest.mark.parametrize(
    "key",
    [
        ec.generate_private_key(ec.SECP521R1()),
        ec.generate_private_key(ec.SECP256K1()),
        rsa.generate_private_key(65537, 1024),
        ed25519.Ed25519PrivateKey.generate(),
    ],
    ids=["P-521", "secp256k1", "short", "Ed25519"],
)
def test_a_key_that_they_cannot_talk_to_is_refused(key: Key) -> None:
    with pytest.raises(ValueError, match="is neither an RSA key of 2048 bits or more nor one on P-256 or P-384"):
        read_private_key(key_pem(key))


def test_an_encrypted_key_is_refused() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))
    with pytest.raises(ValueError, match="is encrypted; write the key without a passphrase"):
        read_private_key(pem)


@pytest.mark.parametrize("pem", [b"", b"hunter2", CA.certificate, CA.issue().key[:100], b"\xff\0"])
def test_what_is_no_key_is_refused_without_a_word_of_it(pem: bytes) -> None:
    with pytest.raises(ValueError, match=r"^holds no private key in PEM that can be read$"):
        read_private_key(pem)


def test_all_certificates_of_a_text_are_read() -> None:
    read = read_certificates(b"first\n" + CA.issue().certificate + b"\nsecond\n" + CA.certificate)
    assert [one.not_valid_after_utc for one in read] == [CA.now + DAY, CA.now + 30 * DAY]
    assert last_expiry(read) == CA.now + 30 * DAY


@pytest.mark.parametrize("pem", [b"", b"text", CA.issue().key, b"-----BEGIN CERTIFICATE-----\nxx"])
def test_what_holds_no_certificate_is_refused(pem: bytes) -> None:
    with pytest.raises(ValueError, match=r"^holds (no certificate in PEM|a certificate that cannot be read)"):
        read_certificates(pem)


def test_a_key_of_another_certificate_makes_no_pair() -> None:
    assert not are_pair(read_certificates(CA.issue().certificate)[0], read_private_key(CA.issue().key))


def test_a_key_is_never_printed() -> None:
    pair = CA.issue()
    assert "PRIVATE" not in repr(TlsMaterial(pair.certificate, pair.key, CA.now, "1"))
