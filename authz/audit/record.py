"""A case -> a record: one JSON object, without the closing brace, so that a sink can add what is its own.

The form is published as docs/decision-log.schema.json. Members without a value are left out. A record says of each
header that it looked at what it had, an empty list where it had none; `left_out` names the facts that the policies in
force ask for and that are not here as they were, so that deciding again can say so.
"""

import time
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import orjson

from authz import __version__
from authz.audit.fields import FieldPlans, Fields, HeaderField
from authz.audit.masking import MASKED, ClaimPath, Masker, Treatment
from authz.audit.settings import DecisionLogSettings
from authz.decision.case import Case
from authz.decision.facts import RequestFacts
from authz.identity.tokens import Identified, TokenDenied
from authz.model.address import render_address
from authz.model.custom import ProviderAllows, ProviderDenies
from authz.model.decision import Allowed, Decision, Denied, Reason, RuleRef, Shadow
from authz.model.facts import Json, RawRequest, UnreadableFactError
from authz.model.path import path_of_target
from authz.model.workload import LabelsUnknown, Target, Workload
from authz.observability.telemetry import trace_ids

SCHEMA_VERSION = 1

_MAX_TEXT = 1024
_MAX_PATH = 4096
_MAX_LINES = 32
_MAX_ELEMENTS = 100
_MAX_DEPTH = 4
_MAX_INTEGER = 2**53
_MAX_KNOWN = 10_000
_FORBIDDEN = 403

Members = dict[str, Any]


