"""Static configuration of an Envoy that plays a workload's inbound proxy and asks the authorizer.

Each function makes one part, as the JSON values of the Envoy message it names;
`inbound_proxy` puts them together. Nothing here is specific to one policy.
Source of the settings: what Istio configures for a sidecar, with ext_authz in
the place of its RBAC filters; Envoy's reference for each message.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from authz.runtime.quickstart.certificates import KeyPair

Json = dict[str, Any]

LISTENER = "inbound"
EXT_AUTHZ_FILTER = "envoy.filters.http.ext_authz"
_TYPE = "type.googleapis.com/envoy.extensions"


@dataclass(frozen=True, slots=True)
class Workload:
    """What the authorizer is told about the workload behind a proxy."""

    namespace: str
    labels: Mapping[str, str]

    def context_extensions(self) -> Json:
        """Give the keys that the authorizer reads, as ext_authz sends them."""
        labels = ",".join(f"{key}={value}" for key, value in self.labels.items())
        return {"namespace": self.namespace, "labels": labels}


@dataclass(frozen=True, slots=True)
class InboundProxy:
    """All that one proxy's configuration depends on."""

    workload: Workload
    port: int  # 0: any free one
    backend: Path
    authorizer: tuple[str, int] | Path  # or its unix socket
    server: KeyPair
    client_cas: Path
    access_log: Path


def inbound_proxy(proxy: InboundProxy) -> Json:
    """Configure the proxy: one port that takes plain HTTP and TLS, and asks about every request."""
    manager = connection_manager(proxy)
    tls = downstream_tls(proxy.server, proxy.client_cas)
    listener = {
        "name": LISTENER,
        "address": socket_address("127.0.0.1", proxy.port),
        "enable_reuse_port": False,  # a second Envoy on this port must fail, not share it
        "listener_filters": [tls_inspector()],
        "filter_chains": [
            {"filter_chain_match": {"transport_protocol": "tls"}, "transport_socket": tls, "filters": [manager]},
            {"filters": [manager]},
        ],
    }
    clusters = [
        cluster("my-app", pipe(proxy.backend)),
        cluster("authorizer", _address(proxy.authorizer), http2=True),
    ]
    return {"static_resources": {"listeners": [listener], "clusters": clusters}}


def connection_manager(proxy: InboundProxy) -> Json:
    """HttpConnectionManager: what a request is made of is settled here, before anyone decides on it."""
    return typed(
        "envoy.filters.network.http_connection_manager",
        "filters.network.http_connection_manager.v3.HttpConnectionManager",
        stat_prefix=LISTENER,
        http_filters=[
            ext_authz("authorizer"),
            typed("envoy.filters.http.router", "filters.http.router.v3.Router"),
        ],
        route_config=route_to("my-app", proxy.workload),
        access_log=[access_log(proxy.access_log)],
        # One form of each path, for the authorizer and the application alike. As Istio's DECODE_AND_MERGE_SLASHES.
        normalize_path=True,
        merge_slashes=True,
        path_with_escaped_slashes_action="UNESCAPE_AND_FORWARD",
        common_http_protocol_options={"headers_with_underscores_action": "REJECT_REQUEST"},
        # Who calls is what the certificate says, never what a header claims.
        forward_client_cert_details="SANITIZE_SET",
        set_current_client_cert_details={"uri": True},
        use_remote_address=False,
        internal_address_config={},
        always_set_request_id_in_response=True,
    )


def route_to(cluster_name: str, workload: Workload) -> Json:
    """RouteConfiguration: all to one cluster, with the workload told to the authorizer."""
    check_settings = {"check_settings": {"context_extensions": workload.context_extensions()}}
    return {
        "name": LISTENER,
        "virtual_hosts": [
            {
                "name": LISTENER,
                "domains": ["*"],
                "routes": [{"match": {"prefix": "/"}, "route": {"cluster": cluster_name}}],
                "typed_per_filter_config": {
                    EXT_AUTHZ_FILTER: {"@type": f"{_TYPE}.filters.http.ext_authz.v3.ExtAuthzPerRoute", **check_settings}
                },
            }
        ],
    }


