"""What a translation has, as plain values for people: routes in words, clusters with their endpoints."""

from collections.abc import Iterator
from dataclasses import dataclass

from authz.forwarder.references import TypeUrl
from authz.forwarder.translate import Translation
from authz.pb.cluster import Cluster
from authz.pb.endpoint import ClusterLoadAssignment
from authz.pb.matcher import StringMatcher
from authz.pb.route import HeaderMatcher, Route, RouteMatch


@dataclass(frozen=True, slots=True)
class ClusterView:
    """One cluster by name. `endpoints`: addresses that are known beforehand; `exists`: else requests get 503 NC."""

    name: str
    exists: bool
    balancing: str = ""
    discovery: str = ""
    endpoints: tuple[str, ...] = ()


def cluster_view(translation: Translation, name: str) -> ClusterView:
    """What is known of a cluster."""
    resource = translation.snapshot.of_type(TypeUrl.CLUSTER).get(name)
    if resource is None:
        return ClusterView(name, exists=False)
    cluster = resource.message()
    assert isinstance(cluster, Cluster)  # noqa: S101 - of that type URL
    assigned = translation.snapshot.of_type(TypeUrl.ENDPOINT).get(name)
    message = assigned.message() if assigned is not None else cluster.load_assignment
    assert isinstance(message, ClusterLoadAssignment)  # noqa: S101
    return ClusterView(
        name=name,
        exists=True,
        balancing=Cluster.LbPolicy.Name(cluster.lb_policy),
        discovery=Cluster.DiscoveryType.Name(cluster.type),
        endpoints=tuple(_endpoints(message)),
    )


def _endpoints(assignment: ClusterLoadAssignment) -> Iterator[str]:
    for place in assignment.endpoints:
        for one in place.lb_endpoints:
            address = one.endpoint.address
            if address.HasField("pipe"):
                yield f"unix:{address.pipe.path}"
            else:
                host, port = address.socket_address.address, address.socket_address.port_value
                yield f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def weighted_clusters(route: Route) -> tuple[tuple[str, int], ...]:
    """The clusters that a route sends to, with their weights; none where it answers by itself."""
    if route.route.cluster:
        return ((route.route.cluster, 100),)
    return tuple([(one.name, one.weight.value) for one in route.route.weighted_clusters.clusters])


def match_text(match: RouteMatch) -> str:
    """`/v1*`, `/v1`, `~regex`, then what else there is: `GET`, `x-a: b*`, `not x-c`, `?q=1`."""
    kind = match.WhichOneof("path_specifier")
    path = {"path": match.path, "prefix": f"{match.prefix}*", "safe_regex": f"~{match.safe_regex.regex}"}[
        kind or "prefix"
    ]
    folded = " (any case)" if match.HasField("case_sensitive") and not match.case_sensitive.value else ""
    parts = [path + folded, *[_header_text(one) for one in match.headers]]
    for one in match.query_parameters:
        is_present = one.WhichOneof("query_parameter_match_specifier") == "present_match"
        parts.append(f"?{one.name}" if is_present else f"?{one.name}={_text(one.string_match)}")
    parts += ["claims " + ".".join(segment.key for segment in one.path[1:]) for one in match.dynamic_metadata]
    return ", ".join(parts)


def _header_text(one: HeaderMatcher) -> str:
    start = "not " if one.invert_match else ""
    if one.WhichOneof("header_match_specifier") == "present_match":
        return f"{start}{one.name}"
    return f"{start}{one.name}: {_text(one.string_match)}"


def _text(matcher: StringMatcher) -> str:
    match matcher.WhichOneof("match_pattern"):
        case "exact":
            return matcher.exact
        case "prefix":
            return f"{matcher.prefix}*"
        case _:
            return f"~{matcher.safe_regex.regex}"


def action_text(route: Route) -> str:
    """Where a route leads, in a line."""
    match route.WhichOneof("action"):
        case "redirect":
            redirect = route.redirect
            parts = [redirect.scheme_redirect and f"{redirect.scheme_redirect}://", redirect.host_redirect]
            parts += [(redirect.port_redirect and f":{redirect.port_redirect}") or ""]
            parts += [redirect.path_redirect or redirect.prefix_rewrite]
            return "redirect to " + "".join(parts)
        case "direct_response":
            return f"answers {route.direct_response.status}"
        case _:
            clusters = weighted_clusters(route)
            total = sum(weight for _, weight in clusters) or 1
            if len(clusters) == 1:
                return clusters[0][0]
            return ", ".join(f"{100 * weight / total:g} % {name}" for name, weight in clusters)
