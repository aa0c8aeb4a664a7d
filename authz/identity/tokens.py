"""The tokens of a request: where they are, what they come to, and what the workload gets to see of them.

Sources: istio/istio pilot/pkg/security/authn/policy_applier.go (how policies become one requirement; `presence` as in
its pull request 60830); Envoy
source/extensions/filters/http/jwt_authn/{extractor,verifier,authenticator,filter}.cc.

Where we are stricter: headers that carry claims are stripped before tokens are looked for, for every rule and on CORS
preflights too, so that no caller ever sets one; a claim that cannot be a header's value is not sent.
"""

import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from authz.identity.jwks import KeySet
from authz.identity.jwt import Expected, NoKeys, Refused, Verified, expect, is_unknown_issuer, verify_token
from authz.identity.token_places import Found, Places, TokenRequest, find_tokens, places_of
from authz.model.decision import Effects, Refusal
from authz.model.facts import Json
from authz.model.header_names import is_header_value
from authz.model.jwt_rule import JwtRule

Header = tuple[str, str]

_ALWAYS_SPLIT = ("scope", "permission")
_MAX_TOKENS = 16  # of a rule: each may be worth a signature
_REALM_PATH_BYTES = 256
_UNPRINTABLE = bytes([*range(0x20), *range(0x7F, 0x100)])
_TWO_TO_64 = 2.0**64


@dataclass(frozen=True, slots=True)
class TokenRule:
    """A rule with its keys, ready to be asked. `places`: the same object where they are equal.

    `cache_key`: equal only where every answer is; empty: not to be kept.
    """

    rule: JwtRule
    expected: Expected
    places: Places
    splits: tuple[str, ...]
    cache_key: str


@dataclass(frozen=True, slots=True)
class TokenRules:
    """All rules for a workload, in the order of their issuers. `output_headers`: no caller's, on any request."""

    rules: tuple[TokenRule, ...]
    output_headers: frozenset[str]
    any_required: bool


class Accepted(NamedTuple):
    """What a rule makes of a good token: claims as policies see them, not to be changed, and headers to set.

    Good from `not_before_s` and until just before `expires_s`, in seconds since 1970.
    """

    claims: Mapping[str, Json]
    headers: tuple[Header, ...]
    not_before_s: float
    expires_s: float


Accept = Callable[[TokenRule, str, float], Accepted | Refused]
"""Rule, token, now in seconds since 1970: `accept_token`, or a cache in front of it."""


@dataclass(frozen=True, slots=True)
class Anonymous:
    """No token where one is looked for: the request has no request principal."""

    effects: Effects


@dataclass(frozen=True, slots=True)
class Identified:
    """A good token. `claims`: what is known under `request.auth`, not to be changed.

    `rule`: whose token it is; None where others have verified it.
    """

    claims: Mapping[str, Json]
    effects: Effects
    rule: JwtRule | None


@dataclass(frozen=True, slots=True)
class TokenDenied:
    """A token that is not acceptable. `refusal`: what its caller is told. `rule`: that of the failure that is told.

    `lacks_keys`: there are none to verify it with. `unknown_key_for`: newer keys may help.
    """

    refusal: Refusal
    rule: JwtRule
    lacks_keys: bool = False
    unknown_key_for: tuple[JwtRule, ...] = ()


TokenOutcome = Anonymous | Identified | TokenDenied


def merge_rules(policies: Iterable[Sequence[JwtRule]]) -> tuple[JwtRule, ...]:
    """The rules of all policies that are for a workload, by issuer in byte order; equal issuers as they came."""
    rules = [rule for policy in policies for rule in policy]
    return tuple(sorted(rules, key=lambda rule: rule.issuer.encode("utf-8", "surrogatepass")))


def bind_rules(rules: Iterable[JwtRule], keys_of: Callable[[JwtRule], KeySet | NoKeys]) -> TokenRules:
    """Give merged rules the keys that are known now. Cheap: bind again whenever keys change."""
    known: dict[Places, Places] = {}
    bound = tuple([_bind(rule, keys_of(rule), known) for rule in rules])
    return TokenRules(
        rules=bound,
        output_headers=frozenset(name for one in bound for name in _output_names(one.rule)),
        any_required=any(one.rule.is_required for one in bound),
    )


def _bind(rule: JwtRule, keys: KeySet | NoKeys, known: dict[Places, Places]) -> TokenRule:
    places = places_of(rule)
    return TokenRule(
        rule=rule,
        expected=expect(rule.issuer, rule.audiences, keys),
        places=known.setdefault(places, places),
        splits=tuple(dict.fromkeys((*_ALWAYS_SPLIT, *rule.space_delimited_claims))),
        cache_key=_cache_key(rule, keys) if isinstance(keys, KeySet) else "",
    )