def ext_authz(cluster_name: str, **overrides: Any) -> Json:
    """ExtAuthz: everything a decision can need is sent, and no answer means no."""
    settings: Json = {
        "transport_api_version": "V3",
        "grpc_service": {"envoy_grpc": {"cluster_name": cluster_name}, "timeout": "2s"},
        "failure_mode_allow": False,
        "encode_raw_headers": True,  # each line of a repeated header alone, and its bytes as they came
        "include_peer_certificate": True,
        "include_tls_session": True,
    }
    return typed(EXT_AUTHZ_FILTER, "filters.http.ext_authz.v3.ExtAuthz", **{**settings, **overrides})


def access_log(path: Path) -> Json:
    """FileAccessLog: one JSON object a request, with what the authorizer answered to it."""
    answer = f"DYNAMIC_METADATA({EXT_AUTHZ_FILTER}:"
    deny = "istio_dry_run_deny_shadow"
    fields = {
        "request_id": "%REQ(X-REQUEST-ID)%",
        "method": "%REQ(:METHOD)%",
        "path": "%REQ(:PATH)%",
        "peer": "%DOWNSTREAM_PEER_URI_SAN%",
        "status": "%RESPONSE_CODE%",
        "details": "%RESPONSE_CODE_DETAILS%",
        "matched_policy": f"%{answer}matched_policy)%",
        "reason": f"%{answer}reason)%",
        "detail": f"%{answer}detail)%",
        "dry_run_deny": f"%{answer}{deny}_engine_result)%",
        "dry_run_deny_policy": f"%{answer}{deny}_effective_policy_id)%",
        "decision_id": f"%{answer}decision_id)%",
        "policy_digest": f"%{answer}policy_digest)%",
    }
    return typed(
        "envoy.access_loggers.file",
        "access_loggers.file.v3.FileAccessLog",
        path=str(path),
        log_format={"json_format": fields},
    )


def downstream_tls(server: KeyPair, client_ca: Path) -> Json:
    """DownstreamTlsContext: a client certificate is not asked for by force, but must be right if there is one."""
    return typed(
        "envoy.transport_sockets.tls",
        "transport_sockets.tls.v3.DownstreamTlsContext",
        require_client_certificate=False,
        common_tls_context={
            "alpn_protocols": ["h2", "http/1.1"],
            "tls_certificates": [
                {
                    "certificate_chain": {"filename": str(server.certificate)},
                    "private_key": {"filename": str(server.key)},
                }
            ],
            "validation_context": {"trusted_ca": {"filename": str(client_ca)}},
        },
    )


def tls_inspector() -> Json:
    """TlsInspector: tells TLS from plain text, and reads the server name."""
    return typed("envoy.filters.listener.tls_inspector", "filters.listener.tls_inspector.v3.TlsInspector")


def cluster(name: str, address: Json, *, http2: bool = False) -> Json:
    """Cluster with one endpoint, over HTTP/1.1 or HTTP/2."""
    endpoint = {"endpoint": {"address": address}}
    made: Json = {
        "name": name,
        "connect_timeout": "1s",
        "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": [endpoint]}]},
    }
    if http2:
        options = "upstreams.http.v3.HttpProtocolOptions"
        protocol: Json = {"explicit_http_config": {"http2_protocol_options": {}}}
        made["typed_extension_protocol_options"] = {
            f"envoy.extensions.{options}": {"@type": f"{_TYPE}.{options}", **protocol}
        }
    return made


def socket_address(address: str, port: int) -> Json:
    """Address of TCP."""
    return {"socket_address": {"address": address, "port_value": port}}


def pipe(path: Path) -> Json:
    """Address of a unix socket."""
    return {"pipe": {"path": str(path)}}


def _address(where: tuple[str, int] | Path) -> Json:
    return socket_address(*where) if isinstance(where, tuple) else pipe(where)


def typed(name: str, message: str, **fields: Any) -> Json:
    """Wrap an extension's configuration; `message` is its type under `envoy.extensions`."""
    return {"name": name, "typed_config": {"@type": f"{_TYPE}.{message}", **fields}}
