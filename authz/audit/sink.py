"""Where records go: each sink with a queue and a thread of its own, so that none of them holds up another."""

import logging
import threading
from collections.abc import Callable, Sequence
from typing import Protocol

from authz.audit.queue import RecordQueue
from authz.audit.writer import MAX_BATCH
from authz.observability.log_status import SinkStatus

_log = logging.getLogger(__name__)

_BATCH_BYTES = 1024 * 1024
_IDLE_S = 0.25
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.1, 5.0
_STOP_WITHIN_S = 5.0


class Writer(Protocol):
    """Writes for one sink. Any method may raise OSError, and may be called again then."""

    def write(self, bodies: Sequence[bytes], dropped: int = 0) -> int:
        """Write records, all or none of them, after a note that `dropped` were lost; gives the bytes."""

    def tick(self) -> None:
        """What is due by now."""

    def close(self) -> None:
        """No more is written."""


class Sink:
    """A queue, and the thread that empties it into a writer.

    `open_writer`: makes the writer; raises OSError, and is tried again then.
    """

    def __init__(self, name: str, queue: RecordQueue, open_writer: Callable[[], Writer]) -> None:
        self._name = name
        self.queue = queue
        self._open_writer = open_writer
        self._writer: Writer | None = None
        self._pending: list[bytes] = []
        self._told_dropped = 0
        self._records = self._bytes = self._errors = 0
        self._failing: str | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"log-{name}", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def stop(self) -> None:
        """Write what waits, for a few seconds at most."""
        self._stopping.set()
        self.queue.close()
        self._thread.join(_STOP_WITHIN_S)
        left = self.queue.records + len(self._pending)
        if left:
            _log.error(
                "decision log (%s): %d records are lost, as they could not be written before the end", self._name, left
            )

    def status(self) -> SinkStatus:
        """What became of the records so far."""
        return SinkStatus(
            name=self._name,
            records=self._records,
            bytes=self._bytes,
            dropped=self.queue.dropped,
            errors=self._errors,
            queued_records=self.queue.records,
            queued_bytes=self.queue.size,
            failing=self._failing,
        )

    def _run(self) -> None:
        pause_s = _FIRST_PAUSE_S
        while True:
            try:
                is_done = self._step()
            except Exception as error:  # noqa: BLE001 - a mistake of ours must not end the thread
                self._fail(error)
                if self._stopping.wait(pause_s):
                    break
                pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
            else:
                self._recover()
                pause_s = _FIRST_PAUSE_S
                if is_done:
                    break
        self._close()

    def _step(self) -> bool:
        """Write once; whether that was all, and all that will ever be."""
        if self._writer is None:
            self._writer = self._open_writer()
        if not self._pending:
            self._pending = self.queue.take(MAX_BATCH, _BATCH_BYTES, _IDLE_S)
        if self._pending:
            dropped = self.queue.dropped
            self._bytes += self._writer.write(self._pending, dropped - self._told_dropped)
            self._records += len(self._pending)
            self._told_dropped = dropped
            self._pending = []
        self._writer.tick()
        return self._stopping.is_set() and not self.queue.records

    def _fail(self, error: Exception) -> None:
        self._errors += 1
        words = str(error) or type(error).__name__
        if words != self._failing:
            ours = None if isinstance(error, OSError) else error
            message = "decision log (%s): cannot be written, and will be tried again: %s"
            _log.error(message, self._name, words, exc_info=ours)
        self._failing = words

    def _recover(self) -> None:
        if self._failing is not None:
            _log.info("decision log (%s): is written again", self._name)
        self._failing = None

    def _close(self) -> None:
        if self._writer is None:
            return
        try:
            self._writer.close()
        except OSError as error:
            self._fail(error)
