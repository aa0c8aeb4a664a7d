"""Envoy's messages, as far as we read or write them, in a protobuf pool of our own.

The ext_authz, health and well-known messages are here: `from authz.pb import
CheckRequest`. Each protobuf package has its module with all of its messages:

    auth        envoy.service.auth.v3
    core        envoy.config.core.v3
    envoy_type  envoy.type.v3
    health      grpc.health.v1
    protobuf    google.protobuf (the well-known types)
    rpc         google.rpc

The modules, their stubs and `descriptors.bin` are written by `make protos`
from `protos/allow.toml`; this file, `_pool.py` and `_mixins.pyi` by hand.
Fields that are not listed there are unknown fields: kept when a message is
passed on, otherwise ignored. Classes of other pools (`google.protobuf.struct_pb2`,
someone's xds-protos) are strangers to these: exchange bytes with them.

Imports nothing of authz. Nothing that decides imports it.
"""

from authz.pb.auth import AttributeContext, CheckRequest, CheckResponse, DeniedHttpResponse, OkHttpResponse
from authz.pb.core import (
    Address,
    EnvoyInternalAddress,
    HeaderMap,
    HeaderValue,
    HeaderValueOption,
    Metadata,
    Pipe,
    QueryParameter,
    SocketAddress,
)
from authz.pb.envoy_type import HttpStatus, StatusCode
from authz.pb.health import HealthCheckRequest, HealthCheckResponse
from authz.pb.protobuf import BoolValue, ListValue, Struct, Timestamp, Value
from authz.pb.rpc import Status

__all__ = [
    "Address",
    "AttributeContext",
    "BoolValue",
    "CheckRequest",
    "CheckResponse",
    "DeniedHttpResponse",
    "EnvoyInternalAddress",
    "HeaderMap",
    "HeaderValue",
    "HeaderValueOption",
    "HealthCheckRequest",
    "HealthCheckResponse",
    "HttpStatus",
    "ListValue",
    "Metadata",
    "OkHttpResponse",
    "Pipe",
    "QueryParameter",
    "SocketAddress",
    "Status",
    "StatusCode",
    "Struct",
    "Timestamp",
    "Value",
]
