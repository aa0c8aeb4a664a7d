"""Callers that never stop, and note every answer that is not right."""

from __future__ import annotations

import http
import itertools
import threading
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from tests.e2e.support import http1

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.e2e.support.http1 import Address

Answer = tuple[int, bytes]


@dataclass(frozen=True)
class Calls:
    """One sort of request: where it goes, the lines that it takes turns with, and the answers that are right."""

    address: Address
    headers: Sequence[tuple[str, str]]
    right: frozenset[Answer]


class Load:
    """Calls of all sorts, in turn, by a few threads, while this is open. `sorts` may be changed at any time."""

    def __init__(self, callers: int = 3) -> None:
        self.sorts: dict[str, Calls] = {}
        self.seen: Counter[tuple[str, Answer]] = Counter()
        self.wrong: list[tuple[str, Answer]] = []
        self._began = time.monotonic()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._call, args=(number,)) for number in range(callers)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    @property
    def per_second(self) -> float:
        return sum(self.seen.values()) / (time.monotonic() - self._began)

    def count(self, name: str) -> dict[Answer, int]:
        """How often which answer was given to one sort."""
        with self._lock:
            return {answer: times for (sort, answer), times in self.seen.items() if sort == name}

    def _call(self, number: int) -> None:
        for turn in itertools.count(number):
            for name, calls in list(self.sorts.items()):
                if self._stop.is_set():
                    return
                reply = http1.request(calls.address, headers=[calls.headers[turn % len(calls.headers)]])
                answer = reply.status, reply.body if reply.status != http.HTTPStatus.OK else b""
                with self._lock:
                    self.seen[name, answer] += 1
                    if answer not in calls.right:
                        self.wrong.append((name, answer))
            self._stop.wait(0.001)
