"""The threads that decide: a few that work, and as many as it takes that only wait for a CUSTOM provider."""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from queue import SimpleQueue
from typing import ParamSpec, TypeVar

Given = ParamSpec("Given")
Value = TypeVar("Value")
_Task = Callable[[], None]


class TooManyWaitingError(Exception):
    """No more threads may wait."""


class CheckThreads(Executor):
    """Runs at most `threads` tasks at a time, not counting those that are `waiting`, of which there are `waiters`.

    grpcio's server needs a thread for each call that has not been answered. A call that waits for a provider gives its
    place to another thread, so that it holds up nobody. Threads are started when needed, and end when there are too
    many; they keep no process alive.
    """

    def __init__(self, threads: int, waiters: int) -> None:
        self._threads = threads
        self._waiters = waiters
        self._lock = threading.Lock()
        self._backlog: deque[_Task] = deque()  # empty while any thread is idle
        self._handed_over: SimpleQueue[_Task | None] = SimpleQueue()  # one for each thread that is idle no longer
        self._idle = 0
        self._running = 0  # threads that do not wait; the idle ones are among them
        self._waiting = 0
        self._closed = False

    def submit(self, fn: Callable[Given, Value], /, *args: Given.args, **kwargs: Given.kwargs) -> Future[Value]:
        """Run a task as soon as a thread is free."""
        future: Future[Value] = Future()

        def run() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                value = fn(*args, **kwargs)
            except BaseException as error:  # noqa: BLE001 - the future has it
                future.set_exception(error)
            else:
                future.set_result(value)

        with self._lock:
            if self._idle:
                self._idle -= 1
                self._handed_over.put(run)
            else:
                self._backlog.append(run)
                self._start_if_needed()
        return future

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Within a task: what is done here takes time and no work. Raises TooManyWaitingError."""
        with self._lock:
            if self._waiting >= self._waiters:
                raise TooManyWaitingError
            self._waiting += 1
            self._running -= 1
            self._start_if_needed()
        try:
            yield
        finally:
            with self._lock:
                self._waiting -= 1
                self._running += 1  # maybe one too many now: the first to finish its task ends

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002
        """Let all threads end once there is nothing left to do."""
        with self._lock:
            self._closed = True
            for _ in range(self._idle):
                self._handed_over.put(None)
            self._idle = 0

    def _start_if_needed(self) -> None:
        if self._backlog and self._running < self._threads:
            self._running += 1
            threading.Thread(target=self._work, name="check", daemon=True).start()

    def _work(self) -> None:
        while (task := self._next()) is not None:
            task()
            del task  # hold nothing of a call that is over
            if self._running > self._threads:
                with self._lock:
                    if self._running > self._threads:
                        self._running -= 1
                        return

    def _next(self) -> _Task | None:
        with self._lock:
            if self._backlog:
                return self._backlog.popleft()
            if self._closed:
                return None
            self._idle += 1
        return self._handed_over.get()
