import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from authz.identity.jwks import JwksError, KeySet, parse_key_set
from tests.support.jwts import certificate_of, encode, jwk, jwks, private_key


def algorithms(found: KeySet) -> list[list[str]]:
    return [sorted(key.algorithms) for key in found.keys]


def test_keys_are_bound_to_the_algorithms_of_their_type() -> None:
    found = parse_key_set(jwks(jwk("rsa1", kid="k1"), jwk("ec384"), jwk("ed1"), jwk("hs1", alg="HS256")))

    assert algorithms(found) == [
        ["PS256", "PS384", "PS512", "RS256", "RS384", "RS512"],
        ["ES384"],
        ["EdDSA"],
        ["HS256", "HS384", "HS512"],
    ]
    assert [(key.kid, key.alg) for key in found.keys] == [("k1", ""), ("", ""), ("", ""), ("", "HS256")]
    assert not found.skipped


def without(members: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in members.items() if name not in names}


@pytest.mark.parametrize(
    ("key", "wanted"),
    [
        (without(jwk("ec1"), "crv"), "ES256"),
        (without(jwk("ec384", alg="ES384"), "crv"), "ES384"),
        (jwk("ec521"), "ES512"),
    ],
    ids=["neither curve nor algorithm", "by algorithm", "by curve"],
)
def test_the_curve_of_an_ec_key(key: dict[str, Any], wanted: str) -> None:
    assert algorithms(parse_key_set(jwks(key))) == [[wanted]]


def rsa_key(n: int, e: int = 65537) -> dict[str, str]:
    def number(value: int) -> str:
        return encode(value.to_bytes((value.bit_length() + 7) // 8, "big"))

    return {"kty": "RSA", "n": number(n), "e": number(e)}


UNUSABLE: dict[str, Any] = {
    "no object": 1,
    "no kty": {"n": "AQAB"},
    "a kty that is no text": {"kty": 1},
    "an unknown kty": {"kty": "XYZ"},
    "a kid that is no text": {**jwk("rsa1"), "kid": 5},
    "an alg that is no text": {**jwk("rsa1"), "alg": ["RS256"]},
    "an EC algorithm for RSA": jwk("rsa1", alg="ES256"),
    "HMAC with an RSA key": jwk("rsa1", alg="HS256"),
    "no modulus": without(jwk("rsa1"), "n"),
    "an exponent that is no text": {**jwk("rsa1"), "e": 65537},
    "a modulus that is no base64": jwk("rsa1", n="!!"),
    "exponent 1": rsa_key((1 << 2047) + 1, 1),
    "exponent 17": rsa_key((1 << 2047) + 1, 17),
    "512 bits": rsa_key((1 << 511) + 1),
    "1023 bits": rsa_key((1 << 1022) + 1),
    "too many bits": rsa_key((1 << 16384) + 1),
    "an even modulus": rsa_key(1 << 2047),
    "algorithm and curve that disagree": jwk("ec1", alg="ES384"),
    "an unknown curve": jwk("ec1", crv="secp256k1"),
    "an unknown EC algorithm": without(jwk("ec1", alg="ES256K"), "crv"),
    "RS for an EC key": jwk("ec1", alg="RS256"),
    "a curve that is no text": {**jwk("ec1"), "crv": None},
    "a point that is not on the curve": jwk("ec1", x=encode(b"\1" * 32)),
    "no y": without(jwk("ec1"), "y"),
    "X25519": jwk("ed1", crv="X25519"),
    "an OKP key without curve": without(jwk("ed1"), "crv"),
    "an OKP key that is too short": jwk("ed1", x="AAAA"),
    "an OKP key for another algorithm": jwk("ed1", alg="ES256"),
    "an empty secret": {"kty": "oct", "k": ""},
    "no secret": {"kty": "oct"},
    "a secret for RSA": jwk("hs1", alg="RS256"),
}


@pytest.mark.parametrize("key", UNUSABLE.values(), ids=UNUSABLE.keys())
def test_an_unusable_key_is_passed_over_while_a_good_one_remains(key: Any) -> None:
    found = parse_key_set(jwks(key, jwk("rsa1", kid="good")))

    assert [key.kid for key in found.keys] == ["good"]
    assert len(found.skipped) == 1
    with pytest.raises(JwksError, match=r"^Jwks doesn't have any valid public key; keys"):
        parse_key_set(jwks(key))


def test_a_public_key_is_nobodys_secret() -> None:
    key = private_key("rsa1")
    assert isinstance(key, rsa.RSAPrivateKey)
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    with pytest.raises(JwksError, match="should not be used as an HMAC secret"):
        parse_key_set(jwks({"kty": "oct", "k": encode(pem)}))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "invalid JSON"),
        ("foo", "invalid JSON"),
        ("[]", "invalid JSON"),
        ('{"keys": [], "keys": []}', "invalid JSON: a key stands twice"),
        ('{"keys": [{"kty": "RSA", "kty": "oct"}]}', "a key stands twice"),
        ('{"keys": ' + "[" * 20 + "]" * 20 + "}", "nested deeper"),
        ("{}", "does not have"),
        ('{"kty": "RSA"}', "does not have"),
        ('{"keys": {}}', "is not an array"),
        ('{"keys": null}', "is not an array"),
        ('{"keys": []}', "any valid public key"),
        (f'{{"keys": [{",".join(["{}"] * 257)}]}}', "257 keys"),
        (" " * 600_000, "characters"),
        ('{"keys": ["\ud800"]}', "invalid JSON"),
        ('{"k1": "-----BEGIN CERTIFICATE-----\\nAAAA\\n-----END CERTIFICATE-----\\n"}', "X509 parse"),
        ('{"k1": "no certificate"}', "does not have"),
    ],
)
def test_what_is_no_key_set(text: str, words: str) -> None:
    with pytest.raises(JwksError, match=words):
        parse_key_set(text)


def test_private_and_symmetric_keys_are_noticed() -> None:
    found = parse_key_set(jwks(jwk("rsa1"), jwk("rsa1", d="AQAB"), jwk("hs1")))

    assert found.secrets == ("keys[1]", "keys[2]")
    assert len(found.keys) == 3
    assert "secret of" not in repr(found)


def test_key_sets_are_equal_when_their_texts_are() -> None:
    text = jwks(jwk("rsa1"))

    assert parse_key_set(text) == parse_key_set(text)
    assert parse_key_set(text) != parse_key_set(text + " ")


def test_a_map_of_certificates_is_a_key_set() -> None:
    found = parse_key_set(json.dumps({"k1": certificate_of("rsa1"), "k2": certificate_of("ec1")}))

    assert [(key.kid, "RS256" in key.algorithms) for key in found.keys] == [("k1", True)]
    assert found.skipped == ("[k2]: X509 parse pubkey internal fails: get pubkey",)