class Records:
    """Makes records. Calls may overlap."""

    def __init__(self, settings: DecisionLogSettings, masker: Masker) -> None:
        self._masker = masker
        self._plans = FieldPlans(settings, masker)
        self._with_query = settings.query
        self._samples = settings.sample_allowed, settings.sample_denied
        self._decisions: dict[tuple[int, str], tuple[Decision, bytes]] = {}  # by id(), which is held, and digest
        self._workloads: dict[int, tuple[Workload, bytes]] = {}  # by id()

    def encode(self, case: Case) -> bytes:
        """The record of a case."""
        time_s = case.time_s or time.time()
        head = {
            "v": SCHEMA_VERSION,
            "type": "decision",
            "time": render_time(time_s),
            "id": case.decision_id,
            "latency_us": round((case.ended_s - case.began_s) * 1e6, 1),
        }
        share = self._samples[0] if isinstance(case.decision, Allowed) else self._samples[1]
        if share < 1:
            head["sampled"] = share
        return orjson.dumps(head)[:-1] + b"," + self._decision(case) + self._request(case)

    def bare(self, case: Case) -> bytes:
        """What is left where the request cannot be recorded, for a mistake of ours."""
        head = {"v": SCHEMA_VERSION, "type": "decision", "time": render_time(case.time_s or time.time())}
        head |= {"id": case.decision_id, "latency_us": 0}
        decision = _decision_members(case, "", self._masker)
        return orjson.dumps({**head, **decision, "left_out": ["request"]})[:-1]

    def _decision(self, case: Case) -> bytes:
        """The members about the decision, which for most are the same again and again."""
        decision, key = case.decision, (id(case.decision), case.digest)
        found = self._decisions.get(key)
        if found is not None and not case.provider:
            return found[1]
        encoded = orjson.dumps(_decision_members(case, case.digest, self._masker))[1:-1]
        if not (case.provider or decision.detail or decision.shadows or decision.audited_by):
            if len(self._decisions) >= _MAX_KNOWN:
                self._decisions.clear()
            self._decisions[key] = decision, encoded
        return encoded

    def _request(self, case: Case) -> bytes:
        members: Members = {}
        if case.provider:
            members["custom"] = _custom(case)
        if case.raw is None:
            return b"," + orjson.dumps(members)[1:-1] if members else b""
        fields = self._plans.of(case.program, case.places)
        left_out = list(fields.left_out)
        self._connection(members, case.raw, case.facts, left_out)
        if case.raw.is_http:
            self._http(members, case.raw, fields, left_out)
            changed = _changed_headers(case)
            left_out += [one.fact for one in fields.headers if one.is_asked and one.name in changed]
        self._token(members, case, fields, left_out)
        self._metadata(members, case.raw, fields, left_out)
        if left_out:
            members["left_out"] = list(dict.fromkeys(left_out))
        encoded = orjson.dumps(members)[1:-1]
        workload = b"" if case.workload is None else b',"workload":' + self._workload(case.workload)
        return workload + b"," + encoded

    def _workload(self, workload: Workload) -> bytes:
        found = self._workloads.get(id(workload))
        if found is None:
            if len(self._workloads) >= _MAX_KNOWN:
                self._workloads.clear()
            found = self._workloads[id(workload)] = workload, orjson.dumps(_workload_members(workload))
        return found[1]

    def _connection(self, members: Members, raw: RawRequest, facts: RequestFacts | None, left_out: list[str]) -> None:
        members["protocol"] = "http" if raw.is_http else "tcp"
        members["source"] = {"address": _text(raw.source_address)}
        members["destination"] = {"address": _text(raw.destination_address), "port": raw.destination_port}
        if sni := raw.sni:
            members["sni"] = _text(sni)
        if facts is None:
            return
        try:
            members["peer"] = {"names": [_text(name) for name in facts.peer_names[:_MAX_LINES]]}
        except UnreadableFactError:
            left_out.append("source.principal")
        try:
            remote = facts.remote_ip
            members["remote"] = None if remote is None else render_address(remote)
        except UnreadableFactError:
            left_out.append("remote.ip")

    def _http(self, members: Members, raw: RawRequest, fields: Fields, left_out: list[str]) -> None:
        target = raw.target
        path, params = path_of_target(target), fields.secret_params
        request: Members = {"method": _text(raw.method), "host": _text(_without_user(raw.host))}
        shown = self._masker.path(path, params)
        if shown is not None:
            request["path"] = _clean(shown, _MAX_PATH)
        if shown is None or request["path"] != path:
            left_out.append("request.path")
        query = target[len(path) + 1 :]
        if query and self._with_query:
            request["query"] = _clean(self._masker.query(query, params), _MAX_PATH)
        elif query and fields.asks_for_target:
            left_out.append("request.headers[:path]")
        request["headers"] = self._headers(raw, fields, left_out)
        if raw.headers_are_merged:
            request["headers_merged"] = True
        members["request"] = request
        if (parents := raw.header_lines("traceparent")) and len(parents) == 1 and (ids := trace_ids(parents[0])):
            members["trace"] = {"trace_id": ids[0], "span_id": ids[1]}

    def _headers(self, raw: RawRequest, fields: Fields, left_out: list[str]) -> dict[str, list[str]]:
        found = {}
        for header in fields.headers:
            lines = raw.header_lines(header.name)
            if not lines and header.treatment is not Treatment.DROP:
                found[header.name] = _NO_LINES
                continue
            shown = self._lines(header, lines, fields.secret_params)
            if shown is not None:
                found[header.name] = shown
            if header.is_asked and (shown is None or shown != list(lines)):
                left_out.append(header.fact)
        return found

    def _lines(self, header: HeaderField, lines: tuple[str, ...], params: frozenset[str]) -> list[str] | None:
        if header.treatment is Treatment.DROP:
            return None
        if header.treatment is not None:
            return [self._masker.treat(header.treatment, line) for line in lines[:_MAX_LINES]]
        return [_text(self._masker.header_value(line, params)) for line in lines[:_MAX_LINES]]

    def _token(self, members: Members, case: Case, fields: Fields, left_out: list[str]) -> None:
        outcome = case.token
        claims: Mapping[str, Json] = {}
        token: Members
        if isinstance(outcome, Identified):
            token, claims = {"outcome": "accepted"}, outcome.claims
        elif isinstance(outcome, TokenDenied):
            token = {"outcome": "refused", "issuer": _text(outcome.rule.issuer)}
        elif outcome is not None:
            token = {"outcome": "none"}
        elif case.facts is not None and case.facts.claims:
            token, claims = {"outcome": "by_proxy"}, case.facts.claims
        else:
            return
        if claims:
            kept = self._claims(claims, fields, left_out)
            token |= {name: kept.pop(claim) for name, claim in _OWN_CLAIMS.items() if isinstance(kept.get(claim), str)}
            token["claims"] = kept
        members["token"] = token

    def _claims(self, claims: Mapping[str, Json], fields: Fields, left_out: list[str]) -> Members:
        kept: Members = {}
        for field in fields.claims:
            value = _look_up(claims, field.path)
            if value is None:
                continue
            shown = self._claim(field.path, value, 0)
            if shown is not None:
                _put(kept, field.path, shown)
            if field.is_asked and shown != value:
                left_out.append(field.fact)
        return kept

    def _claim(self, path: ClaimPath, value: Json, depth: int) -> Any:
        """A claim as it is recorded; None: not at all."""
        treatment = self._masker.of_claim(path)
        if treatment is Treatment.DROP:
            return None
        if treatment is not None:
            return _treated(self._masker, treatment, value)
        if isinstance(value, Mapping):
            if depth >= _MAX_DEPTH:
                return MASKED
            inner = {
                _text(key): self._claim((*path, key), one, depth + 1)
                for key, one in list(value.items())[:_MAX_ELEMENTS]
            }
            return {key: one for key, one in inner.items() if one is not None}
        return _plain(value)

    def _metadata(self, members: Members, raw: RawRequest, fields: Fields, left_out: list[str]) -> None:
        found: dict[str, Members] = {}
        for namespace, key in fields.metadata:
            content = raw.metadata(namespace)
            value = content.get(key) if content else None
            if value is None:
                continue
            shown = _plain(value)
            found.setdefault(_text(namespace), {})[_text(key)] = shown
            if shown != value:
                left_out.append(f"experimental.{namespace}[{key}]")
        if found:
            members["metadata"] = found


