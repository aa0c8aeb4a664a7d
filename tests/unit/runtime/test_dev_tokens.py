from __future__ import annotations

import datetime as dt

import jwt
import pytest

from authz.runtime.dev import MARK
from authz.runtime.dev.keys import Algorithm, make_signing_key
from authz.runtime.dev.tokens import Claims, sign

NOW = dt.datetime(2026, 8, 22, 12, 0, 0, 900_000, tzinfo=dt.UTC)
SECONDS = 1787400000
HOUR = dt.timedelta(hours=1)


@pytest.mark.parametrize("algorithm", Algorithm)
def test_a_token_verifies_with_its_key_and_says_what_it_is_for(algorithm: Algorithm) -> None:
    key = make_signing_key(algorithm)
    token = sign({"iss": "i", "groups": ["a"]}, key)
    public = jwt.PyJWKSet.from_json(key.jwks())[jwt.get_unverified_header(token)["kid"]]
    assert jwt.decode(token, public, algorithms=[algorithm.value]) == {"iss": "i", "groups": ["a"]}
    assert jwt.get_unverified_header(token)["authz"] == MARK
    assert jwt.get_unverified_header(sign({}, key, "mine"))["kid"] == "mine"


def test_only_what_is_given_is_said() -> None:
    assert Claims("i").at(NOW) == {"iss": "i", "iat": SECONDS}
    assert Claims("i", "", ("a",), HOUR, -HOUR).at(NOW) == {
        "iss": "i",
        "sub": "",
        "aud": "a",
        "iat": SECONDS,
        "nbf": SECONDS - 3600,
        "exp": SECONDS + 3600,
    }
    assert Claims("i", audiences=("a", "b")).at(NOW)["aud"] == ["a", "b"]


def test_what_is_said_besides_is_said_as_it_stands() -> None:
    assert Claims("i", expires=HOUR, more={"exp": "soon", "x": None}).at(NOW) == {
        "iss": "i",
        "iat": SECONDS,
        "exp": "soon",
        "x": None,
    }
