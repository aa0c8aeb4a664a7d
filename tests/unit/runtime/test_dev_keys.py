from __future__ import annotations

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

from authz.runtime.dev.certificates import private_key_pem
from authz.runtime.dev.keys import Algorithm, make_signing_key, read_signing_key

ES256 = make_signing_key(Algorithm.ES256)


@pytest.mark.parametrize("algorithm", Algorithm)
def test_a_key_reads_back_and_its_set_holds_the_public_half_alone(algorithm: Algorithm) -> None:
    made = make_signing_key(algorithm)
    read = read_signing_key(made.pem())
    assert (read.algorithm, read.jwk()) == (algorithm, made.jwk())
    assert not {"d", "p", "q"} & set(made.jwk())
    assert jwt.PyJWKSet.from_json(made.jwks()).keys[0].key_id == made.jwk()["kid"]


def test_its_id_is_its_thumbprint_unless_one_is_given() -> None:
    kid = ES256.jwk()["kid"]
    assert kid.startswith("authz-dev-")
    assert kid != make_signing_key(Algorithm.ES256).jwk()["kid"]
    assert ES256.jwk("mine") == {**ES256.jwk(), "kid": "mine"}


@pytest.mark.parametrize(
    "pem, said",
    [
        (b"", "holds no private key"),
        (private_key_pem(ec.generate_private_key(ec.SECP384R1())), "is neither an RSA key"),
        (private_key_pem(rsa.generate_private_key(65537, 1024)), "is neither an RSA key of 2048 bits"),
        (
            ES256.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")),
            "is encrypted",
        ),
    ],
    ids=["nothing", "P-384", "short", "encrypted"],
)
def test_another_key_signs_nothing(pem: bytes, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        read_signing_key(pem)
