"""JSON Web Key Sets: text -> keys, each bound to the algorithms it may verify.

Sources: Envoy source/common/jwt/jwks.cc; RFC 7517, RFC 7518 section 6, RFC 8037. Where we are stricter: RSA keys have
1024 bits or more; an EC key verifies with the algorithm of its curve alone, an OKP key with EdDSA alone; a key whose
`kid` or `alg` is no text is none; a key twice in one JSON object, and a set beyond the limits, are refused.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import HMACAlgorithm
from jwt.exceptions import InvalidKeyError

from authz.identity.base64url import decode_base64url
from authz.model.facts import Json
from authz.model.strict_json import parse_json_object

_MAX_CHARACTERS = 512 * 1024
_MAX_KEYS = 256  # a token without `kid` is tried with each
_MAX_DEPTH = 16
_RSA_BITS = range(1024, 16384 + 1)
_RSA_EXPONENTS = frozenset({3, 65537})
_PEM_START, _PEM_END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"

_RSA_ALGORITHMS = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"})
_HMAC_ALGORITHMS = frozenset({"HS256", "HS384", "HS512"})
_CURVES: dict[str, tuple[str, ec.EllipticCurve]] = {
    "P-256": ("ES256", ec.SECP256R1()),
    "P-384": ("ES384", ec.SECP384R1()),
    "P-521": ("ES512", ec.SECP521R1()),
}
_CURVE_OF = {algorithm: curve for curve, (algorithm, _) in _CURVES.items()}

KeyMaterial = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | bytes


class JwksError(ValueError):
    """The text is no key set, or none of its keys can be used; says why."""


class EmptyJwksError(JwksError):
    """A key set, and there is no key in it."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key. Empty `kid`: it is tried for every token. Empty `alg`: any of `algorithms`, else `alg` alone.

    `algorithms`: what it can verify at all. `material`: bytes are the secret of HMAC.
    """

    kid: str
    alg: str
    algorithms: frozenset[str]
    material: KeyMaterial = field(repr=False)


@dataclass(frozen=True, slots=True)
class KeySet:
    """The usable keys of a set, in its order. `version`: equal for equal texts, and only for those.

    `skipped`: what was passed over and why. `secrets`: private and symmetric keys, which nobody should publish.
    """

    version: str
    keys: tuple[Key, ...] = field(compare=False)
    skipped: tuple[str, ...] = field(default=(), compare=False)
    secrets: tuple[str, ...] = field(default=(), compare=False)


def parse_key_set(text: str) -> KeySet:
    """Read a JWKS, or an object from key id to PEM certificate. Raises JwksError; EmptyJwksError if it has no key."""
    if len(text) > _MAX_CHARACTERS:
        raise JwksError(f"{len(text)} characters; a key set may have {_MAX_CHARACTERS}")
    try:
        encoded = text.encode()
        root = parse_json_object(encoded, _MAX_DEPTH)
    except ValueError as error:
        raise JwksError(f"Jwks is an invalid JSON: {error}") from None
    reader = _Reader()
    if "keys" in root:
        reader.read_keys(root["keys"])
    elif _is_certificate_map(root):
        reader.read_certificates(root)
    else:
        raise JwksError("Jwks does not have [keys] field")
    if not reader.keys and not reader.skipped:
        raise EmptyJwksError("Jwks doesn't have any valid public key")
    if not reader.keys:
        raise JwksError("; ".join(["Jwks doesn't have any valid public key", *reader.skipped[:5]]))
    version = hashlib.sha256(encoded).hexdigest()
    return KeySet(version, tuple(reader.keys), tuple(reader.skipped), tuple(reader.secrets))


class _UnusableKeyError(Exception):
    """Why a key is passed over, in Envoy's words where it has some."""


class _Reader:
    def __init__(self) -> None:
        self.keys: list[Key] = []
        self.skipped: list[str] = []
        self.secrets: list[str] = []

    def read_keys(self, entries: Json) -> None:
        if not isinstance(entries, list):
            raise JwksError("[keys] in Jwks is not an array")
        _check_count(len(entries))
        for index, entry in enumerate(entries):
            name = f"keys[{index}]"
            if not isinstance(entry, dict):
                self.skipped.append(f"{name}: not a JSON object")
                continue
            self._keep(name, entry, _key)
            if _is_secret(entry):
                self.secrets.append(name)

    def read_certificates(self, entries: Mapping[str, Json]) -> None:
        _check_count(len(entries))
        for kid, pem in entries.items():
            self._keep(f"[{kid}]", {"kid": kid, "pem": pem}, _certificate_key)

    def _keep(self, name: str, entry: Mapping[str, Json], read: Callable[[Mapping[str, Json]], Key]) -> None:
        try:
            self.keys.append(read(entry))
        except _UnusableKeyError as error:
            self.skipped.append(f"{name}: {error}")


def _check_count(count: int) -> None:
    if count > _MAX_KEYS:
        raise JwksError(f"{count} keys; a set may have {_MAX_KEYS}")


def _is_secret(entry: Mapping[str, Json]) -> bool:
    return "d" in entry or entry.get("kty") == "oct"


def _is_certificate_map(root: Mapping[str, Json]) -> bool:
    return bool(root) and all(
        kid and isinstance(pem, str) and pem.strip().startswith(_PEM_START) and pem.strip().endswith(_PEM_END)
        for kid, pem in root.items()
    )


