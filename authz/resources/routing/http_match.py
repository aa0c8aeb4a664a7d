"""`match` of an HTTP route: documents -> records, or problems.

Source: istio/istio pkg/config/validation/virtualservice.go, validateHTTPRouteMatchRequest.
"""

from authz.model.problem import Code
from authz.model.routing.http_match import HttpMatch
from authz.model.routing.matching import Present, StringMatch
from authz.resources.fields import Fields
from authz.resources.nodes import Mapping, Node
from authz.resources.routing.domains import is_label
from authz.resources.routing.gateway_refs import read_gateway_refs
from authz.resources.routing.string_matches import read_header_matches, read_query_matches, read_string_match
from authz.resources.routing.values import MAX_PORT, read_labels

_FIELDS = frozenset(
    {
        "name",
        "uri",
        "ignoreUriCase",
        "scheme",
        "method",
        "authority",
        "headers",
        "withoutHeaders",
        "queryParams",
        "port",
        "gateways",
        "sourceLabels",
        "sourceNamespace",
        "statPrefix",
    }
)


def read_http_matches(fields: Fields, node: Node | None, path: str, namespace: str) -> tuple[HttpMatch, ...]:
    """The `match` entries of a route in a VirtualService of `namespace`."""
    found = [_match(fields, item, item_path, namespace) for item_path, item in fields.items(node, path)]
    return tuple([match for match in found if match is not None])


def _match(fields: Fields, node: Node, path: str, namespace: str) -> HttpMatch | None:
    root = fields.mapping(node, path, _FIELDS)
    if root is None:
        return None
    headers, claims = read_header_matches(fields, root.get("headers"), f"{path}.headers")
    without_headers, without_claims = read_header_matches(
        fields, root.get("withoutHeaders"), f"{path}.withoutHeaders", absent=True
    )
    return HttpMatch(
        where=fields.where(root),
        name=fields.string(root.get("name"), f"{path}.name") or "",
        uri=_uri(fields, root.get("uri"), f"{path}.uri"),
        ignore_uri_case=fields.boolean(root.get("ignoreUriCase"), f"{path}.ignoreUriCase") or False,
        scheme=read_string_match(fields, root.get("scheme"), f"{path}.scheme"),
        method=read_string_match(fields, root.get("method"), f"{path}.method"),
        authority=read_string_match(fields, root.get("authority"), f"{path}.authority"),
        headers=headers,
        without_headers=without_headers,
        claims=claims,
        without_claims=without_claims,
        query_params=read_query_matches(fields, root.get("queryParams"), f"{path}.queryParams"),
        port=read_match_port(fields, root, path),
        gateways=read_gateway_refs(fields, root.get("gateways"), f"{path}.gateways", namespace),
        source_labels=read_labels(fields, root.get("sourceLabels"), f"{path}.sourceLabels"),
        source_namespace=read_source_namespace(fields, root, path),
        stat_prefix=fields.string(root.get("statPrefix"), f"{path}.statPrefix") or "",
    )


def _uri(fields: Fields, node: Node | None, path: str) -> StringMatch | None:
    """A request always has a path, so that `{}` asks for nothing."""
    match = read_string_match(fields, node, path, empty_prefix=True)
    return None if match == Present() else match


def read_match_port(fields: Fields, root: Mapping, path: str) -> int | None:
    """The port of an entry; 0 is as good as absent."""
    return fields.integer(root.get("port"), f"{path}.port", 0, MAX_PORT) or None


def read_source_namespace(fields: Fields, root: Mapping, path: str) -> str:
    """The namespace whose proxies an entry is for; empty: any."""
    node, path = root.get("sourceNamespace"), f"{path}.sourceNamespace"
    text = fields.string(node, path)
    if text and node is not None and not is_label(text):
        fields.problem(Code.BAD_NAME, node, path, f"expected letters, digits and '-' (at most 63), found {text!r}")
    return text or ""