_NO_LINES: list[str] = []
_OWN_CLAIMS = {"issuer": "iss", "subject": "sub"}


def _changed_headers(case: Case) -> set[str]:
    """What policies saw otherwise than it came: a provider or the token has set or removed it."""
    changed: set[str] = set()
    if isinstance(case.answer, ProviderAllows):
        changed.update([change.name for change in case.answer.headers], case.answer.remove_headers)
    if case.token is not None and not isinstance(case.token, TokenDenied):
        effects = case.token.effects
        changed.update([name for name, _ in effects.set_headers], effects.remove_headers)
    return changed


def render_time(seconds: float) -> str:
    """RFC 3339, UTC, microseconds."""
    whole = int(seconds)
    return f"{_render_second(whole)}.{int((seconds - whole) * 1e6):06d}Z"


@lru_cache(maxsize=16)
def _render_second(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))


def _clean(text: str, limit: int) -> str:
    """Text that JSON can carry, of bounded length: what a client sent may not be UTF-8."""
    if len(text) > limit:
        text = text[:limit]
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def _text(text: str) -> str:
    return _clean(text, _MAX_TEXT)


def _without_user(host: str) -> str:
    """An authority without its user and password."""
    return f"{MASKED}@{host.rpartition('@')[2]}" if "@" in host else host


def _look_up(claims: Mapping[str, Json], path: ClaimPath) -> Json:
    value: Json = claims
    for name in path:
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    return value


def _put(kept: Members, path: ClaimPath, value: Any) -> None:
    for name in path[:-1]:
        inner = kept.setdefault(_text(name), {})
        if not isinstance(inner, dict):  # the whole of it is there already, or hidden
            return
        kept = inner
    kept.setdefault(_text(path[-1]), value)


