"""The chain: each line has the SHA-256 of the one before it, so that no change of a line stays without a trace.

A line is a JSON object that ends in `,"seq":N,"prev":"HEX"}`. A checkpoint may be signed: then `,"signature":"..."`
follows, by Ed25519 over a prefix of our own and the line without that member. Who cannot sign can neither change what
comes before a checkpoint nor leave it out, as far as other checkpoints follow.
"""

import base64
import hashlib
import re
from dataclasses import dataclass, replace

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

GENESIS = "0" * 64
_CONTEXT = b"authz decision log checkpoint 1\n"
_END = re.compile(rb',"seq":([1-9][0-9]{0,17}),"prev":"([0-9a-f]{64})"(,"signature":"([A-Za-z0-9+/=]{88})")?\}')


def digest_of(line: bytes) -> str:
    """Of a line without its line feed."""
    return hashlib.sha256(line).hexdigest()


@dataclass(frozen=True, slots=True)
class Chain:
    """The end of a chain: how many lines it has, and the digest of the last."""

    seq: int = 0
    previous: str = GENESIS

    def link(self, body: bytes) -> tuple[bytes, "Chain"]:
        """The next line, made of a JSON object without its closing brace; and the chain that ends in it."""
        line = b'%b,"seq":%d,"prev":"%b"}' % (body, self.seq + 1, self.previous.encode())
        return line, Chain(self.seq + 1, digest_of(line))

    def sign(self, body: bytes, signer: "Signer") -> tuple[bytes, "Chain"]:
        """The same, signed."""
        line, _ = self.link(body)
        signed = b'%b,"signature":"%b"}' % (line[:-1], signer.sign(line))
        return signed, Chain(self.seq + 1, digest_of(signed))

    def after(self, line: bytes) -> "Chain":
        """The chain that ends in a line that is there already. Raises ChainError if it does not follow."""
        found = LineEnd.of(line)
        if found is None:
            raise ChainError("it is no line of a decision log")
        if found.prev != self.previous:
            raise ChainError(
                "it does not follow the line before it: one of the two was changed, or some between removed"
            )
        if found.seq != self.seq + 1:
            raise ChainError(f"its number is {found.seq}, {self.seq + 1} was expected")
        return replace(self, seq=found.seq, previous=digest_of(line))


class ChainError(Exception):
    """A line does not follow the one before it; the text says how."""


@dataclass(frozen=True, slots=True)
class LineEnd:
    """What the chain has added to a line. `unsigned`: what the signature is over."""

    seq: int
    prev: str
    signature: bytes | None
    unsigned: bytes

    @classmethod
    def of(cls, line: bytes) -> "LineEnd | None":
        """Read the end of a line; None: it has none."""
        at = line.rfind(b',"seq":')
        found = _END.fullmatch(line, at) if at > 0 else None
        if found is None:
            return None
        signature = found[4]
        unsigned = line if signature is None else line[: found.start(3)] + b"}"
        return cls(int(found[1]), found[2].decode(), signature, unsigned)


class Signer:
    """Signs checkpoints."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.key_id = key_id(key.public_key())

    def sign(self, line: bytes) -> bytes:
        """Base64, 88 characters."""
        return base64.b64encode(self._key.sign(_CONTEXT + line))


def is_signed_by(end: LineEnd, key: Ed25519PublicKey) -> bool:
    """Whether the line has a signature of the key."""
    if end.signature is None:
        return False
    try:
        key.verify(base64.b64decode(end.signature), _CONTEXT + end.unsigned)
    except (InvalidSignature, ValueError):
        return False
    return True


def key_id(key: Ed25519PublicKey) -> str:
    """Names a public key: SHA-256 of it as DER."""
    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()
