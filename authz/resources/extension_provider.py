"""The external authorizers of MeshConfig's `extensionProviders`, which CUSTOM policies name.

Sources: istio/api mesh/v1alpha1/config.proto, ExtensionProvider; istio/istio
pilot/pkg/security/authz/builder/extauthz.go and pkg/config/validation/agent/extensionprovider.go.
"""

import re
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum

from authz.model.address import parse_address
from authz.model.duration import parse_duration
from authz.model.header_names import (
    NO_NAMES,
    RESERVED,
    HeaderNames,
    is_header_name,
    is_header_value,
    parse_header_names,
)
from authz.model.problem import Code
from authz.model.string_match import ascii_lower
from authz.model.where import Where
from authz.resources.fields import Fields, join
from authz.resources.nodes import Mapping, Node, Sequence


class ProviderKind(Enum):
    """How a CUSTOM provider is spoken to."""

    GRPC = "envoyExtAuthzGrpc"
    HTTP = "envoyExtAuthzHttp"


@dataclass(frozen=True, slots=True)
class RequestBody:
    """`includeRequestBodyInCheck`: how much of a body a provider gets, and in which form."""

    max_bytes: int
    allow_partial: bool = False
    as_bytes: bool = False


@dataclass(frozen=True, slots=True)
class HttpCheck:
    """What only an HTTP provider has. `to_downstream_on_deny` empty: all headers of the answer."""

    path_prefix: str = ""
    request_headers: HeaderNames = NO_NAMES
    added_headers: tuple[tuple[str, str], ...] = ()
    to_upstream_on_allow: HeaderNames = NO_NAMES
    to_downstream_on_allow: HeaderNames = NO_NAMES
    to_downstream_on_deny: HeaderNames = NO_NAMES


