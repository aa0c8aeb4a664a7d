"""Policies change under load, again and again, also for the worse: every answer is that of a whole set."""

from __future__ import annotations

import contextlib
import json
import os
import random
import threading
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from authz import Authorizer
from tests.e2e.support import http1
from tests.e2e.support.authorizer import policy, start_authorizer, to
from tests.e2e.support.config import HttpListener, authorizer_cluster

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.conftest import StartEnvoy

pytestmark = pytest.mark.e2e

RELOADS = int(os.environ.get("AUTHZ_RELOADS", "25"))
CALLERS = 3
WITHIN_S = 5.0
Address = tuple[str, int]


def generation(number: int) -> dict[str, str]:
    """Two files that belong together: /a/N and /b/N are open, and nothing else."""
    return {
        f"{half}.yaml": yaml.safe_dump(policy(half, "ALLOW", "web", to(paths=[f"/{half}/{number}"])))
        for half in ("a", "b")
    }


def digest_of(directory: Path, number: int) -> str:
    directory.mkdir()
    write(directory, generation(number))
    return Authorizer.from_directory(directory).digest


def write(directory: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (directory / name).write_text(text)


class Edits:
    """Ways in which people and programs change files; the last state is always the new generation."""

    def __init__(self, directory: Path, chance: random.Random) -> None:
        self._directory = directory
        self._chance = chance
        self._pause = threading.Event()

    def apply(self, files: dict[str, str]) -> None:
        ways = (self._in_place, self._replaced, self._halves, self._broken_first, self._removed_first, self._at_once)
        self._chance.choice(ways)(files)

    def _in_place(self, files: dict[str, str]) -> None:
        write(self._directory, files)

    def _replaced(self, files: dict[str, str]) -> None:
        for name, text in files.items():
            (self._directory / f".{name}.swp").write_text(text)
            (self._directory / f".{name}.swp").rename(self._directory / name)

    def _halves(self, files: dict[str, str]) -> None:
        """Half of the text, which may be a policy as well, and a little later all of it."""
        for name, text in files.items():
            (self._directory / name).write_text(text[: self._chance.randrange(len(text))])
            self._pause.wait(self._chance.random() * 0.1)
            (self._directory / name).write_text(text)

    def _broken_first(self, files: dict[str, str]) -> None:
        """A mistake that stands long enough to be looked at."""
        (self._directory / "a.yaml").write_text(files["a.yaml"].replace("paths", "pahts"))
        self._pause.wait(0.5)
        write(self._directory, files)

    def _removed_first(self, files: dict[str, str]) -> None:
        for path in self._directory.iterdir():
            path.unlink()
        self._pause.wait(self._chance.choice((0.01, 0.4)))
        write(self._directory, files)

    def _at_once(self, files: dict[str, str]) -> None:
        """The whole directory is another one."""
        new = self._directory.with_name("new")
        new.mkdir()
        write(new, files)
        self._directory.rename(self._directory.with_name("old"))
        new.rename(self._directory)
        for path in self._directory.with_name("old").iterdir():
            path.unlink()
        self._directory.with_name("old").rmdir()


class Callers:
    """Ask for the paths of the last, the present and the next generation, without a pause."""

    def __init__(self, address: Address) -> None:
        self.number = 0
        self.failures: Counter[str] = Counter()
        self._address = address
        self._stopped = threading.Event()
        self._threads = [threading.Thread(target=self._call, args=(seed,)) for seed in range(CALLERS)]

    def _call(self, seed: int) -> None:
        chance = random.Random(seed)
        while not self._stopped.is_set():
            path = f"/{chance.choice('ab')}/{self.number + chance.choice((-1, 0, 0, 1))}"
            try:
                status = http1.get(self._address, path)
            except OSError as error:
                self.failures[repr(error)] += 1
            else:
                if status not in {200, 403}:
                    self.failures[str(status)] += 1

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        for thread in self._threads:
            thread.start()
        try:
            yield
        finally:
            self._stopped.set()
            for thread in self._threads:
                thread.join()


def wait_until_200(address: Address, path: str) -> None:
    end = time.monotonic() + WITHIN_S
    while http1.get(address, path) != 200:
        assert time.monotonic() < end, f"{path} is not open within {WITHIN_S} s"
        time.sleep(0.005)


def access_log(path: Path) -> dict[str, Any]:
    metadata = "%DYNAMIC_METADATA(envoy.filters.http.ext_authz:policy_digest)%"
    fields = {"path": "%REQ(:PATH)%", "status": "%RESPONSE_CODE%", "digest": metadata}
    return {
        "name": "envoy.access_loggers.file",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog",
            "path": str(path),
            "log_format": {"json_format": fields},
        },
    }


def resident_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1024


@pytest.mark.timeout(60 + RELOADS * 3)
def test_every_answer_under_reloads_is_that_of_a_whole_set(start_envoy: StartEnvoy, tmp_path: Path) -> None:
    digests = {digest_of(tmp_path / f"generation-{number}", number): number for number in range(RELOADS + 1)}
    log = tmp_path / "access.log"
    chance = random.Random(7)
    with contextlib.ExitStack() as stack:
        directory = tmp_path / "policies"
        authorizer = stack.enter_context(
            start_authorizer(tmp_path, [yaml.safe_load(text) for text in generation(0).values()])
        )
        (directory / "policies.yaml").rename(directory / "a.yaml")
        listener = HttpListener("web", {"app": "web"}, manager={"access_log": [access_log(log)]})
        address = start_envoy([listener], authorizer_cluster(authorizer.ready.address))["web"]
        callers, edits = Callers(address), Edits(directory, chance)
        stack.enter_context(callers.running())
        memory = 0.0
        for number in range(1, RELOADS + 1):
            edits.apply(generation(number))
            wait_until_200(address, f"/a/{number}")
            callers.number = number
            if number == max(RELOADS // 5, 1):
                memory = resident_mb(authorizer.process.pid)
        grown = resident_mb(authorizer.process.pid) - memory
    assert callers.failures == {}
    answers = [json.loads(line) for line in log.read_text().splitlines()]
    wrong = [answer for answer in answers if answer["status"] != expected(answer, digests)]
    assert wrong == []
    # the last ones may not have been written yet
    assert {digests[answer["digest"]] for answer in answers} >= set(range(RELOADS * 4 // 5))
    assert grown < 20
    print(f"{RELOADS} reloads, {len(answers)} answers, resident memory grew by {grown:.1f} MB")


def expected(answer: dict[str, Any], digests: dict[str, int]) -> int:
    """What the set with the answer's digest says about its path. An unknown digest is nobody's set."""
    return 200 if answer["path"].rpartition("/")[2] == str(digests[answer["digest"]]) else 403
