"""Ctrl-C and friends as something that is noticed between two steps, never in the middle of one."""

from __future__ import annotations

import os
import select
import signal
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import FrameType, TracebackType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupted(Exception):  # noqa: N818  # nothing went wrong
    """Somebody asked us to stop, with the signal `number`."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


class Interruption:
    """While entered, the signals that end a program only leave a note; `pause` reads it.

    So clean-up runs undisturbed, and nothing is left half started. To be entered
    in the main thread.
    """

    def __enter__(self) -> Self:
        # A pipe, since a handler that runs while its own thread holds a lock must not ask for that lock.
        self._reader, self._writer = os.pipe()
        self._number = 0
        self._before = {number: signal.signal(number, self._note) for number in SIGNALS}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        os.close(self._reader)
        os.close(self._writer)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        if not self._number:
            self._number = number
            os.write(self._writer, b"!")

    def pause(self, seconds: float) -> None:
        """Wait so long. Raises Interrupted as soon as a signal has come, also one that came before."""
        readable, _, _ = select.select([self._reader], [], [], seconds)
        if readable:
            raise Interrupted(self._number)
