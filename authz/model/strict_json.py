"""JSON of strangers: tokens and key sets. What two readers could read differently is refused.

Numbers become floats, as in a google.protobuf.Struct, which is what Envoy makes of a token.
"""

import json
import math
import re
from collections.abc import Callable
from itertools import accumulate
from typing import NoReturn

from authz.model.facts import Json

# a string, closed or not; possessive, so that no text is walked twice
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)
_STEPS = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_NO_BRACKETS = bytes(set(range(256)).difference(_STEPS))
_BLANKS = " \t\r\n"


def parse_json_object(text: bytes, max_depth: int) -> dict[str, Json]:
    """The one JSON object of `text`.

    Raises ValueError: not UTF-8, not JSON or no object, a key twice, half a surrogate pair, a number beyond a double,
    NaN and Infinity, or nested deeper than `max_depth`.
    """
    if text.count(b"{") + text.count(b"[") > max_depth and _depth(text) > max_depth:
        raise ValueError(f"nested deeper than {max_depth}")
    decoded = text.decode()
    if decoded[:1] != "{":
        decoded = decoded.lstrip(_BLANKS)
    value: Json
    decoder = _CAREFUL if len(text) > _SAFE_DIGITS and _LONG in text.translate(_DIGITS_TO_ZERO) else _DECODER
    value, end = decoder.raw_decode(decoded)  # `decode` is this, and two regular expressions that look for blanks
    if end != len(decoded) and decoded[end:].strip(_BLANKS):
        raise ValueError("something stands after the end of the JSON value")
    if type(value) is not dict:
        raise ValueError("not a JSON object")
    if b"\\u" in text:
        json.dumps(value, ensure_ascii=False).encode()  # fails on half a surrogate pair
    return value


def _depth(text: bytes) -> int:
    brackets = _STRING.sub(b"", text).translate(None, _NO_BRACKETS)
    return max(accumulate(map(_STEPS.__getitem__, brackets)), default=0)


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def _number(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError("a number beyond the range of a double")
    return number


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is not JSON")


def _decoder(parse_int: Callable[[str], float]) -> json.JSONDecoder:
    return json.JSONDecoder(
        object_pairs_hook=_object, parse_int=parse_int, parse_float=_number, parse_constant=_no_number
    )


# fewer digits than these are never infinite, and `float` itself is called four times as fast as a function
_SAFE_DIGITS = 308
_LONG = b"0" * (_SAFE_DIGITS + 1)
_DIGITS_TO_ZERO = bytes.maketrans(b"123456789", b"0" * 9)
_DECODER, _CAREFUL = _decoder(float), _decoder(_number)