@dataclass(frozen=True, slots=True)
class ExtensionProvider:
    """An external authorizer that CUSTOM policies can name.

    `host` is resolved by DNS; `namespace`, which Istio looks it up by, says nothing to us. `fail_open`: what it cannot
    be asked about passes on. `status_on_error` is answered where it cannot be asked and does not fail open.
    """

    name: str
    kind: ProviderKind
    where: Where = field(compare=False)
    host: str = ""
    port: int = 0
    namespace: str = ""
    timeout: timedelta = timedelta(seconds=600)
    fail_open: bool = False
    status_on_error: int = 403
    clear_route_cache: bool = False
    body: RequestBody | None = None
    http: HttpCheck = field(default_factory=HttpCheck)

    def content(self) -> list[object]:
        """What it says, without its place: part of a set's digest."""
        http, body = self.http, self.body
        lists = (http.request_headers, http.to_upstream_on_allow, http.to_downstream_on_allow)
        return [
            self.name,
            self.kind.value,
            [self.namespace, self.host, self.port],
            [self.timeout // timedelta(microseconds=1), self.fail_open, self.status_on_error, self.clear_route_cache],
            [body.max_bytes, body.allow_partial, body.as_bytes] if body else None,
            [http.path_prefix, http.added_headers, *(names.texts() for names in (*lists, http.to_downstream_on_deny))],
        ]


_KINDS = frozenset(
    {
        *(kind.value for kind in ProviderKind),
        "zipkin",
        "lightstep",
        "datadog",
        "stackdriver",
        "opencensus",
        "skywalking",
        "opentelemetry",
        "prometheus",
        "envoyFileAccessLog",
        "envoyHttpAls",
        "envoyTcpAls",
        "envoyOtelAls",
        "sds",
    }
)
_GRPC_FIELDS = frozenset(
    {"service", "port", "timeout", "failOpen", "clearRouteCache", "statusOnError", "includeRequestBodyInCheck"}
)
_HTTP_FIELDS = _GRPC_FIELDS | {
    "pathPrefix",
    "includeHeadersInCheck",
    "includeRequestHeadersInCheck",
    "includeAdditionalHeadersInCheck",
    "headersToUpstreamOnAllow",
    "headersToDownstreamOnDeny",
    "headersToDownstreamOnAllow",
}
_MAX_PORT, _MAX_UINT32 = 65535, 2**32 - 1
_MAX_LABEL, _MAX_HOST = 63, 253
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_HOST = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*\.?")
_PATH_PREFIX = re.compile(r"/[!-~]*")
_PERCENT = re.compile(r"%%|%")
# envoy/type/v3/http_status.proto, but for what is no final answer
_STATUSES = frozenset(
    {*range(200, 209), 226, *range(300, 306), 307, 308, *range(400, 418), *range(421, 425), 426, 428, 429, 431}
    | {*range(500, 509), 510, 511}
)


def read_extension_providers(fields: Fields, node: Node | None) -> tuple[ExtensionProvider, ...]:
    """The external authorizers among the providers; those of other kinds are passed over."""
    if node is None:
        return ()
    if not isinstance(node, Sequence):
        fields.wrong_type(node, "extensionProviders", "a list")
        return ()
    found: dict[str, ExtensionProvider] = {}
    for path, item in fields.items(node, "extensionProviders"):
        entry = fields.mapping(item, path, _KINDS | {"name"})
        name = fields.string(entry.get("name"), f"{path}.name") if entry else None
        if entry is None or not name:
            fields.problem(Code.MISSING_FIELD, item, f"{path}.name", "an extension provider needs a name")
            continue
        kinds = [kind for kind in ProviderKind if entry.get(kind.value) is not None]
        if len(entry.entries) != 2:  # noqa: PLR2004 - its name and its kind
            message = f"expected a name and one kind of provider, found {', '.join(entry.entries)}"
            fields.problem(Code.BAD_MESH_VALUE, item, path, message)
        elif name in found:
            message = f"the provider {name!r} is already at {found[name].where}"
            fields.problem(Code.DUPLICATE_RESOURCE, item, f"{path}.name", message)
        elif kinds:
            found[name] = _Reader(fields, path, entry, kinds[0]).provider(name)
    return tuple(found.values())


class _Reader:
    """Reads one external authorizer."""

    def __init__(self, fields: Fields, path: str, entry: Mapping, kind: ProviderKind) -> None:
        self._fields = fields
        self._entry = entry
        self._entry_path = path
        self._kind = kind
        self._path = f"{path}.{kind.value}"
        known = _HTTP_FIELDS if kind is ProviderKind.HTTP else _GRPC_FIELDS
        self._settings = fields.mapping(entry.get(kind.value), self._path, known)

    def provider(self, name: str) -> ExtensionProvider:
        fields, place = self._fields, self._fields.where(self._entry)
        if not _NAME.fullmatch(name):
            message = f"expected up to {_MAX_LABEL} of a-z, 0-9 and `-`, no `-` at an end, found {name!r}"
            fields.problem(Code.BAD_NAME, self._entry.get("name") or self._entry, f"{self._entry_path}.name", message)
        if self._settings is None:
            return ExtensionProvider(name, self._kind, place)
        namespace, host = self._service()
        return ExtensionProvider(
            name,
            self._kind,
            place,
            host=host,
            port=self._port(),
            namespace=namespace,
            timeout=self._timeout(),
            fail_open=self._flag("failOpen"),
            status_on_error=self._status_on_error(),
            clear_route_cache=self._flag("clearRouteCache"),
            body=self._body(),
            http=self._http() if self._kind is ProviderKind.HTTP else HttpCheck(),
        )

    def _at(self, key: str) -> tuple[Node | None, str]:
        """The node of a field, and its path."""
        return (self._settings.get(key) if self._settings else None), join(self._path, key)

    def _missing(self, key: str, what: str) -> None:
        node = self._entry.get(self._kind.value) or self._entry
        self._fields.problem(Code.MISSING_FIELD, node, join(self._path, key), f"a provider needs {what}")

    def _wrong(self, key: str, message: str) -> None:
        node, path = self._at(key)
        self._fields.problem(Code.BAD_MESH_VALUE, node or self._entry, path, message)

    def _flag(self, key: str) -> bool:
        return self._fields.boolean(*self._at(key)) or False

    def _service(self) -> tuple[str, str]:
        """Namespace, which may be empty, and host."""
        text = self._fields.string(*self._at("service"))
        if not text:
            if self._at("service")[0] is None or text == "":
                self._missing("service", "a `service`: [NAMESPACE/]HOST")
            return "", ""
        namespace, slash, host = text.rpartition("/")
        is_host = len(host) <= _MAX_HOST and all(len(label) <= _MAX_LABEL for label in host.split("."))
        if (slash and not _NAME.fullmatch(namespace)) or not (
            (is_host and _HOST.fullmatch(host)) or parse_address(host) is not None
        ):
            self._wrong("service", f"expected [NAMESPACE/]HOST with a host's full name or address, found {text!r}")
        return namespace, host

    def _port(self) -> int:
        node, path = self._at("port")
        if node is None:
            self._missing("port", f"a `port` from 1 to {_MAX_PORT}")
        return self._fields.integer(node, path, 1, _MAX_PORT) or 0

    def _timeout(self) -> timedelta:
        default = timedelta(seconds=600)
        text = self._fields.string(*self._at("timeout"))
        if text is None:
            return default
        try:
            timeout = parse_duration(text)
        except ValueError as error:
            self._wrong("timeout", f"{error}, found {text!r}")
            return default
        if timeout < timedelta(milliseconds=1):
            self._wrong("timeout", f"expected at least 1ms, found {text!r}")
        return timeout

    def _status_on_error(self) -> int:
        text = self._fields.string(*self._at("statusOnError"))
        if not text:
            return 403
        if text.isascii() and text.isdigit() and len(text) <= len("999") and int(text) in _STATUSES:
            return int(text)
        self._wrong("statusOnError", f"expected an HTTP status such as 403 or 503, found {text!r}")
        return 403

    def _body(self) -> RequestBody | None:
        node, path = self._at("includeRequestBodyInCheck")
        fields, names = self._fields, ("maxRequestBytes", "allowPartialMessage", "packAsBytes")
        settings = fields.mapping(node, path, names)
        if settings is None:
            return None
        limit, partial, as_bytes = (settings.get(name) for name in names)
        if limit is None:
            fields.problem(Code.MISSING_FIELD, settings, f"{path}.{names[0]}", "say how many bytes, at least 1")
        return RequestBody(
            max_bytes=fields.integer(limit, f"{path}.{names[0]}", 1, _MAX_UINT32) or 1,
            allow_partial=fields.boolean(partial, f"{path}.{names[1]}") or False,
            as_bytes=fields.boolean(as_bytes, f"{path}.{names[2]}") or False,
        )

    def _http(self) -> HttpCheck:
        prefix = self._fields.string(*self._at("pathPrefix")) or ""
        if prefix and not (_PATH_PREFIX.fullmatch(prefix) and "?" not in prefix and "#" not in prefix):
            self._wrong("pathPrefix", f"expected a path that begins with `/`, found {prefix!r}")
        deprecated = self._names("includeHeadersInCheck")
        return HttpCheck(
            path_prefix=prefix,
            request_headers=self._names("includeRequestHeadersInCheck") or deprecated,
            added_headers=self._added_headers(),
            to_upstream_on_allow=self._names("headersToUpstreamOnAllow"),
            to_downstream_on_allow=self._names("headersToDownstreamOnAllow"),
            to_downstream_on_deny=self._names("headersToDownstreamOnDeny"),
        )

    def _names(self, key: str) -> HeaderNames:
        node, path = self._at(key)
        texts = []
        for index, text, place in self._fields.strings(node, path):
            try:
                parse_header_names([text])
            except ValueError as error:
                self._fields.problem(Code.BAD_MESH_VALUE, place, f"{path}[{index}]", str(error))
            else:
                texts.append(text)
        return parse_header_names(texts)

    def _added_headers(self) -> tuple[tuple[str, str], ...]:
        node, path = self._at("includeAdditionalHeadersInCheck")
        written = self._fields.string_map(node, path)
        added: MappingOf[str, str] = {ascii_lower(name): value.text for name, (_, value) in written.items()}
        for name, (place, value) in written.items():
            problem = _wrong_header(ascii_lower(name), value.text)
            if problem:
                self._fields.problem(Code.BAD_MESH_VALUE, place, join(path, name), problem)
        return tuple(sorted((name, value.replace("%%", "%")) for name, value in added.items()))


def _wrong_header(name: str, value: str) -> str:
    """What is wrong with a header that is always sent; empty text: nothing."""
    if not is_header_name(name):
        return f"no header has a name such as {name!r}"
    if name in RESERVED:
        return f"{name} is for the connection to the provider, and is set by us"
    if not is_header_value(value) or not value.isascii():
        return "a value is ASCII without line breaks and NUL"
    if "%" in _PERCENT.findall(value):
        return "Envoy's %...% are not supported here; write %% for a percent sign"
    return ""
