"""`envoy.service.auth.v3.Authorization/Check`, whatever the transport: bytes in, bytes out, always an answer."""

import logging
import os
import time
from collections.abc import Callable, Mapping
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from typing import Protocol

from google.protobuf.message import DecodeError

from authz.decision.case import Case
from authz.decision.engine import Engine
from authz.decision.stages import Asking
from authz.model.custom import ProviderAllows, ProviderAnswer, ProviderDenies, Question
from authz.model.decision import Decision, Denied, Reason
from authz.model.facts import RawRequest
from authz.observability.counters import Count, Counters
from authz.pb import CheckRequest
from authz.server.answers import Answers
from authz.server.convert import RawCheck

METHOD = "/envoy.service.auth.v3.Authorization/Check"

_log = logging.getLogger(__name__)
_MAX_WARNED = 10_000


class Providers(Protocol):
    """The providers of one set, ready to be asked."""

    def ask(self, provider: str, question: Question) -> Future[ProviderAnswer]:
        """Ask, without blocking. Every question has an answer, in time; to cancel the future is to hang up."""


class Recorder(Protocol):
    """Keeps what was decided."""

    @property
    def refuses(self) -> bool:
        """Whether nothing is to be decided now, as it could not be kept."""

    def record(self, case: Case) -> None:
        """Keep a case that has its decision. Returns at once, and never raises."""


class Pending:
    """The decision waits for a CUSTOM provider. Whoever has this calls `result` or `give_up`, once; neither raises."""

    def __init__(
        self, asked: Future[ProviderAnswer], seconds: float | None, finish: Callable[[ProviderAnswer], bytes]
    ) -> None:
        self._asked = asked
        self._seconds = seconds
        self._finish = finish

    def result(self) -> bytes:
        """Wait for the provider, and answer the call."""
        try:
            answer = self._asked.result(self._seconds)
        except TimeoutError:  # the provider's client is to see to that; this is in case it does not
            return self.give_up(Reason.CUSTOM_FAILED, "no answer in time")
        except CancelledError:
            return self.give_up(Reason.CUSTOM_FAILED, "the caller has gone")
        return self._finish(answer)

    def give_up(self, reason: Reason, detail: str) -> bytes:
        """Deny without the provider's answer."""
        self.cancel()
        return self._finish(ProviderDenies(reason=reason, detail=detail))

    def mapped(self, change: Callable[[bytes], bytes]) -> "Pending":
        """The same, with an answer that `change` has seen and may change; it never raises."""
        return Pending(self._asked, self._seconds, lambda answer: change(self._finish(answer)))

    def cancel(self) -> None:
        """Nobody waits for the answer any more."""
        self._asked.cancel()


@dataclass(frozen=True, slots=True)
class InForce:
    """An engine with its answers, and the providers that its CUSTOM policies name: swapped as one.

    Without `providers` nobody is asked, and what they would decide is denied.
    """

    engine: Engine
    answers: Answers
    providers: Providers | None = None

    @classmethod
    def of(cls, engine: Engine, providers: Providers | None = None) -> "InForce":
        """Put an engine in force."""
        return cls(engine, Answers(engine.digest), providers)


@dataclass(frozen=True, slots=True)
class _Open:
    """A call that waits for its provider, and all it takes to answer it then."""

    in_force: InForce
    asking: Asking
    decision_id: str
    case: Case | None


_WITHOUT_ENGINE = Answers("")
"""For a denial that nobody has decided; it must not fail once more."""


