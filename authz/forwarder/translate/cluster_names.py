"""What clusters are called, as Istio's users know them.

Source: istio/istio pilot/pkg/model/service.go (BuildSubsetKey, BuildDNSSrvSubsetKey), networking/util/util.go.
"""

from authz.model.routing.hosts import HostPattern

BLACK_HOLE = "BlackHoleCluster"


def cluster_name(host: HostPattern, port: int, subset: str = "") -> str:
    """`outbound|80|v1|a.default.svc.cluster.local`. `port`: of the service; `subset` empty: all endpoints."""
    return f"outbound|{port}|{subset}|{host.text}"


def sni_name(host: HostPattern, port: int, subset: str = "") -> str:
    """`outbound_.80_.v1_.a.default.svc.cluster.local`: the same, as a server's name in a handshake can have it."""
    return f"outbound_.{port}_.{subset}_.{host.text}"


def dns_cache_name(host: HostPattern) -> str:
    """The cache of addresses of a service whose requests say the host; whoever uses it has to use the same."""
    return f"{host.text}_dfp_dns_cache"
