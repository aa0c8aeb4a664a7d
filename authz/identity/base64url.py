"""base64url as Envoy reads it in tokens and keys.

Source: Envoy source/common/jwt, through absl::WebSafeBase64Unescape: padding may be there or not, blanks are skipped.
"""

import binascii

_TO_STANDARD = bytes.maketrans(b"-_+/", b"+/!!")
_BLANKS = b" \t\n\v\f\r"
_PADDING = (b"", b"", b"==", b"=")
# what may stand last, by the characters of the last group of four: its lowest four or two bits are zero
_LAST = {2: frozenset(b"AQgw"), 3: frozenset(b"AEIMQUYcgkosw048")}


def decode_base64url(text: bytes) -> bytes | None:
    """The bytes; None: not base64url."""
    decoded = _decode(text)
    if decoded is not None:
        return decoded
    bare = _bare(text)
    padding = text.translate(None, _BLANKS)[len(bare) :]
    return _decode(bare) if padding in {b"", _PADDING[len(bare) % 4]} else None


def decode_signature(text: bytes) -> bytes | None:
    """The same, without the bits that no encoder leaves behind the last byte (RFC 4648, section 3.5).

    Header and payload are signed as texts; the signature is the one part whose text could be another.
    """
    decoded = _decode(text)
    if decoded is None:
        decoded, text = decode_base64url(text), _bare(text)
    rest = len(text) % 4
    return decoded if not rest or text[-1] in _LAST.get(rest, ()) else None


def _decode(text: bytes) -> bytes | None:
    """Without padding and blanks."""
    rest = len(text) % 4
    if rest == 1 or text[-1:] == b"=":
        return None
    try:
        return binascii.a2b_base64(text.translate(_TO_STANDARD) + _PADDING[rest], strict_mode=True)
    except binascii.Error:
        return None


def _bare(text: bytes) -> bytes:
    return text.translate(None, _BLANKS).rstrip(b"=")