class CheckDoor:
    """Decides requests. `in_force` gives what decides now and is asked once a request, as `clock` is.

    `clock`: seconds since 1970. `recorder`: is told of every decision, once; None: nobody is.
    """

    def __init__(
        self,
        in_force: Callable[[], InForce],
        counters: Counters,
        clock: Callable[[], float] = time.time,
        recorder: Recorder | None = None,
    ) -> None:
        self._in_force = in_force
        self._counters = counters
        self._clock = clock
        self._recorder = recorder
        self._warned: set[object] = set()
        self._id_prefix = os.urandom(6).hex()
        self._ids = count()

    def check(self, request: bytes, metadata: Mapping[str, str], deadline: float | None) -> bytes | Pending:
        """Answer one CheckRequest. `metadata`: the call's; `deadline`: seconds left, for asking a provider.

        Never raises: a request that cannot be read, and a mistake of ours, are denials with their own reasons. A failed
        call would let the request pass at a proxy that is set to fail open.
        """
        decision_id = f"{self._id_prefix}{next(self._ids):012x}"
        case = None if self._recorder is None else Case(decision_id, time.perf_counter(), len(request))
        try:
            in_force = self._in_force()
            decision = self._decide(in_force.engine, request, metadata, case)
            if isinstance(decision, Asking):
                if in_force.providers is not None:
                    question = Question(request, metadata, deadline)
                    return self._ask(in_force.providers, question, _Open(in_force, decision, decision_id, case))
                decision = decision.unasked
            answer = in_force.answers.render(decision, decision_id)
        except Exception:  # noqa: BLE001 - the one place where a mistake of ours becomes a denial
            _log.exception("a decision failed; the request is denied")
            self._counters.add(Count.INTERNAL_ERRORS)
            decision = Denied(Reason.INTERNAL_ERROR)
            answer = _WITHOUT_ENGINE.render(decision, decision_id)
        self._decided(decision, case)
        return answer

    def _decided(self, decision: Decision, case: Case | None) -> None:
        self._counters.decided(decision)
        if case is not None and self._recorder is not None:
            case.decision = decision
            case.ended_s = time.perf_counter()
            self._recorder.record(case)

    def _ask(self, providers: Providers, question: Question, call: _Open) -> Pending:
        self._counters.add(Count.CUSTOM_ASKED)
        asked = providers.ask(call.asking.ask.provider, question)
        left = question.seconds
        seconds = None if left is None else left - max(0.005, min(0.05, left / 20))
        return Pending(asked, seconds, partial(self._finish, call))

    def _finish(self, call: _Open, answer: ProviderAnswer) -> bytes:
        """The answer to a call, given the provider's."""
        asking, decision_id, case = call.asking, call.decision_id, call.case
        if case is not None:
            case.provider, case.answer = asking.ask.provider, answer
        try:
            answer = asking.settle(answer) if isinstance(answer, ProviderAllows) else answer
            decision = self._after(asking, answer)
            rendered = call.in_force.answers.render_asked(decision, decision_id, asking.ask.provider, answer)
        except Exception:  # noqa: BLE001 - as in check
            _log.exception("a decision failed after its provider had answered; the request is denied")
            self._counters.add(Count.INTERNAL_ERRORS)
            decision = Denied(Reason.INTERNAL_ERROR)
            rendered = _WITHOUT_ENGINE.render(decision, decision_id)
        self._decided(decision, case)
        return rendered

    def _after(self, asking: Asking, answer: ProviderAnswer) -> Decision:
        not_normalized = asking.unasked.path_not_normalized
        if isinstance(answer, ProviderDenies):
            return Denied(answer.reason, asking.ask.by, answer.detail, path_not_normalized=not_normalized)
        decision = asking.proceed(answer)
        if not answer.failed_open:
            return decision
        self._counters.add(Count.CUSTOM_FAILED_OPEN)
        failed = f"the provider {asking.ask.provider} could not be asked and fails open: {answer.failed_open}"
        return replace(decision, detail=decision.detail or failed)

    def refuse(self, why: str) -> bytes:
        """Deny a stranger's call, unread: with an answer, since a proxy that fails open lets pass what has none.

        It is told why, and nothing of the policies.
        """
        decision = Denied(Reason.UNTRUSTED_PROXY, detail=why)
        decision_id = f"{self._id_prefix}{next(self._ids):012x}"
        self._counters.add(Count.UNTRUSTED_PROXIES)
        self._decided(decision, None if self._recorder is None else Case(decision_id, time.perf_counter(), 0))
        if why not in self._warned and len(self._warned) < _MAX_WARNED:
            self._warned.add(why)
            _log.warning("a caller was denied unread: %s", why)
        return _WITHOUT_ENGINE.render(decision, decision_id)

    def _decide(
        self, engine: Engine, request: bytes, metadata: Mapping[str, str], case: Case | None
    ) -> Decision | Asking:
        now_s = self._clock()
        if case is not None and self._recorder is not None:
            case.time_s, case.digest = now_s, engine.digest
            if self._recorder.refuses:
                return Denied(Reason.LOG_UNAVAILABLE, detail="the decision could not be recorded")
        try:
            message = CheckRequest.FromString(request)
        except DecodeError:
            message = CheckRequest()
        if not message.HasField("attributes"):  # no bytes at all are a message, but not one that says anything
            self._counters.add(Count.MALFORMED_REQUESTS)
            return Denied(Reason.MALFORMED_REQUEST, detail="the call's bytes are no CheckRequest")
        raw = RawCheck(message, metadata)
        if case is not None:
            case.raw = raw
        outcome = engine.begin(raw, now_s, case)
        decision = outcome.unasked if isinstance(outcome, Asking) else outcome
        if decision.path_not_normalized:
            self._counters.add(Count.PATHS_NOT_NORMALIZED)
            self._warn_once(raw, "sends paths that are not normalized; set normalize_path in its connection manager")
        if raw.headers_are_merged:
            self._counters.add(Count.MERGED_HEADERS)
            self._warn_once(raw, "merges header lines; set encode_raw_headers in its ext_authz filter")
        return outcome

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
