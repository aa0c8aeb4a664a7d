"""A CheckRequest as we got it -> what a provider is to see of it: what Istio's own configuration would send, no more.

Sources: istio/istio pilot/pkg/security/authz/builder/extauthz.go (no certificate, no TLS session, no metadata, headers
as a map); envoy/extensions/filters/http/ext_authz/v3/ext_authz.proto, allowed_headers and BufferSettings.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from google.protobuf.message import DecodeError

from authz.model.custom import ProviderDenies, Question
from authz.model.decision import Reason
from authz.model.header_names import RESERVED
from authz.model.string_match import ascii_lower
from authz.pb import AttributeContext, CheckRequest
from authz.resources.extension_provider import ExtensionProvider, RequestBody

HOPS = "authz-hops"
"""Call metadata or header: how many authorizers have passed the request on."""

_METADATA_PREFIX = "authz-"
_MANY = 5  # digits
_PARTIAL_BODY = "x-envoy-auth-partial-body"
_NEVER_SENT = RESERVED | {HOPS, _PARTIAL_BODY}
_TARGET = re.compile(rb"(/[!-~]*|\*)")
_METHOD = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HOST = re.compile(rb"[!-~]+")
_VALUE = re.compile(rb"[\t -~\x80-\xff]*")


class NotAskableError(Exception):
    """The request cannot be asked about: it is denied. A client brings this about, so that it must not fail open."""

    def __init__(self, detail: str, status: int = 403, reason: Reason = Reason.CUSTOM_NOT_ASKABLE) -> None:
        super().__init__(detail)
        self.denial = ProviderDenies(status, reason=reason, detail=detail)


@dataclass(frozen=True, slots=True)
class HttpQuestion:
    """A request of HTTP/1.1."""

    method: str
    target: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes


def parse(question: Question) -> CheckRequest:
    """Read what we got. Raises NotAskableError."""
    try:
        return CheckRequest.FromString(question.request)
    except DecodeError:
        raise NotAskableError("the call's bytes are no CheckRequest") from None


def hops_of(message: CheckRequest, metadata: Mapping[str, str]) -> int:
    """How many authorizers have passed a request on, as call metadata or a header of the request says.

    A client that invents a number is denied what it asks, and gains nothing.
    """
    http = message.attributes.request.http
    told = [metadata.get(HOPS, ""), *(value.decode("latin-1") for name, value in _lines(http) if name == HOPS)]
    return max([int(text) for text in told if text.isascii() and text.isdigit() and len(text) < _MANY], default=0)


def grpc_question(message: CheckRequest, provider: ExtensionProvider) -> bytes:
    """The CheckRequest for a gRPC provider, made of the one that we got, which is changed. Raises NotAskableError."""
    attributes = message.attributes
    attributes.source.ClearField("certificate")
    attributes.ClearField("tls_session")
    attributes.ClearField("metadata_context")
    attributes.ClearField("route_metadata_context")
    if attributes.request.HasField("http"):
        http = attributes.request.http
        body, partial = _body(http, provider.body)
        merged: dict[str, str] = {}
        for name, value in _lines(http):
            text = _sanitized(value)
            merged[name] = f"{merged[name]},{text}" if name in merged else text
        merged.pop(_PARTIAL_BODY, None)
        if provider.body and provider.body.allow_partial:
            merged[_PARTIAL_BODY] = "true" if partial else "false"
        http.ClearField("header_map")
        http.ClearField("headers")
        http.ClearField("body")
        http.ClearField("raw_body")
        http.headers.update(merged)
        if provider.body and provider.body.as_bytes:
            http.raw_body = body
        else:
            http.body = _sanitized(body)
    return message.SerializeToString()


def grpc_metadata(metadata: Mapping[str, str], hops: int) -> tuple[tuple[str, str], ...]:
    """Whose request it is goes along, as we were told; so does the number of authorizers on the way."""
    told = [(key, value) for key, value in metadata.items() if key.startswith(_METADATA_PREFIX)]
    return (*[(key, value) for key, value in told if key != HOPS], (HOPS, str(hops + 1)))


def http_question(message: CheckRequest, provider: ExtensionProvider, hops: int) -> HttpQuestion:
    """The HTTP request for an HTTP provider: the client's own, but for headers that it is not to see.

    Raises NotAskableError.
    """
    http = message.attributes.request.http
    body, partial = _body(http, provider.body)
    target = (provider.http.path_prefix + http.path).encode("utf-8", "surrogateescape")
    host = (http.host or provider.host).encode("utf-8", "surrogateescape")
    if not _TARGET.fullmatch(target) or not _METHOD.fullmatch(http.method) or http.method == "CONNECT":
        raise NotAskableError("method or path cannot be sent to an HTTP provider")
    if not _HOST.fullmatch(host):
        raise NotAskableError("the host cannot be sent to an HTTP provider")
    added = {name.encode(): value.encode() for name, value in provider.http.added_headers}
    added[HOPS.encode()] = str(hops + 1).encode()
    if provider.body and provider.body.allow_partial:
        added[_PARTIAL_BODY.encode()] = b"true" if partial else b"false"
    headers = [(b"host", host), (b"content-length", str(len(body)).encode())]
    for name, value in _lines(http):
        wanted = name == "authorization" or name in provider.http.request_headers
        if not wanted or name.startswith(":") or name in _NEVER_SENT or name.encode() in added:
            continue
        if not _METHOD.fullmatch(name) or not _VALUE.fullmatch(value):
            raise NotAskableError(f"the header {name[:80]!r} cannot be sent to an HTTP provider")
        headers.append((name.encode(), value.strip(b" \t")))
    return HttpQuestion(http.method, target, (*headers, *added.items()), body)


def _lines(http: AttributeContext.HttpRequest) -> Iterator[tuple[str, bytes]]:
    """Header lines in whichever form the proxy sends them."""
    if http.headers:
        for name, value in http.headers.items():
            yield ascii_lower(name), value.encode("utf-8", "surrogateescape")
        return
    for header in http.header_map.headers:
        yield ascii_lower(header.key), header.raw_value or header.value.encode("utf-8", "surrogateescape")


def _body(http: AttributeContext.HttpRequest, wanted: RequestBody | None) -> tuple[bytes, bool]:
    """As much of the body as the provider is to see, and whether that is not all. The proxy must have sent it."""
    if wanted is None:
        return b"", False
    body = http.raw_body or http.body.encode("utf-8", "surrogateescape")
    if len(body) > wanted.max_bytes:
        if not wanted.allow_partial:
            raise NotAskableError(f"the body has {len(body)} bytes, more than maxRequestBytes", status=413)
        return body[: wanted.max_bytes], True
    sent_partial = any(name == _PARTIAL_BODY and value == b"true" for name, value in _lines(http))
    return body, sent_partial


def _sanitized(value: bytes) -> str:
    """UTF-8, with `!` for each byte that is none: as Envoy fills a text field of a message."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return re.sub("[\udc80-\udcff]", "!", value.decode("utf-8", "surrogateescape"))
