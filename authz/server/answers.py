"""Decisions -> CheckResponse bytes: what Istio's own filters would have answered, and metadata that says why.

What is the same for every request with a decision is serialized once; the decision id is appended as a piece of its
own, since concatenated protobuf messages merge.
"""

from collections.abc import Iterable, MutableSequence
from http import HTTPStatus
from typing import Any, cast

from authz.model.custom import HeaderAction, HeaderChange, ProviderAllows, ProviderAnswer, ProviderDenies
from authz.model.decision import NO_EFFECTS, Allowed, Decision, Effects, Reason, Refusal, RuleRef, Shadow
from authz.model.rule import Action
from authz.pb import CheckResponse, HeaderValueOption, OkHttpResponse, Struct

_PERMISSION_DENIED, _UNAUTHENTICATED = 7, 16  # google.rpc.Code
DENIED_BODY = "RBAC: access denied"  # Envoy's RBAC filter; it goes out as text/plain, which is Envoy's default

ID_LENGTH = 24
_MAX_CACHED = 200_000


class Answers:
    """The answers of one engine. Not to be used with another: `digest` is in all of them."""

    def __init__(self, digest: str) -> None:
        self._digest = digest
        self._cached: dict[int, tuple[Decision, bytes]] = {}  # by id(); the decision is held, so that its id stays its
        self._before_effects: dict[tuple[Reason, int], tuple[RuleRef | None, bytes]] = {}  # by id() of the rule

    def render(self, decision: Decision, decision_id: str) -> bytes:
        """The CheckResponse for a decision. `decision_id`: ID_LENGTH ASCII characters."""
        cached = self._cached.get(id(decision))
        if cached is not None:
            return cached[1] + _ID_PIECE + decision_id.encode("ascii")
        if isinstance(decision, Allowed) and decision.effects is not NO_EFFECTS:
            pieces = self._without_effects(decision), _serialize_effects(decision.effects)
            return b"".join((*pieces, _ID_PIECE, decision_id.encode("ascii")))
        answer = _serialize(decision, self._digest)
        if _is_kept(decision) and len(self._cached) < _MAX_CACHED:
            self._cached[id(decision)] = decision, answer
        return answer + _ID_PIECE + decision_id.encode("ascii")

    def _without_effects(self, decision: Allowed) -> bytes:
        """The part of an answer that is the same for every token."""
        if not _is_kept(decision):
            return _serialize(decision, self._digest)
        key = decision.reason, id(decision.by)
        kept = self._before_effects.get(key)
        if kept is None:
            kept = decision.by, _serialize(decision, self._digest)
            if len(self._before_effects) < _MAX_CACHED:
                self._before_effects[key] = kept
        return kept[1]

    def render_asked(self, decision: Decision, decision_id: str, provider: str, answer: ProviderAnswer) -> bytes:
        """The CheckResponse for a decision that a CUSTOM provider has had a say in, with all that it wants done."""
        response = CheckResponse.FromString(self.render(decision, decision_id))
        response.dynamic_metadata["custom_provider"] = provider
        denied, ok = response.denied_response, response.ok_response
        if isinstance(answer, ProviderDenies):
            denied.status.code = cast("Any", answer.status)  # a number, which the stub calls an enum
            denied.body = answer.body
            _add_headers(denied.headers, answer.headers)
        elif isinstance(decision, Allowed):
            _add_headers(ok.response_headers_to_add, answer.response_headers)
            _add_changes(ok, answer, decision.effects)
        else:
            _add_headers(denied.headers, answer.response_headers)
        return response.SerializeToString()


_KEPT = frozenset({Reason.ALLOW_RULE, Reason.NO_ALLOW_POLICY, Reason.DENY_RULE, Reason.NO_ALLOW_RULE})


def _is_kept(decision: Decision) -> bool:
    """Whether the decision is one of those that a program has built once and gives again and again."""
    noted = decision.shadows or decision.audited_by or decision.path_not_normalized or decision.detail
    return decision.reason in _KEPT and not noted


