"""The check door behind TLS: handshakes of grpcio's own client, of OpenSSL's, and of nobody."""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import grpc
import pytest

from authz.identity.key_pair import TlsMaterial
from authz.model.errors import SettingsError
from authz.model.request import Request
from authz.model.spiffe_id import parse_spiffe_id_pattern
from authz.observability.counters import Counters
from authz.pb import HealthCheckRequest, HealthCheckResponse
from authz.server.check import CheckDoor, InForce
from authz.server.health import HealthDoor
from authz.server.transport.grpcio import GrpcioServer, TransportSettings
from authz.server.transport.tls import Gate, ListedPeers, ServerTls, TlsSettings
from tests.support.pki import DAY, WEB, Authority, Pair
from tests.support.policies import engine, policy, to
from tests.support.proxy import Answer, check_request, read_answer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CHECK = "/envoy.service.auth.v3.Authorization/Check"
HEALTH = "/grpc.health.v1.Health/Check"
GOOD = check_request(Request(path="/a"))
ENGINE = engine(policy("p", to(paths=["/a"])))
CA, OTHER_CA = Authority("ca"), Authority("other")
SERVER, PROXY = CA.issue(), CA.issue(WEB)
ALLOWED = ("spiffe://cluster.local/ns/default/*",)
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0"


def material(pair: Pair = SERVER, client_ca: bytes | None = CA.certificate) -> TlsMaterial:
    return TlsMaterial(pair.certificate, pair.key, CA.now + DAY, "1", client_ca)


@dataclass
class Door:
    """A running door whose TLS material a test may change."""

    shown: TlsMaterial
    counters: Counters = field(default_factory=Counters)
    address: str = ""

    @property
    def port(self) -> int:
        return int(self.address.rpartition(":")[2])


@contextlib.contextmanager
def serving(shown: TlsMaterial | None = None, allowed: tuple[str, ...] = ALLOWED) -> Iterator[Door]:
    running = Door(shown or material())
    door = CheckDoor(lambda: InForce.of(ENGINE), running.counters)
    peers = ListedPeers(tuple(map(parse_spiffe_id_pattern, allowed)))
    tls = ServerTls(lambda: running.shown, Gate(peers, door.refuse) if allowed else None)
    server = GrpcioServer(door.check, HealthDoor(), TransportSettings("127.0.0.1:0"), tls)
    running.address = server.address
    server.start()
    try:
        yield running
    finally:
        server.drain(0)


@pytest.fixture(scope="module")
def door() -> Iterator[Door]:
    with serving() as running:
        yield running


@contextlib.contextmanager
def channel(door: Door, pair: Pair | None = PROXY, ca: bytes = CA.certificate) -> Iterator[grpc.Channel]:
    shown = (pair.key, pair.certificate) if pair else (None, None)
    credentials = grpc.ssl_channel_credentials(ca, *shown)
    options = [("grpc.use_local_subchannel_pool", 1), ("grpc.ssl_target_name_override", "localhost")]
    with grpc.secure_channel(door.address, credentials, options) as opened:
        yield opened


def call(opened: grpc.Channel, method: str = CHECK, request: bytes = GOOD) -> bytes:
    answer: bytes = opened.unary_unary(method)(request, timeout=10)
    return answer


def ask(door: Door, pair: Pair | None = PROXY, ca: bytes = CA.certificate) -> Answer:
    with channel(door, pair, ca) as opened:
        return read_answer(call(opened))


def openssl(tmp_path: Path, pair: Pair | None = PROXY) -> ssl.SSLContext:
    context = ssl.create_default_context(cadata=CA.certificate.decode())
    context.set_alpn_protocols(["h2"])
    if pair:
        pair.write(tmp_path, "client")
        context.load_cert_chain(tmp_path / "client.crt", tmp_path / "client.key")
    return context