def _cache_key(rule: JwtRule, keys: KeySet) -> str:
    """All that an answer depends on, but for token and time; lists keep it injective."""
    outputs = [(output.header, output.claim) for output in rule.output_claim_to_headers]
    parts = [rule.issuer, rule.audiences, rule.space_delimited_claims, rule.output_payload_to_header, outputs]
    return hashlib.sha256(json.dumps([keys.version, *parts]).encode()).hexdigest()


def _output_names(rule: JwtRule) -> list[str]:
    payload = [rule.output_payload_to_header] if rule.output_payload_to_header else []
    return [*payload, *(output.header for output in rule.output_claim_to_headers)]


def accept_token(rule: TokenRule, token: str, now_s: float) -> Accepted | Refused:
    """Verify a token, and render what the workload gets of it."""
    verified = verify_token(token, rule.expected, now_s)
    if isinstance(verified, Refused):
        return verified
    claims, headers = _split_claims(verified.claims, rule.splits), tuple(_render_headers(rule.rule, verified))
    return Accepted(claims, headers, verified.not_before_s, verified.expires_s)


def authenticate(rules: TokenRules, request: TokenRequest, now_s: float, accept: Accept = accept_token) -> TokenOutcome:
    """What the tokens of a request come to. No rules, or a plain TCP connection: do not ask.

    Every token of a rule must be good. One rule whose tokens all are is enough, the first gives the identity; no token
    for any rule is no identity; anything else is a denial. But where a rule is required: it must have a token, no rule
    may have a bad one, and the last with a good one gives the identity.
    """
    if _is_preflight(request):
        return Anonymous(stripped(rules))
    accepted, refused = _ask(rules, request, now_s, accept)
    if refused and (rules.any_required or not accepted):
        return _denied(refused, request)
    if not accepted:
        return Anonymous(stripped(rules))
    identity = accepted[-1]
    return Identified(identity.accepted.claims, _effects(rules, accepted), identity.rule.rule)


def _ask(
    rules: TokenRules, request: TokenRequest, now_s: float, accept: Accept
) -> tuple[list["_AcceptedBy"], list["_RefusedBy"]]:
    """Ask rule after rule, up to the first whose answer settles it."""
    accepted: list[_AcceptedBy] = []
    refused: list[_RefusedBy] = []
    found_at: dict[int, list[Found]] = {}  # by id() of places
    for rule in rules.rules:
        found = found_at.get(id(rule.places))
        if found is None:
            found = found_at[id(rule.places)] = find_tokens(rule.places, request, rules.output_headers)
        if not found and not rule.rule.is_required:
            continue
        outcome = _accept_all(rule, found, now_s, accept) if found else _MISSING
        if isinstance(outcome, Refused):
            refused.append(_RefusedBy(rule, outcome))
        else:
            accepted.append(_AcceptedBy(rule, found, outcome))
        if refused if rules.any_required else accepted:
            break
    return accepted, refused


_MISSING = Refused("Jwt is missing")
_TOO_MANY = Refused(f"More than {_MAX_TOKENS} Jwts where one is looked for")


class _AcceptedBy(NamedTuple):
    rule: TokenRule
    found: list[Found]
    accepted: Accepted


class _RefusedBy(NamedTuple):
    rule: TokenRule
    refused: Refused


def _is_preflight(request: TokenRequest) -> bool:
    """Source: Envoy source/common/http/utility.cc, isCorsPreflightRequest."""
    return request.method == "OPTIONS" and all(
        any(request.header_lines(name)) for name in ("origin", "access-control-request-method")
    )


def _accept_all(rule: TokenRule, found: list[Found], now_s: float, accept: Accept) -> Accepted | Refused:
    """The last token is looked at first, and the first one gives the claims: so Envoy does."""
    if len(found) > _MAX_TOKENS:
        return _TOO_MANY
    for one in reversed(found[1:]):
        outcome = accept(rule, one.token, now_s)
        if isinstance(outcome, Refused):
            return outcome
    return accept(rule, found[0].token, now_s)