def _serialize(decision: Decision, digest: str) -> bytes:
    response = CheckResponse()
    metadata = response.dynamic_metadata
    metadata["reason"] = decision.reason.value
    metadata["policy_digest"] = digest
    if decision.by is not None:
        metadata["matched_policy"] = decision.by.id
    if decision.detail:
        metadata["detail"] = _printable(decision.detail)
    if decision.path_not_normalized:
        metadata["path_not_normalized"] = True
    if decision.audited_by is not None:
        metadata["access_log_hint"] = True
        metadata["audited_by"] = decision.audited_by.id
    for shadow in decision.shadows:
        _note_shadow(metadata, shadow)
    if isinstance(decision, Allowed):
        response.ok_response.SetInParent()
    else:
        _deny(response, decision.refusal or _FORBIDDEN)
    return response.SerializeToString()


_FORBIDDEN = Refusal(HTTPStatus.FORBIDDEN, DENIED_BODY, www_authenticate="")


def _deny(response: CheckResponse, refusal: Refusal) -> None:
    unauthenticated = refusal.status == HTTPStatus.UNAUTHORIZED
    response.status.code = _UNAUTHENTICATED if unauthenticated else _PERMISSION_DENIED
    denied = response.denied_response
    denied.status.code = cast("Any", refusal.status)  # a number, which the stub calls an enum
    denied.body = refusal.text
    if refusal.www_authenticate:
        _add_headers(denied.headers, [HeaderChange("www-authenticate", refusal.www_authenticate)])


def _serialize_effects(effects: Effects) -> bytes:
    """A CheckResponse with nothing but what a token changes in the request."""
    response = CheckResponse()
    ok = response.ok_response
    there: set[str] = set()
    for name, value in effects.set_headers:
        action = HeaderAction.ADD if name in there else HeaderAction.OVERWRITE
        _add_headers(ok.headers, [HeaderChange(name, value, action)])
        there.add(name)
    ok.headers_to_remove.extend(effects.remove_headers)
    ok.query_parameters_to_remove.extend(effects.remove_query_parameters)
    return response.SerializeToString()


def _add_changes(ok: OkHttpResponse, answer: ProviderAllows, effects: Effects) -> None:
    """What a provider changes in the request, but where the token, which is looked at later, says otherwise."""
    set_later = {name for name, _ in effects.set_headers}
    changed_later = set_later.union(effects.remove_headers)
    _add_headers(ok.headers, [change for change in answer.headers if change.name not in changed_later])
    ok.headers_to_remove.extend([name for name in answer.remove_headers if name not in changed_later])
    for key, value in answer.set_query:
        if key not in effects.remove_query_parameters:
            ok.query_parameters_to_set.add(key=key, value=value)
    ok.query_parameters_to_remove.extend(answer.remove_query)


_APPEND_ACTIONS = {
    HeaderAction.ADD: HeaderValueOption.APPEND_IF_EXISTS_OR_ADD,
    HeaderAction.ADD_IF_ABSENT: HeaderValueOption.ADD_IF_ABSENT,
    HeaderAction.OVERWRITE: HeaderValueOption.OVERWRITE_IF_EXISTS_OR_ADD,
    HeaderAction.OVERWRITE_IF_EXISTS: HeaderValueOption.OVERWRITE_IF_EXISTS,
}


def _add_headers(options: MutableSequence[HeaderValueOption], changes: Iterable[HeaderChange]) -> None:
    for change in changes:
        option = HeaderValueOption()
        option.header.key, option.header.value = change.name, change.value
        if change.action is HeaderAction.JOIN:
            option.append.value = True
        else:
            option.append_action = _APPEND_ACTIONS[change.action]
        options.append(option)


def _note_shadow(metadata: Struct, shadow: Shadow) -> None:
    """The keys that Istio's own dry run uses."""
    prefix = f"istio_dry_run_{'allow' if shadow.action is Action.ALLOW else 'deny'}_shadow_"
    metadata[f"{prefix}engine_result"] = "denied" if shadow.denied else "allowed"
    by: RuleRef | None = shadow.by
    if by is not None:
        metadata[f"{prefix}effective_policy_id"] = by.id


def _printable(text: str) -> str:
    """Text as protobuf can carry it: what a client sent may not be UTF-8."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")[:1000]


def _id_piece() -> bytes:
    """The bytes of a CheckResponse with nothing but a decision id, without the id itself at their end."""
    placeholder = "0" * ID_LENGTH
    piece = CheckResponse()
    piece.dynamic_metadata["decision_id"] = placeholder
    data = piece.SerializeToString()
    return data.removesuffix(placeholder.encode())


_ID_PIECE = _id_piece()
