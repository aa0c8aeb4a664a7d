"""What MeshConfig says about routing: defaults for everything that resources leave out.

Source: istio/api mesh/v1alpha1/config.proto, proxy.proto; the defaults are those of istio/istio
pkg/config/mesh/mesh.go.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum

from authz.model.routing.client_tls import ClientTls
from authz.model.routing.http_route import Retries
from authz.model.routing.traffic_policy import LocalityBalancing, TcpKeepalive, TrafficPolicy, ZoneAwareBalancing


class OutboundMode(Enum):
    """What a sidecar does with hosts that nobody knows. A block without mode is REGISTRY_ONLY, no block ALLOW_ANY."""

    ALLOW_ANY = "ALLOW_ANY"
    REGISTRY_ONLY = "REGISTRY_ONLY"
    ALLOW_ANY_DYNAMIC_DNS = "ALLOW_ANY_DYNAMIC_DNS"


@dataclass(frozen=True, slots=True)
class OutboundPolicy:
    """`tls`: towards hosts of ALLOW_ANY_DYNAMIC_DNS."""

    mode: OutboundMode = OutboundMode.ALLOW_ANY
    tls: ClientTls | None = None


class ForwardClientCert(Enum):
    """What a gateway does with a client's `x-forwarded-client-cert`; the words are Envoy's too."""

    SANITIZE = "SANITIZE"
    FORWARD_ONLY = "FORWARD_ONLY"
    APPEND_FORWARD = "APPEND_FORWARD"
    SANITIZE_SET = "SANITIZE_SET"
    ALWAYS_FORWARD_ONLY = "ALWAYS_FORWARD_ONLY"


@dataclass(frozen=True, slots=True)
class GatewayTopology:
    """What stands in front of gateways. `proxy_protocol`: whether connections begin with PROXY protocol."""

    num_trusted_proxies: int = 0
    forward_client_cert: ForwardClientCert = ForwardClientCert.SANITIZE_SET
    proxy_protocol: bool = False


def _enabled() -> LocalityBalancing:
    return LocalityBalancing(enabled=True)


@dataclass(frozen=True, slots=True)
class MeshDefaults:
    """The defaults of routing.

    `*_export_to`: words; `.` is the namespace of each resource. `retries` None: Istio's own. `traffic_policy`: only its
    connection pool and outlier detection count. `dns_refresh_rate`: how soon a name is looked up again that could not
    be resolved. `h2_upgrade`: whether ports that are known to speak HTTP get HTTP/2.
    """

    service_export_to: tuple[str, ...] = ("*",)
    virtual_service_export_to: tuple[str, ...] = ("*",)
    destination_rule_export_to: tuple[str, ...] = ("*",)
    retries: Retries | None = None
    traffic_policy: TrafficPolicy | None = None
    connect_timeout: timedelta = timedelta(seconds=10)
    dns_refresh_rate: timedelta = timedelta(seconds=60)
    enable_auto_mtls: bool = True
    locality: LocalityBalancing = field(default_factory=_enabled)
    zone_aware: ZoneAwareBalancing | None = None
    h2_upgrade: bool = False
    tcp_keepalive: TcpKeepalive | None = None
    outbound: OutboundPolicy = field(default_factory=OutboundPolicy)
    topology: GatewayTopology = field(default_factory=GatewayTopology)
