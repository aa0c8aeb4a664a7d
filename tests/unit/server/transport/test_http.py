"""Over real sockets on loopback."""

import contextlib
import http.client
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from authz.model.errors import ListenError
from authz.server.operations import HttpAnswer
from authz.server.transport.http import HttpLimits, HttpServer, parse_head

ASKED: list[tuple[str, str, str]] = []


def answer(method: str, target: str, accept: str) -> HttpAnswer:
    ASKED.append((method, target, accept))
    if target == "/broken":
        raise ValueError("secret")
    return HttpAnswer(405 if method == "POST" else 200, "text/plain", b"hello\n", "GET" if method == "POST" else "")


@contextmanager
def served(limits: HttpLimits | None = None, listen: str = "127.0.0.1:0") -> Iterator[HttpServer]:
    ASKED.clear()
    server = HttpServer(answer, listen, limits)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def connect(server: HttpServer) -> socket.socket:
    host, _, port = server.address.rpartition(":")
    return socket.create_connection((host.strip("[]"), int(port)), timeout=10)


def send(server: HttpServer, *parts: bytes) -> bytes:
    """What comes back, up to the end."""
    with closing(connect(server)) as connection:
        for part in parts:
            connection.sendall(part)
        received = b""
        while more := connection.recv(65536):
            received += more
        return received


def status(received: bytes) -> int:
    return int(received.split(b" ", 2)[1])


@pytest.mark.parametrize("listen", ["127.0.0.1:0", "localhost:0", "[::1]:0"])
def test_a_request_is_answered(listen: str) -> None:
    with served(listen=listen) as server:
        host, _, port = server.address.rpartition(":")
        assert port != "0"
        with closing(http.client.HTTPConnection(host.strip("[]"), int(port), timeout=10)) as client:
            client.request("GET", "/x?y", headers={"Accept": "text/plain"})
            response = client.getresponse()
            assert (response.status, response.reason, response.read()) == (200, "OK", b"hello\n")
            assert response.getheader("Content-Type") == "text/plain"
            assert response.getheader("Server") is None
            assert response.getheader("Connection") == "close"
        assert ASKED == [("GET", "/x?y", "text/plain")]


def test_head_is_get_without_the_body() -> None:
    with served() as server:
        got, head = (send(server, f"{method} / HTTP/1.1\r\n\r\n".encode()) for method in ("GET", "HEAD"))
    assert got.endswith(b"\r\n\r\nhello\n")
    assert head.endswith(b"\r\n\r\n")
    assert b"Content-Length: 6\r\n" in head


def test_a_405_names_what_is_allowed_and_arrives_though_the_body_was_not_read() -> None:
    with served() as server:
        received = send(server, b"POST / HTTP/1.1\r\nContent-Length: 200000\r\n\r\n", b"x" * 200_000)
    assert status(received) == 405
    assert b"\r\nAllow: GET\r\n" in received


def test_one_connection_is_one_request() -> None:
    with served() as server:
        received = send(server, b"GET /a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\n\r\n")
    assert received.count(b"HTTP/1.1 ") == 1
    assert [target for _, target, _ in ASKED] == ["/a"]


def test_a_request_may_come_in_pieces() -> None:
    with served() as server:
        assert status(send(server, b"GET / HT", b"TP/1.1\r\nA", b": b\r\n\r", b"\n")) == 200


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"\r\n\r\n",
        b"GET /\r\n\r\n",
        b"\x16\x03\x01\x02\x00\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\n",
        b"GET / HTTP/1.1\r\nx\r\n\r\n",
    ],
)
def test_what_is_no_request_is_refused(request_bytes: bytes) -> None:
    with served() as server:
        assert status(send(server, request_bytes)) == 400
    assert ASKED == []


def test_a_long_head_is_refused() -> None:
    with served(HttpLimits(head_bytes=100)) as server:
        assert status(send(server, b"GET / HTTP/1.1\r\nA: " + b"b" * 81)) == 431
        assert status(send(server, b"GET / HTTP/1.1\r\nA: " + b"b" * 70 + b"\r\n\r\n")) == 200


