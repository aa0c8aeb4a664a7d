"""The check door over loopback, asked by grpcio's own client."""

from __future__ import annotations

import contextlib
import socket
import tempfile
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import grpc
import pytest

from authz.model.custom import ProviderAllows, ProviderAnswer
from authz.model.decision import Reason
from authz.model.errors import ListenError
from authz.model.request import Request
from authz.observability.counters import Counters
from authz.pb import HealthCheckRequest, HealthCheckResponse
from authz.server.check import CheckDoor, InForce, Pending
from authz.server.health import HealthDoor
from authz.server.transport.grpcio import GrpcioServer, TransportSettings
from tests.support.policies import engine, policy, to
from tests.support.proxy import Answer, check_request, read_answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

CHECK = "/envoy.service.auth.v3.Authorization/Check"
HEALTH = "/grpc.health.v1.Health/Check"
LOOPBACK = "127.0.0.1:0"
TIMEOUT = 20.0
GOOD = check_request(Request(path="/a"))
ENGINE = engine(policy("p", to(paths=["/a"])))


@contextlib.contextmanager
def serving(
    listen: str = LOOPBACK,
    check: Callable[[bytes, Mapping[str, str], float | None], bytes | Pending] | None = None,
    settings: TransportSettings | None = None,
) -> Iterator[GrpcioServer]:
    door = CheckDoor(lambda: InForce.of(ENGINE), Counters())
    server = GrpcioServer(check or door.check, HealthDoor(), settings or TransportSettings(listen=listen))
    server.start()
    try:
        yield server
    finally:
        server.drain(0)


@contextlib.contextmanager
def channel(address: str) -> Iterator[grpc.Channel]:
    options = [("grpc.use_local_subchannel_pool", 1), ("grpc.max_send_message_length", -1)]
    with grpc.insecure_channel(address, options=options) as opened:
        yield opened


def call(opened: grpc.Channel, request: bytes, method: str = CHECK, **options: object) -> bytes:
    answer: bytes = opened.unary_unary(method)(request, timeout=TIMEOUT, **options)
    return answer


def ask(address: str, request: bytes = GOOD) -> Answer:
    with channel(address) as opened:
        return read_answer(call(opened, request))


def health(opened: grpc.Channel, service: str = "") -> int:
    answer = call(opened, HealthCheckRequest(service=service).SerializeToString(), HEALTH)
    return HealthCheckResponse.FromString(answer).status


@pytest.fixture(scope="module")
def opened() -> Iterator[grpc.Channel]:
    with serving() as server, channel(server.address) as one:
        yield one


@pytest.fixture
def short_directory() -> Iterator[Path]:
    """The path of a unix socket must be short."""
    with tempfile.TemporaryDirectory(prefix="authz-") as directory:
        yield Path(directory)


def test_a_proxy_gets_a_decision(opened: grpc.Channel) -> None:
    allowed, denied = (read_answer(call(opened, check_request(Request(path=path)))) for path in ("/a", "/b"))

    assert (allowed.allowed, allowed.rule) == (True, "ns[foo]-policy[p]-rule[0]")
    assert (denied.allowed, denied.status, denied.reason) == (False, 403, "no_allow_rule")


@pytest.mark.parametrize("request_", [b"", b"\xff\xff", GOOD[:-1], b"x" * 1_000_000])
def test_what_is_no_check_request_is_denied_with_an_answer(opened: grpc.Channel, request_: bytes) -> None:
    answer = read_answer(call(opened, request_))

    assert (answer.allowed, answer.code, answer.status, answer.reason) == (False, 7, 403, "malformed_request")


@pytest.mark.parametrize(
    "method",
    [
        "/envoy.service.auth.v2.Authorization/Check",
        "/envoy.service.auth.v3.Authorization/check",
        "/grpc.health.v1.Health/Watch",
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        "/x/y",
    ],
)
def test_any_other_method_is_unimplemented(opened: grpc.Channel, method: str) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        call(opened, GOOD, method)

    assert refused.value.code() is grpc.StatusCode.UNIMPLEMENTED


@pytest.mark.parametrize("service", ["", "envoy.service.auth.v3.Authorization"])
def test_health_is_told(opened: grpc.Channel, service: str) -> None:
    assert health(opened, service) == HealthCheckResponse.SERVING