def _treated(masker: Masker, treatment: Treatment, value: Json) -> Any:
    if isinstance(value, str):
        return masker.treat(treatment, value)
    if isinstance(value, (list, tuple)):
        return [_treated(masker, treatment, one) for one in value[:_MAX_ELEMENTS]]
    return MASKED


def _plain(value: Json) -> Any:
    """A value that JSON readers of any kind can read, of bounded size."""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, (list, tuple)):
        return [_plain(one) if not isinstance(one, (list, tuple, Mapping)) else MASKED for one in value[:_MAX_ELEMENTS]]
    if isinstance(value, Mapping):
        return MASKED
    return str(value)[:_MAX_TEXT] if _is_big(value) else value


def _is_big(number: Any) -> bool:
    """Whether readers with doubles only would read another number."""
    return number.__class__ is int and abs(number) > _MAX_INTEGER


def _decision_members(case: Case, digest: str, masker: Masker) -> Members:
    decision = case.decision
    members: Members = {"digest": _text(digest), "engine": __version__}
    members["verdict"] = "allowed" if isinstance(decision, Allowed) else "denied"
    members["reason"] = decision.reason.value
    if isinstance(decision, Denied):
        members["status"] = _status(case, decision)
    if decision.by is not None:
        members |= _rule(decision.by)
    if detail := _detail(decision, masker):
        members["detail"] = detail
    if decision.path_not_normalized:
        members["path_not_normalized"] = True
    if decision.audited_by is not None:
        members["audited_by"] = _text(decision.audited_by.id)
    if decision.shadows:
        members["shadows"] = [_shadow(one) for one in decision.shadows]
    return members


def _status(case: Case, decision: Denied) -> int:
    if isinstance(case.answer, ProviderDenies):
        return case.answer.status
    return _FORBIDDEN if decision.refusal is None else decision.refusal.status


def _rule(ref: RuleRef) -> Members:
    return {
        "policy": _text(f"{ref.namespace}/{ref.policy}"),
        "rule": _text(ref.id),
        "where": _text(f"{ref.where.file}:{ref.where.line}"),
    }


def _detail(decision: Decision, masker: Masker) -> str:
    """Without what the request said, where that may be what is hidden."""
    detail = decision.detail
    if decision.reason is Reason.MALFORMED_PATH:
        return detail.partition(":")[0]
    fact, colon, _ = detail.partition(":")
    if decision.reason is Reason.UNREADABLE_FACT and colon and masker.of_header(_header_of(fact), ()) is not None:
        return f"{_text(fact)}: {MASKED}"
    return _text(detail)


def _header_of(fact: str) -> str:
    return fact.removeprefix("request.headers[").removesuffix("]")


def _shadow(shadow: Shadow) -> Members:
    said: Members = {"action": shadow.action.value, "verdict": "denied" if shadow.denied else "allowed"}
    return {**said, **_rule(shadow.by)} if shadow.by is not None else said


def _custom(case: Case) -> Members:
    found: Members = {"provider": _text(case.provider)}
    if isinstance(case.answer, ProviderAllows):
        changed = [*(change.name for change in case.answer.headers), *case.answer.remove_headers]
        found["verdict"] = "failed_open" if case.answer.failed_open else "allowed"
        if changed:
            found["changed_headers"] = [_text(name) for name in changed[:_MAX_ELEMENTS]]
    else:
        found["verdict"] = "denied"
    return found


def _workload_members(workload: Workload) -> Members:
    members: Members = {"namespace": _text(workload.namespace), "role": workload.role.value}
    if not isinstance(workload.labels, LabelsUnknown):
        members["labels"] = {_text(key): _text(value) for key, value in sorted(workload.labels)}
    if workload.service_account:
        members["service_account"] = _text(workload.service_account)
    targets: dict[str, frozenset[Target]] = {
        "gateways": workload.gateways,
        "services": workload.services,
        "service_entries": workload.service_entries,
    }
    members |= {
        name: sorted(_text(f"{one.namespace}/{one.name}") for one in found) for name, found in targets.items() if found
    }
    return members
