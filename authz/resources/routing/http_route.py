"""`http` of a VirtualService: documents -> records, or problems.

Source: istio/istio pkg/config/validation/virtualservice.go, validateHTTPRoute, validateHTTPRouteConflict.
"""

from authz.model.problem import Code
from authz.model.routing.http_match import HttpMatch
from authz.model.routing.http_route import HttpAction, HttpRoute, Percent, RouteTo
from authz.resources.fields import Fields
from authz.resources.nodes import Mapping, Node, Sequence
from authz.resources.routing.destination import read_destination
from authz.resources.routing.header_operations import check_authority, read_headers
from authz.resources.routing.http_actions import (
    read_delegate,
    read_direct_response,
    read_redirect,
    read_rewrite,
    read_route_to,
)
from authz.resources.routing.http_match import read_http_matches
from authz.resources.routing.http_policies import (
    read_cors,
    read_fault,
    read_mirrors,
    read_old_percent,
    read_percent,
    read_retries,
)
from authz.resources.routing.values import read_duration

_FIELDS = frozenset(
    {
        "name",
        "match",
        "route",
        "redirect",
        "directResponse",
        "delegate",
        "rewrite",
        "timeout",
        "retries",
        "fault",
        "mirror",
        "mirrors",
        "mirrorPercent",
        "mirror_percent",
        "mirrorPercentage",
        "corsPolicy",
        "headers",
    }
)
_ANSWERS = ("redirect", "directResponse")


def read_http_routes(fields: Fields, node: Node | None, namespace: str, *, is_delegate: bool) -> tuple[HttpRoute, ...]:
    """The `http` entries of a VirtualService of `namespace`. `is_delegate`: it has no hosts."""
    routes = []
    for path, item in fields.items(node, "spec.http"):
        root = fields.mapping(item, path, _FIELDS)
        if root is not None:
            _check_conflicts(fields, root, path, is_delegate=is_delegate)
            routes.append(_route(fields, root, path, namespace))
    return tuple(routes)


def _route(fields: Fields, root: Mapping, path: str, namespace: str) -> HttpRoute:
    matches = read_http_matches(fields, root.get("match"), f"{path}.match", namespace)
    rewrite = read_rewrite(fields, root.get("rewrite"), f"{path}.rewrite")
    headers = read_headers(fields, root.get("headers"), f"{path}.headers")
    check_authority(fields, root, path, rewrite, headers)
    return HttpRoute(
        where=fields.where(root),
        action=_action(fields, root, path, namespace, matches),
        name=fields.string(root.get("name"), f"{path}.name") or "",
        matches=matches,
        rewrite=rewrite,
        timeout=read_duration(fields, root.get("timeout"), f"{path}.timeout"),
        retries=read_retries(fields, root.get("retries"), f"{path}.retries"),
        fault=read_fault(fields, root.get("fault"), f"{path}.fault"),
        mirror=read_destination(fields, root.get("mirror"), f"{path}.mirror", namespace),
        mirror_percentage=_mirror_percentage(fields, root, path),
        mirrors=read_mirrors(fields, root.get("mirrors"), f"{path}.mirrors", namespace),
        cors=read_cors(fields, root.get("corsPolicy"), f"{path}.corsPolicy"),
        headers=headers,
    )


def _mirror_percentage(fields: Fields, root: Mapping, path: str) -> Percent | None:
    percentage = read_percent(fields, root.get("mirrorPercentage"), f"{path}.mirrorPercentage")
    for key in ("mirrorPercent", "mirror_percent"):
        old = read_old_percent(fields, root, path, key, "mirrorPercentage: {value: NUMBER}")
        percentage = old if percentage is None else percentage
    return percentage


def _action(fields: Fields, root: Mapping, path: str, namespace: str, matches: tuple[HttpMatch, ...]) -> HttpAction:
    if "delegate" in root.entries:
        return read_delegate(fields, root, path, namespace)
    redirect, answer, route = root.get("redirect"), root.get("directResponse"), root.get("route")
    found: list[HttpAction] = []
    if redirect is not None:
        found.append(read_redirect(fields, redirect, f"{path}.redirect", matches))
    if answer is not None:
        found.append(read_direct_response(fields, answer, f"{path}.directResponse"))
    if route is not None:
        found.append(read_route_to(fields, route, f"{path}.route", namespace))
    if redirect is None and answer is None and _is_nothing(route):
        fields.problem(Code.MISSING_FIELD, root, f"{path}.route", "what becomes of the requests? add a route")
    return found[0] if found else RouteTo(())


def _is_nothing(node: Node | None) -> bool:
    return node is None or (type(node) is Sequence and not node.items)


def _check_conflicts(fields: Fields, root: Mapping, path: str, *, is_delegate: bool) -> None:
    """What excludes what; what a root and a delegate cannot have."""
    given = [key for key in ("delegate", *_ANSWERS, "route") if key in root.entries]
    if "delegate" in given:
        if is_delegate:
            message = "a VirtualService without hosts is a delegate itself, and delegates no further"
            fields.problem(Code.BAD_DELEGATE, root.entries["delegate"][0], f"{path}.delegate", message)
        for key in sorted({"redirect", "route"} & set(given)):
            message = "the delegate says where requests go; remove this, or the delegate"
            fields.problem(Code.BAD_DELEGATE, root.entries[key][0], f"{path}.{key}", message)
        given = []
    if len(given) > 1 and not (given[-1] == "route" and len(given) == 2 and _is_nothing(root.get("route"))):  # noqa: PLR2004
        message = f"a request has one end; found {' and '.join(given)}"
        fields.problem(Code.CONFLICTING_FIELDS, root.entries[given[-1]][0], f"{path}.{given[-1]}", message)
    if set(_ANSWERS) & set(given):
        for key in sorted({"fault", "rewrite"} & root.entries.keys()):
            message = f"{given[0]} needs no {key}: nothing is sent on; remove one of the two"
            fields.problem(Code.CONFLICTING_FIELDS, root.entries[key][0], f"{path}.{key}", message)
    if "mirror" in root.entries and not _is_nothing(root.get("mirrors")):
        message = "write both as mirrors"
        fields.problem(Code.CONFLICTING_FIELDS, root.entries["mirror"][0], f"{path}.mirror", message)
