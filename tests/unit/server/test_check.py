"""Bytes in, bytes out: always an answer, and never one that lets through what nobody decided."""

import logging
import random
from collections.abc import Callable, Iterator
from typing import cast

import pytest

from authz.decision.engine import Engine
from authz.model.decision import Allowed, Denied, Reason, RuleRef
from authz.model.facts import RawRequest
from authz.model.request import Request
from authz.model.rule import Action
from authz.model.where import Where
from authz.model.workload import Workload
from authz.observability.counters import Count, Counters
from authz.server.answers import ID_LENGTH, Answers
from authz.server.check import CheckDoor, InForce
from tests.support.policies import engine, policy, source, to, when
from tests.support.proxy import Answer, Form, check_request, read_answer

ALLOWS_ALL = engine(policy("p", {}))
GOOD = check_request(Request())


class Door:
    """A check door with what it counts. `decides`: an engine, or what `in_force` does."""

    def __init__(self, decides: Engine | Callable[[], InForce]) -> None:
        self.counters = Counters()
        in_force = decides if callable(decides) else lambda: InForce.of(decides)
        self._door = CheckDoor(in_force, self.counters)

    def ask(self, request: bytes, metadata: dict[str, str] | None = None) -> Answer:
        answer = self._door.check(request, metadata or {}, None)
        assert isinstance(answer, bytes)
        return read_answer(answer)

    def counted(self) -> dict[str, int]:
        return {name: number for name, number in self.counters.snapshot().items() if number}


def assert_denied(answer: Answer, reason: Reason) -> None:
    assert (answer.allowed, answer.code, answer.status, answer.body) == (False, 7, 403, "RBAC: access denied")
    assert answer.reason == reason.value


def test_a_decision_is_answered_and_counted() -> None:
    door = Door(ALLOWS_ALL)
    answer = door.ask(GOOD)

    assert (answer.allowed, answer.rule) == (True, "ns[foo]-policy[p]-rule[0]")
    assert door.counted() == {Count.ALLOWED.value: 1}


def malformed() -> Iterator[bytes]:
    generator = random.Random(1)
    yield from (b"", b"\xff", b"\x0a", b"\x0a\x7f", b"GET / HTTP/1.1\r\n\r\n", b"\x00" * 100)
    yield from (generator.randbytes(generator.randint(1, 60)) for _ in range(300))
    yield from (GOOD[:length] for length in range(len(GOOD)))


def test_bytes_that_are_no_check_request_are_denied() -> None:
    door, requests = Door(ALLOWS_ALL), list(malformed())
    answers = [door.ask(request) for request in requests]
    reasons = {answer.reason for answer in answers if not answer.allowed}

    assert [request for request, answer in zip(requests, answers, strict=True) if answer.allowed] == []
    assert Reason.MALFORMED_REQUEST.value in reasons
    assert Reason.INTERNAL_ERROR.value not in reasons
    assert door.counted()[Count.DENIED.value] == len(requests)
    assert Count.INTERNAL_ERRORS.value not in door.counted()


def test_a_damaged_check_request_gets_an_answer_whatever_is_damaged() -> None:
    door, generator = (
        Door(engine(policy("p", source(principals=["*"]), when("request.headers[a]", "b")))),
        random.Random(2),
    )
    good = check_request(Request(principal="spiffe://td/ns/a/sa/b", headers=(("a", "b"),), claims={"iss": "i"}))
    for _ in range(2_000):
        damaged = bytearray(good)
        for _ in range(generator.randint(1, 4)):
            damaged[generator.randrange(len(damaged))] = generator.randrange(256)
        answer = door.ask(bytes(damaged))
        assert answer.allowed or (answer.code, answer.status) == (7, 403)
    assert Count.INTERNAL_ERRORS.value not in door.counted()


