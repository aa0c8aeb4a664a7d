"""A mesh with a gateway in it, from YAML as people write it."""

from __future__ import annotations

from authz.forwarder.proxy import Proxy
from authz.forwarder.translate.bindings import Bindings
from authz.forwarder.translate.destinations import Destinations
from authz.forwarder.translate.listeners import ListenerSource
from authz.forwarder.translate.memo import Memo
from authz.mesh.routing_view import RoutingView
from authz.model.routing.mesh_defaults import MeshDefaults
from authz.resources.mesh_config import MeshConfig
from tests.support.mesh import document, mesh_resources

LABELS = frozenset({("istio", "ingressgateway")})
PROXY = Proxy("istio-system", LABELS)
HTTP = "port: {number: 80, name: http, protocol: HTTP}"
HTTPS = "port: {number: 443, name: https, protocol: HTTPS}"
TCP = "port: {number: 9000, name: tcp, protocol: TCP}"
SIMPLE = "tls: {mode: SIMPLE, credentialName: cert}"


def gateway(
    *servers: str, name: str = "g", namespace: str = "istio-system", selector: str = "istio: ingressgateway"
) -> str:
    """A Gateway of servers in flow style, without their braces."""
    listed = ", ".join(f"{{{server}}}" for server in servers)
    spec = f"{{selector: {{{selector}}}, servers: [{listed}]}}"
    return document("Gateway", spec, f"name: {name}, namespace: {namespace}")


def virtual_service(
    spec: str, name: str = "v", namespace: str = "istio-system", gateways: str = "istio-system/g"
) -> str:
    """A VirtualService of that gateway; `spec`: in flow style, without braces."""
    return document("VirtualService", f"{{gateways: [{gateways}], {spec}}}", f"name: {name}, namespace: {namespace}")


def view(*documents: str, mesh: MeshConfig | None = None, defaults: MeshDefaults | None = None) -> RoutingView:
    return RoutingView(mesh_resources(*documents), mesh, defaults)


def listener_source(mesh: RoutingView, proxy: Proxy = PROXY) -> ListenerSource:
    """What listeners of a mesh are made of."""
    return ListenerSource(mesh, proxy, Destinations(mesh, proxy), Bindings(mesh, proxy, Memo()))
