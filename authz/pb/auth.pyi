"""The protobuf package `envoy.service.auth.v3`.

Written by protos/prune.py from protos/allow.toml. Do not edit.
"""

from collections.abc import Iterable as _Iterable
from collections.abc import Mapping as _Mapping
from typing import Literal as _Literal
from google.protobuf.internal.containers import RepeatedCompositeFieldContainer as _Repeated
from google.protobuf.internal.containers import RepeatedScalarFieldContainer as _RepeatedScalar
from google.protobuf.internal.containers import ScalarMap as _ScalarMap
from google.protobuf.message import Message as _Message
from authz.pb import core as _core
from authz.pb import envoy_type as _envoy_type
from authz.pb import protobuf as _protobuf
from authz.pb import rpc as _rpc

__all__ = [
    "AttributeContext",
    "CheckRequest",
    "CheckResponse",
    "DeniedHttpResponse",
    "OkHttpResponse",
]

class AttributeContext(_Message):
    class Peer(_Message):
        @property
        def address(self) -> _core.Address: ...
        service: str
        @property
        def labels(self) -> _ScalarMap[str, str]: ...
        principal: str
        certificate: str
        def __init__(
            self,
            *,
            address: _core.Address | None = ...,
            service: str | None = ...,
            labels: _Mapping[str, str] | None = ...,
            principal: str | None = ...,
            certificate: str | None = ...,
        ) -> None: ...
        def HasField(self, field_name: _Literal["address"]) -> bool: ...
        def ClearField(self, field_name: _Literal["address", "certificate", "labels", "principal", "service"]) -> None: ...

    class Request(_Message):
        @property
        def time(self) -> _protobuf.Timestamp: ...
        @property
        def http(self) -> AttributeContext.HttpRequest: ...
        def __init__(
            self,
            *,
            time: _protobuf.Timestamp | None = ...,
            http: AttributeContext.HttpRequest | None = ...,
        ) -> None: ...
        def HasField(self, field_name: _Literal["http", "time"]) -> bool: ...
        def ClearField(self, field_name: _Literal["http", "time"]) -> None: ...

    class HttpRequest(_Message):
        id: str
        method: str
        @property
        def headers(self) -> _ScalarMap[str, str]: ...
        @property
        def header_map(self) -> _core.HeaderMap: ...
        path: str
        host: str
        scheme: str
        query: str
        fragment: str
        size: int
        protocol: str
        body: str
        raw_body: bytes
        def __init__(
            self,
            *,
            id: str | None = ...,
            method: str | None = ...,
            headers: _Mapping[str, str] | None = ...,
            header_map: _core.HeaderMap | None = ...,
            path: str | None = ...,
            host: str | None = ...,
            scheme: str | None = ...,
            query: str | None = ...,
            fragment: str | None = ...,
            size: int | None = ...,
            protocol: str | None = ...,
            body: str | None = ...,
            raw_body: bytes | None = ...,
        ) -> None: ...
        def HasField(self, field_name: _Literal["header_map"]) -> bool: ...
        def ClearField(self, field_name: _Literal["body", "fragment", "header_map", "headers", "host", "id", "method", "path", "protocol", "query", "raw_body", "scheme", "size"]) -> None: ...

    class TLSSession(_Message):
        sni: str
        def __init__(
            self,
            *,
            sni: str | None = ...,
        ) -> None: ...
        def ClearField(self, field_name: _Literal["sni"]) -> None: ...

    @property
    def source(self) -> AttributeContext.Peer: ...
    @property
    def destination(self) -> AttributeContext.Peer: ...
    @property
    def request(self) -> AttributeContext.Request: ...
    @property
    def context_extensions(self) -> _ScalarMap[str, str]: ...
    @property
    def metadata_context(self) -> _core.Metadata: ...
    @property
    def route_metadata_context(self) -> _core.Metadata: ...
    @property
    def tls_session(self) -> AttributeContext.TLSSession: ...
    def __init__(
        self,
        *,
        source: AttributeContext.Peer | None = ...,
        destination: AttributeContext.Peer | None = ...,
        request: AttributeContext.Request | None = ...,
        context_extensions: _Mapping[str, str] | None = ...,
        metadata_context: _core.Metadata | None = ...,
        route_metadata_context: _core.Metadata | None = ...,
        tls_session: AttributeContext.TLSSession | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["destination", "metadata_context", "request", "route_metadata_context", "source", "tls_session"]) -> bool: ...
    def ClearField(self, field_name: _Literal["context_extensions", "destination", "metadata_context", "request", "route_metadata_context", "source", "tls_session"]) -> None: ...

class CheckRequest(_Message):
    @property
    def attributes(self) -> AttributeContext: ...
    def __init__(
        self,
        *,
        attributes: AttributeContext | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["attributes"]) -> bool: ...
    def ClearField(self, field_name: _Literal["attributes"]) -> None: ...

class CheckResponse(_Message):
    @property
    def status(self) -> _rpc.Status: ...
    @property
    def denied_response(self) -> DeniedHttpResponse: ...
    @property
    def ok_response(self) -> OkHttpResponse: ...
    @property
    def dynamic_metadata(self) -> _protobuf.Struct: ...
    def __init__(
        self,
        *,
        status: _rpc.Status | None = ...,
        denied_response: DeniedHttpResponse | None = ...,
        ok_response: OkHttpResponse | None = ...,
        dynamic_metadata: _protobuf.Struct | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["denied_response", "dynamic_metadata", "http_response", "ok_response", "status"]) -> bool: ...
    def ClearField(self, field_name: _Literal["denied_response", "dynamic_metadata", "http_response", "ok_response", "status"]) -> None: ...
    def WhichOneof(self, oneof_group: _Literal["http_response"]) -> _Literal["denied_response", "ok_response"] | None: ...

class DeniedHttpResponse(_Message):
    @property
    def status(self) -> _envoy_type.HttpStatus: ...
    @property
    def headers(self) -> _Repeated[_core.HeaderValueOption]: ...
    body: str
    def __init__(
        self,
        *,
        status: _envoy_type.HttpStatus | None = ...,
        headers: _Iterable[_core.HeaderValueOption] | None = ...,
        body: str | None = ...,
    ) -> None: ...
    def HasField(self, field_name: _Literal["status"]) -> bool: ...
    def ClearField(self, field_name: _Literal["body", "headers", "status"]) -> None: ...

class OkHttpResponse(_Message):
    @property
    def headers(self) -> _Repeated[_core.HeaderValueOption]: ...
    @property
    def headers_to_remove(self) -> _RepeatedScalar[str]: ...
    @property
    def response_headers_to_add(self) -> _Repeated[_core.HeaderValueOption]: ...
    @property
    def query_parameters_to_set(self) -> _Repeated[_core.QueryParameter]: ...
    @property
    def query_parameters_to_remove(self) -> _RepeatedScalar[str]: ...
    def __init__(
        self,
        *,
        headers: _Iterable[_core.HeaderValueOption] | None = ...,
        headers_to_remove: _Iterable[str] | None = ...,
        response_headers_to_add: _Iterable[_core.HeaderValueOption] | None = ...,
        query_parameters_to_set: _Iterable[_core.QueryParameter] | None = ...,
        query_parameters_to_remove: _Iterable[str] | None = ...,
    ) -> None: ...
    def ClearField(self, field_name: _Literal["headers", "headers_to_remove", "query_parameters_to_remove", "query_parameters_to_set", "response_headers_to_add"]) -> None: ...
