"""Listeners that are made again only where something changed.

Those of requests change with their servers and with a few settings, not with routes or endpoints. Those of bytes have
destinations in them, and are always made.
"""

from dataclasses import dataclass

from authz.forwarder.proxy import Proxy
from authz.forwarder.translate.gateway_plan import PlannedListener
from authz.forwarder.translate.listeners import ListenerSource, MadeListener, make_listener
from authz.forwarder.translate.memo import Memo
from authz.model.path import PathNormalization
from authz.model.routing.mesh_defaults import GatewayTopology


@dataclass(frozen=True, slots=True)
class _MadeOf:
    """All that a listener of requests depends on. `token_filters`: serialized."""

    planned: PlannedListener
    proxy: Proxy
    topology: GatewayTopology
    paths: PathNormalization
    token_filters: tuple[bytes, ...]
    by_claims: frozenset[str]


ListenerMemo = Memo[tuple[str, int], tuple[_MadeOf, MadeListener]]


def recalled_listener(source: ListenerSource, planned: PlannedListener, memo: ListenerMemo) -> MadeListener:
    """What `make_listener` gives, from an earlier translation where that would be the same."""
    if not all(server.routes for server in planned.servers):
        return make_listener(source, planned)
    made_of = _made_of(source, planned)
    key = planned.bind, planned.port
    known = memo.recall(key)
    if known is None or known[0] != made_of:
        known = made_of, make_listener(source, planned)
    return memo.keep(key, known)[1]


def _made_of(source: ListenerSource, planned: PlannedListener) -> _MadeOf:
    names = frozenset([server.routes for server in planned.servers])
    filters = [one.SerializeToString(deterministic=True) for one in source.token_filters]
    return _MadeOf(
        planned=planned,
        proxy=source.proxy,
        topology=source.view.defaults.topology,
        paths=source.view.mesh.path_normalization,
        token_filters=tuple(filters),
        by_claims=names & source.by_claims,
    )
