"""GET from a real server on loopback, over HTTP and HTTPS."""

from __future__ import annotations

import datetime as dt
import gzip
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from authz.model.errors import SettingsError
from authz.sources.dial import FetchError
from authz.sources.http_get import MAX_BYTES, HttpGet
from authz.sources.jwks_settings import JwksSettings
from tests.support.issuer import Behaviour, IssuerServer, Talk, answer, sends
from tests.support.pki import Authority

AUTHORITY = Authority("issuers")
PAIR = AUTHORITY.issue()
LOCAL = JwksSettings(allow_http=True, allow_loopback=True)
ENOUGH, LITTLE = 5.0, 0.3


@pytest.fixture(autouse=True)
def _no_proxy_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def server() -> Iterator[IssuerServer]:
    with IssuerServer(answer(b"hello")) as one:
        yield one


@pytest.fixture
def secure(tmp_path: Path) -> JwksSettings:
    (tmp_path / "ca.pem").write_bytes(AUTHORITY.certificate)
    return JwksSettings(allow_loopback=True, ca_file=tmp_path / "ca.pem")


def refusal(server: IssuerServer, behave: Behaviour, seconds: float = ENOUGH) -> str:
    server.behave = behave
    with pytest.raises(FetchError) as caught:
        HttpGet(LOCAL)(server.url, seconds)
    return str(caught.value)


def refused(url: str, settings: JwksSettings = LOCAL) -> str:
    with pytest.raises(FetchError) as caught:
        HttpGet(settings)(url, ENOUGH)
    return str(caught.value)


def test_a_body_is_fetched_by_path_and_query(server: IssuerServer) -> None:
    assert HttpGet(LOCAL)(server.url + "/keys?v=1#part", ENOUGH) == b"hello"
    assert server.requests == ["/keys?v=1"]


def test_the_request_asks_for_nothing_compressed_and_names_its_host(server: IssuerServer) -> None:
    heads: list[str] = []

    def keep(talk: Talk) -> None:
        heads.append(talk.head)
        answer(b"")(talk)

    server.behave = keep
    HttpGet(LOCAL)(server.url, ENOUGH)
    assert f"Host: localhost:{server.port}\r\n" in heads[0]
    assert "Accept-Encoding: identity\r\n" in heads[0]
    assert "Connection: close\r\n" in heads[0]


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 200 OK\r\n\r\nhello",
        b"HTTP/1.0 200 OK\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: identity\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 203 Fine\r\nContent-Length: 5\r\n\r\nhello",
    ],
)
def test_every_form_of_a_body_is_read(server: IssuerServer, data: bytes) -> None:
    server.behave = sends(data)
    assert HttpGet(LOCAL)(server.url, ENOUGH) == b"hello"


@pytest.mark.parametrize("status", ["400 Bad", "404 Not Found", "500 Oops", "503 Later"])
def test_a_status_that_is_no_success_is_a_failure(server: IssuerServer, status: str) -> None:
    assert refusal(server, answer(b"{}", status=status)) == f"it answered with status {status[:3]}"


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See", "307 Temporary", "308 Permanent"])
def test_no_redirect_is_followed(server: IssuerServer, status: str) -> None:
    for place in ("http://169.254.169.254/latest/meta-data", f"{server.url}/other", "file:///etc/passwd"):
        assert "redirects" in refusal(server, answer(b"", f"Location: {place}", status=status))
    assert server.requests == ["/"] * 3


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "identity, gzip", "x-gzip"])
def test_a_compressed_answer_is_refused_unread(server: IssuerServer, coding: str) -> None:
    bomb = gzip.compress(bytes(50_000_000))
    assert "compressed" in refusal(server, answer(bomb, f"Content-Encoding: {coding}"))


def test_what_is_too_large_is_not_read_to_its_end(server: IssuerServer) -> None:
    def endless(talk: Talk) -> None:
        talk.send(b"HTTP/1.1 200 OK\r\n\r\n")
        while not talk.closing.is_set():
            talk.send(b" " * 65536)

    assert "more than" in refusal(server, endless)
    server.behave = answer(b" " * MAX_BYTES)
    assert len(HttpGet(LOCAL)(server.url, ENOUGH)) == MAX_BYTES
    assert "more than" in refusal(server, answer(b" " * (MAX_BYTES + 1)))


def test_headers_without_end_are_refused(server: IssuerServer) -> None:
    def endless(talk: Talk) -> None:
        talk.send(b"HTTP/1.1 200 OK\r\n")
        while not talk.closing.is_set():
            talk.send(b"X-Filler: " + b"x" * 1000 + b"\r\n")

    assert "not HTTP" in refusal(server, endless)


