"""One token, one rule: verified, or refused with Envoy's words and status.

Sources: Envoy source/extensions/filters/http/jwt_authn/authenticator.cc (the order of the checks),
source/common/jwt/{jwt,verify,status,check_audience,struct_utils}.cc; RFC 7515, 7518, 8037, 8725.

Where we are stricter than Envoy, all on the safe side: a token has two dots and no more, and at most 32 KiB; `crit` and
`b64` in the header are refused (we understand no extension); so are a key twice in one JSON object, nesting deeper than
64 and a signature in base64url that no encoder writes; a key verifies with its own algorithms alone (an ES384 token
never with a P-256 key, an Ed25519 key only EdDSA), and PSS salts are as long as the hash.

PyJWT's algorithms verify the signatures. Its `decode` would cost twice the signature itself, so what it checks of
headers and claims is checked here; for RSA of PKCS #1, `cryptography` is asked directly.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from http import HTTPStatus
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, HashAlgorithm
from jwt.algorithms import Algorithm, get_default_algorithms

from authz.identity.base64url import decode_base64url, decode_signature
from authz.identity.jwks import KeyMaterial, KeySet
from authz.model.facts import Json
from authz.model.strict_json import parse_json_object

CLOCK_SKEW_S: Final = 60
MAX_TOKEN_CHARACTERS: Final = 32 * 1024
_MAX_DEPTH = 64
_MAX_CACHED_HEADER = 512
_TWO_TO_64 = 2.0**64
_ED25519_SIGNATURE_BYTES = 64
_ALGORITHMS: dict[str, Algorithm] = {
    name: algorithm
    for name, algorithm in get_default_algorithms().items()
    if name in {"EdDSA", *(f"{family}{bits}" for family in ("ES", "HS", "RS", "PS") for bits in (256, 384, 512))}
}


# what PyJWT makes anew for each signature
_PKCS1 = PKCS1v15()
_RSA_HASHES: dict[str, HashAlgorithm] = {"RS256": SHA256(), "RS384": SHA384(), "RS512": SHA512()}


class NoKeys(Enum):
    """Why there are no keys to verify with; the value is Envoy's text."""

    FETCH_FAILED = "Jwks remote fetch is failed"
    NONE_VALID = "Jwks doesn't have any valid public key"


@dataclass(frozen=True, slots=True)
class Expected:
    """What a token must have. Empty `issuer`: any, or none; empty `audiences`: any, or none."""

    issuer: str
    audiences: frozenset[str]
    keys: KeySet | NoKeys


def expect(issuer: str, audiences: Iterable[str], keys: KeySet | NoKeys) -> Expected:
    """Audiences are compared without scheme and a slash at the end."""
    return Expected(issuer, frozenset(map(_bare_audience, audiences)), keys)


class Verified(NamedTuple):
    """The claims of a good token, not to be changed, and its payload segment as it was sent.

    Good from `not_before_s` and until just before `expires_s`, in seconds since 1970, the clock skew included.
    """

    claims: Mapping[str, Json]
    payload: bytes
    not_before_s: float
    expires_s: float


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a token is not good: the body and the status of the answer.

    `may_become_good`: with time, or with other keys; `unknown_key`: no key of the set fits its `kid` and `alg`.
    """

    text: str
    status: int = HTTPStatus.UNAUTHORIZED
    may_become_good: bool = False
    unknown_key: bool = False


@dataclass(frozen=True, slots=True)
class _Header:
    alg: str
    kid: str


_Lifetime = tuple[float, float]
_Parsed = tuple[_Header, dict[str, Json], _Lifetime, bytes, bytes, bytes]
"""Header, claims, from when and until when, payload as sent, what was signed, signature.

No record, since one is built for every token.
"""

_BAD_FORM = Refused("Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections")
_UNKNOWN_ISSUER: Final = Refused("Jwt issuer is not configured")
_NOT_YET_VALID = Refused("Jwt not yet valid", may_become_good=True)
_EXPIRED = Refused("Jwt is expired")
_BAD_AUDIENCE = Refused("Audiences in Jwt are not allowed", HTTPStatus.FORBIDDEN)
_UNKNOWN_KEY = Refused("Jwks doesn't have key to match kid or alg from Jwt", unknown_key=True)
_BAD_SIGNATURE = Refused("Jwt verification fails")
_BAD_ED25519_LENGTH = Refused("Jwt ED25519 signature is wrong length")


def is_unknown_issuer(refused: Refused) -> bool:
    """Whether the token is another rule's affair."""
    return refused.text == _UNKNOWN_ISSUER.text


def verify_token(token: str, expected: Expected, now_s: float) -> Verified | Refused:
    """Verify a token as of `now_s`, seconds since 1970. Nothing is raised, whatever the token."""
    if len(token) > MAX_TOKEN_CHARACTERS:
        return _BAD_FORM
    parsed = _parse(token)
    if isinstance(parsed, Refused):
        return parsed
    header, claims, (not_before_s, expires_s), payload, signed, signature = parsed
    if expected.issuer and claims.get("iss") != expected.issuer:
        return _UNKNOWN_ISSUER
    if now_s < not_before_s:
        return _NOT_YET_VALID
    if now_s >= expires_s:
        return _EXPIRED
    if expected.audiences and not _is_audience(claims.get("aud", ()), expected.audiences):
        return _BAD_AUDIENCE
    if isinstance(expected.keys, NoKeys):
        return Refused(expected.keys.value, may_become_good=True)
    refused = _check_signature(header, signed, signature, expected.keys)
    return refused or Verified(claims, payload, not_before_s, expires_s)


