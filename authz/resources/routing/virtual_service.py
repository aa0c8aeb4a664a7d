"""VirtualService: documents -> records, or problems.

Source of every rule here: istio/api networking/v1alpha3/virtual_service.proto and its CRD; istio/istio
pkg/config/validation/validation.go, ValidateVirtualService.
"""

from itertools import combinations

from authz.model.problem import Code
from authz.model.routing.gateway_ref import MESH, GatewayRef
from authz.model.routing.hosts import HostPattern
from authz.model.routing.http_route import HttpRoute
from authz.model.routing.l4_route import TlsMatch, TlsRoute
from authz.model.routing.subnets import Subnet
from authz.model.routing.virtual_service import VirtualService
from authz.resources.fields import Fields
from authz.resources.metadata import Metadata
from authz.resources.nodes import Mapping, Node, Sequence
from authz.resources.routing.gateway_refs import read_gateway_refs
from authz.resources.routing.http_route import read_http_routes
from authz.resources.routing.l4_route import read_tcp_routes, read_tls_routes
from authz.resources.routing.values import read_export_to, refuse_annotations, spec_mapping
from authz.resources.routing.virtual_hosts import read_virtual_hosts

KIND = "VirtualService"

_FIELDS = frozenset({"hosts", "gateways", "http", "tls", "tcp", "exportTo"})
_ROUTES = ("http", "tls", "tcp")


def read_virtual_service(fields: Fields, metadata: Metadata, spec: Node | None) -> VirtualService:
    """What a document describes. What is wrong goes to `fields.problems`; then the result is not used."""
    root = spec_mapping(fields, metadata, spec, _FIELDS)
    refuse_annotations(fields, metadata, KIND)
    namespace = metadata.namespace
    if type(spec) is Mapping and not _given(root, *_ROUTES):
        fields.problem(Code.MISSING_FIELD, root, "spec", "where to? write http, tls or tcp")
    gateways = read_gateway_refs(fields, root.get("gateways"), "spec.gateways", namespace)
    for_gateways = bool(_given(root, "gateways")) and MESH not in gateways
    is_delegate = not _given(root, "hosts")
    if is_delegate:
        _check_delegate(fields, root)
    hosts = read_virtual_hosts(fields, root.get("hosts"), for_gateways=for_gateways, has_sni=bool(_given(root, "tls")))
    http = read_http_routes(fields, root.get("http"), namespace, is_delegate=is_delegate)
    if not for_gateways:
        _refuse_claims(fields, http)
    tls = read_tls_routes(fields, root.get("tls"), namespace, hosts)
    _check_sni(fields, tls)
    return VirtualService(
        namespace=namespace,
        name=metadata.name,
        hosts=hosts.hosts,
        gateways=gateways or (MESH,),
        http=http,
        tls=tls,
        tcp=read_tcp_routes(fields, root.get("tcp"), namespace),
        export_to=read_export_to(fields, root.get("exportTo"), namespace),
        created=metadata.created,
        where=metadata.where,
    )


def _given(root: Mapping, *keys: str) -> list[str]:
    """Those that are there, and are not an empty list."""
    nodes = {key: root.get(key) for key in keys}
    return [key for key, node in nodes.items() if node is not None and not (type(node) is Sequence and not node.items)]


def _check_delegate(fields: Fields, root: Mapping) -> None:
    for key in _given(root, "gateways", "tls", "tcp"):
        message = "without hosts it is a delegate, which has http alone; add hosts, or remove this"
        fields.problem(Code.BAD_DELEGATE, root.entries[key][0], f"spec.{key}", message)


def _refuse_claims(fields: Fields, routes: tuple[HttpRoute, ...]) -> None:
    """Tokens are verified before routing at gateways only; a delegate cannot know that it is for one."""
    for index, route in enumerate(routes):
        for number, match in enumerate(route.matches):
            if match.claims or match.without_claims:
                claim = ".".join((match.claims or match.without_claims)[0].path)
                message = f"only gateways route by claims, found {claim!r}; name gateways, and not mesh"
                path = f"spec.http[{index}].match[{number}].headers"
                fields.problems.add(Code.CLAIM_IN_MESH, match.where, path, message)


def _check_sni(fields: Fields, routes: tuple[TlsRoute, ...]) -> None:
    """Two matches that take the same connections, and are not the same, make filter chains that Envoy refuses."""
    matches = [
        (f"spec.tls[{index}].match[{number}].sniHosts", match)
        for index, route in enumerate(routes)
        for number, match in enumerate(route.matches)
    ]
    for (_, first), (path, second) in combinations(matches, 2):
        shared = sorted({host.text for host in first.sni_hosts} & {host.text for host in second.sni_hosts})
        if shared and _chain(first) != _chain(second) and _may_meet(first, second):
            message = f"{shared[0]!r} is taken by the match at {first.where}; a server name stands in one of them"
            fields.problems.add(Code.OVERLAPPING_SNI, second.where, path, message)


def _chain(match: TlsMatch) -> tuple[frozenset[HostPattern], frozenset[Subnet]]:
    """What makes a filter chain; of two that are the same on a port the first one counts, as in Istio."""
    return frozenset(match.sni_hosts), frozenset(match.destination_subnets)


def _may_meet(one: TlsMatch, other: TlsMatch) -> bool:
    """Whether some proxy has both on one port."""
    subnets = set(one.destination_subnets), set(other.destination_subnets)
    return (
        _agree(one.port, other.port)
        and _agree(one.source_namespace, other.source_namespace)
        and (not one.gateways or not other.gateways or bool(_common(one.gateways, other.gateways)))
        and (subnets[0] == subnets[1] or bool(subnets[0] & subnets[1]))
        and all(dict(other.source_labels).get(key, value) == value for key, value in one.source_labels)
    )


def _agree(one: int | str | None, other: int | str | None) -> bool:
    return not one or not other or one == other


def _common(one: tuple[GatewayRef, ...], other: tuple[GatewayRef, ...]) -> set[GatewayRef]:
    return set(one) & set(other)
