from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from authz import __version__
from authz.observability.key_status import KeyStatus
from authz.server.health import HealthDoor
from authz.server.readiness import MAX_PROBLEMS, Readiness, ReadinessView
from tests.support.status import GOOD, LATER, PROBLEM, SINCE, Certificate

REJECTED = replace(GOOD, rejected=(PROBLEM, "mesh.yaml: gone"), rejected_at=LATER)


def test_a_good_set_is_ready_and_there_is_nothing_to_say() -> None:
    readiness = ReadinessView(lambda: GOOD, HealthDoor()).look()
    assert readiness == Readiness(GOOD, draining=False, certificate=None, unready=None)
    assert (readiness.is_ready, readiness.reasons) == (True, [])


def test_whoever_drains_is_not_ready() -> None:
    health = HealthDoor()
    view = ReadinessView(lambda: GOOD, health)
    health.drain()
    assert not view.look().is_ready
    assert view.look().reasons == ["draining: told to stop, calls in flight end"]


def test_a_rejected_change_is_told_and_the_older_set_goes_on() -> None:
    readiness = Readiness(REJECTED, draining=False, certificate=None, unready=None)
    assert readiness.is_ready
    assert readiness.reasons == ["the newest files were rejected, an older set is in force"]


def test_an_expired_certificate_is_not_ready() -> None:
    expired = Certificate(unreadiness="it expired")
    readiness = ReadinessView(lambda: GOOD, HealthDoor(), lambda: expired).look()
    assert (readiness.is_ready, readiness.reasons) == (False, ["it expired"])


def test_a_certificate_is_asked_about_now() -> None:
    asked: list[datetime] = []

    class Asked(Certificate):
        def unready(self, now: datetime) -> None:
            asked.append(now)

    ReadinessView(lambda: GOOD, HealthDoor(), Asked, now=lambda: LATER).look()
    assert asked == [LATER]


def test_a_rejected_certificate_and_a_needed_restart_are_told() -> None:
    status = replace(GOOD, restart_needed=True)
    readiness = Readiness(status, draining=False, certificate=Certificate(rejected="no key"), unready=None)
    assert readiness.is_ready
    assert readiness.reasons == [
        "the newest certificate was rejected, an older one is in force",
        "settings have changed that come into force with the next start",
    ]


def test_machines_read_all_of_it() -> None:
    certificate = Certificate(rejected="no key", rejected_at=LATER)
    told = Readiness(REJECTED, draining=True, certificate=certificate, unready=None).as_json()
    assert (told["ready"], told["draining"], len(told["reasons"]), told["version"]) == (False, True, 3, __version__)
    assert told["set"] == {
        "digest": "sha256:x",
        "policies": 6,
        "warnings": 0,
        "since": "2026-01-02T03:04:05Z",
        "loaded_at": "2026-01-02T04:00:00Z",
    }
    assert told["rejected"]["at"] == "2026-01-02T04:00:00Z"
    assert told["rejected"]["total"] == 2
    assert told["rejected"]["problems"][0] == {
        "text": "b.yaml:3:7: AZ102 spec: bad",
        "code": "AZ102",
        "severity": "error",
        "file": "b.yaml",
        "line": 3,
        "column": 7,
        "field": "spec",
        "message": "bad",
    }
    assert told["rejected"]["problems"][1] == {"text": "mesh.yaml: gone"}
    assert told["certificate"] == {
        "serial": "0a",
        "expires": "2026-01-02T04:00:00Z",
        "client_ca_expires": None,
        "since": "2026-01-02T03:04:05Z",
        "rejected": "no key",
        "rejected_at": "2026-01-02T04:00:00Z",
    }


def test_what_is_not_there_is_null() -> None:
    told = Readiness(GOOD, draining=False, certificate=None, unready=None).as_json()
    assert (told["rejected"], told["certificate"], told["reasons"]) == (None, None, [])


def test_times_are_utc_whatever_they_were() -> None:
    elsewhere = SINCE.astimezone(timezone(timedelta(hours=2)))
    told = Readiness(replace(GOOD, since=elsewhere), draining=False, certificate=None, unready=None).as_json()
    assert told["set"]["since"] == SINCE.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_so_many_problems_are_told_and_how_many_there_are() -> None:
    many = replace(GOOD, rejected=("x",) * 1000, rejected_at=LATER)
    readiness = Readiness(many, draining=False, certificate=None, unready=None)
    told = readiness.as_json()["rejected"]
    assert (told["total"], len(told["problems"])) == (1000, MAX_PROBLEMS)
    assert readiness.as_text().count("  x\n") == MAX_PROBLEMS


@pytest.mark.parametrize(("draining", "word"), [(False, "ready"), (True, "not ready")])
def test_people_read_a_word_first_and_problems_last(draining: bool, word: str) -> None:  # noqa: FBT001
    text = Readiness(REJECTED, draining=draining, certificate=None, unready=None).as_text()
    first, in_force, *_, problem, other = text.splitlines()
    assert first == word
    assert in_force == "in force since 2026-01-02T03:04:05Z: 6 policies, digest sha256:x"
    assert (problem, other) == ("  b.yaml:3:7: AZ102 spec: bad", "  mesh.yaml: gone")


KEYS = (
    KeyStatus("https://a.example", None, "v1", SINCE, fetches=3),
    KeyStatus("", "https://b.example/k", "v2", SINCE, 9, 2, "timed out", LATER),
    KeyStatus("c", "https://c.example/k", fetches=1, failures=1, error="503", failing_since=LATER, unavailable="503"),
)


def test_issuers_in_trouble_are_told_and_do_not_make_it_unready() -> None:
    readiness = ReadinessView(lambda: GOOD, HealthDoor(), keys=lambda: KEYS).look()

    assert readiness.is_ready
    assert readiness.reasons == [
        f"keys of https://b.example/k: not refreshed since {SINCE}, the last good ones are used: timed out",
        "keys of c: none, its tokens are denied: 503",
    ]
    assert readiness.as_text().splitlines()[2:] == readiness.reasons


def test_machines_read_of_every_issuer() -> None:
    told = ReadinessView(lambda: GOOD, HealthDoor(), keys=lambda: KEYS).look().as_json()["keys"]

    assert told[1] == {
        "issuer": "",
        "jwks_uri": "https://b.example/k",
        "available": True,
        "version": "v2",
        "fetched_at": "2026-01-02T03:04:05Z",
        "error": "timed out",
        "failing_since": "2026-01-02T04:00:00Z",
    }
    assert [(one["available"], one["error"], one["fetched_at"]) for one in (told[0], told[2])] == [
        (True, None, "2026-01-02T03:04:05Z"),
        (False, "503", None),
    ]


def test_keys_are_asked_about_each_time_anew() -> None:
    known = list(KEYS[:1])
    view = ReadinessView(lambda: GOOD, HealthDoor(), keys=lambda: tuple(known))
    before = view.look()
    known.append(KEYS[2])
    assert (len(before.keys), len(view.look().keys)) == (1, 2)