@pytest.mark.parametrize(
    "request_, code",
    [
        (HealthCheckRequest(service="x").SerializeToString(), grpc.StatusCode.NOT_FOUND),
        (b"\xff", grpc.StatusCode.INVALID_ARGUMENT),
    ],
)
def test_the_health_of_others_is_not(opened: grpc.Channel, request_: bytes, code: grpc.StatusCode) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        call(opened, request_, HEALTH)

    assert refused.value.code() is code


def test_our_keys_of_the_calls_metadata_arrive_and_no_others() -> None:
    seen: list[Mapping[str, str]] = []

    def check(request: bytes, metadata: Mapping[str, str], deadline: float | None) -> bytes:
        seen.append(metadata)
        return b""

    with serving(check=check) as server, channel(server.address) as one:
        call(one, GOOD, metadata=(("authz-namespace", "foo"), ("authz-labels", "a=b"), ("x-other", "c")))

    assert seen == [{"authz-namespace": "foo", "authz-labels": "a=b"}]


def test_the_time_that_is_left_arrives() -> None:
    seen: list[float | None] = []

    def check(request: bytes, metadata: Mapping[str, str], deadline: float | None) -> bytes:
        seen.append(deadline)
        return b""

    with serving(check=check) as server, channel(server.address) as one:
        one.unary_unary(CHECK)(GOOD, timeout=TIMEOUT)

    assert seen[0] is not None
    assert 0 < seen[0] < TIMEOUT + 5  # gRPC rounds on its way


def test_a_decision_that_waits_for_a_provider_is_answered_with_its_answer() -> None:
    asked: Future[ProviderAnswer] = Future()
    pending = Pending(asked, TIMEOUT, lambda answer: b"allowed" if answer == ProviderAllows() else b"")
    threading.Timer(0.05, asked.set_result, [ProviderAllows()]).start()

    with serving(check=lambda *_: pending) as server, channel(server.address) as one:
        assert call(one, GOOD) == b"allowed"


def test_decisions_that_wait_hold_up_no_others_and_too_many_are_denied() -> None:
    asked: list[Future[ProviderAnswer]] = []

    def check(request: bytes, *_: object) -> bytes | Pending:
        if request == b"now":
            return b"at once"
        asked.append(Future())
        return Pending(asked[-1], None, lambda answer: getattr(answer, "reason", Reason.ALLOW_RULE).value.encode())

    settings = TransportSettings(listen=LOOPBACK, threads=2, waiting=50)
    with serving(check=check, settings=settings) as server, channel(server.address) as one:
        waiting = [one.unary_unary(CHECK).future(b"", timeout=TIMEOUT) for _ in range(50)]
        until(lambda: len(asked) == 50)
        assert [call(one, b"now") for _ in range(10)] == [b"at once"] * 10
        until(lambda: call(one, b"") == b"custom_overloaded")
        for one_asked in asked[:50]:
            one_asked.set_result(ProviderAllows())
        assert [call.result() for call in waiting] == [b"allow_rule"] * 50


def test_a_caller_who_hangs_up_waits_for_nobody() -> None:
    asked: Future[ProviderAnswer] = Future()
    pending = Pending(asked, None, lambda _: b"")

    with serving(check=lambda *_: pending) as server, channel(server.address) as one:
        waiting = one.unary_unary(CHECK).future(b"", timeout=TIMEOUT)
        time.sleep(0.05)
        waiting.cancel()
        until(asked.cancelled)


def until(done: Callable[[], object]) -> None:
    end = time.monotonic() + TIMEOUT
    while not done() and time.monotonic() < end:
        time.sleep(0.005)
    assert done()


def test_a_message_beyond_the_limit_is_refused_and_the_next_one_answered() -> None:
    settings = TransportSettings(listen=LOOPBACK, message_bytes=10_000)
    with serving(settings=settings) as server, channel(server.address) as one:
        with pytest.raises(grpc.RpcError) as refused:
            call(one, b"x" * 10_001)
        assert refused.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert read_answer(call(one, GOOD)).allowed


