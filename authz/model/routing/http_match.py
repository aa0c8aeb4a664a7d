"""Which requests an HTTP route of a VirtualService is for.

Source: istio/api networking/v1alpha3/virtual_service.proto, HTTPMatchRequest.
"""

from dataclasses import dataclass

from authz.model.routing.gateway_ref import GatewayRef
from authz.model.routing.matching import ClaimMatch, NamedMatch, StringMatch
from authz.model.where import Where
from authz.model.workload import Labels


@dataclass(frozen=True, slots=True)
class HttpMatch:
    """One `match` entry: all of it must hold; None or empty asks for nothing.

    `headers`, `query_params`: sorted by name. A `uri`, never `Present`, is compared with the path without query;
    `ignore_uri_case` has no effect on a regex. `port`, `gateways`, `source_labels` and `source_namespace` are about the
    proxy, and known before any request.
    """

    where: Where
    name: str = ""
    uri: StringMatch | None = None
    ignore_uri_case: bool = False
    scheme: StringMatch | None = None
    method: StringMatch | None = None
    authority: StringMatch | None = None
    headers: tuple[NamedMatch, ...] = ()
    without_headers: tuple[NamedMatch, ...] = ()
    claims: tuple[ClaimMatch, ...] = ()
    without_claims: tuple[ClaimMatch, ...] = ()
    query_params: tuple[NamedMatch, ...] = ()
    port: int | None = None
    gateways: tuple[GatewayRef, ...] = ()
    source_labels: Labels = frozenset()
    source_namespace: str = ""
    stat_prefix: str = ""