def _key(entry: Mapping[str, Json]) -> Key:
    kty = entry.get("kty")
    if not isinstance(kty, str):
        raise _UnusableKeyError("[kty] is missing in [keys]" if kty is None else "[kty] is bad in [keys]")
    read = _READERS.get(kty)
    if read is None:
        raise _UnusableKeyError("[kty] is not supported in [keys]")
    return read(entry, _optional(entry, "kid"), _optional(entry, "alg"))


def _rsa_key(entry: Mapping[str, Json], kid: str, alg: str) -> Key:
    if alg and not alg.startswith(("RS", "PS")):
        raise _UnusableKeyError("[alg] is not started with [RS] or [PS] for an RSA key")
    n, e = _number(entry, "n", "a RSA"), _number(entry, "e", "a RSA")
    try:
        return _checked_rsa_key(rsa.RSAPublicNumbers(e, n), kid, alg)
    except ValueError as error:
        raise _UnusableKeyError(f"Jwks RSA [n] or [e] field is missing or has a parse error: {error}") from None


def _checked_rsa_key(numbers: rsa.RSAPublicNumbers, kid: str, alg: str) -> Key:
    if numbers.e not in _RSA_EXPONENTS:
        raise _UnusableKeyError("the exponent of an RSA key is 3 or 65537")
    if numbers.n.bit_length() not in _RSA_BITS or numbers.n % 2 == 0:
        bits = f"{_RSA_BITS.start} to {_RSA_BITS.stop - 1}"
        raise _UnusableKeyError(f"an RSA modulus is odd and has {bits} bits, this one has {numbers.n.bit_length()}")
    return Key(kid, alg, _RSA_ALGORITHMS, numbers.public_key())


def _ec_key(entry: Mapping[str, Json], kid: str, alg: str) -> Key:
    if alg and not alg.startswith("ES"):
        raise _UnusableKeyError("[alg] is not started with [ES] for an EC key")
    crv = _optional(entry, "crv")
    if alg and crv and _CURVE_OF.get(alg) != crv:
        raise _UnusableKeyError("[crv] field specified is not compatible with [alg] for an EC key")
    name = crv or (_CURVE_OF.get(alg, "") if alg else "P-256")
    if name not in _CURVES:
        raise _UnusableKeyError("[crv] or [alg] field is not supported for an EC key")
    algorithm, curve = _CURVES[name]
    x, y = _number(entry, "x", "an EC"), _number(entry, "y", "an EC")
    try:
        key = ec.EllipticCurvePublicNumbers(x, y, curve).public_key()
    except ValueError:
        raise _UnusableKeyError("Jwks EC [x] and [y] fields have a parse error.") from None
    return Key(kid, alg, frozenset({algorithm}), key)


def _okp_key(entry: Mapping[str, Json], kid: str, alg: str) -> Key:
    if alg not in {"", "EdDSA"}:
        raise _UnusableKeyError("[alg] is not [EdDSA] for an OKP key")
    if _required(entry, "crv", "an OKP") != "Ed25519":
        raise _UnusableKeyError("[crv] field is not supported for an OKP key")
    raw = _bytes(entry, "x", "an OKP")
    try:
        key = ed25519.Ed25519PublicKey.from_public_bytes(raw)
    except ValueError:
        raise _UnusableKeyError("Jwks OKP [x] field is wrong length.") from None
    return Key(kid, alg, frozenset({"EdDSA"}), key)


def _oct_key(entry: Mapping[str, Json], kid: str, alg: str) -> Key:
    if alg and alg not in _HMAC_ALGORITHMS:
        raise _UnusableKeyError("[alg] does not start with [HS] for an HMAC key")
    secret = _bytes(entry, "k", "an HMAC")
    try:
        HMACAlgorithm(HMACAlgorithm.SHA256).prepare_key(secret)  # a public key or certificate is nobody's secret
    except (InvalidKeyError, ValueError) as error:
        raise _UnusableKeyError(str(error)) from None
    return Key(kid, alg, _HMAC_ALGORITHMS, secret)


_READERS: dict[str, Callable[[Mapping[str, Json], str, str], Key]] = {
    "RSA": _rsa_key,
    "EC": _ec_key,
    "OKP": _okp_key,
    "oct": _oct_key,
}


def _certificate_key(entry: Mapping[str, Json]) -> Key:
    """Neither its dates nor its signature are looked at, as in Envoy: it carries a key, no more."""
    try:
        key = x509.load_pem_x509_certificate(str(entry["pem"]).encode()).public_key()
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion):
        raise _UnusableKeyError("X509 parse pubkey fails") from None
    if not isinstance(key, rsa.RSAPublicKey):
        raise _UnusableKeyError("X509 parse pubkey internal fails: get pubkey")
    return _checked_rsa_key(key.public_numbers(), str(entry["kid"]), "")


def _optional(entry: Mapping[str, Json], name: str) -> str:
    value = entry.get(name, "")
    if not isinstance(value, str):
        raise _UnusableKeyError(f"[{name}] is not a string")
    return value


def _required(entry: Mapping[str, Json], name: str, kind: str) -> str:
    value = entry.get(name)
    if not isinstance(value, str):
        fault = "missing" if value is None else "not string"
        raise _UnusableKeyError(f"[{name}] field is {fault} for {kind} key")
    return value


def _bytes(entry: Mapping[str, Json], name: str, kind: str) -> bytes:
    decoded = decode_base64url(_required(entry, name, kind).encode())
    if not decoded:
        raise _UnusableKeyError(f"[{name}] is an invalid Base64 for {kind} key")
    return decoded


def _number(entry: Mapping[str, Json], name: str, kind: str) -> int:
    return int.from_bytes(_bytes(entry, name, kind), "big")