@pytest.mark.parametrize(
    "behave",
    [
        Talk.hang,
        lambda talk: talk.drip(b"HTTP/1.1 200 " + b"x" * 1000),
        lambda talk: (talk.send(b"HTTP/1.1 200 OK\r\n"), talk.drip(b"X: y\r\n")),
        lambda talk: (talk.send(b"HTTP/1.1 200 OK\r\n\r\n"), talk.drip(b" ")),
        lambda talk: (talk.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"), talk.hang()),
        lambda talk: talk.drip(b"HTTP/1.1 100 Continue\r\n\r\n", 0.001),
    ],
    ids=["silent", "drips a status", "drips headers", "drips a body", "stops inside", "continues"],
)
def test_the_deadline_is_for_the_whole_exchange(server: IssuerServer, behave: Behaviour) -> None:
    began = time.monotonic()
    assert refusal(server, behave, LITTLE) == "no whole answer within 0.3 s"
    assert time.monotonic() - began < 3


@pytest.mark.parametrize(
    "behave",
    [
        Talk.reset,
        sends(b""),
        sends(b"garbage\r\n\r\n"),
        sends(b"\x16\x03\x01\x02\x00\x01\x00\x01"),
        sends(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort"),
        sends(b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"),
        sends(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx"),
        sends(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
        sends(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"),
        lambda talk: (talk.send(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nab"), talk.reset()),
    ],
)
def test_a_broken_exchange_is_a_failure_in_words(server: IssuerServer, behave: Behaviour) -> None:
    text = refusal(server, behave, 2)
    assert text.isprintable()
    assert len(text) < 300


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("ftp://localhost/x", "not an http or https URL"),
        ("file:///etc/passwd", "not an http or https URL"),
        ("https:///x", "not an http or https URL"),
        ("/x", "not an http or https URL"),
        ("", "the URL has blanks"),
        ("https://localhost/a b", "the URL has blanks"),
        ("https://localhost/\r\nX: y", "the URL has blanks"),
        ("https://b\u00fccher.example/", "the URL has blanks"),
        ("https://[::1/", "the URL cannot be read"),
        ("https://localhost:99999/", "the URL cannot be read"),
        ("https://user:secret@localhost/", "the URL has a user"),
        ("https://" + "a." * 200 + "example/", "cannot be resolved"),
        ("https://" + "a" * 80 + ".example/", "cannot be resolved"),
    ],
)
def test_a_url_that_cannot_be_asked_for_is_refused(url: str, expected: str) -> None:
    text = refused(url)
    assert expected in text
    assert "secret" not in text


def test_http_is_refused_unless_allowed(server: IssuerServer) -> None:
    assert "jwks.allowHttp" in refused(server.url, JwksSettings(allow_loopback=True))
    assert server.requests == []


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "2130706433", "0x7f.1", "127.1", "[::ffff:127.0.0.1]"])
def test_loopback_is_refused_in_every_form_unless_allowed(server: IssuerServer, host: str) -> None:
    assert "loopback" in refused(f"http://{host}:{server.port}/", JwksSettings(allow_http=True))
    assert server.requests == []


def test_what_is_connected_to_is_what_was_checked(server: IssuerServer) -> None:
    """DNS rebinding: a name is asked for its meaning once."""
    meanings = ["127.0.0.1", "169.254.169.254"]

    def rebinding(_host: str, port: int) -> list[tuple[Any, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (meanings.pop(0), port))]

    get = HttpGet(LOCAL, rebinding)
    assert get(server.url, ENOUGH) == b"hello"
    assert meanings == ["169.254.169.254"]
    with pytest.raises(FetchError, match=r"may not connect .* 169\.254\.169\.254 is a link-local address"):
        get(server.url, ENOUGH)


def test_of_several_addresses_those_that_are_refused_are_passed_over(server: IssuerServer) -> None:
    def several(_host: str, port: int) -> list[tuple[Any, ...]]:
        addresses = ("169.254.169.254", "10.0.0.1", "127.0.0.1")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    assert HttpGet(LOCAL, several)(server.url, ENOUGH) == b"hello"


def test_a_port_where_nobody_listens_is_a_failure() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert f"cannot connect to localhost:{port}: Connection refused" in refused(f"http://localhost:{port}/")


def test_https_is_verified_by_the_authorities_of_the_settings(secure: JwksSettings) -> None:
    with IssuerServer(answer(b"hello"), PAIR) as server:
        assert HttpGet(secure)(server.url, ENOUGH) == b"hello"
        assert "its certificate is not believed" in refused(server.url)


def test_changed_authorities_count_at_once(secure: JwksSettings) -> None:
    get = HttpGet(secure)
    assert secure.ca_file is not None
    with IssuerServer(answer(b"hello"), PAIR) as server:
        secure.ca_file.write_bytes(Authority("other").certificate)
        with pytest.raises(FetchError, match="is not believed"):
            get(server.url, ENOUGH)
        secure.ca_file.write_bytes(b"")
        with pytest.raises(FetchError, match=r"jwks\.caFile"):
            get(server.url, ENOUGH)
        secure.ca_file.write_bytes(AUTHORITY.certificate)
        assert get(server.url, ENOUGH) == b"hello"


@pytest.mark.parametrize(
    "pair",
    [
        AUTHORITY.issue(dns=("other.example",)),
        AUTHORITY.issue(expires=dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1)),
        AUTHORITY.issue(begins=dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)),
        Authority("stranger").issue(),
    ],
    ids=["another name", "expired", "not valid yet", "another authority"],
)
def test_a_wrong_certificate_is_refused_before_anything_is_asked(secure: JwksSettings, pair: Any) -> None:
    with IssuerServer(answer(b"hello"), pair) as server:
        assert "its certificate is not believed" in refused(server.url, secure)
        assert server.requests == []


def test_the_certificate_must_be_for_the_name_and_not_for_the_address(secure: JwksSettings) -> None:
    with IssuerServer(answer(b"hello"), PAIR) as server:
        assert "is not believed" in refused(f"https://127.0.0.1:{server.port}/", secure)


def test_tls_below_1_2_is_refused(secure: JwksSettings) -> None:
    assert HttpGet(secure)._tls().minimum_version is ssl.TLSVersion.TLSv1_2
    assert HttpGet(secure)._tls().verify_mode is ssl.CERT_REQUIRED
    assert HttpGet(secure)._tls().check_hostname


def test_plain_text_where_tls_is_expected_is_a_failure(secure: JwksSettings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_hang_up_on_one, args=(listener,))
        thread.start()
        assert "no TLS" in refused(f"https://localhost:{listener.getsockname()[1]}/", secure)
        thread.join()


def test_a_handshake_that_never_ends_is_under_the_deadline(secure: JwksSettings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(FetchError, match="within"):
        HttpGet(secure)(f"https://localhost:{silent.getsockname()[1]}/", LITTLE)


def test_authorities_that_cannot_be_read_are_an_error_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").touch()
    for name in ("missing.pem", "empty.pem"):
        with pytest.raises(SettingsError, match=r"jwks\.caFile"):
            HttpGet(JwksSettings(ca_file=tmp_path / name))


def test_an_http_proxy_of_the_settings_is_asked_for_the_whole_url(server: IssuerServer) -> None:
    settings = JwksSettings(allow_http=True, proxy=server.url)
    assert HttpGet(settings)("http://issuer.example/keys", ENOUGH) == b"hello"
    assert server.requests == ["http://issuer.example:80/keys"]


def test_https_goes_through_a_tunnel_and_the_issuer_proves_its_name(secure: JwksSettings, tmp_path: Path) -> None:
    tunnelled: list[str] = []

    def tunnel(talk: Talk) -> None:
        tunnelled.append(talk.path)
        with socket.create_connection(("127.0.0.1", issuer.port)) as there:
            talk.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
            _splice(talk._connection, there)

    (tmp_path / "issuer").mkdir()
    with (
        IssuerServer(answer(b"hello"), AUTHORITY.issue(dns=("issuer.example",))) as issuer,
        IssuerServer(tunnel) as one,
    ):
        settings = JwksSettings(ca_file=secure.ca_file, proxy=one.url)
        assert HttpGet(settings)("https://issuer.example/keys", ENOUGH) == b"hello"
        assert "is not believed" in refused("https://other.example/keys", settings)
    assert tunnelled == ["issuer.example:443", "other.example:443"]


@pytest.mark.parametrize("host", ["169.254.169.254", "127.0.0.1", "0x7f.1", "localhost", "[::1]", "10.0.0.1"])
def test_a_proxy_is_not_asked_for_an_address_that_is_refused(server: IssuerServer, host: str) -> None:
    settings = JwksSettings(allow_http=True, proxy=server.url)
    assert "may not connect" in refused(f"http://{host}/latest", settings)
    assert server.requests == []


def test_a_proxy_that_refuses_is_a_failure(server: IssuerServer, secure: JwksSettings) -> None:
    server.behave = answer(b"", status="407 Proxy Authentication Required")
    assert "the proxy refuses" in refused("https://issuer.example/", JwksSettings(proxy=server.url))


def test_the_environment_names_proxies_unless_the_settings_do(
    server: IssuerServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    allowed = JwksSettings(allow_http=True, allow_loopback=True)
    monkeypatch.setenv("http_proxy", f"http://user:pass@localhost:{server.port}")
    assert HttpGet(allowed)("http://issuer.example/", ENOUGH) == b"hello"
    monkeypatch.setenv("no_proxy", "issuer.example")
    assert "cannot be resolved" in refused("http://issuer.example/", allowed)
    monkeypatch.delenv("no_proxy")
    off = JwksSettings(allow_http=True, allow_loopback=True, proxy="none")
    assert "cannot be resolved" in refused("http://issuer.example/", off)
    monkeypatch.setenv("http_proxy", "socks5://localhost:1")
    assert "the proxy of the environment" in refused("http://issuer.example/", allowed)
    assert len(server.requests) == 1


def _hang_up_on_one(listener: socket.socket) -> None:
    listener.accept()[0].close()


def _splice(one: socket.socket, other: socket.socket) -> None:
    """Carry bytes both ways until one side hangs up."""

    def carry(here: socket.socket, there: socket.socket) -> None:
        try:
            while data := here.recv(65536):
                there.sendall(data)
            there.shutdown(socket.SHUT_WR)
        except OSError:
            return

    back = threading.Thread(target=carry, args=(other, one))
    back.start()
    carry(one, other)
    back.join()
