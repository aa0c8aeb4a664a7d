"""Envoy's CheckRequest as a raw request: values are read from the message when they are asked for, never all."""

from collections.abc import Mapping

from authz.model.facts import Json
from authz.model.workload import WORKLOAD_KEYS, Texts, WorkloadTexts
from authz.pb import CheckRequest, ListValue, Struct, Value

_CALL_METADATA = "authz-"


class RawCheck:
    """Implements `authz.model.facts.RawRequest` over a CheckRequest and the gRPC metadata it came with."""

    __slots__ = ("_attributes", "_call_metadata", "_http", "_lines", "_metadata")

    def __init__(self, request: CheckRequest, call_metadata: Mapping[str, str]) -> None:
        self._attributes = request.attributes
        self._http = request.attributes.request.http
        self._call_metadata = call_metadata
        self._lines: dict[str, list[bytes]] | None = None
        self._metadata: dict[str, Mapping[str, Json] | None] = {}

    @property
    def is_http(self) -> bool:
        """A check of Envoy's network filter has no HTTP attributes."""
        return self._attributes.request.HasField("http")

    @property
    def method(self) -> str:
        """As received."""
        return self._http.method

    @property
    def target(self) -> str:
        """`path` holds the query too; the message's `query` field is always empty and never read."""
        return self._http.path

    @property
    def host(self) -> str:
        """`:authority`."""
        return self._http.host

    @property
    def headers_are_merged(self) -> bool:
        """Envoy fills the map unless `encode_raw_headers` is set."""
        return len(self._http.headers) > 0

    def header_lines(self, name: str) -> tuple[str, ...]:
        """From `header_map` where the proxy fills it, else from the map in which lines of one name are joined."""
        if name == ":authority":
            return (self._http.host,)
        if self.headers_are_merged:
            value = self._http.headers.get(name)
            return () if value is None else (value,)
        lines = self._raw_lines().get(name)
        return () if lines is None else tuple([line.decode("utf-8", "surrogateescape") for line in lines])

    def _raw_lines(self) -> dict[str, list[bytes]]:
        lines = self._lines
        if lines is None:
            lines = self._lines = {}
            for header in self._http.header_map.headers:
                value = header.raw_value or header.value.encode()
                lines.setdefault(header.key.lower(), []).append(value)
        return lines

    @property
    def source_address(self) -> str:
        """Empty for a unix socket or an internal listener."""
        return self._attributes.source.address.socket_address.address

    @property
    def destination_address(self) -> str:
        """The original destination where the listener restores it."""
        return self._attributes.destination.address.socket_address.address

    @property
    def destination_port(self) -> int:
        """0 where there is none."""
        return self._attributes.destination.address.socket_address.port_value

    @property
    def source_principal(self) -> str:
        """First URI SAN, else first DNS SAN, else subject."""
        return self._attributes.source.principal

    @property
    def source_certificate(self) -> str:
        """Only with `include_peer_certificate`."""
        return self._attributes.source.certificate

    @property
    def sni(self) -> str:
        """Only with `include_tls_session`."""
        return self._attributes.tls_session.sni

    def metadata(self, namespace: str) -> Mapping[str, Json] | None:
        """Of `metadata_context`; each namespace is converted once."""
        if namespace in self._metadata:
            return self._metadata[namespace]
        known = self._attributes.metadata_context.filter_metadata
        found = _mapping(known[namespace]) if namespace in known else None
        self._metadata[namespace] = found
        return found

    @property
    def vouched_claims(self) -> Mapping[str, Json] | None:
        """None: a proxy says what it verified as metadata, and that counts only where we verify nothing."""
        return None

    def workload_texts(self) -> WorkloadTexts:
        """Our keys only, so that what else a route sets does not make another workload."""
        attributes = self._attributes
        extensions = attributes.context_extensions
        labels = attributes.destination.labels
        return WorkloadTexts(
            extensions=tuple([(key, extensions[key]) for key in WORKLOAD_KEYS if key in extensions])
            if extensions
            else (),
            call_metadata=_call_texts(self._call_metadata) if self._call_metadata else (),
            destination_labels=tuple(sorted(labels.items())) if labels else (),
            destination_principal=attributes.destination.principal,
        )


def _call_texts(metadata: Mapping[str, str]) -> Texts:
    start = len(_CALL_METADATA)
    said = {key[start:].replace("-", "_"): text for key, text in metadata.items() if key.startswith(_CALL_METADATA)}
    return tuple([(key, said[key]) for key in WORKLOAD_KEYS if key in said])


def _mapping(struct: Struct) -> dict[str, Json]:
    return {key: _json(value) for key, value in struct.fields.items()}


def _json(value: Value) -> Json:
    match value.WhichOneof("kind"):
        case "string_value":
            return value.string_value
        case "list_value":
            return _list(value.list_value)
        case "struct_value":
            return _mapping(value.struct_value)
        case "number_value":
            return value.number_value
        case "bool_value":
            return value.bool_value
        case _:
            return None


def _list(values: ListValue) -> list[Json]:
    return [_json(value) for value in values.values]
