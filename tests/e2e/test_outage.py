"""The authorizer is killed and comes back while requests keep coming: meanwhile nothing passes."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.e2e.support import http1
from tests.e2e.support.authorizer import policy, start_authorizer, to
from tests.e2e.support.config import HttpListener, TcpListener, authorizer_cluster
from tests.e2e.support.servers import echoes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.e2e.conftest import StartEnvoy

pytestmark = pytest.mark.e2e

CALLERS = 4
ENOUGH = 100
WITHIN_S = 20.0
Address = tuple[str, int]
POLICIES = [policy("open", "ALLOW", "web", to(paths=["/open"]))]


class Load:
    """Callers that ask without a pause; `begin` starts a new phase, whose answers are counted apart.

    A request belongs to the phase in which it was sent, and counts only if that
    has not ended before its answer came.
    """

    def __init__(self, address: Address) -> None:
        self._address = address
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._phase = 0
        self._answers: Counter[int] = Counter()
        self._callers = [threading.Thread(target=self._call) for _ in range(CALLERS)]

    def _call(self) -> None:
        while not self._stopped.is_set():
            phase = self._phase
            status = http1.get(self._address, "/open")
            with self._lock:
                if phase == self._phase:
                    self._answers[status] += 1

    def begin(self) -> None:
        with self._lock:
            self._phase += 1
            self._answers = Counter()

    def answers_when(self, enough: Callable[[Counter[int]], bool]) -> Counter[int]:
        """Wait until this phase has seen enough, and give its answers by status."""
        deadline = time.monotonic() + WITHIN_S
        while True:
            with self._lock:
                answers = Counter(self._answers)
            if enough(answers):
                return answers
            assert time.monotonic() < deadline, f"not within {WITHIN_S} s: {answers}"
            time.sleep(0.01)

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        for caller in self._callers:
            caller.start()
        try:
            yield
        finally:
            self._stopped.set()
            for caller in self._callers:
                caller.join()


def enough(answers: Counter[int]) -> bool:
    return answers.total() >= ENOUGH


def test_while_the_authorizer_is_dead_nothing_passes_and_then_all_is_as_before(
    start_envoy: StartEnvoy, tmp_path: Path
) -> None:
    with contextlib.ExitStack() as stack:
        first = stack.enter_context(start_authorizer(tmp_path, POLICIES))
        address, cluster = first.ready.address, authorizer_cluster(first.ready.address)
        load = Load(start_envoy([HttpListener("web", {"app": "web"})], cluster)["web"])
        stack.enter_context(load.running())
        assert set(load.answers_when(enough)) == {200}

        first.process.kill()
        load.begin()
        assert set(load.answers_when(enough)) == {403}

        stack.enter_context(start_authorizer(tmp_path, POLICIES, port=address[1]))
        load.begin()
        load.answers_when(lambda answers: answers[200] > 0)
        load.begin()
        assert set(load.answers_when(enough)) == {200}


def test_an_authorizer_told_to_end_under_load_ends_well_and_leaves_nobody_without_an_answer(
    start_envoy: StartEnvoy, tmp_path: Path
) -> None:
    with contextlib.ExitStack() as stack:
        authorizer = stack.enter_context(start_authorizer(tmp_path, POLICIES))
        address = start_envoy([HttpListener("web", {"app": "web"})], authorizer_cluster(authorizer.ready.address))[
            "web"
        ]
        load = Load(address)
        stack.enter_context(load.running())
        load.answers_when(enough)
        assert authorizer.stop() == 0
        assert set(load.answers_when(lambda answers: answers[403] >= ENOUGH)) == {200, 403}


def test_a_dead_authorizer_is_answered_with_the_status_that_envoy_was_told(
    start_envoy: StartEnvoy, tmp_path: Path
) -> None:
    listener = HttpListener("web", {"app": "web"}, ext_authz={"status_on_error": {"code": "ServiceUnavailable"}})
    with start_authorizer(tmp_path, POLICIES) as authorizer:
        address = start_envoy([listener], authorizer_cluster(authorizer.ready.address))["web"]
        assert (http1.get(address, "/open"), http1.get(address, "/closed")) == (200, 403)
        authorizer.process.kill()
        assert (http1.get(address, "/open"), http1.get(address, "/closed")) == (503, 503)


def test_while_the_authorizer_is_dead_a_tcp_connection_is_closed(start_envoy: StartEnvoy, tmp_path: Path) -> None:
    with start_authorizer(tmp_path, POLICIES) as authorizer:
        listener = TcpListener("tcp", {"app": "no-policy"})
        address = start_envoy([listener], authorizer_cluster(authorizer.ready.address))["tcp"]
        assert echoes(address)
        authorizer.process.kill()
        assert not echoes(address)
