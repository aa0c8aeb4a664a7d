"""A writer for the decision log that is all in memory."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Written:
    """A writer that keeps what it gets; `fails`: errors to come, one a write."""

    def __init__(self, *fails: Exception) -> None:
        self.fails = list(fails)
        self.bodies: list[bytes] = []
        self.dropped: list[int] = []
        self.is_closed = False
        self.may_go_on = threading.Event()
        self.may_go_on.set()

    def write(self, bodies: Sequence[bytes], dropped: int = 0) -> int:
        self.may_go_on.wait(30)
        if self.fails:
            raise self.fails.pop(0)
        self.bodies += bodies
        self.dropped.append(dropped)
        return sum(map(len, bodies))

    def tick(self) -> None:
        pass

    def close(self) -> None:
        self.is_closed = True


def wait_for(condition: Callable[[], bool]) -> None:
    waiting = threading.Event()
    for _ in range(2000):
        if condition():
            return
        waiting.wait(0.01)
    raise AssertionError("it did not come to be")
