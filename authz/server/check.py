"""`envoy.service.auth.v3.Authorization/Check`, whatever the transport: bytes in, bytes out, always an answer."""

import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count

from google.protobuf.message import DecodeError

from authz.decision.engine import Engine
from authz.model.decision import Decision, Denied, Reason
from authz.model.facts import RawRequest
from authz.observability.counters import Count, Counters
from authz.pb import CheckRequest
from authz.server.answers import Answers
from authz.server.convert import RawCheck

METHOD = "/envoy.service.auth.v3.Authorization/Check"

_log = logging.getLogger(__name__)
_MAX_WARNED = 10_000


@dataclass(frozen=True, slots=True)
class Pending:
    """The decision waits for a CUSTOM provider. `resume` takes its answer, None for none, and never raises."""

    provider: str
    resume: Callable[[bytes | None], bytes]


@dataclass(frozen=True, slots=True)
class InForce:
    """An engine with its answers: swapped as one."""

    engine: Engine
    answers: Answers

    @classmethod
    def of(cls, engine: Engine) -> "InForce":
        """Put an engine in force."""
        return cls(engine, Answers(engine.digest))


_WITHOUT_ENGINE = Answers("")
"""For a denial that nobody has decided; it must not fail once more."""


class CheckDoor:
    """Decides requests. `in_force` gives what decides now and is asked once a request."""

    def __init__(self, in_force: Callable[[], InForce], counters: Counters) -> None:
        self._in_force = in_force
        self._counters = counters
        self._warned: set[object] = set()
        self._id_prefix = os.urandom(6).hex()
        self._ids = count()

    def check(self, request: bytes, metadata: Mapping[str, str], deadline: float | None) -> bytes | Pending:  # noqa: ARG002
        """Answer one CheckRequest. `metadata`: the call's; `deadline`: seconds left, for asking a provider.

        Never raises: a request that cannot be read, and a mistake of ours, are denials with their own reasons. A failed
        call would let the request pass at a proxy that is set to fail open.
        """
        decision_id = f"{self._id_prefix}{next(self._ids):012x}"
        try:
            in_force = self._in_force()
            decision = self._decide(in_force.engine, request, metadata)
            answer = in_force.answers.render(decision, decision_id)
        except Exception:  # noqa: BLE001 - the one place where a mistake of ours becomes a denial
            _log.exception("a decision failed; the request is denied")
            self._counters.add(Count.INTERNAL_ERRORS)
            decision = Denied(Reason.INTERNAL_ERROR)
            answer = _WITHOUT_ENGINE.render(decision, decision_id)
        self._counters.decided(decision)
        return answer

    def refuse(self, why: str) -> bytes:
        """Deny a stranger's call, unread: with an answer, since a proxy that fails open lets pass what has none.

        It is told why, and nothing of the policies.
        """
        decision = Denied(Reason.UNTRUSTED_PROXY, detail=why)
        self._counters.add(Count.UNTRUSTED_PROXIES)
        self._counters.decided(decision)
        if why not in self._warned and len(self._warned) < _MAX_WARNED:
            self._warned.add(why)
            _log.warning("a caller was denied unread: %s", why)
        return _WITHOUT_ENGINE.render(decision, f"{self._id_prefix}{next(self._ids):012x}")

    def _decide(self, engine: Engine, request: bytes, metadata: Mapping[str, str]) -> Decision:
        try:
            message = CheckRequest.FromString(request)
        except DecodeError:
            message = CheckRequest()
        if not message.HasField("attributes"):  # no bytes at all are a message, but not one that says anything
            self._counters.add(Count.MALFORMED_REQUESTS)
            return Denied(Reason.MALFORMED_REQUEST, detail="the call's bytes are no CheckRequest")
        raw = RawCheck(message, metadata)
        decision = engine.decide(raw)
        if decision.path_not_normalized:
            self._counters.add(Count.PATHS_NOT_NORMALIZED)
            self._warn_once(raw, "sends paths that are not normalized; set normalize_path in its connection manager")
        if raw.headers_are_merged:
            self._counters.add(Count.MERGED_HEADERS)
            self._warn_once(raw, "merges header lines; set encode_raw_headers in its ext_authz filter")
        return decision

    def _warn_once(self, raw: RawRequest, what: str) -> None:
        """Once for each proxy, as far as we can tell them apart: by the workload they speak for."""
        key = (raw.workload_texts(), what)
        if key not in self._warned and len(self._warned) < _MAX_WARNED:
            self._warned.add(key)
            _log.warning("the proxy of %s %s", _name(raw), what)


def _name(raw: RawRequest) -> str:
    texts = raw.workload_texts()
    said = dict(texts.call_metadata) | dict(texts.extensions)
    namespace = said.get("namespace") or texts.destination_principal or "an unnamed workload"
    labels = said.get("labels") or ",".join(f"{key}={value}" for key, value in texts.destination_labels)
    return f"{namespace}/{labels}" if labels else namespace
