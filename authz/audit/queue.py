"""What waits for a sink: encoded records, bounded by their number and their bytes."""

import threading
from collections import deque


class RecordQueue:
    """First in, first out. Whoever puts never waits: what does not fit is dropped and counted.

    `max_bytes` counts what waits, not what was taken and is being written.
    """

    def __init__(self, max_records: int, max_bytes: int) -> None:
        self._max_records = max_records
        self._max_bytes = max_bytes
        self._records: deque[bytes] = deque()
        self._size = 0
        self._changed = threading.Condition()
        self._is_closed = False
        self.dropped = 0

    @property
    def records(self) -> int:
        """How many wait."""
        return len(self._records)

    @property
    def size(self) -> int:
        """How much waits, in bytes."""
        return self._size

    @property
    def is_full(self) -> bool:
        """Whether nothing more fits."""
        return self._size >= self._max_bytes or len(self._records) >= self._max_records

    def put(self, record: bytes, *, promised: bool = False) -> bool:
        """Put one at the end, if it fits; and whether it did. `promised`: it is taken anyhow."""
        with self._changed:
            if self.is_full and not promised:
                self.dropped += 1
                return False
            self._records.append(record)
            self._size += len(record)
            self._changed.notify()
            return True

    def take(self, max_records: int, max_bytes: int, wait_s: float) -> list[bytes]:
        """Take some from the beginning, at least one if there is one; wait for it for so long."""
        with self._changed:
            if not self._records and not self._is_closed:
                self._changed.wait(wait_s)
            taken: list[bytes] = []
            taken_bytes = 0
            while (
                self._records
                and len(taken) < max_records
                and (not taken or taken_bytes + len(self._records[0]) <= max_bytes)
            ):
                record = self._records.popleft()
                taken_bytes += len(record)
                taken.append(record)
            self._size -= taken_bytes
            return taken

    def close(self) -> None:
        """Nobody waits for more any longer."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
