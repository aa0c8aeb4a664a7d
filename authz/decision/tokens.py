"""What the tokens of a request come to at a workload: its rules, with the keys that are known now.

Source: istio/istio pilot/pkg/security/authn/policy_applier.go, PolicyApplier.JwtFilter.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from authz.decision.facts import RequestFacts
from authz.identity.jwks import KeySet
from authz.identity.jwt import NoKeys, Refused
from authz.identity.key_sets import Available, KeyLocation, KeySets
from authz.identity.token_cache import TokenCache
from authz.identity.tokens import (
    Accept,
    Accepted,
    Anonymous,
    Identified,
    TokenDenied,
    TokenOutcome,
    TokenRules,
    authenticate,
    bind_rules,
    merge_rules,
    stripped,
)
from authz.model.decision import Denied, Reason
from authz.model.facts import Json, RawRequest, UnreadableFactError
from authz.model.jwt_rule import JwtRule
from authz.resources.request_authentication import RequestAuthentication

_TOKEN = "request.auth"  # noqa: S105 - the name of a fact


class KeySource(Protocol):
    """Where the keys come from that policies do not have in themselves."""

    def in_force(self) -> KeySets[KeySet]:
        """The keys now; the same object while they are the same."""

    def saw_unknown_key(self, location: KeyLocation) -> None:
        """A token named a key that the keys of a location do not have. Costs next to nothing, and never waits."""


class NoKeySource:
    """Nobody fetches keys: what only those could verify is refused."""

    def in_force(self) -> KeySets[KeySet]:
        """None at all."""
        return _NO_KEY_SETS

    def saw_unknown_key(self, location: KeyLocation) -> None:
        """Nobody to tell."""


_NO_KEY_SETS: KeySets[KeySet] = KeySets()


@dataclass(frozen=True, slots=True)
class TokenKeys:
    """What verifying takes. `inline`: the key sets that stand in policies, by their text."""

    source: KeySource = field(default_factory=NoKeySource)
    inline: Mapping[str, KeySet] = field(default_factory=dict)
    accept: Accept = field(default_factory=lambda: TokenCache().accept)


def key_location(rule: JwtRule) -> KeyLocation | None:
    """Where a rule's keys are; None: in itself."""
    return None if rule.jwks else KeyLocation(rule.issuer, rule.jwks_uri or None)


class TokenCheck:
    """The tokens of one workload's requests."""

    def __init__(self, policies: Iterable[RequestAuthentication], keys: TokenKeys) -> None:
        self._merged = merge_rules(policy.jwt_rules for policy in policies)
        self._keys = keys
        self._bound: tuple[KeySets[KeySet], TokenRules] = self._bind(keys.source.in_force())

    def outcome(
        self, raw: RawRequest, facts: RequestFacts, now_s: float | None, changed_query: Collection[str] = ()
    ) -> TokenOutcome:
        """What they come to, as of `now_s`, seconds since 1970.

        `facts`: with what happened to headers so far; `changed_query`: the parameters that somebody has changed. Raises
        UnreadableFactError, also where there is a token and nobody says what time it is.
        """
        in_force = self._keys.source.in_force()
        bound = self._bound
        if bound[0] is not in_force:
            bound = self._bound = self._bind(in_force)
        rules = bound[1]
        if raw.vouched_claims is not None:
            return Identified(raw.vouched_claims, stripped(rules), None)
        if changed_query and any(rule.places.has_parameter(changed_query) for rule in rules.rules):
            raise UnreadableFactError(_TOKEN, "a provider has changed a query parameter that may hold a token")
        accept = self._keys.accept if now_s is not None else _timeless
        outcome = authenticate(rules, _TokenView(raw, facts), now_s or 0.0, accept)
        if isinstance(outcome, TokenDenied):
            for rule in outcome.unknown_key_for:
                location = key_location(rule)
                if location is not None:
                    self._keys.source.saw_unknown_key(location)
        return outcome

    def _bind(self, in_force: KeySets[KeySet]) -> tuple[KeySets[KeySet], TokenRules]:
        return in_force, bind_rules(self._merged, partial(self._keys_of, in_force))

    def _keys_of(self, in_force: KeySets[KeySet], rule: JwtRule) -> KeySet | NoKeys:
        location = key_location(rule)
        if location is None:
            return self._keys.inline.get(rule.jwks, NoKeys.NONE_VALID)
        found = in_force.of(location)
        return found.keys if isinstance(found, Available) else NoKeys.FETCH_FAILED


def _timeless(*_: object) -> Accepted | Refused:
    raise UnreadableFactError(_TOKEN, "a token cannot be verified without knowing the time")


class _TokenView:
    """A request as tokens are looked for in it. Implements `authz.identity.token_places.TokenRequest`."""

    __slots__ = ("_facts", "_raw")

    def __init__(self, raw: RawRequest, facts: RequestFacts) -> None:
        self._raw = raw
        self._facts = facts

    @property
    def method(self) -> str:
        """As received."""
        return self._raw.method

    @property
    def target(self) -> str:
        """Path and query as received."""
        return self._raw.target

    @property
    def host(self) -> str:
        """As received."""
        return self._raw.host

    @property
    def headers_are_merged(self) -> bool:
        """As received."""
        return self._raw.headers_are_merged

    def header_lines(self, name: str) -> tuple[str, ...]:
        """With what a CUSTOM provider has changed."""
        return self._facts.header(name)


def claims_of(outcome: Anonymous | Identified) -> Mapping[str, Json]:
    """The claims of whoever calls; none of an anonymous caller."""
    return outcome.claims if isinstance(outcome, Identified) else {}


def refused(outcome: TokenDenied, *, path_not_normalized: bool) -> Denied:
    """The decision about a token that is not acceptable."""
    reason = Reason.TOKEN_WITHOUT_KEYS if outcome.lacks_keys else Reason.TOKEN_REFUSED
    return Denied(reason, detail=outcome.refusal.text, path_not_normalized=path_not_normalized, refusal=outcome.refusal)