def _read_token(token: str) -> _Parsed | Refused:
    parts = token.encode("ascii", "replace").split(b".")  # a `?` is in no alphabet
    if len(parts) != 3 or not all(parts):  # noqa: PLR2004 - header, payload, signature
        return _BAD_FORM
    header_text, payload_text, signature_text = parts
    header = _header(header_text) if len(header_text) <= _MAX_CACHED_HEADER else _read_header(header_text)
    if isinstance(header, Refused):
        return header
    payload = decode_base64url(payload_text)
    if payload is None:
        return Refused("Jwt payload is an invalid Base64url encoded")
    try:
        claims = parse_json_object(payload, _MAX_DEPTH)
    except ValueError:
        return Refused("Jwt payload is an invalid JSON")
    lifetime = _check_claims(claims)
    if isinstance(lifetime, Refused):
        return lifetime
    signature = decode_signature(signature_text)
    if signature is None:
        return Refused("Jwt signature is an invalid Base64url encoded")
    return header, claims, lifetime, payload_text, header_text + b"." + payload_text, signature


_parse = lru_cache(maxsize=16)(_read_token)  # rule after rule asks for the same one


def _read_header(text: bytes) -> _Header | Refused:
    decoded = decode_base64url(text)
    if decoded is None:
        return Refused("Jwt header is an invalid Base64url encoded")
    try:
        header = parse_json_object(decoded, _MAX_DEPTH)
    except ValueError:
        return Refused("Jwt header is an invalid JSON")
    alg, kid = header.get("alg"), header.get("kid", "")
    if not isinstance(alg, str):
        return Refused("Jwt header [alg] field is required and must be a string")
    if alg not in _ALGORITHMS:
        return Refused("Jwt header [alg] is not supported")
    if not isinstance(kid, str):
        return Refused("Jwt header [kid] field is not a string")
    for name in ("crit", "b64"):
        if name in header:
            return Refused(f"Jwt header [{name}] field is not supported")
    return _Header(alg, kid)


_header = lru_cache(maxsize=1024)(_read_header)  # an issuer's tokens share a few


def _check_claims(claims: dict[str, Json]) -> _Lifetime | Refused:
    for name in ("iss", "sub"):
        if type(claims.get(name, "")) is not str:
            return Refused(f"Jwt payload [{name}] field is not a string")
    times = []
    for name in ("iat", "nbf", "exp"):
        value = claims.get(name, 0.0)
        if type(value) is not float:
            return Refused(f"Jwt payload [{name}] field is not an integer")
        if not 0 <= value < _TWO_TO_64:
            return Refused(f"Jwt payload [{name}] field is not a positive 64 bit integer")
        times.append(int(value))
    if type(claims.get("jti", "")) is not str:
        return Refused("Jwt payload [jti] field is not a string")
    audience = claims.get("aud", "")
    if type(audience) is not str and (type(audience) is not list or any(type(text) is not str for text in audience)):
        return Refused("Jwt payload [aud] field is not a string or string list")
    _, not_before, expires = times  # whole seconds as Envoy counts, and all of the last one is still good
    return not_before - CLOCK_SKEW_S, expires + CLOCK_SKEW_S + 1 if expires else math.inf


def _is_audience(value: Json, wanted: frozenset[str]) -> bool:
    """Whether the `aud` claim, whose type was checked before, has one of those."""
    if isinstance(value, str):
        return _bare_audience(value) in wanted
    return isinstance(value, Sequence) and any(
        _bare_audience(text) in wanted for text in value if isinstance(text, str)
    )


def _bare_audience(text: str) -> str:
    """Without one `http://` or `https://` before it, and one slash behind."""
    bare = text.removeprefix("http://")
    if bare == text:
        bare = text.removeprefix("https://")
    return bare.removesuffix("/")


def _check_signature(header: _Header, signed: bytes, signature: bytes, keys: KeySet) -> Refused | None:
    """Try each key that fits in `kid` and `alg`; a JWK without one of these fits any."""
    alg, kid, fits = header.alg, header.kid, False
    for key in keys.keys:
        if (kid and key.kid and key.kid != kid) or (key.alg and key.alg != alg):
            continue
        fits = True
        if alg not in key.algorithms:
            continue
        if alg == "EdDSA" and len(signature) != _ED25519_SIGNATURE_BYTES:
            return _BAD_ED25519_LENGTH
        if _verifies(alg, key.material, signed, signature):
            return None
    return _BAD_SIGNATURE if fits else _UNKNOWN_KEY


def _verifies(alg: str, material: KeyMaterial, signed: bytes, signature: bytes) -> bool:
    try:
        rsa_hash = _RSA_HASHES.get(alg)
        if rsa_hash is None or not isinstance(material, RSAPublicKey):
            return _ALGORITHMS[alg].verify(signed, material, signature)
        material.verify(signature, signed, _PKCS1, rsa_hash)
    except (ValueError, UnsupportedAlgorithm, InvalidSignature):  # such as a hash that is longer than the key
        return False
    return True
