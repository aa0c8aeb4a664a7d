"""The policies in force, which follow their files."""

from collections.abc import Callable
from dataclasses import dataclass

from authz.config import Settings
from authz.decision.load import LoadedSet, Loader
from authz.observability.counters import Counters
from authz.resources.extension_provider import ExtensionProvider
from authz.resources.kinds import SECURITY_KINDS
from authz.runtime.keys import LiveKeys
from authz.runtime.live_set import Following, LiveSet
from authz.server.check import InForce, Providers
from authz.sources.files import read_policy_files


@dataclass(frozen=True, slots=True)
class Supplies:
    """What sets need from elsewhere. `keys`: those of issuers; `connect`: gives the clients of CUSTOM providers.

    None: nothing is fetched, nobody is asked.
    """

    keys: LiveKeys | None = None
    connect: Callable[[tuple[ExtensionProvider, ...]], Providers] | None = None


class LivePolicies(LiveSet[LoadedSet]):
    """The set that decides, and the thread that follows its files. Raises PolicyError when the first set has errors."""

    def __init__(
        self,
        reread: Callable[[], Settings],
        counters: Counters,
        following: Following | None = None,
        supplies: Supplies | None = None,
    ) -> None:
        self._supplies = supplies or Supplies()
        self._loader = Loader(self._supplies.keys, SECURITY_KINDS)
        self._in_force: InForce
        super().__init__(reread, counters, following)

    def in_force(self) -> InForce:
        """What decides now. A request asks once, and is decided by what it gets."""
        return self._in_force

    def _load(self, settings: Settings) -> LoadedSet:
        followed = self._settings
        files = read_policy_files(followed.policies, followed.mesh, followed.trust)
        return self._loader.load(files, settings.engine, allow_empty=settings.allow_empty)

    def _put_in_force(self, loaded: LoadedSet) -> tuple[str, int]:
        """Swap, without a gap for tokens: the keys are there before, and those of the set before stay until then."""
        engine = loaded.good_engine
        keys, connect = self._supplies.keys, self._supplies.connect
        providers = connect(engine.view.config.extension_providers) if connect else None
        if keys is not None:
            keys.prepare_for(engine)
        self._in_force = InForce.of(engine, providers)
        if keys is not None:
            keys.settle_for(engine)
        return engine.digest, loaded.policies
