"""How connections to a service are made, spread and given up: `trafficPolicy` of a DestinationRule.

Source: istio/api networking/v1alpha3/destination_rule.proto; for what absent fields mean istio/istio
pilot/pkg/networking/core/cluster_traffic_policy.go. A number is None where it is absent or where Istio takes the number
written for absent. A block that is there but empty is a record, not None: it has an effect of its own.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum

from authz.model.routing.client_tls import ClientTls
from authz.model.where import Where

DEFAULT_MINIMUM_RING_SIZE = 1024
_NOWHERE = Where("")


class SimpleBalancing(Enum):
    """LEAST_REQUEST is the default, and what LEAST_CONN and UNSPECIFIED are. PASSTHROUGH: where the client wanted."""

    LEAST_REQUEST = "LEAST_REQUEST"
    ROUND_ROBIN = "ROUND_ROBIN"
    RANDOM = "RANDOM"
    PASSTHROUGH = "PASSTHROUGH"


@dataclass(frozen=True, slots=True)
class HashHeader:
    """The values of a request header."""

    name: str


@dataclass(frozen=True, slots=True)
class HashCookie:
    """A cookie, which the proxy sets where it is missing. `ttl` None: only one that is there counts.

    `attributes`: name and value each, of a cookie that the proxy sets.
    """

    name: str
    path: str = ""
    ttl: timedelta | None = None
    attributes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class HashSourceIp:
    """The address that the connection comes from."""


@dataclass(frozen=True, slots=True)
class HashQueryParameter:
    """The first value of a query parameter."""

    name: str


HashKey = HashHeader | HashCookie | HashSourceIp | HashQueryParameter


@dataclass(frozen=True, slots=True)
class RingHash:
    """`minimum_ring_size` None: Envoy's own."""

    minimum_ring_size: int | None


@dataclass(frozen=True, slots=True)
class Maglev:
    """`table_size`: a prime number."""

    table_size: int


@dataclass(frozen=True, slots=True)
class ConsistentHash:
    """`key` None: nothing to hash, and so an endpoint at random."""

    key: HashKey | None
    algorithm: RingHash | Maglev = RingHash(DEFAULT_MINIMUM_RING_SIZE)


@dataclass(frozen=True, slots=True)
class Warmup:
    """New endpoints get less for `duration`, at first `minimum_percent` of their share. Aggression 1 grows linearly."""

    duration: timedelta
    minimum_percent: float = 10.0
    aggression: float = 1.0


@dataclass(frozen=True, slots=True)
class Distribute:
    """Where the traffic of a locality goes: `to` has localities and their percentages, 100 in all.

    A locality is `REGION`, `REGION/ZONE` or `REGION/ZONE/SUBZONE`; a `*` at its end covers the rest.
    """

    from_locality: str
    to: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Failover:
    """The region to turn to when the endpoints of one have failed."""

    from_region: str
    to_region: str


@dataclass(frozen=True, slots=True)
class LocalityBalancing:
    """`enabled` None: as the mesh has it. `failover_priority`: labels, each `KEY` or `KEY=VALUE`, weightiest first."""

    distribute: tuple[Distribute, ...] = ()
    failover: tuple[Failover, ...] = ()
    failover_priority: tuple[str, ...] = ()
    enabled: bool | None = None


@dataclass(frozen=True, slots=True)
class ZoneAwareBalancing:
    """Never beside LocalityBalancing. `min_cluster_size`: with fewer endpoints zones count nothing."""

    failover: tuple[Failover, ...] = ()
    failover_priority: tuple[str, ...] = ()
    enabled: bool | None = None
    min_cluster_size: int | None = None


@dataclass(frozen=True, slots=True)
class LoadBalancer:
    """Which endpoint gets a request."""

    policy: SimpleBalancing | ConsistentHash = SimpleBalancing.LEAST_REQUEST
    locality: LocalityBalancing | None = None
    zone_aware: ZoneAwareBalancing | None = None
    warmup: Warmup | None = None


@dataclass(frozen=True, slots=True)
class TcpKeepalive:
    """Each None: as the mesh, else as the operating system has it."""

    probes: int | None = None
    time: timedelta | None = None
    interval: timedelta | None = None


