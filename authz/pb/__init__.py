"""Envoy's messages, as far as we read or write them, in a protobuf pool of our own.

The ext_authz, health and well-known messages are here: `from authz.pb import
CheckRequest`. Each protobuf package has its module with all of its messages,
and the classes in it are made when they are first asked for:

    auth        envoy.service.auth.v3
    core        envoy.config.core.v3
    envoy_type  envoy.type.v3
    health      grpc.health.v1
    protobuf    google.protobuf (the well-known types)
    rpc         google.rpc

What the forwarder tells Envoy:

    discovery                          the xDS requests and responses
    bootstrap, overload_manager        what an Envoy is started with
    cluster, endpoint, listener,
    route, accesslog, matcher          the resources, and what they are made of
    hcm, tcp_proxy, network_ext_authz,
    sni_dynamic_forward_proxy          network filters
    router, http_ext_authz, jwt_authn,
    fault, common_fault, cors,
    header_mutation, mutation_rules,
    early_header_mutation,
    http_dynamic_forward_proxy         HTTP filters
    tls_inspector, http_inspector,
    original_dst, proxy_protocol       listener filters
    tls, raw_buffer,
    upstream_proxy_protocol            transport sockets; `tls` has the secrets too
    upstream_http, common_matcher      HTTP options of a cluster
    dynamic_forward_proxy_cluster,
    dns_cache, dns_cluster,
    dns_lookup_family, cares           clusters that resolve names
    previous_hosts,
    previous_priorities                where retries go
    file_access_log, stream_access_log,
    downstream_connections             loggers and resource monitors

`packing` puts a message into an `Any` and takes it out, and writes JSON.

The modules, their stubs and `descriptors.bin` are written by `make protos`
from `protos/allow.toml`; this file, `_pool.py`, `packing.py` and `_mixins.pyi`
by hand. Fields that are not listed there are unknown fields: kept when a
message is passed on, otherwise ignored. Classes of other pools
(`google.protobuf.struct_pb2`, someone's xds-protos) are strangers to these:
exchange bytes with them.

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
