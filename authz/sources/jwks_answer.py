"""From a location to the bytes of a key set: discovery, and what every key set must be."""

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from authz.identity.key_sets import KeyLocation
from authz.sources.dial import Deadline, FetchError

MAX_KEYS = 256
"""Of a set: reading a key costs time."""

Get = Callable[[str, float], bytes]
"""The body that an URL names, within so many seconds. Raises FetchError."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The bytes of a key set, and a digest of its keys in whatever order."""

    body: bytes
    version: str


def fetch_key_set(
    location: KeyLocation, seconds: float, get: Get, clock: Callable[[], float] = time.monotonic
) -> Answer:
    """Fetch the keys of a location, discovery included, within so many seconds. Raises FetchError.

    Source: istio/istio pilot/pkg/model/jwks_resolver.go, resolveJwksURIUsingOpenID.
    """
    deadline = Deadline(seconds, clock)
    url = location.jwks_uri
    if url is None:
        url = _discover(location.issuer, get, deadline)
    body = get(url, deadline.left())
    return Answer(body, _version(body))


def _discover(issuer: str, get: Get, deadline: Deadline) -> str:
    url = issuer.removesuffix("/") + "/.well-known/openid-configuration"
    try:
        found = _object(get(url, deadline.left()), "the discovery document")
    except FetchError as error:
        raise FetchError(f"discovery: {error}") from None
    uri = found.get("jwks_uri")
    if not isinstance(uri, str) or not uri:
        raise FetchError("discovery: the document has no jwks_uri")
    if url.startswith("https:") and not uri.startswith("https:"):
        raise FetchError("discovery: the document was fetched by https and names keys that are not")
    return uri


def _version(body: bytes) -> str:
    """Raises FetchError for what is no key set, or an empty one: those would wipe keys that work."""
    keys = _object(body, "the key set").get("keys")
    if not isinstance(keys, list):
        raise FetchError("the key set has no list of keys")
    if not keys:
        raise FetchError("the key set is empty")
    if len(keys) > MAX_KEYS:
        raise FetchError(f"the key set has more than {MAX_KEYS} keys")
    try:
        texts = sorted(json.dumps(key, sort_keys=True) for key in keys)
    except RecursionError:
        raise FetchError("the key set is nested too deeply") from None
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()


def _object(body: bytes, what: str) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise FetchError(f"{what} is not JSON") from None
    if not isinstance(found, dict):
        raise FetchError(f"{what} is not a JSON object")
    return found
