"""What the check door tells of its decisions. Implements `authz.server.check.Recorder`."""

import logging
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence

from authz.audit.record import Records
from authz.audit.settings import DecisionLogSettings, WhenFull
from authz.audit.sink import Sink
from authz.decision.case import Case
from authz.model.decision import Allowed, Reason
from authz.observability.log_status import LogStatus

_log = logging.getLogger(__name__)

_MAX_HANDED_OVER = 1024
_AT_ONCE = 32
_IDLE_S, _BUSY_S = 0.02, 0.001


class DecisionLog:
    """Takes cases from the threads that decide, and gives records to the sinks.

    A case is put down and nothing more; a thread of ours makes records of them, a few at a time, so that it never holds
    the interpreter for long. While very many wait, the threads that decide make their records themselves.
    """

    def __init__(
        self,
        records: Records,
        sinks: Sequence[Sink],
        settings: DecisionLogSettings,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._records = records
        self._sinks = tuple(sinks)
        self._denies = settings.when_full is WhenFull.DENY
        self._sampled = settings.sample_allowed < 1 or settings.sample_denied < 1
        self._shares = settings.sample_allowed, settings.sample_denied
        self._chance = chance
        self._handed_over: deque[Case] = deque()
        self._put_down = self._handed_over.append
        self._incomplete = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="log-records", daemon=True)

    @property
    def refuses(self) -> bool:
        """Whether the operator wants nothing decided now: the first sink has no room."""
        return self._denies and self._sinks[0].queue.is_full

    def record(self, case: Case) -> None:
        """Keep a case that has its decision. Returns at once; never raises."""
        if self._sampled and self._is_left_out(case):
            return
        if len(self._handed_over) < _MAX_HANDED_OVER:
            self._put_down(case)
        else:
            self._keep(case)

    def _is_left_out(self, case: Case) -> bool:
        """What AUDIT asks for, and what a dry-run policy would deny, is always kept."""
        decision = case.decision
        share = self._shares[0] if isinstance(decision, Allowed) else self._shares[1]
        if share >= 1 or decision.audited_by is not None or any(shadow.denied for shadow in decision.shadows):
            return False
        return self._chance() >= share

    def start(self) -> None:
        """Begin to make records."""
        for sink in self._sinks:
            sink.start()
        self._thread.start()

    def stop(self) -> None:
        """Keep what was handed over, and end."""
        self._stopping.set()
        self._thread.join()
        while self._handed_over:
            self._keep(self._handed_over.popleft())
        for sink in self._sinks:
            sink.stop()

    def status(self) -> LogStatus:
        """What to tell people."""
        return LogStatus(tuple([sink.status() for sink in self._sinks]), self.refuses, self._incomplete)

    def _run(self) -> None:
        while not self._stopping.is_set():
            for _ in range(_AT_ONCE):
                if not self._handed_over:
                    self._stopping.wait(_IDLE_S)
                    break
                self._keep(self._handed_over.popleft())
            else:
                time.sleep(_BUSY_S)

    def _keep(self, case: Case) -> None:
        record = self._encode(case)
        # what was decided before the log was full has been promised a place
        promised = self._denies and case.decision.reason is not Reason.LOG_UNAVAILABLE
        for sink in self._sinks:
            sink.queue.put(record, promised=promised and sink is self._sinks[0])

    def _encode(self, case: Case) -> bytes:
        try:
            return self._records.encode(case)
        except Exception:  # noqa: BLE001 - whatever it is, that there was a decision is recorded
            if not self._incomplete:
                _log.exception("a record could not be made of a request; it is only about the decision")
            self._incomplete += 1
            return self._records.bare(case)
