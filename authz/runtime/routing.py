"""The routing in force, which follows its files: a snapshot for each proxy that asks."""

import logging
import threading
from collections.abc import Callable

from authz.config import Settings
from authz.forwarder.bootstrap import node_of
from authz.forwarder.load import LoadedRouting, RoutingFiles, RoutingLoader
from authz.forwarder.nodes import proxy_of
from authz.forwarder.proxy import Proxy
from authz.forwarder.snapshot import Snapshot
from authz.forwarder.translate import Translation, TranslationMemo, translate
from authz.forwarder.translate.remarks import Remark
from authz.mesh.routing_view import RoutingView
from authz.model.errors import AuthzError
from authz.observability.counters import Counters
from authz.pb.core import Node
from authz.runtime.live_set import Following, LiveSet
from authz.runtime.proxy import proxy_of_settings
from authz.sources.files import read_policy_files

_log = logging.getLogger(__name__)

_MAX_PROXIES = 256


class UntranslatableError(AuthzError):
    """A translation that would leave Envoy waiting: a mistake of ours. The text says what is missing."""


class LiveRouting(LiveSet[LoadedRouting]):
    """The mesh that requests are routed by, translated for every proxy that has asked.

    Raises PolicyError when the first set has errors.
    """

    of = "resources"

    def __init__(
        self,
        reread: Callable[[], Settings],
        counters: Counters,
        following: Following | None = None,
    ) -> None:
        self._changed: Callable[[], None] = lambda: None
        self._lock = threading.Lock()
        self._view: RoutingView
        self._translations: dict[Proxy, Translation] = {}
        self._told: frozenset[Remark] = frozenset()
        forward = reread().forward
        self._loader = RoutingLoader(forward.cluster_domain)
        self._own = _as_it_says(proxy_of_settings(forward))
        super().__init__(reread, counters, following)

    def tell(self, changed: Callable[[], None]) -> None:
        """Call a function whenever there are other snapshots."""
        self._changed = changed

    def own(self) -> Translation:
        """The translation for the proxy that the settings describe."""
        return self.translation(self._own)

    def snapshot_for(self, node: Node) -> Snapshot | None:
        """What the proxy of a node is to be told; None: it is of a role that there is nothing for."""
        proxy = proxy_of(node, self._own)
        if proxy is None:
            _log.warning("a proxy asks as %r, which is no %s", node.id, self._own.role.value)
            return None
        return self.translation(proxy).snapshot

    def translation(self, proxy: Proxy) -> Translation:
        """The translation in force for a proxy; made when it asks first."""
        with self._lock:
            found = self._translations.get(proxy)
            if found is None:
                if len(self._translations) >= _MAX_PROXIES:
                    self._translations.pop(next(iter(self._translations)))
                found = self._translations[proxy] = _checked(translate(self._view, proxy))
            return found

    def remarks(self) -> tuple[Remark, ...]:
        """What is not done as it is written, for any proxy that has asked."""
        with self._lock:
            found = {remark: None for one in self._translations.values() for remark in one.remarks}
        return tuple(found)

    def _load(self, settings: Settings) -> LoadedRouting:
        followed = self._settings
        found = read_policy_files(followed.policies, followed.mesh)
        source = RoutingFiles(found.origin, found.files, found.mesh, found.unreadable)
        return self._loader.load(source, allow_empty=settings.allow_empty)

    def _put_in_force(self, loaded: LoadedRouting) -> tuple[str, int]:
        """Translate for everybody, then swap: nobody is told half of it."""
        view = loaded.good_view
        with self._lock:
            memos = {proxy: one.memo for proxy, one in self._translations.items()} or {self._own: TranslationMemo()}
        made = {proxy: _checked(translate(view, proxy, memo)) for proxy, memo in memos.items()}
        with self._lock:
            self._view, self._translations = view, made
        remarks = dict.fromkeys(remark for one in made.values() for remark in one.remarks)
        for remark in remarks:
            if remark not in self._told:
                _log.warning("%s", remark)
        self._told = frozenset(remarks)
        self._changed()
        version = next(iter(made.values())).snapshot.version
        return version, loaded.resources.read


def _as_it_says(proxy: Proxy) -> Proxy:
    """As the Envoy that we run for a proxy says who it is: it is the very same, and translated for once."""
    return proxy_of(node_of(proxy), proxy) or proxy


def _checked(translation: Translation) -> Translation:
    """Raises UntranslatableError where Envoy would wait for something that will never come."""
    waiting = [str(one) for one in translation.snapshot.dangling_references() if not one.answers]
    if waiting:
        raise UntranslatableError("\n".join(waiting))
    return translation
