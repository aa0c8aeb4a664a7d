"""`tls` and `tcp` of a VirtualService: documents -> records, or problems.

Source: istio/istio pkg/config/validation/validation.go, validateTLSRoute, validateTCPRoute. Stricter than Istio:
`sourceSubnet`, which Istio takes and then passes over, so that a route would be for more than it says.
"""

from authz.model.problem import Code
from authz.model.routing.hosts import HostPattern
from authz.model.routing.l4_route import TcpMatch, TcpRoute, TlsMatch, TlsRoute
from authz.model.routing.subnets import Subnet, parse_subnet
from authz.resources.fields import Fields
from authz.resources.nodes import Mapping, Node, Sequence
from authz.resources.routing.destination import read_weighted
from authz.resources.routing.gateway_refs import read_gateway_refs
from authz.resources.routing.http_match import read_match_port, read_source_namespace
from authz.resources.routing.values import read_labels
from authz.resources.routing.virtual_hosts import VirtualHosts, read_sni_hosts

_COMMON = ("destinationSubnets", "port", "sourceLabels", "gateways", "sourceNamespace")


def read_tls_routes(fields: Fields, node: Node | None, namespace: str, hosts: VirtualHosts) -> tuple[TlsRoute, ...]:
    """The `tls` entries of a VirtualService of `namespace`, for some of its hosts."""
    routes = []
    for path, item in fields.items(node, "spec.tls"):
        root = fields.mapping(item, path, ("match", "route"))
        if root is None:
            continue
        _require(fields, root, path, "match", "which connections? write `sniHosts`")
        _require(fields, root, path, "route", "where to?")
        found = fields.items(root.get("match"), f"{path}.match")
        matches = [_tls_match(fields, one, match_path, namespace, hosts) for match_path, one in found]
        destinations = read_weighted(fields, root.get("route"), f"{path}.route", namespace)
        routes.append(TlsRoute(fields.where(root), tuple([one for one in matches if one]), destinations))
    return tuple(routes)


def read_tcp_routes(fields: Fields, node: Node | None, namespace: str) -> tuple[TcpRoute, ...]:
    """The `tcp` entries of a VirtualService of `namespace`."""
    routes = []
    for path, item in fields.items(node, "spec.tcp"):
        root = fields.mapping(item, path, ("match", "route"))
        if root is None:
            continue
        _require(fields, root, path, "route", "where to?")
        found = fields.items(root.get("match"), f"{path}.match")
        matches = [_tcp_match(fields, one, match_path, namespace) for match_path, one in found]
        destinations = read_weighted(fields, root.get("route"), f"{path}.route", namespace)
        routes.append(TcpRoute(fields.where(root), tuple([one for one in matches if one]), destinations))
    return tuple(routes)


def _require(fields: Fields, root: Mapping, path: str, key: str, message: str) -> None:
    node = root.get(key)
    if node is None or (type(node) is Sequence and not node.items):
        fields.problem(Code.MISSING_FIELD, node or root, f"{path}.{key}", message)


def _tls_match(fields: Fields, node: Node, path: str, namespace: str, hosts: VirtualHosts) -> TlsMatch | None:
    root = fields.mapping(node, path, (*_COMMON, "sniHosts"))
    if root is None:
        return None
    _require(fields, root, path, "sniHosts", "which server names? write some of the hosts")
    sni_hosts: tuple[HostPattern, ...] = read_sni_hosts(fields, root.get("sniHosts"), f"{path}.sniHosts", hosts)
    return TlsMatch(
        where=fields.where(root),
        sni_hosts=sni_hosts,
        destination_subnets=_subnets(fields, root, path),
        port=read_match_port(fields, root, path),
        gateways=read_gateway_refs(fields, root.get("gateways"), f"{path}.gateways", namespace),
        source_labels=read_labels(fields, root.get("sourceLabels"), f"{path}.sourceLabels"),
        source_namespace=read_source_namespace(fields, root, path),
    )


def _tcp_match(fields: Fields, node: Node, path: str, namespace: str) -> TcpMatch | None:
    root = fields.mapping(node, path, (*_COMMON, "sourceSubnet"))
    if root is None:
        return None
    if "sourceSubnet" in root.entries:
        message = (
            "no proxy looks at it, in Istio neither, and the route would be for everybody; use an AuthorizationPolicy"
        )
        fields.problem(Code.NOT_SERVED, root.entries["sourceSubnet"][0], f"{path}.sourceSubnet", message)
    return TcpMatch(
        where=fields.where(root),
        destination_subnets=_subnets(fields, root, path),
        port=read_match_port(fields, root, path),
        gateways=read_gateway_refs(fields, root.get("gateways"), f"{path}.gateways", namespace),
        source_labels=read_labels(fields, root.get("sourceLabels"), f"{path}.sourceLabels"),
        source_namespace=read_source_namespace(fields, root, path),
    )


def _subnets(fields: Fields, root: Mapping, path: str) -> tuple[Subnet, ...]:
    path = f"{path}.destinationSubnets"
    found = []
    for index, text, item in fields.strings(root.get("destinationSubnets"), path):
        try:
            found.append(parse_subnet(text))
        except ValueError as error:
            message = f"{text!r} is not an address or a block such as 10.0.0.0/8: {error}"
            fields.problem(Code.BAD_CIDR, item, f"{path}[{index}]", message)
    return tuple(dict.fromkeys(found))
