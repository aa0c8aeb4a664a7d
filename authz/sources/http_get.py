"""GET, as little of HTTP as fetching keys needs: no redirects, no cookies, no compression, one exchange a connection.

Source of what is allowed and what is not: docs/keys.md.
"""

import re
import ssl
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

import httpcore

from authz.model.errors import SettingsError
from authz.sources.dial import AddressRules, CheckedNetwork, Deadline, FetchError, Resolve, check_literal, resolve
from authz.sources.jwks_settings import NO_PROXY, JwksSettings

MAX_BYTES = 512 * 1024
"""Of an answer. The key sets of the largest issuers have some 30 kB."""

_HEADERS = (
    ("Accept", "application/json"),
    ("Accept-Encoding", "identity"),
    ("Connection", "close"),
    ("User-Agent", "authz"),
)
_URL = re.compile(r"[!-~]{1,2048}")
_OK, _REDIRECT, _BAD_REQUEST = 200, 300, 400
_PORTS = {"http": 80, "https": 443}


class HttpGet:
    """Fetches what an URL names. Raises SettingsError where the settings cannot be used."""

    def __init__(
        self,
        settings: JwksSettings,
        resolve_name: Resolve = resolve,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._rules = AddressRules(settings)
        self._resolve = resolve_name
        self._clock = clock
        try:
            self._tls()
        except FetchError as error:
            raise SettingsError(str(error)) from None

    def __call__(self, url: str, seconds: float) -> bytes:
        """The body of a good answer, all of it within so many seconds. Raises FetchError."""
        deadline = Deadline(seconds, self._clock)
        parts = self._checked(url)
        try:
            return self._get(parts, deadline)
        except httpcore.UnsupportedProtocol:
            raise FetchError("not an http or https URL") from None
        except httpcore.ProxyError as error:
            raise FetchError(f"the proxy refuses: {_shown(error)}") from None
        except httpcore.RemoteProtocolError as error:
            raise FetchError(f"the answer is not HTTP: {_shown(error)}") from None
        except (httpcore.LocalProtocolError, ValueError) as error:
            raise FetchError(f"cannot be asked for: {_shown(error)}") from None

    def _checked(self, url: str) -> SplitResult:
        if not _URL.fullmatch(url):
            raise FetchError("the URL has blanks or characters beyond ASCII, or is too long")
        try:
            parts = urlsplit(url)
            _ = parts.port  # raises for what is no port
        except ValueError:
            raise FetchError("the URL cannot be read") from None
        if parts.scheme not in _PORTS or not parts.hostname:
            raise FetchError("not an http or https URL")
        if parts.scheme == "http" and not self._settings.allow_http:
            raise FetchError("http is not allowed: anyone on the way could put in keys (jwks.allowHttp)")
        if "@" in parts.netloc:
            raise FetchError("the URL has a user or a password, which are not sent")
        return parts

    def _get(self, parts: SplitResult, deadline: Deadline) -> bytes:
        proxy = _proxy(parts, self._settings.proxy)
        network = CheckedNetwork(self._rules if proxy is None else None, deadline, self._resolve)
        host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
        if proxy is not None:
            check_literal(self._rules, host)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        url = httpcore.URL(scheme=parts.scheme.encode(), host=host.encode(), port=port, target=target.encode())
        headers = [("Host", parts.netloc), *_HEADERS]
        with (
            httpcore.ConnectionPool(ssl_context=self._tls(), proxy=proxy, network_backend=network) as pool,
            pool.stream("GET", url, headers=headers) as response,
        ):
            _check_head(response)
            return _body(response)

    def _tls(self) -> ssl.SSLContext:
        """Made for each fetch, so that authorities that have changed count at once."""
        context = ssl.create_default_context()
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        # Python 3.13 began to set it; as with 3.11 and in Istio, an authority may lack extensions that nothing reads
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        if self._settings.ca_file is not None:
            _add_authorities(context, self._settings.ca_file)
        return context


def _add_authorities(context: ssl.SSLContext, file: Path) -> None:
    try:
        context.load_verify_locations(cafile=file)
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        reason = "holds no certificate in PEM" if isinstance(error, ssl.SSLError) else getattr(error, "strerror", error)
        raise FetchError(f"jwks.caFile: {file}: {reason}") from None


def _proxy(parts: SplitResult, setting: str | None) -> httpcore.Proxy | None:
    """The proxy of the settings, or of the environment as `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` say it."""
    if setting == NO_PROXY:
        return None
    if setting is not None:
        return httpcore.Proxy(setting)
    text = urllib.request.getproxies().get(parts.scheme)
    if not text or urllib.request.proxy_bypass(parts.netloc):
        return None
    named = urlsplit(text if "://" in text else f"http://{text}")
    if named.scheme != "http" or not named.hostname:
        raise FetchError("the proxy of the environment is not http://HOST:PORT")
    auth = (unquote(named.username), unquote(named.password or "")) if named.username else None
    return httpcore.Proxy(httpcore.URL(scheme=b"http", host=named.hostname, port=named.port or 80, target=b"/"), auth)


def _check_head(response: httpcore.Response) -> None:
    if _REDIRECT <= response.status < _BAD_REQUEST:
        raise FetchError(f"it redirects (status {response.status}), which is not followed")
    if not _OK <= response.status < _REDIRECT:
        raise FetchError(f"it answered with status {response.status}")
    for name, value in response.headers:
        if name.lower() == b"content-encoding" and value.strip().lower() not in {b"", b"identity"}:
            raise FetchError("the answer is compressed, though nothing of that kind was asked for")


def _body(response: httpcore.Response) -> bytes:
    body = bytearray()
    for piece in response.iter_stream():
        body += piece
        if len(body) > MAX_BYTES:
            raise FetchError(f"the answer has more than {MAX_BYTES} bytes")
    return bytes(body)


def _shown(error: Exception) -> str:
    """What others wrote, short and without what might break a line."""
    return str(error)[:120].encode("unicode_escape").decode()