@contextlib.contextmanager
def connected(door: Door, context: ssl.SSLContext, session: ssl.SSLSession | None = None) -> Iterator[ssl.SSLSocket]:
    """After a first answer: with TLS 1.3 only that tells whether the server liked our certificate."""
    with (
        socket.create_connection(("127.0.0.1", door.port), 10) as plain,
        context.wrap_socket(plain, server_hostname="localhost", session=session) as secure,
    ):
        secure.sendall(PREFACE)
        if not secure.recv(1):
            raise ConnectionError("closed")
        yield secure


def test_a_listed_proxy_is_answered(door: Door) -> None:
    assert ask(door).allowed


@pytest.mark.parametrize(
    ("uris", "why"),
    [
        (["spiffe://cluster.local/ns/other/sa/web"], "spiffe://cluster.local/ns/other/sa/web is not among the allowed"),
        (["spiffe://other/ns/default/sa/web"], "spiffe://other/ns/default/sa/web is not among the allowed"),
        (["spiffe://cluster.local/ns/default"], "spiffe://cluster.local/ns/default is not among the allowed"),
        ([], "its certificate has no URI names"),
        ([WEB, WEB], "its certificate has 2 URI names"),
        (["spiffe://cluster.local/ns/default/../other"], "its certificate has no SPIFFE id that can be read"),
    ],
)
def test_a_stranger_is_denied_in_an_answer_and_told_why(door: Door, uris: list[str], why: str) -> None:
    before = door.counters.snapshot()
    answer = ask(door, CA.issue(*uris))
    assert not answer.allowed
    assert answer.metadata["reason"] == "untrusted_proxy"
    assert str(answer.metadata["detail"]).startswith(why)
    assert not answer.metadata["policy_digest"]
    after = door.counters.snapshot()
    changed = {name for name, count in after.items() if count != before[name]}
    assert changed == {"authz_denied_total", "authz_untrusted_proxies_total"}


def test_health_is_not_for_strangers(door: Door) -> None:
    request = HealthCheckRequest().SerializeToString()
    with channel(door) as opened:
        assert HealthCheckResponse.FromString(call(opened, HEALTH, request)).status == HealthCheckResponse.SERVING
    with channel(door, CA.issue()) as opened, pytest.raises(grpc.RpcError) as raised:
        call(opened, HEALTH, request)
    assert raised.value.code() is grpc.StatusCode.PERMISSION_DENIED


def test_without_a_list_every_verified_client_is_answered() -> None:
    with serving(allowed=()) as door:
        assert ask(door, CA.issue()).allowed


def test_without_a_client_ca_clients_need_no_certificate() -> None:
    with serving(material(client_ca=None), allowed=()) as door:
        assert ask(door, None).allowed


@pytest.mark.parametrize(
    "pair",
    [None, OTHER_CA.issue(WEB), CA.issue(WEB, expires=CA.now - DAY, begins=CA.now - 2 * DAY)],
    ids=["no certificate", "another authority's", "expired"],
)
def test_who_cannot_be_verified_does_not_get_in(door: Door, pair: Pair | None, tmp_path: Path) -> None:
    with pytest.raises(grpc.RpcError) as raised:
        ask(door, pair)
    assert raised.value.code() is grpc.StatusCode.UNAVAILABLE
    with pytest.raises((ssl.SSLError, ConnectionError)), connected(door, openssl(tmp_path, pair)):
        pass


def test_a_client_that_expects_another_server_hangs_up(door: Door) -> None:
    with pytest.raises(grpc.RpcError):
        ask(door, PROXY, OTHER_CA.certificate)


def test_plain_text_is_refused(door: Door) -> None:
    with grpc.insecure_channel(door.address) as opened, pytest.raises(grpc.RpcError) as raised:
        call(opened)
    assert raised.value.code() is grpc.StatusCode.UNAVAILABLE


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated:DeprecationWarning")
@pytest.mark.parametrize(
    ("version", "gets_in"),
    [(ssl.TLSVersion.TLSv1_1, False), (ssl.TLSVersion.TLSv1_2, True), (ssl.TLSVersion.TLSv1_3, True)],
)
def test_tls_1_2_is_the_least(door: Door, version: ssl.TLSVersion, gets_in: bool, tmp_path: Path) -> None:  # noqa: FBT001
    context = openssl(tmp_path)
    context.set_ciphers("DEFAULT:@SECLEVEL=0")  # or OpenSSL itself would not offer it
    context.minimum_version = context.maximum_version = version
    try:
        with connected(door, context):
            got_in = True
    except (ssl.SSLError, ConnectionError):
        got_in = False
    assert got_in is gets_in


