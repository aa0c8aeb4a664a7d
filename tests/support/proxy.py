"""What a proxy sends to the check door for a request, and what it makes of the answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

from authz.model.workload import LABELS_UNKNOWN
from authz.pb import CheckRequest, CheckResponse

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from authz.authorizer import Authorizer
    from authz.model.facts import Json
    from authz.model.request import Request
    from authz.model.workload import Target
    from authz.pb.protobuf import Struct, Value

TOKEN_NAMESPACE = "envoy.filters.http.jwt_authn"


class Form(Enum):
    """How the proxy sends headers: `encode_raw_headers` or not."""

    RAW = "raw"
    MERGED = "merged"


FORMS = tuple(Form)


@dataclass(frozen=True, slots=True)
class Answer:
    """A CheckResponse, read as Envoy reads it."""

    allowed: bool
    code: int
    status: int
    body: str
    metadata: Mapping[str, Any]
    response_headers: Mapping[str, str] = field(default_factory=dict)
    set_headers: tuple[tuple[str, str], ...] = ()
    remove_headers: tuple[str, ...] = ()
    remove_query: tuple[str, ...] = ()

    @property
    def rule(self) -> str | None:
        return self.metadata.get("matched_policy")

    @property
    def reason(self) -> str:
        return str(self.metadata["reason"])


def ask(authorizer: Authorizer, request: Request, form: Form = Form.RAW) -> Answer:
    """Ask as a proxy would, in this process."""
    return read_answer(authorizer.check_bytes(check_request(request, form), call_metadata(request)))


def read_answer(response: bytes) -> Answer:
    message = CheckResponse.FromString(response)
    denied, ok = message.denied_response, message.ok_response
    return Answer(
        allowed=message.status.code == 0,
        code=message.status.code,
        status=denied.status.code,
        body=denied.body,
        metadata={key: plain(value) for key, value in message.dynamic_metadata.fields.items()},
        response_headers={one.header.key: one.header.value for one in denied.headers},
        set_headers=tuple([(one.header.key, one.header.value) for one in ok.headers]),
        remove_headers=tuple(ok.headers_to_remove),
        remove_query=tuple(ok.query_parameters_to_remove),
    )


def plain(value: Value) -> str | bool | float:
    kind = value.WhichOneof("kind")
    assert kind is not None
    found: str | bool | float = getattr(value, kind)
    return found


def check_request(request: Request, form: Form = Form.RAW) -> bytes:
    """The bytes of the CheckRequest, as Envoy 1.40 with our settings fills it."""
    message = CheckRequest()
    attributes = message.attributes
    attributes.source.address.socket_address.address = request.source_ip
    attributes.source.principal = request.principal
    attributes.source.certificate = request.certificate
    attributes.destination.address.socket_address.address = request.destination_ip
    attributes.destination.address.socket_address.port_value = request.destination_port
    attributes.tls_session.sni = request.sni
    if request.workload is not None and request.workload.labels is not LABELS_UNKNOWN:
        attributes.destination.labels.update(dict(request.workload.labels))
    metadata: dict[str, Mapping[str, Json]] = dict(request.dynamic_metadata)
    if request.claims is not None:
        metadata[TOKEN_NAMESPACE] = {"payload": request.claims}
    for namespace, content in metadata.items():
        fill(attributes.metadata_context.filter_metadata[namespace], content)
    if request.is_http:
        _add_http(message, request, form)
    return message.SerializeToString()


def _add_http(message: CheckRequest, request: Request, form: Form) -> None:
    http = message.attributes.request.http
    http.method, http.path, http.host = request.method, request.path, request.host
    pseudo = (
        (":authority", request.host),
        (":path", request.path),
        (":method", request.method),
        (":scheme", request.scheme),
    )
    for name, value in (*pseudo, *request.headers):
        if form is Form.RAW:
            http.header_map.headers.add(key=name.lower(), raw_value=value.encode("utf-8", "surrogateescape"))
        else:  # Envoy puts `!` where bytes are no UTF-8
            text = "".join("!" if "\udc80" <= character <= "\udcff" else character for character in value)
            merged = http.headers
            merged[name.lower()] = f"{merged[name.lower()]},{text}" if name.lower() in merged else text
    message.attributes.context_extensions.update(_workload_texts(request))


def call_metadata(request: Request) -> dict[str, str]:
    """Plain TCP has no context_extensions: there the workload is in the call's metadata."""
    if request.is_http:
        return {}
    return {f"authz-{key.replace('_', '-')}": value for key, value in _workload_texts(request).items()}


def _workload_texts(request: Request) -> dict[str, str]:
    workload = request.workload
    if workload is None:
        return {}
    targets = {"gateway": workload.gateways, "service": workload.services, "service_entry": workload.service_entries}
    texts = {"namespace": workload.namespace, "role": workload.role.value}
    texts |= {key: _names(found) for key, found in targets.items() if found}
    if workload.labels == frozenset():
        texts["labels"] = ""
    return texts


def _names(targets: Iterable[Target]) -> str:
    return ",".join(f"{target.namespace}/{target.name}" for target in targets)


def fill(struct: Struct, content: Mapping[str, Json]) -> None:
    for key, value in content.items():
        _set(struct.fields[key], value)


def _set(value: Value, content: Json) -> None:
    match content:
        case None:
            value.null_value = 0
        case bool():
            value.bool_value = content
        case str():
            value.string_value = content
        case int() | float():
            value.number_value = content
        case list() | tuple():
            _set_list(value, content)
        case _:
            value.struct_value.SetInParent()
            fill(value.struct_value, content)  # type: ignore[arg-type] # what is left is a mapping


def _set_list(value: Value, content: Sequence[Json]) -> None:
    value.list_value.SetInParent()
    for one in content:
        _set(value.list_value.values.add(), one)
