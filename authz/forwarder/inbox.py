"""What waits for the thread that owns a stream: requests in their order, another model, the end."""

import threading
from collections import deque
from enum import Enum


class Word(Enum):
    """What is no request."""

    ANOTHER_MODEL = "another model"
    OVER = "over"
    NOTHING = "nothing"


class Inbox:
    """Holds so many requests; who brings more waits. Another model is one word, however often it's said."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._requests: deque[bytes] = deque()
        self._another_model = False
        self._over = False
        self._changed = threading.Condition()

    def put(self, request: bytes) -> bool:
        """Leave a request. False: the stream is over."""
        with self._changed:
            self._changed.wait_for(lambda: self._over or len(self._requests) < self._size)
            self._requests.append(request)
            self._changed.notify_all()
            return not self._over

    def wake(self) -> None:
        """Say that there is another model."""
        with self._changed:
            self._another_model = True
            self._changed.notify_all()

    def end(self) -> None:
        """Say that the stream is over; what waits is not looked at any more."""
        with self._changed:
            self._over = True
            self._changed.notify_all()

    def take(self, within_s: float) -> bytes | Word:
        """Wait for what is next, and return it; NOTHING if nothing comes in time."""
        with self._changed:
            self._changed.wait_for(lambda: self._over or self._another_model or self._requests, within_s)
            if self._over:
                return Word.OVER
            if self._another_model:
                self._another_model = False
                return Word.ANOTHER_MODEL
            if not self._requests:
                return Word.NOTHING
            request = self._requests.popleft()
            self._changed.notify_all()
            return request
