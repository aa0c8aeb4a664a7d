"""Where an issuer's keys are -> a cluster that Envoy fetches them by, with a certificate of a public authority.

Istio's control plane fetches them itself, or by a cluster of the mesh.
"""

from datetime import timedelta
from urllib.parse import urlsplit

from authz.forwarder.translate.upstream_tls import Server, add_tls
from authz.forwarder.translate.wrapped import as_duration
from authz.model.address import parse_address
from authz.model.routing.client_tls import ClientTls, ClientTlsMode
from authz.pb.cluster import Cluster
from authz.pb.core import Address, SocketAddress
from authz.pb.endpoint import ClusterLoadAssignment, Endpoint, LbEndpoint, LocalityLbEndpoints

_PORTS = {"http": 80, "https": 443}
_CONNECT = timedelta(seconds=10)


def keys_cluster_name(uri: str) -> str:
    """`jwks|443|https|issuer.example.com`, of all keys of one server."""
    scheme, host, port = _place(uri)
    return f"jwks|{port}|{scheme}|{host}"


def keys_cluster(uri: str) -> Cluster:
    """The cluster of a `jwksUri`, which begins with `http://` or `https://` and has a host."""
    scheme, host, port = _place(uri)
    name = keys_cluster_name(uri)
    endpoint = Endpoint(address=Address(socket_address=SocketAddress(address=host, port_value=port)))
    is_address = parse_address(host) is not None
    cluster = Cluster(
        name=name,
        type=Cluster.STATIC if is_address else Cluster.STRICT_DNS,
        connect_timeout=as_duration(_CONNECT),
        load_assignment=ClusterLoadAssignment(
            cluster_name=name, endpoints=[LocalityLbEndpoints(lb_endpoints=[LbEndpoint(endpoint=endpoint)])]
        ),
    )
    if scheme == "https":
        tls = ClientTls(ClientTlsMode.SIMPLE, sni="" if is_address else host, subject_alt_names=(host,))
        add_tls(cluster, tls, Server(sni=host))
    if not is_address:
        cluster.dns_lookup_family = Cluster.ALL
    return cluster


def _place(uri: str) -> tuple[str, str, int]:
    parts = urlsplit(uri)
    host = parts.hostname or ""
    return parts.scheme, host, parts.port or _PORTS[parts.scheme]
