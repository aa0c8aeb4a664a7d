"""`connectionPool` of a traffic policy or a Sidecar: documents -> ConnectionPool, or problems.

Source: istio/istio pkg/config/validation/validation.go, validateConnectionPool.
"""

from datetime import timedelta

from authz.model.problem import Code
from authz.model.routing.traffic_policy import (
    ConnectionPool,
    H2Upgrade,
    Http2Keepalive,
    HttpPool,
    TcpKeepalive,
    TcpPool,
)
from authz.resources.fields import Fields
from authz.resources.nodes import Mapping, Node
from authz.resources.routing.values import read_duration

_TCP_FIELDS = frozenset({"maxConnections", "connectTimeout", "tcpKeepalive", "maxConnectionDuration", "idleTimeout"})
_HTTP_FIELDS = frozenset(
    {
        "http1MaxPendingRequests",
        "http2MaxRequests",
        "maxRequestsPerConnection",
        "maxRetries",
        "idleTimeout",
        "h2UpgradePolicy",
        "useClientProtocol",
        "maxConcurrentStreams",
        "http2KeepAlive",
    }
)
_MAX_INT32 = 2**31 - 1
_MAX_UINT32 = 2**32 - 1
_NO_TIME = timedelta(0)


def read_connection_pool(fields: Fields, node: Node | None, path: str) -> ConnectionPool | None:
    """Limits and time-outs of connections; None where nothing is said."""
    root = fields.mapping(node, path, ("tcp", "http"))
    if root is None:
        return None
    if not root.entries:
        fields.problem(Code.EMPTY_BLOCK, root, path, "expected tcp or http; remove the field or fill it")
    return ConnectionPool(
        _tcp(fields, root.get("tcp"), f"{path}.tcp"),
        _http(fields, root.get("http"), f"{path}.http"),
    )


def _number(fields: Fields, root: Mapping, key: str, path: str, high: int = _MAX_INT32) -> int | None:
    """A limit; 0 is as good as absent."""
    return fields.integer(root.get(key), f"{path}.{key}", 0, high) or None


def _tcp(fields: Fields, node: Node | None, path: str) -> TcpPool | None:
    root = fields.mapping(node, path, _TCP_FIELDS)
    if root is None:
        return None
    return TcpPool(
        max_connections=_number(fields, root, "maxConnections", path),
        connect_timeout=read_duration(fields, root.get("connectTimeout"), f"{path}.connectTimeout"),
        keepalive=read_tcp_keepalive(fields, root.get("tcpKeepalive"), f"{path}.tcpKeepalive"),
        max_connection_duration=read_duration(
            fields, root.get("maxConnectionDuration"), f"{path}.maxConnectionDuration"
        ),
        idle_timeout=read_duration(fields, root.get("idleTimeout"), f"{path}.idleTimeout", zero=True),
    )


def read_tcp_keepalive(fields: Fields, node: Node | None, path: str) -> TcpKeepalive | None:
    """How idle connections are kept alive; None where nothing is said."""
    root = fields.mapping(node, path, ("probes", "time", "interval"))
    if root is None:
        return None
    return TcpKeepalive(
        probes=_number(fields, root, "probes", path, _MAX_UINT32),
        time=read_duration(fields, root.get("time"), f"{path}.time"),
        interval=read_duration(fields, root.get("interval"), f"{path}.interval"),
    )


def _http(fields: Fields, node: Node | None, path: str) -> HttpPool | None:
    root = fields.mapping(node, path, _HTTP_FIELDS)
    if root is None:
        return None
    words = [one.value for one in H2Upgrade]
    word = fields.one_of(root.get("h2UpgradePolicy"), f"{path}.h2UpgradePolicy", words)
    pool = HttpPool(
        max_pending_requests=_number(fields, root, "http1MaxPendingRequests", path),
        max_requests=_number(fields, root, "http2MaxRequests", path),
        max_requests_per_connection=_number(fields, root, "maxRequestsPerConnection", path),
        max_retries=_number(fields, root, "maxRetries", path),
        idle_timeout=read_duration(fields, root.get("idleTimeout"), f"{path}.idleTimeout"),
        h2_upgrade=H2Upgrade(word) if word in words else H2Upgrade.DEFAULT,
        use_client_protocol=fields.boolean(root.get("useClientProtocol"), f"{path}.useClientProtocol") or False,
        max_concurrent_streams=_number(fields, root, "maxConcurrentStreams", path),
        http2_keepalive=_http2_keepalive(fields, root.get("http2KeepAlive"), f"{path}.http2KeepAlive"),
    )
    if pool.h2_upgrade is H2Upgrade.UPGRADE and pool.use_client_protocol:
        message = "the client's own protocol cannot be used where all is upgraded to HTTP/2; remove one"
        fields.problem(Code.CONFLICTING_FIELDS, root.entries["useClientProtocol"][0], path, message)
    return pool


def _http2_keepalive(fields: Fields, node: Node | None, path: str) -> Http2Keepalive | None:
    root = fields.mapping(node, path, ("interval", "timeout"))
    if root is None:
        return None
    for key in ("interval", "timeout"):
        if root.get(key) is None:
            fields.problem(Code.MISSING_FIELD, root, f"{path}.{key}", "pings need an interval and a timeout")
    return Http2Keepalive(
        read_duration(fields, root.get("interval"), f"{path}.interval") or _NO_TIME,
        read_duration(fields, root.get("timeout"), f"{path}.timeout") or _NO_TIME,
    )
