"""Discovery, and what every key set must be."""

from __future__ import annotations

import json

import pytest

from authz.identity.key_sets import KeyLocation
from authz.sources.dial import FetchError
from authz.sources.jwks_answer import MAX_KEYS, fetch_key_set

GOOD = b'{"keys": [{"kid": "1"}, {"kid": "2"}]}'
WELL_KNOWN = "https://a.example/.well-known/openid-configuration"


def fetch(location: KeyLocation, answers: dict[str, bytes]) -> bytes:
    return fetch_key_set(location, 5, lambda url, _: answers[url]).body


def refusal(body: bytes) -> str:
    with pytest.raises(FetchError) as caught:
        fetch(KeyLocation("i", "u"), {"u": body})
    return str(caught.value)


def discovery_refusal(document: bytes) -> str:
    with pytest.raises(FetchError) as caught:
        fetch(KeyLocation("https://a.example"), {WELL_KNOWN: document})
    return str(caught.value)


@pytest.mark.parametrize("issuer", ["https://a.example", "https://a.example/"])
def test_one_slash_at_the_end_of_an_issuer_does_not_count(issuer: str) -> None:
    answers = {WELL_KNOWN: b'{"jwks_uri": "https://b.example/k"}', "https://b.example/k": GOOD}
    assert fetch(KeyLocation(issuer), answers) == GOOD


def test_a_second_slash_does_count() -> None:
    asked: list[str] = []

    def get(url: str, _seconds: float) -> bytes:
        asked.append(url)
        raise FetchError("down")

    with pytest.raises(FetchError, match="discovery: down"):
        fetch_key_set(KeyLocation("https://a.example//"), 5, get)
    assert asked == ["https://a.example//.well-known/openid-configuration"]


@pytest.mark.parametrize("document", [b"{}", b'{"jwks_uri": 7}', b'{"jwks_uri": ""}', b'{"jwks_uri": null}'])
def test_a_document_must_say_where_the_keys_are(document: bytes) -> None:
    assert discovery_refusal(document) == "discovery: the document has no jwks_uri"


def test_https_does_not_lead_to_http() -> None:
    assert "by https" in discovery_refusal(b'{"jwks_uri": "http://a.example/k"}')


def test_both_exchanges_share_one_deadline() -> None:
    now, allowed = 0.0, []

    def get(url: str, seconds: float) -> bytes:
        nonlocal now
        allowed.append(seconds)
        now += 3
        return b'{"jwks_uri": "https://b.example/k"}' if url == WELL_KNOWN else GOOD

    fetch_key_set(KeyLocation("https://a.example"), 5, get, lambda: now)
    assert allowed == [5, 2]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", "not JSON"),
        (b"<html>sign in</html>", "not JSON"),
        (b"\xff\xfe\xfd", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b'{"keys": [' + b"9" * 5000 + b"]}", "not JSON"),
        (b"[]", "not a JSON object"),
        (b"{}", "no list of keys"),
        (b'{"keys": {}}', "no list of keys"),
        (b'{"keys": []}', "is empty"),
        (json.dumps({"keys": [{}] * (MAX_KEYS + 1)}).encode(), "more than 256 keys"),
    ],
)
def test_what_is_no_key_set_is_refused(body: bytes, expected: str) -> None:
    assert expected in refusal(body)


def test_a_version_is_of_the_keys_and_not_of_how_they_are_written() -> None:
    def version(body: bytes) -> str:
        return fetch_key_set(KeyLocation("i", "u"), 5, lambda _url, _seconds: body).version

    assert version(GOOD) == version(b'\n{"x": 1, "keys": [{"kid":"2"},{"kid":"1"}]}')
    assert version(GOOD) != version(b'{"keys": [{"kid": "1"}]}')
    assert version(b'{"keys": [{"kid": "\\ud800"}]}') != version(b'{"keys": [{"kid": "?"}]}')