def test_metadata_beyond_the_limit_is_refused_and_the_next_call_answered() -> None:
    settings = TransportSettings(listen=LOOPBACK, metadata_bytes=2_000)
    with serving(settings=settings) as server, channel(server.address) as one:
        with pytest.raises(grpc.RpcError) as refused:
            call(one, GOOD, metadata=(("authz-namespace", "x" * 10_000),))
        assert refused.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert read_answer(call(one, GOOD)).allowed


def test_calls_at_the_same_time_get_each_its_own_answer(opened: grpc.Channel) -> None:
    requests = [check_request(Request(path="/a" if number % 2 else "/b")) for number in range(200)]
    with ThreadPoolExecutor(16) as callers:
        answers = list(callers.map(lambda request: read_answer(call(opened, request)), requests))

    assert [answer.allowed for answer in answers] == [bool(number % 2) for number in range(200)]
    assert len({answer.metadata["decision_id"] for answer in answers}) == 200


def test_a_call_in_flight_ends_and_new_ones_are_refused_while_draining() -> None:
    entered, may_end = threading.Event(), threading.Event()

    def check(request: bytes, metadata: Mapping[str, str], deadline: float | None) -> bytes:
        entered.set()
        may_end.wait(TIMEOUT)
        return b"late"

    with serving(check=check) as server, channel(server.address) as one, ThreadPoolExecutor(2) as threads:
        in_flight = threads.submit(call, one, GOOD)
        assert entered.wait(TIMEOUT)
        drained = threads.submit(server.drain, TIMEOUT)
        refused = until_refused(server.address)
        may_end.set()

        assert in_flight.result(TIMEOUT) == b"late"
        assert refused is grpc.StatusCode.UNAVAILABLE
        drained.result(TIMEOUT)


def until_refused(address: str) -> grpc.StatusCode:
    """Ask until the server takes no more calls; draining begins a moment after it was asked for."""
    while True:
        try:
            with channel(address) as one:
                health(one)
        except grpc.RpcError as error:
            code: grpc.StatusCode = error.code()
            return code


def test_a_call_that_does_not_end_is_cut_when_the_grace_is_over() -> None:
    entered, may_end = threading.Event(), threading.Event()

    def check(request: bytes, metadata: Mapping[str, str], deadline: float | None) -> bytes:
        entered.set()
        may_end.wait(TIMEOUT)
        return b"too late"

    with serving(check=check) as server, channel(server.address) as one, ThreadPoolExecutor(1) as threads:
        in_flight = threads.submit(call, one, GOOD)
        assert entered.wait(TIMEOUT)
        server.drain(0.05)
        may_end.set()

        with pytest.raises(grpc.RpcError):
            in_flight.result(TIMEOUT)


def test_a_unix_socket_serves_and_is_gone_afterwards(short_directory: Path) -> None:
    path = short_directory / "s.sock"
    with serving(f"unix:{path}") as server:
        assert server.address == f"unix:{path}"
        assert ask(server.address).allowed

    assert not path.exists()


def test_a_socket_that_a_dead_server_left_is_taken_over(short_directory: Path) -> None:
    path = short_directory / "s.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))

    with serving(f"unix:{path}") as server:
        assert ask(server.address).allowed


def test_a_socket_that_is_served_is_left_to_its_server(short_directory: Path) -> None:
    listen = f"unix:{short_directory / 's.sock'}"
    with serving(listen) as server:
        with pytest.raises(ListenError, match="cannot listen on unix:"):
            GrpcioServer(lambda *_: b"", HealthDoor(), TransportSettings(listen=listen))
        assert ask(server.address).allowed


def test_a_file_in_the_place_of_a_socket_is_not_ours_to_remove(short_directory: Path) -> None:
    path = short_directory / "notes.txt"
    path.write_text("mine")

    with pytest.raises(ListenError, match="no socket"):
        GrpcioServer(lambda *_: b"", HealthDoor(), TransportSettings(listen=f"unix:{path}"))
    assert path.read_text() == "mine"


def test_ipv6_loopback_serves() -> None:
    with serving("[::1]:0") as server:
        assert server.address.startswith("[::1]:")
        assert not server.address.endswith(":0")
        assert ask(server.address).allowed


def test_a_port_in_use_is_an_error_that_names_it() -> None:
    with serving() as server, pytest.raises(ListenError, match=f"cannot listen on {server.address}"):
        GrpcioServer(lambda *_: b"", HealthDoor(), TransportSettings(listen=server.address))
