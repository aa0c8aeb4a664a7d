"""Answers to tokens that were seen before: good ones until they expire or their keys change, refused ones for a moment.

The two are apart and each is bounded, so that a flood of bad tokens costs no good one. A kept answer is always the one
that asking anew would give.
"""

from dataclasses import dataclass
from itertools import islice
from threading import Lock
from typing import NamedTuple

from cachetools import FIFOCache

from authz.identity.jwt import Refused
from authz.identity.tokens import Accept, Accepted, TokenRule, accept_token

_Key = tuple[str, str]  # rule with its key set, raw token: a pair, so that nothing can move from one to the other
_ENTRY_BYTES = 1024


@dataclass(frozen=True, slots=True)
class CacheLimits:
    """Bytes are those of the tokens, with what is kept beside them: roughly. `refused_s`: seconds."""

    accepted_bytes: int = 128 * 1024 * 1024
    refused_bytes: int = 8 * 1024 * 1024
    refused_s: float = 10.0


class _KeptRefusal(NamedTuple):
    refused: Refused
    from_s: float
    until_s: float
    size: int


class TokenCache:
    """`accept` is `authz.identity.tokens.accept_token` that remembers. Any thread may call it; a hit takes no lock."""

    def __init__(self, limits: CacheLimits | None = None, accept: Accept = accept_token) -> None:
        self._limits = limits or CacheLimits()
        self._ask = accept
        self._lock = Lock()
        self._accepted: dict[_Key, Accepted] = {}
        self._accepted_bytes = 0
        self._refused: FIFOCache[_Key, _KeptRefusal] = FIFOCache(self._limits.refused_bytes, lambda kept: kept.size)

    def accept(self, rule: TokenRule, token: str, now_s: float) -> Accepted | Refused:
        """What `rule` makes of a token as of `now_s`, seconds since 1970."""
        kept = self._accepted.get((rule.cache_key, token))
        if kept is not None and kept.not_before_s <= now_s < kept.expires_s:
            return kept
        return self._accept_unknown(rule, token, now_s)

    @property
    def sizes(self) -> tuple[int, int]:
        """How many good and how many refused tokens are kept."""
        return len(self._accepted), len(self._refused)

    def _accept_unknown(self, rule: TokenRule, token: str, now_s: float) -> Accepted | Refused:
        if not rule.cache_key:
            return self._ask(rule, token, now_s)
        key = (rule.cache_key, token)
        with self._lock:
            kept = self._refused.get(key)
        if kept is not None and kept.from_s <= now_s < kept.until_s:
            return kept.refused
        outcome = self._ask(rule, token, now_s)
        with self._lock:
            if isinstance(outcome, Refused):
                self._forget(key)
                self._keep_refused(key, outcome, now_s)
            elif _has_one_form(token):
                self._keep_accepted(key, outcome)
        return outcome

    def _keep_refused(self, key: _Key, outcome: Refused, now_s: float) -> None:
        size = len(key[1]) + _ENTRY_BYTES
        if not outcome.may_become_good and size <= self._limits.refused_bytes:
            self._refused[key] = _KeptRefusal(outcome, now_s, now_s + self._limits.refused_s, size)

    def _keep_accepted(self, key: _Key, outcome: Accepted) -> None:
        self._forget(key)
        self._accepted[key] = outcome
        self._accepted_bytes += _accepted_size(key)
        if self._accepted_bytes > self._limits.accepted_bytes:
            # the oldest eighth at once: to delete a dict's first entry one by one walks over all that were deleted
            for oldest in list(islice(self._accepted, len(self._accepted) // 8 + 1)):
                self._forget(oldest)

    def _forget(self, key: _Key) -> None:
        if self._accepted.pop(key, None) is not None:
            self._accepted_bytes -= _accepted_size(key)


def _accepted_size(key: _Key) -> int:
    return 4 * len(key[1]) + _ENTRY_BYTES


def _has_one_form(token: str) -> bool:
    """Without padding and blanks: of one good token, anyone can make any number of others with these."""
    return "=" not in token and token.split() == [token]
