"""How many connections a cluster makes, how it makes them, and for how long they stay.

Source: istio/istio pilot/pkg/networking/core/cluster_traffic_policy.go (applyConnectionPool, applyRetryBudget,
shouldH2Upgrade), cluster.go (applyTCPKeepalive), cluster_builder.go (setUpstreamProtocol).
"""

from dataclasses import dataclass
from datetime import timedelta
from math import ceil

from authz.forwarder.translate.outlier_detection import error_matcher
from authz.forwarder.translate.wrapped import MAX_UINT32, as_duration, as_percent, as_uint32
from authz.model.routing.mesh_defaults import MeshDefaults
from authz.model.routing.protocol import Protocol
from authz.model.routing.traffic_policy import ConnectionPool, H2Upgrade, HttpPool, RetryBudget, TcpKeepalive, TcpPool
from authz.pb.cluster import CircuitBreakers, Cluster
from authz.pb.core import (
    Http1ProtocolOptions,
    Http2ProtocolOptions,
    HttpProtocolOptions,
    KeepaliveSettings,
    UpstreamHttpProtocolOptions,
)
from authz.pb.packing import pack
from authz.pb.upstream_http import HttpProtocolOptions as UpstreamOptions

_OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
# what Linux takes, see tcp(7); with more, or with 0, setting the option fails, and the connection with it
_MOST_SECONDS = 32767
_MOST_PROBES = 127


@dataclass(frozen=True, slots=True)
class HttpOptions:
    """What a cluster does with HTTP. `auto_sni`: the request's host is the server's name; `auto_san`: and has to be.

    `error_codes`: statuses that outlier detection counts.
    """

    is_http2: bool = False
    use_client_protocol: bool = False
    auto_sni: bool = False
    auto_san: bool = False
    error_codes: tuple[int, ...] = ()


def speaks_http2(protocol: Protocol, pool: ConnectionPool | None, mesh: MeshDefaults) -> bool:
    """Whether a cluster speaks HTTP/2 from the first byte: its port does, or is upgraded to it.

    A rule can upgrade any port; the mesh only those that are known to speak HTTP.
    """
    http = pool.http if pool else None
    if protocol.is_http2:
        return True
    if http is not None:
        if http.use_client_protocol:
            return False
        if http.h2_upgrade is not H2Upgrade.DEFAULT:
            return http.h2_upgrade is H2Upgrade.UPGRADE
    return mesh.h2_upgrade and protocol.is_http


def uses_client_protocol(pool: ConnectionPool | None) -> bool:
    """Whether what the client speaks is wanted for the upstream too."""
    return pool is not None and pool.http is not None and pool.http.use_client_protocol


def tcp_idle_timeout(pool: ConnectionPool | None) -> timedelta | None:
    """For how long a TCP connection may be idle; None: Envoy's hour. Zero: for ever. For those who proxy TCP."""
    return pool.tcp.idle_timeout if pool and pool.tcp else None


def add_connection_pool(
    cluster: Cluster, pool: ConnectionPool | None, budget: RetryBudget | None, mesh: MeshDefaults
) -> None:
    """Limits, time-outs and keep-alive of a cluster; without limits there are none, where Envoy has 1024."""
    tcp = pool.tcp if pool else None
    cluster.connect_timeout.CopyFrom(as_duration((tcp and tcp.connect_timeout) or mesh.connect_timeout))
    cluster.circuit_breakers.thresholds.append(_thresholds(pool, budget))
    _add_keepalive(cluster, [mesh.tcp_keepalive, tcp.keepalive if tcp else None])


def _thresholds(pool: ConnectionPool | None, budget: RetryBudget | None) -> CircuitBreakers.Thresholds:
    tcp, http = (pool.tcp, pool.http) if pool else (None, None)
    tcp, http = tcp or TcpPool(), http or HttpPool()
    return CircuitBreakers.Thresholds(
        max_connections=as_uint32(tcp.max_connections or MAX_UINT32),
        max_pending_requests=as_uint32(http.max_pending_requests or MAX_UINT32),
        max_requests=as_uint32(http.max_requests or MAX_UINT32),
        max_retries=as_uint32(http.max_retries or MAX_UINT32),
        retry_budget=None if budget is None else _retry_budget(budget),
        track_remaining=True,
    )


