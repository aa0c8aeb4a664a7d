"""Fetching keys with real threads from real servers, which fail in every way while the keys are read."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from authz.identity.key_sets import Available, KeyLocation, KeySets
from authz.sources.http_get import HttpGet
from authz.sources.jwks import JwksSource, Wanted
from authz.sources.jwks_settings import JwksSettings
from tests.support.issuer import TROUBLE, Behaviour, IssuerServer, Talk, answer
from tests.support.pki import Authority

AUTHORITY = Authority("issuers")
PAIR = AUTHORITY.issue()
Kids = tuple[str, ...]


@pytest.fixture
def settings(tmp_path: Path) -> JwksSettings:
    (tmp_path / "ca.pem").write_bytes(AUTHORITY.certificate)
    return JwksSettings(
        refresh_seconds=1,
        unknown_kid_cooldown_seconds=1,
        allow_http=True,
        allow_loopback=True,
        ca_file=tmp_path / "ca.pem",
        proxy="none",
    )


def keys(*kids: str) -> Behaviour:
    return answer(json.dumps({"keys": [{"kid": kid} for kid in kids]}).encode(), "Content-Type: application/json")


def read(body: bytes) -> Kids:
    return tuple(key["kid"] for key in json.loads(body)["keys"])


@contextmanager
def following(settings: JwksSettings, quick: float = 1.0) -> Iterator[JwksSource[Kids]]:
    """A source whose clock runs `quick` times as fast, while what it fetches has a second of ours."""
    get = HttpGet(settings)
    source = JwksSource(
        lambda url, _seconds: get(url, 1.0), read, settings, clock=lambda: time.monotonic() * quick, jitter=lambda: 0.0
    )
    source.follow()
    try:
        yield source
    finally:
        source.stop()


def until(is_so: Callable[[], bool], seconds: float = 10) -> None:
    ends = time.monotonic() + seconds
    pause = threading.Event()
    while not is_so():
        assert time.monotonic() < ends, "it did not come to be"
        pause.wait(0.01)


def kids_of(sets: KeySets[Kids], location: KeyLocation) -> Kids:
    found = sets.of(location)
    return found.keys if isinstance(found, Available) else ()


def test_keys_are_fetched_over_https_and_by_discovery(settings: JwksSettings) -> None:
    def discovery(talk: Talk) -> None:
        document = json.dumps({"issuer": server.url, "jwks_uri": f"{server.url}/keys"}).encode()
        (answer(document) if talk.path == "/.well-known/openid-configuration" else keys("k1"))(talk)

    with IssuerServer(discovery, PAIR) as server, following(settings) as source:
        location = KeyLocation(server.url + "/")
        source.want([Wanted(location)])
        assert source.wait_until_tried(10)
        assert kids_of(source.in_force(), location) == ("k1",)


def test_with_overlap_a_rotation_leaves_no_moment_without_a_good_key(settings: JwksSettings) -> None:
    """Readers look all the time; what a token needs is always there: the old key until it is gone everywhere."""
    with IssuerServer(keys("old"), PAIR) as server, following(settings, quick=20) as source:
        location = KeyLocation("i", server.url)
        source.want([Wanted(location)])
        assert source.wait_until_tried(10)
        seen: list[Kids] = []
        done = threading.Event()

        def look() -> None:
            while not done.is_set():
                found = kids_of(source.in_force(), location)
                if not seen or seen[-1] != found:
                    seen.append(found)
                done.wait(0.0002)

        reader = threading.Thread(target=look)
        reader.start()
        until(lambda: bool(seen))
        for step in (("old", "new"), ("new",), ("new", "newer")):
            server.behave = keys(*step)
            until(lambda step=step: seen[-1] == step)  # type: ignore[misc]
        done.set()
        reader.join()
    assert seen == [("old",), ("old", "new"), ("new",), ("new", "newer")]


def test_no_trouble_takes_away_good_keys_and_it_passes(settings: JwksSettings) -> None:
    with ExitStack() as stack:
        source = stack.enter_context(following(settings, quick=50))
        servers = {name: stack.enter_context(IssuerServer(keys(name), PAIR)) for name in TROUBLE}
        wanted = {name: KeyLocation(name, server.url) for name, server in servers.items()}
        source.want(map(Wanted, wanted.values()))
        assert source.wait_until_tried(20)
        for name, server in servers.items():
            server.behave = TROUBLE[name]
        until(lambda: all(status.error for status in source.status()), 20)
        assert {name: kids_of(source.in_force(), wanted[name]) for name in TROUBLE} == {
            name: (name,) for name in TROUBLE
        }
        for name, server in servers.items():
            server.behave = keys(name, "again")
        until(lambda: all(kids_of(source.in_force(), wanted[name]) == (name, "again") for name in TROUBLE), 20)
        assert [status.error for status in source.status()] == [None] * len(TROUBLE)


def test_an_issuer_in_trouble_from_the_start_has_no_keys_and_delays_no_other(settings: JwksSettings) -> None:
    before = threading.active_count()
    with ExitStack() as stack:
        troubled = {name: stack.enter_context(IssuerServer(behave, PAIR)) for name, behave in TROUBLE.items()}
        hanging = [stack.enter_context(IssuerServer(Talk.hang)) for _ in range(12)]
        good = stack.enter_context(IssuerServer(keys("good"), PAIR))
        source = stack.enter_context(following(settings))
        bad = [KeyLocation(str(number), server.url) for number, server in enumerate([*hanging, *troubled.values()])]
        source.want(map(Wanted, bad))
        location = KeyLocation("good", good.url)
        began = time.monotonic()
        source.want(map(Wanted, [*bad, location]))
        until(lambda: kids_of(source.in_force(), location) == ("good",))
        assert time.monotonic() - began < 5  # one after the other they would take half a minute
        servers = len(troubled) + len(hanging) + 1
        assert threading.active_count() <= before + 33 + 3 * servers
        assert source.wait_until_tried(10)
        assert all(status.unavailable for status in source.status() if status.issuer != "good")


def test_a_dead_issuer_is_used_when_it_comes_up(settings: JwksSettings) -> None:
    with IssuerServer(keys("first"), PAIR) as server:
        port = server.port
    location = KeyLocation("i", f"https://localhost:{port}/keys")
    with following(settings, quick=20) as source:
        source.want([Wanted(location)])
        assert source.wait_until_tried(10)
        (status,) = source.status()
        assert status.unavailable == f"cannot connect to localhost:{port}: Connection refused"
        with IssuerServer(keys("late"), PAIR, port):
            until(lambda: kids_of(source.in_force(), location) == ("late",))


def test_a_wrong_certificate_and_a_refused_address_give_no_keys(settings: JwksSettings) -> None:
    stranger = Authority("stranger").issue()
    with IssuerServer(keys("forged"), stranger) as server, following(settings) as source:
        source.want([Wanted(KeyLocation("a", server.url)), Wanted(KeyLocation("b", "https://169.254.169.254/keys"))])
        assert source.wait_until_tried(10)
        certificate, address = source.status()
        assert "its certificate is not believed" in (certificate.unavailable or "")
        assert "is a link-local address" in (address.unavailable or "")
        assert server.requests == []


def test_demand_from_many_threads_is_one_exchange_at_a_time(settings: JwksSettings) -> None:
    busy, most = 0, 0
    lock = threading.Lock()

    def slow(talk: Talk) -> None:
        nonlocal busy, most
        with lock:
            busy += 1
            most = max(most, busy)
        talk.closing.wait(0.05)
        with suppress(OSError):
            keys("k")(talk)
        with lock:
            busy -= 1

    with IssuerServer(slow) as server, following(settings, quick=5) as source:
        location = KeyLocation("i", server.url)
        source.want([Wanted(location)])

        def demand() -> None:
            for _ in range(300):
                source.saw_unknown_key(location)
                source.want([Wanted(location)])
                time.sleep(0.001)

        threads = [threading.Thread(target=demand) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        until(lambda: kids_of(source.in_force(), location) == ("k",))
        assert most == 1
        assert len(server.requests) < 30


def test_when_it_stops_its_threads_end(settings: JwksSettings) -> None:
    def ours() -> list[str]:
        return [thread.name for thread in threading.enumerate() if thread.name.startswith("keys")]

    before = ours()
    with IssuerServer(Talk.hang) as server:
        with following(settings) as source:
            source.want([Wanted(KeyLocation("i", server.url))])
            until(lambda: bool(server.requests))
        until(lambda: ours() == before, 3)