@pytest.mark.parametrize("depth", [10, 40, 90, 200, 5_000])
def test_deeply_nested_metadata_is_read_or_refused(depth: int) -> None:
    value = b""
    for _ in range(depth):  # a list of a list of ...
        value = field(6, field(1, value))
    struct = field(1, field(1, b"payload") + field(2, value))
    entry = field(1, field(1, b"envoy.filters.http.jwt_authn") + field(2, struct))
    door = Door(engine(policy("p", source(requestPrincipals=["i/s"]))))

    answer = door.ask(GOOD + field(1, field(11, entry)))
    assert_denied(answer, Reason.MALFORMED_REQUEST if depth > 40 else Reason.NO_ALLOW_RULE)


def field(number: int, content: bytes) -> bytes:
    """A length-delimited field of a protobuf message."""
    length, size = len(content), bytearray()
    while length > 127:
        size.append(length & 127 | 128)
        length >>= 7
    return bytes([number << 3 | 2, *size, length]) + content


def test_a_text_that_is_no_utf8_makes_a_malformed_request() -> None:
    door = Door(ALLOWS_ALL)
    host = field(5, b"a\xff")

    assert_denied(door.ask(GOOD + field(1, field(4, field(2, host)))), Reason.MALFORMED_REQUEST)
    assert door.counted() == {Count.DENIED.value: 1, Count.MALFORMED_REQUESTS.value: 1}


class Failing:
    """An engine that fails as a mistake of ours would."""

    digest = "sha256:x"

    def __init__(self, error: Exception) -> None:
        self._error = error

    def decide(self, _: RawRequest) -> Allowed:
        raise self._error


