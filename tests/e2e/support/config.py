"""Configuration of an Envoy with any number of listeners that ask an authorizer, each set up its own way."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from authz.runtime.quickstart.envoy_config import (
    Json,
    Workload,
    cluster,
    downstream_tls,
    ext_authz,
    route_to,
    socket_address,
    tls_inspector,
    typed,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from authz.runtime.quickstart.certificates import KeyPair

LOCALHOST = "127.0.0.1"
HTTP_BACKEND, GRPC_BACKEND, TCP_BACKEND = "http-backend", "grpc-backend", "tcp-backend"
AUTHORIZER = "authorizer"
JWT_FILTER = "envoy.filters.http.jwt_authn"


@dataclass(frozen=True, slots=True)
class Tls:
    """Mutual TLS at a listener: what it shows, and whose client certificates it believes.

    `accept_untrusted`: it takes every client certificate, of whomever and whenever.
    """

    server: KeyPair
    client_ca: Path
    accept_untrusted: bool = False


@dataclass(frozen=True, slots=True)
class HttpListener:
    """An HTTP listener that asks `authorizer` (a cluster) as the workload with these labels, and routes to `backend`.

    `manager` and `ext_authz` are fields of HttpConnectionManager and ExtAuthz
    that differ from Istio's way.
    """

    name: str
    labels: Mapping[str, str]
    address: str = LOCALHOST
    authorizer: str = AUTHORIZER
    tls: Tls | None = None
    port: int = 0
    manager: Mapping[str, Any] = field(default_factory=dict)
    ext_authz: Mapping[str, Any] = field(default_factory=dict)
    backend: str = HTTP_BACKEND

    def build(self) -> Json:
        """Give the Listener."""
        settings: Json = {
            "stat_prefix": self.name,
            "normalize_path": True,
            "delayed_close_timeout": "0.05s",  # after an error; a second by default
            "http_filters": [
                ext_authz(self.authorizer, **self.ext_authz),
                typed("envoy.filters.http.router", "filters.http.router.v3.Router"),
            ],
            "route_config": self._routes(),
        }
        manager = typed(
            "envoy.filters.network.http_connection_manager",
            "filters.network.http_connection_manager.v3.HttpConnectionManager",
            **{**settings, **self.manager},
        )
        return _listener(self.name, socket_address(self.address, self.port), manager, self.tls)

    def _routes(self) -> Json:
        config = route_to(self.backend, Workload("default", self.labels))
        to_grpc = {"match": {"prefix": "/echo.Echo/"}, "route": {"cluster": GRPC_BACKEND}}
        config["virtual_hosts"][0]["routes"].insert(0, to_grpc)
        return config


@dataclass(frozen=True, slots=True)
class TcpListener:
    """A TCP listener with the network filter; its workload is told in gRPC metadata, as TCP has nothing else."""

    name: str
    labels: Mapping[str, str]
    port: int = 0
    authorizer: str = AUTHORIZER
    tls: Tls | None = None

    def build(self) -> Json:
        """Give the Listener."""
        labels = ",".join(f"{key}={value}" for key, value in self.labels.items())
        told = [{"key": "authz-namespace", "value": "default"}, {"key": "authz-labels", "value": labels}]
        service = {"envoy_grpc": {"cluster_name": self.authorizer}, "timeout": "2s", "initial_metadata": told}
        ask = typed(
            "envoy.filters.network.ext_authz",
            "filters.network.ext_authz.v3.ExtAuthz",
            stat_prefix=self.name,
            transport_api_version="V3",
            grpc_service=service,
            include_peer_certificate=True,
            include_tls_session=True,
        )
        proxy = typed(
            "envoy.filters.network.tcp_proxy",
            "filters.network.tcp_proxy.v3.TcpProxy",
            stat_prefix=self.name,
            cluster=TCP_BACKEND,
        )
        return _listener(self.name, socket_address(LOCALHOST, self.port), ask, self.tls, proxy)


def jwt_authn(issuer: str, jwks: str) -> Json:
    """JwtAuthentication: no token passes on (as nobody), a token must be right. Its payload goes to the metadata."""
    provider = {
        "issuer": issuer,
        "local_jwks": {"inline_string": jwks},
        "payload_in_metadata": "payload",
        "normalize_payload_in_metadata": {"space_delimited_claims": ["scope", "permission"]},
    }
    any_of = {"requires_any": {"requirements": [{"provider_name": "login"}, {"allow_missing": {}}]}}
    return typed(
        JWT_FILTER,
        "filters.http.jwt_authn.v3.JwtAuthentication",
        providers={"login": provider},
        rules=[{"match": {"prefix": "/"}, "requires": any_of}],
    )


def _listener(name: str, address: Json, first: Json, tls: Tls | None, *more: Json) -> Json:
    chain: Json = {"filters": [first, *more]}
    if tls:
        chain["transport_socket"] = _downstream_tls(tls)
    made: Json = {"name": name, "address": address, "enable_reuse_port": False, "filter_chains": [chain]}
    return {**made, "listener_filters": [tls_inspector()]} if tls else made


def _downstream_tls(tls: Tls) -> Json:
    made = downstream_tls(tls.server, tls.client_ca)
    if tls.accept_untrusted:
        context = made["typed_config"]["common_tls_context"]["validation_context"]
        context["trust_chain_verification"] = "ACCEPT_UNTRUSTED"
    return made


def bootstrap(listeners: Sequence[HttpListener | TcpListener], clusters: Sequence[Json]) -> Json:
    """Put listeners and clusters together."""
    built = [listener.build() for listener in listeners]
    return {"static_resources": {"listeners": built, "clusters": list(clusters)}}


def http_backend(path: Path) -> Json:
    """Cluster of `authz.runtime.quickstart.backend.Backend`."""
    return cluster(HTTP_BACKEND, {"pipe": {"path": str(path)}})


def backend_on(name: str, port: int, *, http2: bool = False) -> Json:
    """Cluster of a server on a local port."""
    return cluster(name, socket_address(LOCALHOST, port), http2=http2)


def authorizer_cluster(address: tuple[str, int], name: str = AUTHORIZER) -> Json:
    """Cluster of a running authorizer."""
    return cluster(name, socket_address(*address), http2=True)