def test_new_connections_see_a_new_certificate_and_old_ones_go_on() -> None:
    fresh_ca = Authority("fresh")
    with serving() as door, channel(door) as old:
        call(old)
        door.shown = material(fresh_ca.issue())
        assert read_answer(call(old)).allowed
        assert ask(door, ca=fresh_ca.certificate).allowed
        with pytest.raises(grpc.RpcError):
            ask(door, ca=CA.certificate)
        assert read_answer(call(old)).allowed


def test_a_new_client_ca_lets_in_who_has_its_certificates_and_nobody_else() -> None:
    with serving() as door, channel(door) as old:
        call(old)
        door.shown = material(client_ca=CA.certificate + OTHER_CA.certificate)
        assert ask(door).allowed
        assert ask(door, OTHER_CA.issue(WEB)).allowed
        door.shown = material(client_ca=OTHER_CA.certificate)
        assert ask(door, OTHER_CA.issue(WEB)).allowed
        with pytest.raises(grpc.RpcError):
            ask(door)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_session_is_not_resumed_across_a_change_of_the_client_ca(version: ssl.TLSVersion, tmp_path: Path) -> None:
    with serving() as door:
        context = openssl(tmp_path)
        context.minimum_version = context.maximum_version = version
        with connected(door, context) as first:
            session = first.session
        with connected(door, context, session) as again:
            assert again.session_reused
        door.shown = material(client_ca=OTHER_CA.certificate)
        with pytest.raises((ssl.SSLError, ConnectionError)), connected(door, context, session):
            pass


@pytest.mark.parametrize("is_resumed", [True, False])
def test_a_resumed_session_is_worth_no_more_than_its_certificate(is_resumed: bool) -> None:  # noqa: FBT001
    peers = ListedPeers([parse_spiffe_id_pattern(WEB)], (CA.now + DAY).timestamp)
    reused = {"x509_pem_cert": [PROXY.certificate], "ssl_session_reused": [b"true" if is_resumed else b"false"]}
    why = peers.refusal(reused)
    assert why == (f"the certificate of its resumed session expired on {CA.now + DAY}" if is_resumed else None)


def test_a_caller_without_a_certificate_is_a_stranger() -> None:
    assert ListedPeers([parse_spiffe_id_pattern(WEB)]).refusal({}) == "it has no certificate"


def test_a_broken_certificate_never_ends_the_old_one() -> None:
    with serving() as door:
        door.shown = TlsMaterial(b"broken", b"broken", CA.now, "2", CA.certificate)
        assert Counter(ask(door).allowed for _ in range(3)) == {True: 3}


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"certificate": "c"}, r"tls: there is no key \(--tls-key\)"),
        ({"key": "k"}, r"tls: there is no certificate \(--tls-cert\)"),
        ({"client_ca": "k"}, r"tls: there is no certificate \(--tls-cert\)"),
        ({"allowed_spiffe_ids": (WEB,)}, r"tls: there is no certificate \(--tls-cert\)"),
        ({"certificate": "c", "key": "k", "allowed_spiffe_ids": (WEB,)}, r"tls: there is no clientCa"),
    ],
)
def test_half_a_setting_is_none(settings: dict[str, object], why: str) -> None:
    with pytest.raises(SettingsError, match=why):
        TlsSettings(**settings).files()  # type: ignore[arg-type]


def test_no_setting_is_plain_text() -> None:
    assert TlsSettings().files() is None
    assert not TlsSettings().knows_its_clients
