"""Issuers that rotate, fail, hang, lie and come back, while requests with tokens of all of them never stop."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
import urllib.request
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.e2e.support import http1
from tests.e2e.support.authorizer import policy, source, start_authorizer
from tests.e2e.support.config import HttpListener, authorizer_cluster
from tests.e2e.support.load import Calls, Load
from tests.e2e.support.tokens import authentication, bearer, issued
from tests.support.issuer import TROUBLE, Behaviour, IssuerServer, Talk, answer
from tests.support.jwts import jwk, jwks
from tests.support.pki import Authority

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from authz.runtime.quickstart.authorizer import AuthorizerProcess
    from tests.e2e.conftest import StartEnvoy
    from tests.e2e.support.authorizer import Policy
    from tests.e2e.support.load import Answer

pytestmark = pytest.mark.e2e

REFRESH_S, COOLDOWN_S = 10, 1
MOST_GROWN_KB = 32 * 1024
"""Of `authz serve` in half a minute of trouble; 3 to 11 MB were seen."""

TIMEOUTS = {"hanging": "1s", "hangs": "3s", "drips": "3s"}
PAIR = (AUTHORITY := Authority("issuers")).issue()
PASSED: Answer = (200, b"")
FORGED: Answer = (401, b"Jwt verification fails")
NOT_CONFIGURED: Answer = (401, b"Jwt issuer is not configured")
WITHOUT_KEYS: Answer = (401, b"Jwks remote fetch is failed")
UNKNOWN_KEY: Answer = (401, b"Jwks doesn't have key to match kid or alg from Jwt")


def publishes(*kids: str) -> Behaviour:
    """Each `kid` is the name of a key in `tests.support.jwts`."""
    return answer(jwks(*(jwk(kid, kid=kid) for kid in kids)).encode(), "Content-Type: application/json")


def slowly(talk: Talk) -> None:
    talk.closing.wait(0.5)
    publishes("rsa1")(talk)


def good(name: str, key: str = "rsa1") -> list[tuple[str, str]]:
    """Some tokens of an issuer."""
    alg = "ES256" if key.startswith("ec") else "RS256"
    return [bearer(issued(key, {"kid": key}, alg, iss=name, sub=f"s{number}")) for number in range(8)]


def forged(name: str) -> list[tuple[str, str]]:
    return [bearer(issued("rsa2", {"kid": "rsa1"}, iss=name, sub=f"s{number}")) for number in range(8)]


def until(is_so: Callable[[], bool], seconds: float = 20) -> None:
    ends = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < ends, "it did not come to be"
        time.sleep(0.1)


@dataclass
class World:
    """`authz serve` behind an Envoy, and issuers that do as they are told."""

    directory: Path
    issuers: dict[str, IssuerServer]
    urls: dict[str, str]
    stack: ExitStack
    authorizer: AuthorizerProcess = field(init=False)
    envoy: tuple[str, int] = field(init=False)
    operations: str = field(init=False)

    def policies(self, *names: str) -> list[Policy]:
        rules = [
            {"issuer": name, "jwksUri": f"{self.urls[name]}/keys", "timeout": TIMEOUTS.get(name, "5s")}
            for name in names
        ]
        return [authentication("all", "web", *rules), policy("all", "ALLOW", "web", source(requestPrincipals=["*"]))]

    def name(self, *names: str) -> None:
        """Put a policy into the directory that names these issuers, and wait until it is in force."""
        before = self.readiness()["set"]["digest"]
        (self.directory / "policies" / "policies.yaml").write_text(yaml.safe_dump_all(self.policies(*names)))
        until(lambda: self.readiness()["set"]["digest"] != before)

    def calls(self, headers: Sequence[tuple[str, str]], *right: Answer) -> Calls:
        return Calls(self.envoy, headers, frozenset(right))

    def ask(self, header: tuple[str, str]) -> Answer:
        reply = http1.request(self.envoy, headers=[header])
        return reply.status, b"" if reply.status == 200 else reply.body

    def _get(self, path: str) -> str:
        with urllib.request.urlopen(f"{self.operations}{path}", timeout=10) as said:
            text: str = said.read().decode()
            return text

    def readiness(self) -> dict[str, Any]:
        said: dict[str, Any] = json.loads(self._get("/readyz"))
        return said

    def keys(self) -> dict[str, dict[str, Any]]:
        return {one["issuer"]: one for one in self.readiness()["keys"]}

    def metric(self, name: str) -> dict[str, float]:
        """By issuer."""
        found = re.findall(rf'^{name}{{issuer="([^"]*)",[^}}]*}} (\S+)$', self._get("/metrics"), re.MULTILINE)
        return {issuer: float(value) for issuer, value in found}

    def status(self) -> subprocess.CompletedProcess[str]:
        address = self.operations.removeprefix("http://")
        command = [sys.executable, "-m", "authz", "status", "--address", address]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    def process(self, field: str) -> int:
        """A number of /proc/PID/status."""
        text = Path(f"/proc/{self.authorizer.process.pid}/status").read_text()
        return int(next(line for line in text.splitlines() if line.startswith(f"{field}:")).split()[1])


ALL = ("steady", "slow", "rotating", "down", "hanging", *TROUBLE)


@pytest.fixture(scope="module")
def world(start_envoy: StartEnvoy, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    directory = tmp_path_factory.mktemp("authorizer")
    (directory / "ca.pem").write_bytes(AUTHORITY.certificate)
    behaviours = {**dict.fromkeys([*ALL, "late"], publishes("rsa1")), "slow": slowly, "hanging": Talk.hang}
    with ExitStack() as stack:
        issuers = {
            name: stack.enter_context(IssuerServer(one, PAIR)) for name, one in behaviours.items() if name != "down"
        }
        with IssuerServer(publishes("rsa1"), PAIR) as down:
            urls = {"down": down.url, **{name: server.url for name, server in issuers.items()}}
        world = World(directory, issuers, urls, stack)
        flags = ["--http-listen", "127.0.0.1:0", "--jwks-allow-loopback", "--jwks-ca-file", str(directory / "ca.pem")]
        flags += ["--jwks-proxy", "none", "--jwks-refresh", str(REFRESH_S)]
        flags += ["--jwks-unknown-kid-cooldown", str(COOLDOWN_S)]
        authorizer = stack.enter_context(start_authorizer(directory, world.policies(*ALL), flags=flags))
        world.authorizer = authorizer
        world.operations = authorizer.process.wait_until(lambda: operations_of(authorizer.process.log()), 5)
        addresses = start_envoy([HttpListener("web", {"app": "web"})], authorizer_cluster(authorizer.ready.address))
        world.envoy = addresses["web"]
        yield world


def operations_of(log: str) -> str | None:
    found = re.search(r"health and metrics at (http://\S+)", log)
    return found[1] if found else None


def test_an_issuer_that_is_down_at_the_start_harms_nobody_and_counts_once_it_is_up(world: World) -> None:
    with Load() as load:
        load.sorts["steady"] = world.calls(good("steady"), PASSED)
        load.sorts["down"] = world.calls(good("down"), WITHOUT_KEYS)
        load.sorts["hanging"] = world.calls(good("hanging"), WITHOUT_KEYS)
        until(lambda: load.count("hanging").get(WITHOUT_KEYS, 0) > 20)

        said = world.readiness()
        assert said["ready"]
        assert sum("none, its tokens are denied" in reason for reason in said["reasons"]) == 2
        assert {name for name, found in world.keys().items() if not found["available"]} == {"down", "hanging"}
        assert {name for name, value in world.metric("authz_keys_available").items() if not value} == {
            "down",
            "hanging",
        }
        status = world.status()
        assert (status.returncode, status.stderr) == (0, "")
        assert f"keys         {len(ALL)} places, 2 failing, 2 without any\n" in status.stdout
        assert "note         keys of down: none, its tokens are denied: cannot connect to localhost:" in status.stdout

        load.sorts["down"] = world.calls(good("down"), WITHOUT_KEYS, PASSED)
        load.sorts["hanging"] = world.calls(good("hanging"), WITHOUT_KEYS, PASSED)
        world.issuers["hanging"].behave = publishes("rsa1")
        port = int(world.urls["down"].rpartition(":")[2])
        world.issuers["down"] = world.stack.enter_context(IssuerServer(publishes("rsa1"), PAIR, port))
        until(lambda: all(load.count(name).get(PASSED, 0) > 5 for name in ("down", "hanging")))
        for name in ("down", "hanging"):
            load.sorts[name] = world.calls(good(name), PASSED)
        until(lambda: load.count("hanging")[PASSED] > 50)
    assert load.wrong == []
    assert set(world.metric("authz_keys_available").values()) == {1}


def test_no_trouble_refuses_a_good_token_or_accepts_a_bad_one(world: World) -> None:
    served = {name: len(server.requests) for name, server in world.issuers.items()}
    names = ("steady", "slow", "rotating", *TROUBLE)
    with Load() as load:
        for name in names:
            load.sorts[name] = world.calls(good(name), PASSED)
            load.sorts[f"{name}, forged"] = world.calls(forged(name), FORGED)
        load.sorts["rotating, forged"] = world.calls(forged("rotating"), FORGED, UNKNOWN_KEY)
        until(lambda: load.count(names[-1]).get(PASSED, 0) > 20)
        memory, threads, began = world.process("VmRSS"), world.process("Threads"), time.monotonic()

        first = world.keys()["rotating"]["version"]
        world.issuers["rotating"].behave = publishes("rsa1", "ec1")
        for name, trouble in TROUBLE.items():
            world.issuers[name].behave = trouble
        until(lambda: all(world.keys()[name]["error"] for name in TROUBLE))
        assert_told_that_keys_are_old(world)
        until(lambda: world.keys()["rotating"]["version"] != first)
        load.sorts["rotating"] = world.calls(good("rotating", "ec1"), PASSED)

        second = world.keys()["rotating"]["version"]
        world.issuers["rotating"].behave = publishes("ec1")
        for name in TROUBLE:
            world.issuers[name].behave = publishes("rsa1", "ec1")
        until(lambda: not any(world.keys()[name]["error"] for name in names))
        for name in TROUBLE:
            load.sorts[f"{name}, new key"] = world.calls(good(name, "ec1"), PASSED)
        until(lambda: world.keys()["rotating"]["version"] != second)
        load.sorts["rotating, old key"] = world.calls(good("rotating"), UNKNOWN_KEY)
        until(lambda: load.count("rotating, old key").get(UNKNOWN_KEY, 0) > 50)

        took, grown = time.monotonic() - began, world.process("VmRSS") - memory
    assert load.wrong == []
    assert sum(load.seen.values()) > 20 * took, "or this was no load"
    assert grown < MOST_GROWN_KB
    assert world.process("Threads") <= threads + 4
    for name in set(names) - {"rotating"}:
        assert len(world.issuers[name].requests) - served[name] <= took / (0.8 * REFRESH_S) + 8
    asked_for = took / COOLDOWN_S  # by tokens of the old key
    assert len(world.issuers["rotating"].requests) - served["rotating"] <= took / (0.8 * REFRESH_S) + asked_for + 2
    assert world.readiness()["reasons"] == []


def assert_told_that_keys_are_old(world: World) -> None:
    said = world.readiness()
    assert said["ready"]
    assert sum("the last good ones are used" in reason for reason in said["reasons"]) == len(TROUBLE)
    keys = world.keys()
    assert all(keys[name]["available"] and keys[name]["failing_since"] for name in TROUBLE)
    failing = world.metric("authz_keys_failing")
    assert {name for name, value in failing.items() if value} == set(TROUBLE)
    assert set(world.metric("authz_keys_available").values()) == {1}
    failures = world.metric("authz_keys_fetch_failures_total")
    fetches = world.metric("authz_keys_fetches_total")
    assert all(0 < failures[name] < fetches[name] for name in TROUBLE)
    status = world.status()
    assert status.returncode == 0
    assert f"keys         {len(ALL)} places, {len(TROUBLE)} failing, 0 without any\n" in status.stdout


def test_a_flood_of_unknown_keys_has_keys_fetched_once_in_a_while(world: World) -> None:
    server = world.issuers["steady"]
    with Load() as load:
        load.sorts["steady"] = world.calls(good("steady"), PASSED)
        unknown = [bearer(issued("rsa2", {"kid": f"k{number}"}, iss="steady")) for number in range(200)]
        load.sorts["unknown"] = world.calls(unknown, UNKNOWN_KEY)
        fetches, began = len(server.requests), time.monotonic()
        until(lambda: load.count("unknown").get(UNKNOWN_KEY, 0) > 600)
        took = time.monotonic() - began
        assert 1 <= len(server.requests) - fetches <= took / COOLDOWN_S + 2

        server.behave = publishes("rsa1", "ec1")
        load.sorts["new"] = world.calls(good("steady", "ec1"), UNKNOWN_KEY, PASSED)
        began = time.monotonic()
        until(lambda: load.count("new").get(PASSED, 0) > 0)
        assert time.monotonic() - began < REFRESH_S / 2, "sooner than the next refresh"
        load.sorts["new"] = world.calls(good("steady", "ec1"), PASSED)
        until(lambda: load.count("new")[PASSED] > 50)
    assert load.wrong == []


def test_issuers_come_and_go_with_policies(world: World) -> None:
    with Load() as load:
        load.sorts["steady"] = world.calls(good("steady"), PASSED)
        load.sorts["late"] = world.calls(good("late"), NOT_CONFIGURED, PASSED)
        until(lambda: load.count("late").get(NOT_CONFIGURED, 0) > 20)
        world.name("steady", "slow", "late")
        until(lambda: load.count("late").get(PASSED, 0) > 20)
        assert set(world.keys()) == set(world.metric("authz_keys_available")) == {"steady", "slow", "late"}

        world.name("steady")
        load.sorts["late"] = world.calls(good("late"), NOT_CONFIGURED)
        until(lambda: load.count("late")[NOT_CONFIGURED] > 50)
        assert set(world.keys()) == set(world.metric("authz_keys_available")) == {"steady"}
    assert load.wrong == []
