"""Delegates: a VirtualService with hosts takes the routes of others, which have none, in the place of its own entries.

Source: istio/istio pilot/pkg/model/virtualservice_controller.go (mergeVirtualServices) and virtualservice.go
(MergeHTTPRoutes and what it calls).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from authz.forwarder.translate.remarks import Remark
from authz.model.routing.http_match import HttpMatch
from authz.model.routing.http_route import Delegate, HttpRoute, RouteTo
from authz.model.routing.matching import Exact, NamedMatch, Prefix, StringMatch
from authz.model.routing.virtual_service import VirtualService
from authz.model.workload import Labels

FindDelegate = Callable[[VirtualService, Delegate], VirtualService | None]
"""The VirtualService that a root names as its delegate, where it may; None: there is none."""


@dataclass(frozen=True, slots=True)
class MergedService:
    """`service`: `root` with the routes of its delegates. `delegates`: those that it names, in order, None if missing.

    As long as these stay the same, so does the merged one. `remarks`: entries that are left out.
    """

    root: VirtualService
    delegates: tuple[VirtualService | None, ...]
    service: VirtualService
    remarks: tuple[Remark, ...] = ()

    def still_holds(self, root: VirtualService, find: FindDelegate) -> bool:
        """Whether it would be made again just as it is. The very same records are asked for."""
        if root is not self.root:
            return False
        found = [find(root, delegate) for delegate in _delegations(root)]
        return all(one is other for one, other in zip(found, self.delegates, strict=True))


def merge_delegates(root: VirtualService, find: FindDelegate) -> MergedService:
    """Put the routes of delegates where the root names them. Of a delegate that is not there only its entry is gone."""
    if not any(_delegations(root)):
        return MergedService(root, (), root)
    routes: list[HttpRoute] = []
    delegates: list[VirtualService | None] = []
    remarks: list[Remark] = []
    for route in root.http:
        if not isinstance(route.action, Delegate):
            routes.append(route)
            continue
        delegate = find(root, route.action)
        delegates.append(delegate)
        if delegate is None:
            remarks.append(Remark(route.where, _missing(root, route.action)))
        else:
            routes.extend(_merged_routes(route, route.action, delegate, remarks))
    return MergedService(root, tuple(delegates), replace(root, http=tuple(routes)), tuple(remarks))


def _delegations(root: VirtualService) -> Iterator[Delegate]:
    return (route.action for route in root.http if isinstance(route.action, Delegate))


def _missing(root: VirtualService, delegate: Delegate) -> str:
    name = f"{delegate.namespace}/{delegate.name}"
    return f"no VirtualService {name} without hosts is exported to namespace {root.namespace!r}: the entry is left out"


def _merged_routes(
    root: HttpRoute, action: Delegate, delegate: VirtualService, remarks: list[Remark]
) -> Iterator[HttpRoute]:
    for route in delegate.http:
        matches = _merged_matches(root.matches, route.matches)
        if matches is None:
            text = f"asks for what the entry at {root.where} does not hand on, and is left out of its routes"
            remarks.append(Remark(route.where, text))
        else:
            yield _merged_route(root, action, route, matches)


def _merged_route(root: HttpRoute, action: Delegate, route: HttpRoute, matches: tuple[HttpMatch, ...]) -> HttpRoute:
    """What the delegate says counts, block by block; an answer of the root's wins over destinations, as in Istio."""
    answers = action.direct_response is not None and isinstance(route.action, RouteTo)
    return replace(
        route,
        action=action.direct_response if answers and action.direct_response else route.action,
        name=_joined(root.name, route.name),
        matches=matches,
        rewrite=route.rewrite or root.rewrite,
        timeout=root.timeout if route.timeout is None else route.timeout,
        retries=route.retries or root.retries,
        fault=route.fault or root.fault,
        mirror=route.mirror or root.mirror,
        mirror_percentage=route.mirror_percentage or root.mirror_percentage,
        mirrors=route.mirrors or root.mirrors,
        cors=route.cors or root.cors,
        headers=route.headers or root.headers,
    )


