"""Fetching keys, with a clock that stands and a function in the place of the network."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from authz.identity.key_sets import Available, KeyLocation, Unavailable
from authz.sources.dial import FetchError
from authz.sources.jwks import JwksSource, Wanted
from authz.sources.jwks_settings import JwksSettings

BEGAN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
A = KeyLocation("https://a.example", "https://a.example/keys")
B = KeyLocation("https://b.example", "https://b.example/keys")
FOUND_OUT = KeyLocation("https://c.example/")
SETTINGS = JwksSettings()
DAY = 24 * 60 * 60


def keys_of(*kids: str) -> bytes:
    return json.dumps({"keys": [{"kid": kid} for kid in kids]}).encode()


def read(body: bytes) -> tuple[str, ...]:
    kids = tuple(key["kid"] for key in json.loads(body)["keys"])
    if "bad" in kids:
        raise ValueError("a bad key")
    if "bug" in kids:
        raise ZeroDivisionError
    return kids


@dataclass
class World:
    """A clock, a network, and threads that run when they are told to."""

    settings: JwksSettings = SETTINGS
    at_once: bool = True
    seconds: float = 1000.0
    answers: dict[str, bytes | str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    allowed: list[float] = field(default_factory=list)
    waiting: list[Callable[[], None]] = field(default_factory=list)
    jitter: float = 0.0
    changes: int = 0
    threads_left: int = 1_000_000
    trouble: Exception = field(default_factory=lambda: RuntimeError("can't start new thread"))

    def __post_init__(self) -> None:
        self.source = JwksSource(
            self._get,
            read,
            self.settings,
            changed=self._changed,
            clock=lambda: self.seconds,
            now=lambda: BEGAN + timedelta(seconds=self.seconds - 1000),
            jitter=lambda: self.jitter,
            start=self._start,
        )

    def _get(self, url: str, seconds: float) -> bytes:
        self.asked.append(url)
        self.allowed.append(seconds)
        answer = self.answers.get(url, "nobody there")
        if isinstance(answer, str):
            raise FetchError(answer)
        return answer

    def _changed(self) -> None:
        self.changes += 1

    def _start(self, run: Callable[[], None], name: str) -> None:
        assert name.startswith("keys of ")
        if not self.threads_left:
            raise self.trouble
        if self.at_once:
            run()
        else:
            self.waiting.append(run)

    def want(self, *locations: KeyLocation) -> None:
        self.source.want(map(Wanted, locations))
        self.source.look()

    def after(self, seconds: float) -> int:
        """How many questions were asked by then, looking only when it is time to, or when woken."""
        asked, until = len(self.asked), self.seconds + seconds
        while self.seconds + (wait := self._look()) <= until:
            self.seconds += wait
        self.seconds = until
        self._look()
        return len(self.asked) - asked

    def _look(self) -> float:
        while True:
            self.source._wake.clear()
            wait = self.source.look()
            if not self.source._wake.is_set():
                assert wait > 0
                return wait

    def keys(self, location: KeyLocation = A) -> object:
        found = self.source.in_force().of(location)
        return found.keys if isinstance(found, Available) else found and found.reason


@pytest.fixture
def world() -> World:
    return World(answers={A.jwks_uri or "": keys_of("a1"), B.jwks_uri or "": keys_of("b1")})


def test_what_is_wanted_is_fetched_at_once(world: World) -> None:
    world.want(A, B)
    assert (world.keys(A), world.keys(B)) == (("a1",), ("b1",))
    assert world.changes


def test_before_it_is_fetched_there_are_no_keys(world: World) -> None:
    world.source.want([Wanted(A)])
    assert world.source.in_force().of(A) == Unavailable("not fetched yet", BEGAN)
    assert world.source.in_force().of(B) is None


def test_a_snapshot_stays_what_it_was(world: World) -> None:
    world.want(A)
    before = world.source.in_force()
    world.answers[A.jwks_uri or ""] = keys_of("a2")
    world.after(SETTINGS.refresh_seconds)
    found = before.of(A)
    assert isinstance(found, Available)
    assert found.keys == ("a1",)
    assert world.keys() == ("a2",)


def test_an_issuer_without_uri_is_asked_where_its_keys_are(world: World) -> None:
    world.answers["https://c.example/.well-known/openid-configuration"] = b'{"jwks_uri": "https://c.example/k?x=1"}'
    world.answers["https://c.example/k?x=1"] = keys_of("c1")
    world.want(FOUND_OUT)
    assert world.keys(FOUND_OUT) == ("c1",)


def test_keys_are_fetched_again_after_twenty_minutes(world: World) -> None:
    world.want(A)
    assert world.after(20 * 60 - 1) == 0
    assert world.after(1) == 1


def test_a_wait_is_shortened_by_up_to_a_fifth(world: World) -> None:
    world.jitter = 1.0
    world.want(A)
    assert world.after(16 * 60 - 1) == 0
    assert world.after(1) == 1


def test_the_same_keys_in_another_order_are_no_change(world: World) -> None:
    world.answers[A.jwks_uri or ""] = keys_of("a1", "a2")
    world.want(A)
    before, changes = world.source.in_force(), world.changes
    world.answers[A.jwks_uri or ""] = keys_of("a2", "a1")
    assert world.after(SETTINGS.refresh_seconds) == 1
    assert world.source.in_force() is before
    assert world.changes == changes


def test_a_failed_refresh_keeps_the_last_good_keys(world: World) -> None:
    world.want(A)
    for answer in ("down", b"<html>", b"{}", b'{"keys": []}', b'{"keys": 1}', keys_of("bad"), keys_of("bug"), b"\xff"):
        world.answers[A.jwks_uri or ""] = answer
        assert world.after(SETTINGS.refresh_seconds) > 0
        assert world.keys() == ("a1",), answer
        (status,) = world.source.status()
        assert status.error is not None
        assert status.unavailable is None
        assert "the last good ones are used" in (status.reason or "")


def test_the_last_good_keys_are_dropped_after_seven_days(world: World) -> None:
    world.want(A)
    world.answers[A.jwks_uri or ""] = "down"
    world.after(7 * DAY - 1)
    assert world.keys() == ("a1",)
    world.after(1)
    assert world.keys() == "the last good keys are older than 7 days; down"
    world.answers[A.jwks_uri or ""] = keys_of("a2")
    world.after(300)
    assert world.keys() == ("a2",)


def test_a_success_makes_the_keys_young_again(world: World) -> None:
    world.want(A)
    world.after(20 * DAY)
    assert world.keys() == ("a1",)
    assert world.source.status()[0].failures == 0


def test_a_failure_is_tried_again_later_and_later(world: World) -> None:
    world.want(FOUND_OUT)
    assert [world.after(seconds) for seconds in (1, 2, 4, 8, 16, 32)] == [1] * 6
    assert world.after(600) == 10


def test_a_fetch_that_fails_first_denies_its_own_tokens_alone(world: World) -> None:
    world.answers[A.jwks_uri or ""] = "down"
    world.want(A, B)
    assert (world.keys(A), world.keys(B)) == ("down", ("b1",))
    bad, good = world.source.status()
    assert bad.reason == "keys of https://a.example: none, its tokens are denied: down"
    assert (bad.fetches, bad.failures, bad.failing_since, bad.fetched_at) == (1, 1, BEGAN, None)
    assert (good.reason, good.fetches, good.failures, good.fetched_at) == (None, 1, 0, BEGAN)


def test_an_issuer_that_comes_up_later_has_its_keys_within_a_minute(world: World) -> None:
    world.answers[A.jwks_uri or ""] = "down"
    world.want(A)
    world.after(DAY)
    since = world.source.in_force().of(A)
    assert since == Unavailable("down", BEGAN)
    world.answers[A.jwks_uri or ""] = keys_of("a1")
    world.after(60)
    assert world.keys() == ("a1",)
    assert world.source.status()[0].failing_since is None


def test_what_is_wanted_no_more_is_dropped_and_the_rest_stays(world: World) -> None:
    world.want(A, B)
    before = world.source.in_force().of(B)
    world.want(B)
    assert world.source.in_force().of(A) is None
    assert world.source.in_force().of(B) is before
    assert [status.issuer for status in world.source.status()] == [B.issuer]
    assert len(world.asked) == 2


def test_keys_that_come_when_they_are_wanted_no_more_are_not_taken(world: World) -> None:
    world.at_once = False
    world.want(A)
    world.want()
    world.waiting.pop()()
    assert dict(world.source.in_force().by_location) == {}
    assert world.source.status() == ()


def test_one_location_is_fetched_once_at_a_time(world: World) -> None:
    world.at_once = False
    for _ in range(50):
        world.want(A)
        world.want()
    world.want(A)
    world.after(DAY)
    assert len(world.waiting) == 1
    world.waiting.pop()()
    assert world.keys() == ("a1",)


def test_those_that_hang_never_take_all_threads(world: World) -> None:
    """100 fail and then hang; new ones are fetched all the same."""
    bad = [KeyLocation(f"https://bad{number}.example", f"https://bad{number}.example/") for number in range(100)]
    world.want(*bad)
    assert world.after(0) > 70
    world.at_once = False
    world.after(120)
    assert len(world.waiting) == 16
    world.want(A, B, *bad)
    assert len(world.waiting) == 18
    for run in world.waiting:
        run()
    assert (world.keys(A), world.keys(B)) == (("a1",), ("b1",))


def test_at_the_begin_new_ones_leave_threads_for_refreshes(world: World) -> None:
    world.at_once = False
    world.want(*(KeyLocation(f"https://n{number}.example", f"https://n{number}.example/") for number in range(100)))
    assert len(world.waiting) == 24


def test_without_threads_a_fetch_fails_and_is_tried_again(world: World) -> None:
    world.threads_left = 0
    world.want(A)
    assert world.keys() == "can't start new thread"
    world.threads_left = 1
    world.after(1)
    assert world.keys() == ("a1",)


def test_whatever_keeps_a_thread_from_starting_each_location_is_tried_again(world: World) -> None:
    world.threads_left, world.trouble = 0, MemoryError()
    world.want(A, B)
    assert (world.keys(A), world.keys(B)) == ("MemoryError",) * 2
    world.threads_left = 2
    world.after(1)
    assert (world.keys(A), world.keys(B)) == (("a1",), ("b1",))


def test_an_unknown_key_is_no_reason_to_fetch_unless_a_setting_says_so(world: World) -> None:
    world.want(A)
    world.seconds += 600
    world.source.saw_unknown_key(A)
    assert world.after(0) == 0


def test_a_flood_of_unknown_keys_costs_one_fetch_a_cooldown() -> None:
    world = World(JwksSettings(unknown_kid_cooldown_seconds=30), answers={A.jwks_uri or "": keys_of("a1")})
    world.want(A)
    fetched = 0
    for _ in range(30_000):
        world.seconds += 0.01
        world.source.saw_unknown_key(A)
        world.source.saw_unknown_key(B)
        fetched += world.after(0)
    assert fetched in {9, 10}


def test_unknown_keys_do_not_overrule_waiting_after_a_failure() -> None:
    world = World(JwksSettings(unknown_kid_cooldown_seconds=1), answers={A.jwks_uri or "": keys_of("a1")})
    world.want(A)
    world.answers[A.jwks_uri or ""] = "down"
    world.after(SETTINGS.refresh_seconds + 600)
    asked = len(world.asked)
    for _ in range(100):
        world.seconds += 1
        world.source.saw_unknown_key(A)
        world.source.look()
    assert len(world.asked) - asked <= 1


def test_of_several_timeouts_the_longest_counts_up_to_a_minute(world: World) -> None:
    world.source.want([Wanted(A, timedelta(seconds=2)), Wanted(A, timedelta(seconds=9)), Wanted(B, timedelta(hours=1))])
    world.source.look()
    assert world.allowed == [9, 60]


def test_waiting_ends_when_everything_was_tried(world: World) -> None:
    assert world.source.wait_until_tried(0)
    world.source.want([Wanted(A), Wanted(FOUND_OUT)])
    assert not world.source.wait_until_tried(0)
    world.source.look()
    assert world.source.wait_until_tried(0)


def test_a_listener_that_fails_stops_nothing(world: World, caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> None:
        raise OSError("broken")

    world.source._changed = broken
    world.want(A)
    assert world.keys() == ("a1",)
    assert "could not be told" in caplog.text


def test_a_failure_is_logged_once_and_its_end_too(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    world.want(A)
    world.answers[A.jwks_uri or ""] = "down"
    world.after(DAY)
    world.answers[A.jwks_uri or ""] = keys_of("a1")
    world.after(DAY)
    assert [record.levelname for record in caplog.records] == ["INFO", "WARNING", "INFO"]


def test_a_day_without_an_answer_keeps_nothing_but_numbers(world: World) -> None:
    world.want(A, FOUND_OUT)
    world.after(DAY)
    assert len(world.source._entries) == 2
    assert not world.source._running
    assert world.source.status()[1].failures > 1000