def _retry_budget(budget: RetryBudget) -> CircuitBreakers.Thresholds.RetryBudget:
    """Envoy counts the requests that are active now; it has no other interval."""
    return CircuitBreakers.Thresholds.RetryBudget(
        budget_percent=as_percent(budget.percent),
        min_retry_concurrency=as_uint32(budget.min_retry_concurrency),
    )


def _add_keepalive(cluster: Cluster, settings: list[TcpKeepalive | None]) -> None:
    """Each field by the last who says it; without a field it is the operating system's, but keep-alive is on."""
    for one in settings:
        if one is None:
            continue
        made = cluster.upstream_connection_options.tcp_keepalive
        made.SetInParent()
        if one.probes:
            made.keepalive_probes.CopyFrom(as_uint32(min(one.probes, _MOST_PROBES)))
        if one.time:
            made.keepalive_time.CopyFrom(as_uint32(_seconds(one.time)))
        if one.interval:
            made.keepalive_interval.CopyFrom(as_uint32(_seconds(one.interval)))


def _seconds(time: timedelta) -> int:
    return min(max(ceil(time.total_seconds()), 1), _MOST_SECONDS)


def add_http_options(cluster: Cluster, pool: ConnectionPool | None, options: HttpOptions) -> None:
    """What a cluster does with HTTP, where that is not what Envoy does anyway."""
    made = UpstreamOptions()
    _add_common(made, pool)
    if options.auto_sni or options.auto_san:
        names = UpstreamHttpProtocolOptions(auto_sni=options.auto_sni, auto_san_validation=options.auto_san)
        made.upstream_http_protocol_options.CopyFrom(names)
    if options.error_codes:
        made.outlier_detection.error_matcher.CopyFrom(error_matcher(options.error_codes))
    if options.use_client_protocol:
        made.use_downstream_protocol_config.http_protocol_options.CopyFrom(Http1ProtocolOptions())
        made.use_downstream_protocol_config.http2_protocol_options.CopyFrom(Http2ProtocolOptions())
    elif options.is_http2:
        made.explicit_http_config.http2_protocol_options.CopyFrom(_http2(pool))
    elif made.ByteSize():
        made.explicit_http_config.http_protocol_options.SetInParent()
    if made.ByteSize():
        cluster.typed_extension_protocol_options[_OPTIONS].CopyFrom(pack(made))


def _add_common(made: UpstreamOptions, pool: ConnectionPool | None) -> None:
    tcp, http = (pool.tcp, pool.http) if pool else (None, None)
    common = HttpProtocolOptions()
    idle = http.idle_timeout if http and http.idle_timeout is not None else tcp_idle_timeout(pool)
    if idle is not None:
        common.idle_timeout.CopyFrom(as_duration(idle))
    if tcp and tcp.max_connection_duration:
        common.max_connection_duration.CopyFrom(as_duration(tcp.max_connection_duration))
    if http and http.max_requests_per_connection:
        common.max_requests_per_connection.CopyFrom(as_uint32(http.max_requests_per_connection))
    if common.ByteSize():
        made.common_http_protocol_options.CopyFrom(common)


def _http2(pool: ConnectionPool | None) -> Http2ProtocolOptions:
    http = pool.http if pool else None
    made = Http2ProtocolOptions()
    if http and http.max_concurrent_streams:
        made.max_concurrent_streams.CopyFrom(as_uint32(http.max_concurrent_streams))
    if http and http.http2_keepalive:
        made.connection_keepalive.CopyFrom(
            KeepaliveSettings(
                interval=as_duration(http.http2_keepalive.interval), timeout=as_duration(http.http2_keepalive.timeout)
            )
        )
    return made
