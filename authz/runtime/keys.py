"""The keys of issuers, for policy sets that come and go."""

import logging
from collections.abc import Iterable
from itertools import chain

from authz.decision.engine import Engine
from authz.decision.tokens import key_location
from authz.identity.jwks import KeySet, parse_key_set
from authz.identity.key_sets import KeyLocation, KeySets
from authz.observability.key_status import KeyStatus
from authz.sources.http_get import HttpGet
from authz.sources.jwks import JwksSource, Wanted
from authz.sources.jwks_settings import JwksSettings

_log = logging.getLogger(__name__)

_FIRST_FETCH_SECONDS = 10.0
"""So long a set waits at most for keys that it is the first to name; those of others it does not keep waiting."""


class LiveKeys:
    """Keys as last fetched, in threads of our own. Implements `authz.decision.tokens.KeySource`.

    `patience`: how many seconds a set waits at most. Raises SettingsError where the settings cannot be used.
    """

    def __init__(self, settings: JwksSettings, patience: float = _FIRST_FETCH_SECONDS) -> None:
        self._patience = patience
        self._source = JwksSource(HttpGet(settings), _read, settings)
        self._source.follow()
        self._wanted: tuple[Wanted, ...] = ()

    def in_force(self) -> KeySets[KeySet]:
        """The keys now."""
        return self._source.in_force()

    def saw_unknown_key(self, location: KeyLocation) -> None:
        """Have the keys of a location fetched again, if the settings want that."""
        self._source.saw_unknown_key(location)

    def status(self) -> tuple[KeyStatus, ...]:
        """Of every location that is wanted."""
        return self._source.status()

    def prepare_for(self, engine: Engine) -> None:
        """Fetch what an engine needs that is not in force yet; what is in force goes on with its keys."""
        wanted = tuple(_wanted(engine))
        self._source.want(chain(self._wanted, wanted))
        if not self._source.wait_until_tried(self._patience):
            _log.warning("keys: not all could be fetched in %g s; going on without", self._patience)

    def settle_for(self, engine: Engine) -> None:
        """Keep the keys of this engine, which is in force now, and no others."""
        self._wanted = tuple(_wanted(engine))
        self._source.want(self._wanted)

    def stop(self) -> None:
        """Fetch no more; what is in force stays so."""
        self._source.stop()


def _read(body: bytes) -> KeySet:
    """Raises ValueError."""
    return parse_key_set(body.decode())


def _wanted(engine: Engine) -> Iterable[Wanted]:
    for policy in engine.view.request_authentications:
        for rule in policy.jwt_rules:
            location = key_location(rule)
            if location is not None:
                yield Wanted(location, rule.timeout)
