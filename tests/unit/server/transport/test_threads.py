"""A few threads work; any number of others may wait, and take no place."""

from __future__ import annotations

import threading
from concurrent.futures import wait

import pytest

from authz.server.transport.threads import CheckThreads, TooManyWaitingError


def test_tasks_give_their_values_and_errors() -> None:
    threads = CheckThreads(2, 0)

    assert threads.submit(lambda a, b: a + b, 1, b=2).result(5) == 3
    with pytest.raises(ZeroDivisionError):
        threads.submit(lambda: 1 / 0).result(5)
    threads.shutdown()


def test_no_more_work_at_a_time_than_there_are_threads() -> None:
    threads, lock, at_work, most = CheckThreads(3, 0), threading.Lock(), 0, 0

    def work() -> None:
        nonlocal at_work, most
        with lock:
            at_work += 1
            most = max(most, at_work)
        threading.Event().wait(0.002)
        with lock:
            at_work -= 1

    done = [threads.submit(work) for _ in range(60)]
    assert not wait(done, 10).not_done
    threads.shutdown()

    assert most <= 3


def test_waiting_tasks_hold_up_nobody_and_are_none_too_many_afterwards() -> None:
    threads, release = CheckThreads(2, 200), threading.Event()

    def waits() -> int:
        with threads.waiting():
            release.wait(20)
        return 1

    before = threading.active_count()
    waiting = [threads.submit(waits) for _ in range(200)]
    for _ in range(50):
        assert threads.submit(lambda: 2).result(5) == 2
    while threads._waiting < 200:
        threads.submit(lambda: None).result(5)
    assert threads.submit(lambda: 2).result(5) == 2
    release.set()
    assert sum(one.result(10) for one in waiting) == 200
    for _ in range(1000):
        if threading.active_count() - before <= 2:
            break
        threading.Event().wait(0.005)

    assert threading.active_count() - before <= 2
    assert (threads._running, threads._waiting) == (threads._idle, 0)
    threads.shutdown()


def test_beyond_the_limit_nobody_may_wait() -> None:
    threads, release = CheckThreads(1, 1), threading.Event()
    inside = threading.Event()

    def waits() -> None:
        with threads.waiting():
            inside.set()
            release.wait(20)

    first = threads.submit(waits)
    assert inside.wait(5)
    with pytest.raises(TooManyWaitingError):
        threads.submit(waits).result(5)
    release.set()
    first.result(5)
    threads.submit(waits).result(5)
    threads.shutdown()


def test_a_task_that_was_cancelled_is_not_run() -> None:
    threads, release, ran = CheckThreads(1, 0), threading.Event(), list[int]()
    busy = threads.submit(release.wait, 20)
    late = threads.submit(ran.append, 1)

    assert late.cancel()
    release.set()
    busy.result(5)
    assert threads.submit(lambda: 2).result(5) == 2
    assert ran == []
    threads.shutdown()


def test_threads_end_when_told_to() -> None:
    threads = CheckThreads(3, 0)
    before = threading.active_count()
    wait([threads.submit(threading.Event().wait, 0.01) for _ in range(3)])
    threads.shutdown()
    for _ in range(1000):
        if threading.active_count() <= before:
            break
        threading.Event().wait(0.005)

    assert threading.active_count() <= before