def _denied(refusals: list[_RefusedBy], request: TokenRequest) -> TokenDenied:
    """The last failure is told, and that a token is of another issuer only where there is no other.

    But the first one, where it is another: having asked rule after rule, Envoy asks all of them up to the first that
    fails.
    """
    telling = [one for one in refusals if not is_unknown_issuer(one.refused)]
    told = telling[-1] if telling and telling[0] is not refusals[0] else refusals[0]
    refused, keys = told.refused, told.rule.expected.keys
    error = "" if refused is _MISSING else ', error="invalid_token"'
    return TokenDenied(
        refusal=Refusal(int(refused.status), refused.text, f'Bearer realm="{_realm(request)}"{error}'),
        rule=told.rule.rule,
        lacks_keys=isinstance(keys, NoKeys) and refused.text == keys.value,
        unknown_key_for=tuple([one.rule.rule for one in refusals if one.refused.unknown_key]),
    )


def _realm(request: TokenRequest) -> str:
    """The request's URI, its path cut. Source: Envoy source/common/http/utility.cc, buildOriginalUri."""
    scheme = "".join(request.header_lines(":scheme")[:1])
    path = request.target.encode("utf-8", "ignore")[:_REALM_PATH_BYTES]
    uri = f"{scheme}://{request.host}".encode("utf-8", "ignore") + path
    return uri.translate(None, _UNPRINTABLE).decode()


# What the workload gets.


def stripped(rules: TokenRules) -> Effects:
    """What changes in a request without a token of theirs: no caller sets a header that carries claims."""
    return Effects(remove_headers=tuple(sorted(rules.output_headers)))


def _effects(rules: TokenRules, accepted: list[_AcceptedBy]) -> Effects:
    """Setting replaces what a caller has sent, so only what is not set is removed. Cookies are never removed."""
    headers = accepted[0].accepted.headers if len(accepted) == 1 else _all_headers(accepted)
    removed = set(rules.output_headers)
    params: set[str] = set()
    for one in accepted:
        if not one.rule.rule.forward_original_token:
            removed.update([found.header for found in one.found if found.header])
            params.update([spelling for found in one.found for spelling in found.params])
    removed.difference_update([name for name, _ in headers])
    return Effects(headers, tuple(sorted(removed)), tuple(sorted(params)))


def _all_headers(accepted: list[_AcceptedBy]) -> tuple[Header, ...]:
    return tuple([header for one in accepted for header in one.accepted.headers])


def _split_claims(claims: Mapping[str, Json], names: tuple[str, ...]) -> Mapping[str, Json]:
    """Claims of these names become lists where they are texts; what has no part stays."""
    split: dict[str, Json] = {
        name: parts
        for name in names
        if isinstance(value := claims.get(name), str) and (parts := [part for part in value.split(" ") if part])
    }
    return {**claims, **split} if split else claims


def _render_headers(rule: JwtRule, verified: Verified) -> Iterable[Header]:
    if rule.output_payload_to_header:
        yield rule.output_payload_to_header, verified.payload.translate(None, b"= \t\n\v\f\r").decode()
    for output in rule.output_claim_to_headers:
        text = render_claim(_claim_at(verified.claims, output.claim))
        if text and is_header_value(text):
            yield output.header, text


def _claim_at(claims: Mapping[str, Json], path: str) -> Json:
    value: Json = claims
    for name in path.split("."):
        if not isinstance(value, Mapping) or name not in value:
            return None
        value = value[name]
    return value


def render_claim(value: Json) -> str:
    """A claim as a header's value; empty: there is none.

    Source: Envoy jwt_authn/authenticator.cc, addJWTClaimToHeader.
    """
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int() | float():
            whole = 0 <= value < _TWO_TO_64 and value == int(value)
            return str(int(value)) if whole else f"{value:.6f}"
        case str():
            return value
    return base64.b64encode(_render_json(value).encode()).decode()


# What protobuf escapes in JSON beside what JSON asks for. Source: protobuf src/google/protobuf/json/internal/writer.cc
_ESCAPED = re.compile(
    "[<>\x7f-\x9f\xad\u0600-\u0603\u06dd\u070f\u17b4\u17b5\u200b-\u200f\u2028-\u202e\u2060-\u2064\u206a-\u206f"
    "\ufeff\ufff9-\ufffb\U0001d173-\U0001d17a\U000e0001\U000e0020-\U000e007f]"
)


def _render_json(value: Json) -> str:
    """JSON as protobuf writes a Struct, keys in order: its own order is nobody's promise."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int() | float():
            short = f"{value:.15g}"
            return short if float(short) == value else f"{value:.17g}"
        case str():
            return _ESCAPED.sub(_escape, json.dumps(value, ensure_ascii=False))
        case Mapping():
            return f"{{{','.join(f'{_render_json(key)}:{_render_json(value[key])}' for key in sorted(value))}}}"
    return f"[{','.join(map(_render_json, value))}]"


def _escape(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be")
    return "".join([f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2)])