@dataclass(frozen=True, slots=True)
class TcpPool:
    """`idle_timeout` zero: never."""

    max_connections: int | None = None
    connect_timeout: timedelta | None = None
    keepalive: TcpKeepalive | None = None
    max_connection_duration: timedelta | None = None
    idle_timeout: timedelta | None = None


class H2Upgrade(Enum):
    """Whether HTTP/1.1 connections become HTTP/2 ones. DEFAULT: as the mesh has it."""

    DEFAULT = "DEFAULT"
    DO_NOT_UPGRADE = "DO_NOT_UPGRADE"
    UPGRADE = "UPGRADE"


@dataclass(frozen=True, slots=True)
class Http2Keepalive:
    """Pings of HTTP/2."""

    interval: timedelta
    timeout: timedelta


@dataclass(frozen=True, slots=True)
class HttpPool:
    """`max_pending_requests`: `http1MaxPendingRequests`, `max_requests`: `http2MaxRequests`; both for all of HTTP."""

    max_pending_requests: int | None = None
    max_requests: int | None = None
    max_requests_per_connection: int | None = None
    max_retries: int | None = None
    idle_timeout: timedelta | None = None
    h2_upgrade: H2Upgrade = H2Upgrade.DEFAULT
    use_client_protocol: bool = False
    max_concurrent_streams: int | None = None
    http2_keepalive: Http2Keepalive | None = None


@dataclass(frozen=True, slots=True)
class ConnectionPool:
    """At least one of the two."""

    tcp: TcpPool | None = None
    http: HttpPool | None = None


@dataclass(frozen=True, slots=True)
class OutlierDetection:
    """When an endpoint is left out for a while. With no field at all Envoy's defaults hold, and it does happen.

    `consecutive_5xx_errors`, `consecutive_gateway_errors`: None is Envoy's default, 0 is never.
    `consecutive_local_origin_failures`: only with `split_local_origin_errors`. `min_health_percent`: with fewer healthy
    endpoints all of them get requests again; 0 is never. `http_error_codes`: statuses that count, instead of 5xx.
    """

    consecutive_5xx_errors: int | None = None
    consecutive_gateway_errors: int | None = None
    split_local_origin_errors: bool = False
    consecutive_local_origin_failures: int | None = None
    interval: timedelta | None = None
    base_ejection_time: timedelta | None = None
    max_ejection_percent: int | None = None
    min_health_percent: int = 0
    http_error_codes: tuple[int, ...] = ()


class TunnelProtocol(Enum):
    """The HTTP method that opens a tunnel."""

    CONNECT = "CONNECT"
    POST = "POST"


@dataclass(frozen=True, slots=True)
class Tunnel:
    """TCP inside HTTP requests to the service, for `target_host`:`target_port` behind it."""

    target_host: str
    target_port: int
    protocol: TunnelProtocol = TunnelProtocol.CONNECT


class ProxyProtocol(Enum):
    """The version of PROXY protocol that connections begin with."""

    V1 = "V1"
    V2 = "V2"


@dataclass(frozen=True, slots=True)
class RetryBudget:
    """At most `percent` of the active requests may be retries, but always `min_retry_concurrency`.

    `budget_interval`: the time over which requests count as active; None: only those active now.
    """

    percent: float = 20.0
    min_retry_concurrency: int = 3
    budget_interval: timedelta | None = None


@dataclass(frozen=True, slots=True)
class PortPolicy:
    """An entry of `portLevelSettings`, for a port of the service; at least one of its blocks is there."""

    port: int
    load_balancer: LoadBalancer | None = None
    connection_pool: ConnectionPool | None = None
    outlier_detection: OutlierDetection | None = None
    tls: ClientTls | None = None
    where: Where = field(default=_NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class TrafficPolicy:
    """At least one of its fields is there. `ports`: in the order written, of which the first for a port counts."""

    load_balancer: LoadBalancer | None = None
    connection_pool: ConnectionPool | None = None
    outlier_detection: OutlierDetection | None = None
    tls: ClientTls | None = None
    ports: tuple[PortPolicy, ...] = ()
    tunnel: Tunnel | None = None
    proxy_protocol: ProxyProtocol | None = None
    retry_budget: RetryBudget | None = None
    where: Where = field(default=_NOWHERE, compare=False)