def _joined(root: str, delegate: str) -> str:
    return f"{root}-{delegate}" if root and delegate else root or delegate


def _merged_matches(root: tuple[HttpMatch, ...], delegate: tuple[HttpMatch, ...]) -> tuple[HttpMatch, ...] | None:
    """Each entry of the delegate with each of the root's that it goes with; None: one goes with none of them."""
    if not root or not delegate:
        return root or delegate
    found: list[HttpMatch] = []
    for narrow in delegate:
        together = [_merged_match(wide, narrow) for wide in root if _go_together(wide, narrow)]
        if not together:
            return None
        found.extend(together)
    return tuple(found)


def _merged_match(root: HttpMatch, delegate: HttpMatch) -> HttpMatch:
    return replace(
        delegate,
        name=_joined(root.name, delegate.name),
        uri=root.uri if delegate.uri is None else delegate.uri,
        scheme=root.scheme if delegate.scheme is None else delegate.scheme,
        method=root.method if delegate.method is None else delegate.method,
        authority=root.authority if delegate.authority is None else delegate.authority,
        headers=_merged_named(root.headers, delegate.headers),
        without_headers=_merged_named(root.without_headers, delegate.without_headers),
        claims=(*root.claims, *delegate.claims),
        without_claims=(*root.without_claims, *delegate.without_claims),
        query_params=_merged_named(root.query_params, delegate.query_params),
        port=root.port if delegate.port is None else delegate.port,
        gateways=delegate.gateways or root.gateways,
        source_labels=_merged_labels(root.source_labels, delegate.source_labels),
        source_namespace=delegate.source_namespace or root.source_namespace,
        stat_prefix=delegate.stat_prefix or root.stat_prefix,
    )


def _merged_named(root: tuple[NamedMatch, ...], delegate: tuple[NamedMatch, ...]) -> tuple[NamedMatch, ...]:
    """Of one name the delegate's counts."""
    names = {one.name for one in delegate}
    return tuple(sorted([*[one for one in root if one.name not in names], *delegate], key=lambda one: one.name))


def _merged_labels(root: Labels, delegate: Labels) -> Labels:
    return frozenset({**dict(root), **dict(delegate)}.items())


def _go_together(root: HttpMatch, delegate: HttpMatch) -> bool:
    """Whether the delegate's entry asks for no more than the root hands on to it."""
    return (
        all(
            _is_within(narrow, wide)
            for narrow, wide in (
                (delegate.uri, root.uri),
                (delegate.scheme, root.scheme),
                (delegate.method, root.method),
                (delegate.authority, root.authority),
            )
        )
        and _are_within(delegate.headers, root.headers)
        and _are_within(delegate.without_headers, root.without_headers)
        and _are_within(delegate.query_params, root.query_params)
        and delegate.ignore_uri_case == root.ignore_uri_case
        and (root.port is None or delegate.port in {None, root.port})
        and _same_sources(root, delegate)
        and (not root.gateways or set(delegate.gateways) <= set(root.gateways))
    )


def _same_sources(root: HttpMatch, delegate: HttpMatch) -> bool:
    """The root's namespace the delegate has to say too; labels must not contradict each other."""
    if root.source_namespace and delegate.source_namespace != root.source_namespace:
        return False
    labels = dict(root.source_labels)
    return all(labels.get(key, value) == value for key, value in delegate.source_labels)


def _are_within(delegate: tuple[NamedMatch, ...], root: tuple[NamedMatch, ...]) -> bool:
    wide = {one.name: one.match for one in root}
    return all(_is_within(one.match, wide.get(one.name)) for one in delegate)


def _is_within(delegate: StringMatch | None, root: StringMatch | None) -> bool:
    """Whether texts that the delegate takes are among the root's, as far as Istio can tell: not with expressions."""
    match root, delegate:
        case (None, _) | (_, None):
            return True
        case Exact(wide), Exact(narrow):
            return wide == narrow
        case Prefix(wide), Exact(narrow) | Prefix(narrow):
            return narrow.startswith(wide)
        case _:
            return False
