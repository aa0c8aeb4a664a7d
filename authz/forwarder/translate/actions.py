"""Routes to workloads: one cluster or several, and all that is done to requests on their way.

Source: istio/istio pilot/pkg/networking/core/route/route.go, applyHTTPRouteDestination and what it calls.
"""

from collections.abc import Callable
from datetime import timedelta

from authz.forwarder.translate.consistent_hash import hash_policies
from authz.forwarder.translate.destinations import Target
from authz.forwarder.translate.header_operations import HeaderChanges, add_header_changes, header_changes
from authz.forwarder.translate.mirrors import mirror_policy
from authz.forwarder.translate.retries import retry_policy
from authz.forwarder.translate.wrapped import as_duration, as_uint32
from authz.model.routing.destination import Destination
from authz.model.routing.http_route import HttpDestination, HttpRoute, Retries, Rewrite, RouteTo
from authz.pb.matcher import RegexMatcher
from authz.pb.route import Route, RouteAction, WeightedCluster

TargetOf = Callable[[Destination], Target]

_NO_TIMEOUT = as_duration(timedelta())


def add_route_action(
    made: Route, route: HttpRoute, action: RouteTo, target_of: TargetOf, default_retries: Retries | None
) -> None:
    """Let a route send requests on. Its own header changes are on it already; those of a single one come after them."""
    forward = made.route
    _add_timeout(forward, route.timeout)
    _add_rewrite(forward, route.rewrite)
    authority = _authority(route)
    if authority:
        forward.host_rewrite_literal = authority
    for mirror in route.all_mirrors:
        forward.request_mirror_policies.append(mirror_policy(target_of(mirror.destination).cluster, mirror.percentage))
    is_hashed = False
    if len(action.destinations) == 1:
        target = _add_single(made, action.destinations[0], target_of)
        is_hashed = target.is_hashed
    else:
        _add_weighted(forward, action, target_of)
    policy = retry_policy(route.retries, default_retries, is_hashed=is_hashed)
    if policy is not None:
        forward.retry_policy.CopyFrom(policy)


def _add_timeout(forward: RouteAction, timeout: timedelta | None) -> None:
    """Without one there is none, not Envoy's 15 s; callers of gRPC ask for no more than that."""
    limit = _NO_TIMEOUT if timeout is None else as_duration(timeout)
    forward.timeout.CopyFrom(limit)
    forward.max_grpc_timeout.CopyFrom(limit)


def _add_rewrite(forward: RouteAction, rewrite: Rewrite | None) -> None:
    if rewrite is None:
        return
    if rewrite.uri_regex is not None:
        forward.regex_rewrite.pattern.CopyFrom(RegexMatcher(regex=rewrite.uri_regex.match))
        forward.regex_rewrite.substitution = rewrite.uri_regex.rewrite
    elif rewrite.uri:
        forward.prefix_rewrite = rewrite.uri


def _authority(route: HttpRoute) -> str:
    """What the route itself makes of the host: a rewrite wins over a header."""
    rewritten = route.rewrite.authority if route.rewrite else ""
    return rewritten or header_changes(route.headers).authority


def _add_single(made: Route, destination: HttpDestination, target_of: TargetOf) -> Target:
    """Its headers come after the route's, so that what it sets wins; but not the host that the route has set."""
    target, changes = target_of(destination.destination), header_changes(destination.headers)
    made.route.cluster = target.cluster
    add_header_changes(made, changes)
    if changes.authority and not made.route.HasField("host_rewrite_literal"):
        made.route.host_rewrite_literal = changes.authority
    made.route.hash_policy.extend(hash_policies(target.balancer))
    return target


def _add_weighted(forward: RouteAction, action: RouteTo, target_of: TargetOf) -> None:
    """Of several destinations those without weight get nothing, and are left out."""
    for destination in action.destinations:
        if destination.weight > 0:
            target = target_of(destination.destination)
            forward.weighted_clusters.clusters.append(
                _weighted(target, destination.weight, header_changes(destination.headers))
            )
            forward.hash_policy.extend(hash_policies(target.balancer))


def _weighted(target: Target, weight: int, changes: HeaderChanges) -> WeightedCluster.ClusterWeight:
    """Its headers stay with it, and Envoy looks at them before the route's, so that what the route sets wins."""
    made = WeightedCluster.ClusterWeight(name=target.cluster, weight=as_uint32(weight))
    add_header_changes(made, changes)
    if changes.authority:
        made.host_rewrite_literal = changes.authority
    return made
