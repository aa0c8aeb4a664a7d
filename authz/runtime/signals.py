"""Signals of a program that serves until it is told to stop."""

import os
import signal
from collections.abc import Callable, Iterable
from contextlib import suppress
from queue import Empty, SimpleQueue
from types import FrameType

_LOOK_AGAIN_S = 0.5


def next_signal(told: SimpleQueue[int]) -> int:
    """The next signal. One that comes just before the wait begins does not end the wait: so no wait is for ever."""
    while True:
        with suppress(Empty):
            return told.get(timeout=_LOOK_AGAIN_S)


def end_at_once(number: int) -> None:
    """Not by the signal's default: the kernel does not give that to the first process of a container."""
    os._exit(128 + number)


class signals:  # noqa: N801 - used as a context manager
    """Signals are told to a function while this is open."""

    def __init__(self, numbers: Iterable[int], tell: Callable[[int], None]) -> None:
        self._numbers = numbers
        self._tell = tell
        self._before: dict[int, object] = {}

    def __enter__(self) -> None:
        for number in self._numbers:
            self._before[number] = signal.signal(number, self._handle)

    def __exit__(self, *exception: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type] # what signal() returned

    def _handle(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        self._tell(number)