def test_who_sends_byte_by_byte_is_not_waited_for() -> None:
    with served(HttpLimits(seconds=0.3)) as server, closing(connect(server)) as slow:
        began = time.monotonic()
        with contextlib.suppress(OSError):  # reset, or a broken pipe
            while time.monotonic() - began < 10:
                slow.sendall(b"G")
                time.sleep(0.02)
        assert time.monotonic() - began < 5
    assert ASKED == []


def test_beyond_the_bound_connections_are_closed_and_places_become_free_again() -> None:
    with served(HttpLimits(connections=2, seconds=30)) as server:
        holders = [connect(server) for _ in range(2)]
        for holder in holders:
            holder.sendall(b"GET")
        end = time.monotonic() + 10
        while send_or_nothing(server) and time.monotonic() < end:
            time.sleep(0.01)  # until both are being read
        assert send_or_nothing(server) == b""
        for holder in holders:
            holder.close()
        while not send_or_nothing(server) and time.monotonic() < end:
            time.sleep(0.01)
        assert status(send_or_nothing(server)) == 200


def send_or_nothing(server: HttpServer) -> bytes:
    try:
        return send(server, b"GET / HTTP/1.1\r\n\r\n")
    except OSError:
        return b""


def test_a_mistake_of_ours_is_a_500_without_its_words(caplog: pytest.LogCaptureFixture) -> None:
    with served() as server:
        received = send(server, b"GET /broken HTTP/1.1\r\n\r\n")
        assert status(received) == 500
        assert b"secret" not in received
        assert status(send(server, b"GET / HTTP/1.1\r\n\r\n")) == 200
    (record,) = caplog.records
    assert record.exc_info


def test_many_at_once_are_answered() -> None:
    with served() as server:
        found: list[int] = []
        threads = [
            threading.Thread(target=lambda: found.append(status(send(server, b"GET / HTTP/1.1\r\n\r\n"))))
            for _ in range(30)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert found == [200] * 30


def test_who_goes_away_without_a_word_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    with served() as server:
        for _ in range(5):
            connect(server).close()
        assert status(send(server, b"GET / HTTP/1.1\r\n\r\n")) == 200
    assert caplog.records == []


@pytest.mark.parametrize("listen", ["127.0.0.1", "192.0.2.1"])
def test_where_it_cannot_listen_it_says_so(listen: str) -> None:
    with served() as server:
        port = server.address.rpartition(":")[2]
        with pytest.raises(ListenError, match=f"cannot listen on {listen}:{port}: "):
            HttpServer(answer, f"{listen}:{port}")


def test_stopped_it_listens_no_longer() -> None:
    with served() as server:
        pass
    with pytest.raises(ConnectionRefusedError):
        connect(server)


def test_what_never_started_can_be_stopped() -> None:
    server = HttpServer(answer, "127.0.0.1:0")
    server.stop()
    with pytest.raises(ConnectionRefusedError):
        connect(server)


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"GET / HTTP/1.1", ("GET", "/", "")),
        (b"GET / HTTP/1.0", ("GET", "/", "")),
        (b"GET / HTTP/1.1\r\naccept: a\r\nHost: x\r\nACCEPT:b ", ("GET", "/", "a,b ")),
        (b"GET / HTTP/1.1\r\nX: \xff\t\xe9", ("GET", "/", "")),
        (b"M-GET / HTTP/1.1", None),
        (b"get / HTTP/1.1", None),
        (b"GET  / HTTP/1.1", None),
        (b"GET / HTTP/1.1 ", None),
        (b"GET /\xff HTTP/1.1", None),
        (b"GET / HTTP/1.2", None),
        (b"GET / HTTP/1.1\r\n X: folded", None),
        (b"GET / HTTP/1.1\r\nX : y", None),
        (b"GET / HTTP/1.1\r\n: y", None),
        (b"GET / HTTP/1.1\r\nX: \0", None),
        (b"GET / HTTP/1.1\nX: y", None),
        (b"GET / HTTP/1.1\r\nX: a\rb", None),
        (b"", None),
    ],
)
def test_heads_are_read_strictly(head: bytes, expected: tuple[str, str, str] | None) -> None:
    assert parse_head(head) == expected
