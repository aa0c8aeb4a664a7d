"""What listeners, route configurations and virtual hosts are called, as Istio's users know them.

Source: istio/istio pilot/pkg/model/gateway.go (GatewayRDSRouteName) and networking/core/gateway.go.
"""

from authz.model.routing.gateway import Gateway, Server

ANY_ADDRESS = "0.0.0.0"  # noqa: S104 - what a gateway listens on unless it says otherwise


def listener_name(bind: str, port: int) -> str:
    """`0.0.0.0_8080`. `port`: the one that is listened on."""
    return f"{bind or ANY_ADDRESS}_{port}"


def http_routes_name(server: Server, port: int) -> str:
    """`http.8080`, of all plain HTTP servers of one port, `http.8080.10.0.0.1` with a bind. `port`: listened on."""
    return f"http.{port}{_of_bind(server)}"


def https_routes_name(gateway: Gateway, server: Server) -> str:
    """`https.443.https.gateway.namespace`, of one server: the port is the number that the Gateway has."""
    port = server.port
    return f"https.{port.number}.{port.name}.{gateway.name}.{gateway.namespace}{_of_bind(server)}"


def virtual_host_name(host: str, port: int) -> str:
    """`a.example.com:443`. `port`: the number that the Gateway has."""
    return f"{host}:{port}"


def bind_of(server: Server) -> str:
    """Where a server listens: an address or `unix://PATH`; empty: all addresses, whichever way that is written."""
    return "" if server.bind == ANY_ADDRESS else server.bind


def _of_bind(server: Server) -> str:
    bind = bind_of(server)
    return f".{bind}" if bind else ""