ERRORS = [ValueError("a"), KeyError("a"), RecursionError(), MemoryError(), AssertionError(), UnicodeError(), OSError()]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_a_mistake_while_deciding_is_a_denial_with_a_counter(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    door = Door(lambda: InForce(cast("Engine", Failing(error)), Answers("sha256:x")))

    assert_denied(door.ask(GOOD), Reason.INTERNAL_ERROR)
    assert door.counted() == {Count.DENIED.value: 1, Count.INTERNAL_ERRORS.value: 1}
    assert [record.exc_info is not None for record in caplog.records] == [True]


def test_so_is_one_in_finding_out_what_is_in_force() -> None:
    def broken() -> InForce:
        raise RuntimeError("nothing in force")

    door = Door(broken)

    assert_denied(door.ask(GOOD), Reason.INTERNAL_ERROR)
    assert door.counted() == {Count.DENIED.value: 1, Count.INTERNAL_ERRORS.value: 1}


class Deciding:
    """An engine that gives what it is told."""

    digest = "sha256:x"

    def __init__(self, decision: object) -> None:
        self._decision = decision

    def begin(self, _: RawRequest, __: float, ___: object) -> object:
        return self._decision


UNPRINTABLE = RuleRef("ns[\udcff]", "foo", "p", 0, Action.ALLOW, Where("a"))


@pytest.mark.parametrize("decision", [None, True, "allow", Allowed(Reason.ALLOW_RULE, UNPRINTABLE)], ids=repr)
def test_and_one_in_writing_the_answer(decision: object) -> None:
    door = Door(lambda: InForce(cast("Engine", Deciding(decision)), Answers("sha256:x")))

    assert_denied(door.ask(GOOD), Reason.INTERNAL_ERROR)
    assert Count.ALLOWED.value not in door.counted()


def test_after_a_mistake_the_next_request_is_decided_as_if_nothing_was() -> None:
    in_force = iter([InForce(cast("Engine", Failing(ValueError())), Answers("x")), InForce.of(ALLOWS_ALL)])
    door = Door(lambda: next(in_force))

    assert [door.ask(GOOD).allowed for _ in range(2)] == [False, True]


def test_what_is_in_force_is_asked_once_a_request() -> None:
    asked: list[int] = []

    def in_force() -> InForce:
        asked.append(1)
        return InForce.of(ALLOWS_ALL)

    door = Door(in_force)
    for number in range(1, 4):
        door.ask(GOOD)
        assert len(asked) == number


def test_another_engine_answers_with_its_own_digest() -> None:
    others = engine(policy("p"))
    in_force = iter([InForce.of(ALLOWS_ALL), InForce.of(others)])
    door = Door(lambda: next(in_force))

    assert [door.ask(GOOD).metadata["policy_digest"] for _ in range(2)] == [ALLOWS_ALL.digest, others.digest]


def test_no_two_answers_have_one_id() -> None:
    doors = [Door(ALLOWS_ALL), Door(ALLOWS_ALL)]
    ids = [door.ask(request).metadata["decision_id"] for door in doors for request in (GOOD, b"\xff") * 200]

    assert len(set(ids)) == len(ids) == 800
    assert {len(one) for one in ids} == {ID_LENGTH}


@pytest.mark.parametrize(
    "metadata, reason",
    [
        ({}, Reason.UNKNOWN_WORKLOAD),
        ({"authz-namespace": "foo"}, Reason.UNKNOWN_LABELS),
        ({"authz-namespace": "foo", "authz-labels": "app=httpbin"}, Reason.DENY_RULE),
        ({"authz-namespace": "foo", "authz-labels": ""}, Reason.NO_ALLOW_POLICY),
        ({"authz-namespace": "foo", "authz-labels": "nonsense"}, Reason.UNKNOWN_WORKLOAD),
        ({"authz-namespace": "foo", "authz-role": "king"}, Reason.UNKNOWN_WORKLOAD),
        ({"authz-namespace": "bar"}, Reason.NO_ALLOW_POLICY),
        ({"namespace": "foo"}, Reason.UNKNOWN_WORKLOAD),
    ],
)
@pytest.mark.parametrize("protocol", ["http", "tcp"])
def test_the_workload_may_be_in_the_calls_metadata(metadata: dict[str, str], reason: Reason, protocol: str) -> None:
    selects = policy("p", {}, action="DENY", selector={"matchLabels": {"app": "httpbin"}})
    door = Door(engine(selects, workload=None))
    answer = door.ask(check_request(Request(protocol=protocol)), metadata)

    assert answer.reason == reason.value
    assert answer.allowed is (reason is Reason.NO_ALLOW_POLICY)
    assert ("context_extensions" in str(answer.metadata.get("detail"))) is (
        reason is Reason.UNKNOWN_LABELS or "authz-namespace" not in metadata
    )


def test_a_path_that_is_not_normalized_is_counted_and_warned_about_once_a_proxy(
    caplog: pytest.LogCaptureFixture,
) -> None:
    door = Door(engine(policy("p", to(paths=["/admin"]), action="DENY"), workload=None))
    for name in ("a", "b", "a", "b"):
        request = Request(path="/x/../admin", workload=Workload("foo", frozenset({("app", name)})))
        assert door.ask(check_request(request)).metadata["path_not_normalized"] is True

    assert door.counted()[Count.PATHS_NOT_NORMALIZED.value] == 4
    assert [(record.levelno, "normalize_path" in record.getMessage()) for record in caplog.records] == [
        (logging.WARNING, True)
    ] * 2


def test_merged_headers_are_counted_and_warned_about_once_a_proxy(caplog: pytest.LogCaptureFixture) -> None:
    door = Door(ALLOWS_ALL)
    for form in (Form.MERGED, Form.RAW, Form.MERGED):
        door.ask(check_request(Request(workload=Workload("foo", frozenset({("app", "x")}))), form))

    assert door.counted()[Count.MERGED_HEADERS.value] == 2
    (record,) = caplog.records
    assert "foo/app=x merges header lines; set encode_raw_headers" in record.getMessage()


def test_every_denial_of_the_engine_reaches_the_proxy_as_one() -> None:
    for reason in Reason:
        decision = Denied(reason)
        door = Door(lambda decision=decision: InForce(cast("Engine", Deciding(decision)), Answers("x")))  # type: ignore[misc]
        assert_denied(door.ask(GOOD), reason)
